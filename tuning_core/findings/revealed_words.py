"""Whether there are rows kept back, and why their score differs from the validation score."""

from __future__ import annotations

from tuning_core.analysis.metric_intervals import PERCENT, Drop
from tuning_core.findings.formatting import capitalized, count, gap, number
from tuning_core.findings.live import LiveStudy
from tuning_core.spec.model import Ability


def has_test(live: LiveStudy) -> bool:
    """Whether the study has kept rows back; the file of a model of one's own need not."""
    return Ability.WHAT_IF in live.spec.abilities or bool(live.study.rows.get("test"))


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
