"""What came of the search: the best configuration, pictures, what stands out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tuning_core.charts.hyperparameters.importance_bars import importance_bars
from tuning_core.charts.hyperparameters.slices import score_slice
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.parts.score_points import score_points
from tuning_core.charts.study.best_so_far import best_so_far
from tuning_core.charts.study.learning_curves import learning_curves
from tuning_core.charts.study.parallel_coordinates import parallel_coordinates
from tuning_core.findings.axes import axes_of
from tuning_core.findings.best_words import gain_words, known_defaults
from tuning_core.findings.formatting import execution_word, number, score
from tuning_core.findings.importance_frames import MOST_BARS, QUESTIONS, importance_frame
from tuning_core.findings.reference_words import reference_lines
from tuning_core.findings.study_findings import study_findings
from tuning_core.report.elements import Figure, Piece, Section, facts, heading, says, table
from tuning_core.report.told import Told
from tuning_core.space.parameters import same_value

CURVES, SLICES, AXES, LEADERS = 6, 6, 8, 10
POINTS = 600
"""Of each slice."""


def best(told: Told) -> Section | None:
    """The best configuration beside the default, and the trials that come next."""
    trial, live, objective = told.live.best, told.live, told.spec.objective_info
    if trial is None:
        return None
    pieces: list[Piece] = [
        facts(
            [
                (f"best {objective.label}", score(trial.score, objective.id)),
                ("trial", f"{trial.number:,}"),
                ("best epoch", f"{trial.best_epoch:,}" if trial.best_epoch else ""),
                ("parameters", f"{trial.parameters:,}" if trial.parameters else ""),
                ("trained in", f"{trial.seconds:,.1f} s" if trial.seconds else ""),
            ]
        ),
    ]
    defaults = known_defaults(told.spec)
    if defaults:
        gained = gain_words(live, trial, told.verdict)
        pieces.append(says(gained.partition(": confirm")[0].rstrip(".") + "."))
    searched = {parameter.name for parameter in told.spec.search_space.searched}
    rows, changed = [], []
    for name, value in sorted(trial.config.items(), key=lambda item: item[0] not in searched):
        default = defaults.get(name)
        differs = default is not None and not same_value(value, default)
        if not (differs or name in searched or name not in defaults):
            continue
        changed.append(differs)
        row = [told.spec.label(name), number(value)]
        rows.append(row + ["" if default is None else number(default)] * bool(defaults))
    head = ["hyperparameter", "best", *["default"] * bool(defaults)]
    pieces.append(table(head, rows, changed.__getitem__))
    left = len(trial.config) - len(rows)
    if left:
        pieces.append(says(f"{left} more at their defaults; what differs stands out.", quiet=True))
    pieces += _leaders(told)
    return Section("best", "Best configuration", pieces)


def _leaders(told: Told) -> list[Piece]:
    """The best few trials."""
    ranked, objective = told.live.ranked()[:LEADERS], told.spec.objective_info
    if len(ranked) < 2:
        return []
    names = [parameter.name for parameter in told.spec.search_space.searched][:6]
    head = ["trial", objective.label, *(told.spec.label(name) for name in names), "parameters"]
    rows = [
        [
            f"{trial.number:,}",
            score(trial.score, objective.id),
            *("-" if name not in trial.config else number(trial.config[name]) for name in names),
            "-" if trial.parameters is None else f"{trial.parameters:,}",
        ]
        for trial in ranked
    ]
    return [heading(f"The best {len(rows)}"), table(head, rows, lambda place: place == 0)]


def pictures(told: Told) -> Section | None:
    """The course of the search and what each hyperparameter did."""
    pieces: list[Piece] = []
    for make in (_course, _curves, _importance, _slices, _parallel):
        pieces += make(told)
    return Section("pictures", "Pictures", pieces) if pieces else None


def _course(told: Told) -> list[Piece]:
    live, objective = told.live, told.spec.objective_info
    if not live.ranked():
        return []

    plain = reference_lines(told.result("baselines"))

    def draw(dark: bool) -> Chart:
        frame = live.search_frame()
        return best_so_far(frame, objective, dark=dark, height=260, references=plain)

    trial = live.ranked()[0]
    words = (
        f"A point is a trial, the line the best {objective.label} so far: it reached "
        f"{score(trial.score, objective.id)} with trial {trial.number} of {live.study.trials:,}."
    )
    if plain:
        words += " Dashed: plain models, where they come near."
    return [Figure("Best so far", words, draw)]


def _curves(told: Told) -> list[Piece]:
    live, objective = told.live, told.spec.objective_info
    numbers = [t.number for t in live.ranked()[:CURVES] if live.epoch_of(t.number) > 1]
    frame = live.curves_frame(numbers)
    metrics = [name for name in told.spec.reported if {name, f"val_{name}"} & {*frame.columns}]
    if not numbers or not metrics or frame["epoch"].nunique() < 2:
        return []
    metric = objective.metric if objective.metric in metrics else metrics[0]
    declared = told.spec.metrics

    def draw(dark: bool) -> Chart:
        return learning_curves(
            frame,
            metric,
            numbers,
            lower=told.spec.lower_is_better(metric),
            alone=declared is not None and f"val_{metric}" not in declared,
            last_epoch=told.spec.budget.epochs,
            dark=dark,
            height=300,
            executions=told.spec.executions,
            unit=execution_word(told.spec.folds, told.spec.repeats),
        )

    words = f"The {metric.replace('_', ' ')} of the best {len(numbers)} trials after each epoch."
    return [Figure("Learning curves", words, draw)]


def _importance(told: Told) -> list[Piece]:
    found = told.importances
    if found is None or found.message:
        return []
    pieces: list[Piece] = []
    for field, question, method, title in QUESTIONS:
        items = [item for item in getattr(found, field) if item.share is not None][:MOST_BARS]
        if items:
            frame = importance_frame(items, found, told.spec)
            draw = partial(_bars, importance_bars, frame, title)
            words = f"{method} Pale bars: luck does as much."
            pieces.append(Figure(question, words, draw, half=True))
    return pieces


def _bars(chart: Callable[..., Chart], frame: object, title: str, dark: bool) -> Chart:
    return chart(frame, title, dark=dark)


def _leading(told: Told, most: int) -> list[Axis]:
    """Axes that trials differ in, those that mattered first."""
    trials = told.live.trials_frame()
    axes = [a for a in axes_of(told.live) if a.name in trials and trials[a.name].nunique() > 1]
    order = [item.name for item in told.importances.variance] if told.importances else []
    labels = {told.spec.label(name): place for place, name in enumerate(order)}
    return sorted(axes, key=lambda axis: labels.get(axis.label, len(labels)))[:most]


def _slices(told: Told) -> list[Piece]:
    trials, objective = told.live.trials_frame(), told.spec.objective_info
    axes = _leading(told, SLICES)
    if int(trials["score"].notna().sum()) < 2 or not axes:
        return []
    points = score_points(trials, objective, [], POINTS)

    def draw(axis: Axis, dark: bool) -> Chart:
        return score_slice(points, axis, objective, dark=dark, height=220)

    shares = {} if told.importances is None else _shares(told)
    return [
        Figure(
            f"Score against {axis.label}",
            f"A point is a trial.{shares.get(axis.label, '')}",
            partial(draw, axis),
            half=True,
        )
        for axis in axes
    ]


def _shares(told: Told) -> dict[str, str]:
    """By label, how much of the variance each explains alone, where that is more than luck."""
    assert told.importances is not None
    return {
        told.spec.label(item.name): (
            f" Alone it explains {100 * (item.share or 0.0):.0f}% of the variance."
            if item.significant
            else " What it explains alone, luck explains as well."
        )
        for item in told.importances.variance
        if item.share is not None
    }


def _parallel(told: Told) -> list[Piece]:
    trials, axes = told.live.trials_frame(), _leading(told, AXES)
    if len(axes) < 2 or int(trials["score"].notna().sum()) < 2:
        return []

    def draw(dark: bool) -> Chart:
        objective = told.spec.objective_info
        return parallel_coordinates(trials, axes, objective, dark=dark, height=380)

    words = (
        "A line is a trial, from its hyperparameters to its score on the right. Drag along an axis "
        "to keep the trials within."
    )
    return [Figure("All trials", words, draw, wide=True)]


def diagnoses(told: Told) -> Section | None:
    """What stands out, with evidence and advice."""
    if not told.live.trials:
        return None
    found = study_findings(told.live, told.importances)
    if not found:
        pieces: list[Piece] = [says("Nothing stands out that is sure enough to be said.")]
    else:
        rows = [[item.title, item.evidence, item.suggestion] for item in found]
        pieces = [table(["what", "how it is known", "what to do"], rows)]
    return Section("diagnoses", "What stands out", pieces)
