"""What the trained path to the best, and the curve over training rows, say; their frames."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tuning_core.analysis.ablation import Path, Step, Way, configurations, differences
from tuning_core.analysis.rows_curve import RowsCurve
from tuning_core.catalog import Value
from tuning_core.charts.hyperparameters.ablation_path import BETTER, LUCK, WORSE
from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.study.rows_curve import EXPECTED, MEASURED
from tuning_core.findings.formatting import capitalized, count, gap, joined, spell
from tuning_core.findings.live import LiveStudy
from tuning_core.space import default_config

_FIRST = 2
"""Changes that are named as those that made most of the gain."""

_MOST_NAMED = 4

_FLATTERED = " Each round makes the best of several changes, which flatters its gain a little."

ROWS_METHOD = (
    "The best configuration on parts of the training rows, the same rows validating; fewer rows "
    "are trained for more epochs, so that all see as many updates. Band: 95% interval of the "
    "fitted power law."
)


def path_changes(live: LiveStudy) -> int:
    """How many changes lead from the default to the best; 0 before there is a best."""
    space, best = live.spec.search_space, live.best
    return 0 if best is None else len(differences(space, default_config(space), dict(best.config)))


def path_cost(live: LiveStudy, way: Way, seeds: int) -> str:
    """How many trainings a path takes at most, and about how long."""
    changes, best = path_changes(live), live.best
    trainings = configurations(changes, way) * seeds
    seconds = trainings * ((best and best.seconds) or 0.0) / live.spec.repeats
    folds = f", each on {live.spec.folds} folds" if live.spec.folds > 1 else ""
    words = f"{count(changes, 'hyperparameter differs', 'hyperparameters differ')} from the default"
    return (
        f"{words}: at most {count(trainings, 'training')}{folds}, {seeds} seeds each, about "
        f"{spell(seconds)}."
    )


def path_words(live: LiveStudy, path: Path) -> str:
    """Which changes made most of the gain, and which none beyond luck."""
    label = live.spec.label
    if path.gain is None or path.low is None or path.high is None:
        return (
            "Trainings on the way have no score, so the whole gain is not known: see which below."
        )
    total = f"{gap(path.gain)} ({_signed(path.low)} to {_signed(path.high)})"
    if path.low <= 0:
        worse = path.high < 0
        word = "worse than the default" if worse else "not better beyond luck than the default"
        return f"The best configuration is {word}: {_signed(path.gain)} on {path.seeds} new seeds."
    sure = sorted(
        (s for s in path.steps if s.sure and (s.gain or 0) > 0), key=lambda s: -(s.gain or 0.0)
    )
    luck = [s for s in path.steps[1:] if not s.sure and s.gain is not None]
    harm = [s for s in path.steps[1:] if s.sure and (s.gain or 0) < 0]
    if sure:
        first = sure[:_FIRST]
        part = sum(s.gain or 0.0 for s in first) / path.gain
        listed = joined([f"{_named(s, label)} ({gap(s.gain or 0.0)})" for s in first])
        share = f"{min(part, 1.0):.0%} of" if part < 1 else "all of"
        words = f"{capitalized(listed)} made {share} the gain of {total}."
    else:
        words = f"Together the changes gained {total}, none by itself beyond luck."
    if luck and sure:
        words += f" {capitalized(_several(luck, label))} made none beyond luck."
    if harm:
        words += f" {capitalized(_several(harm, label))} made it worse."
    return words


def path_method(path: Path) -> str:
    """How the path was measured, and how its picture is read."""
    return (
        f"{count(path.trained, 'training')} on {path.seeds} new seeds, {path.epochs} epochs. "
        "Bars: what a change gained; lines: its 95% interval, from how much seeds alone change "
        "the scores; ticks: single trainings. A grey bar is no more than luck."
        + (_FLATTERED if any(step.tried > 1 for step in path.steps) else "")
    )


def path_frames(live: LiveStudy, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per step, and one per training, as the chart takes them."""
    sign = 1.0 if live.spec.objective_info.direction == "max" else -1.0
    rows, scores = [], []
    before: float | None = None
    for place, step in enumerate(path.steps):
        name = "default" if step.name is None else _change(step, live.spec.label)
        if place == len(path.steps) - 1 and place:
            name += " (the best)"
        low = high = None
        if step.low is not None and step.high is not None and before is not None:
            low, high = sorted((before + sign * step.low, before + sign * step.high))
        sure, better = step.sure, (step.gain or 0.0) > 0
        rows.append(
            {
                "name": name,
                "before": before,
                "mean": step.mean,
                "low": low,
                "high": high,
                "verdict": (BETTER if better else WORSE) if sure else LUCK,
                "gain": "-" if step.gain is None else _signed(step.gain),
                "interval": "-"
                if step.low is None or step.high is None
                else f"{_signed(step.low)} to {_signed(step.high)}",
                "also": ", ".join(
                    f"{live.spec.label(n)}: {_value(a)} → {_value(b)}"
                    for n, (a, b) in step.brought.items()
                )
                or "-",
            }
        )
        scores += [
            {"name": name, "seed": seed, "score": score}
            for seed, score in enumerate(step.scores, 1)
            if score is not None
        ]
        before = step.mean
    steps = pd.DataFrame(rows).astype(dict.fromkeys(("before", "mean", "low", "high"), "float64"))
    return steps, pd.DataFrame(scores, columns=["name", "seed", "score"])


