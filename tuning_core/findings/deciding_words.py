"""What curves, calibration, a threshold and intervals of the best model say, in words."""

from __future__ import annotations

import pandas as pd

from tuning_core.analysis.deciding.calibration import LEAST_ROWS, Calibration, Scaling
from tuning_core.analysis.deciding.class_curves import ClassCurves
from tuning_core.analysis.deciding.conformal import Conformal, least_rows
from tuning_core.analysis.deciding.thresholds import AtThreshold, Costs
from tuning_core.analysis.metric_intervals import Interval
from tuning_core.findings.formatting import count, number

ROWS = {"validation": "validation rows", "test": "test rows", "held_out": "held-out rows"}
"""What the rows of a part are called."""


AS_TRAINED, SCALED = "as trained", "with the temperature"

CURVES_METHOD = "Bands: 95% at each place, rows drawn anew 400 times."


def usual_class(classes: int) -> int:
    """The class that is looked at to begin with: of two the second, which is the positive one."""
    return 1 if classes == 2 else 0


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.1f} %"


def interval(found: Interval) -> str:
    """A figure between 0 and 1 with the ends of its interval."""
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def shares(low: float, high: float) -> str:
    """Two shares as a range."""
    return f"{100 * low:.1f} to {percent(high)}"


def told_apart_words(found: ClassCurves, name: str, part: str) -> str:
    """What the area under the ROC curve means."""
    area = found.area
    words = (
        f"Of a row that is {name} and one that is not, the first gets the higher probability in "
        f"{percent(area.value)} of all pairs of {ROWS[part]} (95% interval "
        f"{shares(area.low, area.high)}); guessing has 50 %."
    )
    if area.low <= 0.5 <= area.high:
        words += " That cannot be told from guessing."
    return words


def precision_words(found: ClassCurves, name: str) -> str:
    """What the average precision means, beside the share of the class."""
    average = found.average_precision
    return (
        f"Picked from the most likely {name} down, {percent(average.value)} of the rows are right "
        f"on average (95% interval {shares(average.low, average.high)}); picked in any order, "
        f"{percent(found.base_rate)}."
    )


def calibration_words(found: Calibration, part: str) -> str:
    """Whether the model is as sure as it should be."""
    rows = sum(b.right.rows for b in found.bins)
    said = sum(b.said * b.right.rows for b in found.bins) / rows
    right = sum(b.right.value * b.right.rows for b in found.bins) / rows
    words = (
        f"On {rows:,} {ROWS[part]} it says {percent(said)} on average and is right in "
        f"{percent(right)}. The expected calibration error is {percent(found.error)}: "
    )
    if found.error <= found.by_chance:
        return words + (
            f"luck alone makes up to {percent(found.by_chance)} on so many rows, so nothing "
            "speaks against its probabilities."
        )
    how = "surer than it should be" if said > right else "less sure than it could be"
    return words + f"more than the {percent(found.by_chance)} of luck. It is {how}."


def calibration_frame(which: str, found: Calibration) -> pd.DataFrame:
    """Its bins, as the reliability curve takes them."""
    return pd.DataFrame(
        {
            "which": which,
            "said": [b.said for b in found.bins],
            "right": [b.right.value for b in found.bins],
            "low": [b.right.low for b in found.bins],
            "high": [b.right.high for b in found.bins],
            "rows": [b.right.rows for b in found.bins],
        }
    )


def scaling_words(found: Scaling | None, rows: int, part: str) -> str:
    """Whether a temperature is worth having."""
    if found is None:
        return (
            f"A temperature needs {LEAST_ROWS} rows that trained nothing; there are {rows:,}. "
            "Probabilities stay as they are."
        )
    gain = found.gain
    if found.temperature == 1.0:
        return "No temperature fits these rows better than none by more than luck. It stays at 1."
    measured = (
        f"on {ROWS[part]} that it was not fitted on, the loss changes by {-gain.value:+.3g} "
        f"({-gain.high:+.3g} to {-gain.low:+.3g})"
    )
    if not found.helps:
        return f"Dividing the logits by a temperature does not help: {measured}. It stays at 1."
    how = "softer" if found.temperature > 1 else "sharper"
    return (
        f"Dividing the logits by {found.temperature:.3g} makes the probabilities {how} and better: "
        f"{measured}. No answer changes."
    )


