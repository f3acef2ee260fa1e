"""Whether there are rows kept back, and why their score differs from the validation score."""

from __future__ import annotations

from collections.abc import Mapping

from tuning_core.analysis.metric_intervals import PERCENT, Drop, Interval, drop, share_interval
from tuning_core.catalog.objectives import metric_label
from tuning_core.findings.formatting import capitalized, count, gap, number, score
from tuning_core.findings.live import LiveStudy
from tuning_core.manager.questions.best_model import BestPredictions, Part
from tuning_core.spec.model import Ability


def has_test(live: LiveStudy) -> bool:
    """Whether the study has kept rows back; the file of a model of one's own need not."""
    return Ability.WHAT_IF in live.spec.abilities or bool(live.study.rows.get("test"))


def parts_of(live: LiveStudy) -> list[Part]:
    """The parts whose rows may be looked at: the test part only once it was revealed."""
    parts: list[Part] = [] if live.spec.folds > 1 else ["validation"]
    revealed = live.study.test is not None and live.study.test_trial == live.study.best_trial
    return [*parts, "test"] if revealed else parts


def revealed_words(live: LiveStudy, answers: Mapping[str, BestPredictions]) -> str:
    """The test score beside the validation score, the size of the drop and its reason.

    ``answers`` are what the best model predicts, by part, as far as it was asked.
    """
    study, objective = live.study, live.spec.objective_info
    trial = live.trials.get(study.test_trial or 0) or live.best
    value = (study.test or {}).get(objective.metric)
    if value is None or trial is None or trial.score is None:
        return "Revealed and recorded."
    validation = _estimate(live, answers.get("validation"), "validation", trial.score)
    test = _estimate(live, answers.get("test"), "test", value)
    if validation is None or test is None:
        return (
            f"Trial {trial.number} reached {score(trial.score, objective.id)} on the validation "
            f"part, on which it was also chosen; {score(value, objective.id)} on the test part, "
            "which chose nothing, is the figure to report."
        )
    rivals = sum(t.score is not None for t in live.trials.values())
    found = drop(validation, test, objective.direction, rivals)
    return drop_words(found, metric_label(objective.metric), rivals)


def drop_words(found: Drop, metric: str, trials: int) -> str:
    """Why the test score differs from the validation score, with the size of each reason."""
    fall = found.fall
    rows = f"{count(found.validation.rows, 'validation row')} and {found.test.rows:,} test rows"
    if abs(fall) < 1e-12:
        return f"The same {metric} on {rows}. The test score is the figure to report."
    word = "worse" if fall > 0 else "better"
    words = f"{gap(fall)} {word} than the {number(found.validation.value)} on the validation part. "
    if found.within_noise:
        words += (
            f"That is within the luck of {rows}: "
            f"the true difference lies between {_signed(found.low)} and {_signed(found.high)} "
            f"({PERCENT} interval). "
        )
    else:
        words += (
            f"{capitalized(rows)} do not differ so much by luck: the true difference is "
            f"{_range(found)} ({PERCENT} interval). "
        )
    if fall > 0 and found.luck is not None:
        share = f"The best of {count(trials, 'trial')} was chosen on the validation part, which "
        words += f"{share}flatters it by up to {gap(found.luck)}. "
        if not found.within_noise and found.low > found.luck:
            words += "Choosing does not explain it all: the test rows may be of another kind. "
    return words + "The test score is the figure to report."


def _signed(fall: float) -> str:
    """A fall as a change of the score: minus is worse."""
    return f"{gap(fall)} {'worse' if fall > 0 else 'better'}"


def _range(found: Drop) -> str:
    low, high = sorted((abs(found.low), abs(found.high)))
    return f"{gap(low)} to {gap(high)}"


def _estimate(
    live: LiveStudy, found: BestPredictions | None, part: Part, value: float
) -> Interval | None:
    """A score with its interval: of the predictions for all rows, else of an accuracy's rows."""
    study, metric = live.study, live.spec.objective_info.metric
    known = None if found is None else found.metrics.get(metric)
    if known is not None and found is not None and found.trial == study.test_trial:
        return Interval(known.value, known.low, known.high, known.rows)
    rows = study.rows.get(part, 0)
    if live.spec.folds > 1 and part == "validation":
        rows += study.rows.get("train", 0)
    if metric != "accuracy" or not rows:
        return None
    return share_interval(value * rows, rows)