def rows_words(curve: RowsCurve) -> str:
    """Whether more rows would help."""
    if curve.gain is None or curve.low is None or curve.high is None:
        return "Too many of these trainings have no score to draw a curve through them."
    interval = f"({_signed(curve.low)} to {_signed(curve.high)})"
    if curve.helps:
        return (
            f"Twice the rows would gain about {gap(curve.gain)} {interval}, if the curve goes on "
            "as it has."
        )
    if curve.high < 0:
        return f"More rows would not help: the curve falls, by {gap(curve.gain)} {interval}."
    return f"Twice the rows would gain nothing beyond luck: {_signed(curve.gain)} {interval}."


def rows_frames(curve: RowsCurve) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Scores, means and the fitted curve, as the chart takes them."""
    scores = pd.DataFrame(
        [
            {"rows": size.rows, "seed": seed, "score": score}
            for size in curve.sizes
            for seed, score in enumerate(size.scores, 1)
            if score is not None
        ],
        columns=["rows", "seed", "score"],
    )
    means = pd.DataFrame(
        [
            {
                "rows": mean.rows,
                "mean": mean.mean,
                "interval": "-"
                if mean.low is None or mean.high is None
                else f"{number_text(mean.low)} to {number_text(mean.high)}",
            }
            for mean in curve.means
        ],
        columns=["rows", "mean", "interval"],
    )
    everything = max((size.rows for size in curve.sizes), default=0)
    places = [(p.rows, p.fitted, p.low, p.high) for p in curve.curve]
    trained = [(*p, MEASURED) for p in places if p[0] <= everything]
    beyond = [(*p, EXPECTED) for p in places if p[0] > everything]
    if trained and beyond:
        beyond.insert(0, (*trained[-1][:4], EXPECTED))
    columns = ["rows", "fitted", "low", "high", "part"]
    return scores, means, pd.DataFrame([*trained, *beyond], columns=columns)


def _change(step: Step, label: Callable[[str], str]) -> str:
    assert step.name is not None
    return f"{label(step.name)}\n{_value(step.before)} → {_value(step.after)}"


def _named(step: Step, label: Callable[[str], str]) -> str:
    assert step.name is not None
    return f"{label(step.name)} {_value(step.before)} → {_value(step.after)}"


def _several(steps: list[Step], label: Callable[[str], str]) -> str:
    names = [label(step.name or "") for step in steps]
    if len(names) > _MOST_NAMED:
        return f"{len(names)} other changes"
    return joined(names)


def _value(value: Value | None) -> str:
    return "none" if value is None else number_text(value)


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "\N{MINUS SIGN}") if value else "0"