def scaled_words(before: Calibration, after: Calibration, where: str) -> str:
    """What the temperature did to rows that it was not fitted on."""
    return (
        f"Before and after on {where}: calibration error {percent(before.error)} and "
        f"{percent(after.error)}, Brier score {before.brier.value:.4f} and "
        f"{after.brier.value:.4f}, loss {before.loss.value:.4f} and {after.loss.value:.4f}."
    )


def threshold_words(at: AtThreshold, name: str, part: str) -> str:
    """What a threshold does to the rows."""
    said = at.hits + at.false_alarms
    words = f"From {at.threshold:.2f} on, {name} is said of {said:,} of {at.rows:,} {ROWS[part]}: "
    if not said:
        return (
            f"From {at.threshold:.2f} on, {name} is said of no row: all {at.misses:,} are missed."
        )
    words += f"{at.hits:,} rightly, {count(at.false_alarms, 'false alarm')}; {at.misses:,} missed."
    return words


def cost_words(
    at: AtThreshold, cheapest: AtThreshold, costs: Costs, chosen_on: str, part: str
) -> str:
    """What a threshold costs, and which was the cheapest on the rows that ``chosen_on`` names."""
    cost = at.cost(costs)
    words = (
        f"That costs {number(cost.value)} per row ({number(max(0.0, cost.low))} to "
        f"{number(cost.high)}). On the {ROWS[chosen_on]} {cheapest.threshold:.2f} is the cheapest: "
        f"{number(cheapest.cost(costs).value)}"
    )
    words += ", a little flattered, for they chose it. " if chosen_on == part else " here. "
    if costs.false_alarm + costs.miss > 0:
        words += (
            f"Were its probabilities right, {costs.threshold:.2f} would be: the cost of a false "
            "alarm over that of both errors."
        )
    return words


def interval_words(
    found: Conformal | None, rows: int, level: float, asymmetric: bool, part: str
) -> str:
    """What the prediction interval promises, and how sure that is."""
    if found is None:
        needed = least_rows(level, asymmetric)
        return (
            f"An interval that holds {100 * level:.0f} % needs {needed} rows that trained nothing; "
            f"there are {rows:,}. Choose a lower level, or keep more rows for validation."
        )
    reach = f"± {number(found.above)}"
    if asymmetric:
        reach = f"- {number(found.below)} to + {number(found.above)}"
    words = (
        f"Of new rows of the same kind, {100 * level:.0f} % are within {reach} of the prediction "
        f"(split conformal on {found.rows:,} {ROWS[part]}). So many rows pin that share down to "
        f"{shares(*found.likely)}. "
    )
    if part == "held_out":
        # Barber, Candes, Ramdas and Tibshirani 2021, "Predictive Inference with the Jackknife+".
        return words + (
            "Each was asked of a model that had trained on other rows, and chose nothing of it but "
            "its configuration."
        )
    return words + (
        "But they also chose the best epoch and trial: on 20 tables that we tried, such intervals "
        "held 3 to 5 points less than stated."
    )


def coverage_words(found: Conformal, held: Interval) -> str:
    """Whether the interval holds on the test part what it states."""
    fits = held.low <= found.level <= held.high
    return (
        f"On the {held.rows:,} test rows it holds {percent(held.value)} "
        f"(95% interval {shares(held.low, held.high)}): "
        + (
            f"as the stated {100 * found.level:.0f} % would."
            if fits
            else f"not the stated {100 * found.level:.0f} %. The test rows may be of another kind."
        )
    )
