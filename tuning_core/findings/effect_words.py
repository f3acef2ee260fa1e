"""What drives a model's answers, in sentences, of the results of its assessments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from tuning_core.catalog.objectives import METRIC_LABELS, OBJECTIVES, SHORT_METRIC_LABELS
from tuning_core.findings.formatting import count, joined, number

MOST_NAMED = 3
Result = Mapping[str, Any]


def columns_words(found: Result) -> str:
    """How much the columns are worth, and which are worth more than luck explains."""
    metric, columns = found["metric"], found["columns"]
    words = f"{_metric(found)} is {value_text(metric, found['score'])} on {_rows(found)}."
    sure = [each for each in columns if each["sure"]]
    if not sure:
        return f"{words} Without any one column it loses no more than luck explains."
    first = sure[0]
    loses = f"costs {difference_text(metric, first['drop'])}"
    words += f" Dealing out the values of {first['column']} to other rows {loses}"
    others = [each["column"] for each in sure[1 : 1 + MOST_NAMED]]
    words += f"; {joined(others)} {'follow' if len(others) > 1 else 'follows'}." if others else "."
    pale = len(columns) - len(sure)
    if pale:
        verb = "costs" if pale == 1 else "cost"
        words += f" {pale:,} of {count(len(columns), 'column')} {verb} no more than luck explains."
    return words


def columns_method(found: Result) -> str:
    """How it was measured, and what it cannot say."""
    words = (
        f"Mean of {count(found['repeats'], 'shuffle')} each; lines are 95% intervals, a bootstrap "
        "over rows with all their shuffles. Columns that say the same share their worth: shuffling "
        "one leaves the other."
    )
    if found["rows"] < found["of_rows"]:
        words += f" {found['rows']:,} of {found['of_rows']:,} rows are used."
    return words


def drops_frame(found: Result, most: int) -> pd.DataFrame:
    """The columns with the largest drops, as their chart takes them."""
    names = ["column", "drop", "low", "high", "sure"]
    return pd.DataFrame(found["columns"][:most], columns=names)


def drops_title(found: Result) -> str:
    """The axis of the drops."""
    metric = found["metric"]
    name = SHORT_METRIC_LABELS.get(metric, metric)
    if OBJECTIVES[f"val_{metric}"].direction == "max":
        return f"{name} lost without the column"
    return f"{name} added without the column"


def dependence_words(found: Result) -> str:
    """From where to where the average goes."""
    average = found["average"]
    rows = _rows(found)
    places = sorted(range(len(average)), key=average.__getitem__)
    low, high = places[0], places[-1]
    if found["numbers"] is not None:
        low, high = sorted((low, high))  # As the column grows.
    ends = [answer_text(found, average[place]) for place in (low, high)]
    at = [_word(found["grid"][place]) for place in (low, high)]
    name = found["column"]
    words = f"{answer_name(found)}, averaged over {rows}, "
    if ends[0] == ends[1]:
        words += f"stays {ends[0]} whatever {name} is."
    else:
        words += f"goes from {ends[0]} ({name} {at[0]}) to {ends[1]} ({name} {at[1]})"
        words += ", all other columns as they are."
    against = found["against"]
    if against is not None and against >= 0.1:
        words += f" From end to end {100 * against:.0f} % of the rows go the other way."
    if found["more_words"]:
        words += f" {count(found['more_words'], 'rarer category', 'rarer categories')} not shown."
    if found["part"] == "training":
        words += " The model was trained on these rows: it says what it does, not how well."
    return words


def dependence_method(found: Result) -> str:
    """How its picture is read."""
    if found["numbers"] is None:
        return "Points: the average. Ticks: single rows. Bars: how many rows have it."
    return (
        "Thick: the average. Thin: single rows. Bars: where rows lie; where none do, the model "
        "guesses."
    )


def pair_words(found: Result) -> str:
    """The highest and the lowest cell that rows lie in."""
    cells = [
        (value, found["grids"][0][across], found["grids"][1][up])
        for across, line in enumerate(found["average"])
        for up, value in enumerate(line)
        if found["counts"][across][up]
    ]
    words = f"{answer_name(found)}, averaged over {_rows(found)}"
    if not cells:
        return f"{words}; no row lies near any cell."
    ends = [min(cells, key=lambda cell: cell[0]), max(cells, key=lambda cell: cell[0])]
    said = [
        f"{answer_text(found, value)} at {_word(here)} and {_word(there)}"
        for value, here, there in ends
    ]
    return f"{words}: {said[0]} is lowest, {said[1]} highest. No row lies in pale cells."


def answer_name(found: Result) -> str:
    """What is looked at: the probability of a class, or the target."""
    return f"The probability of {found['class']}" if found["class"] else f"The {found['target']}"


def answer_title(found: Result, centred: bool = False) -> str:
    """The same as the title of an axis."""
    name = f"probability of {found['class']}" if found["class"] else f"predicted {found['target']}"
    return f"change of {name}" if centred else name


def answer_text(found: Result, value: float) -> str:
    """A probability as a share, a value in its unit."""
    return f"{100 * value:.0f} %" if found["class"] else number(float(value))


def slices_words(found: Result) -> str:
    """The score of all rows, and which slices are worse than the rest beyond luck."""
    metric = found["metric"]
    words = f"{_metric(found)} is {value_text(metric, found['score'])}"
    if found["low"] is not None:
        words += f" ({value_text(metric, found['low'])} to {value_text(metric, found['high'])})"
    words += f" on {_rows(found)}."
    worse = [each for each in found["slices"] if each["worse"]]
    tested = count(found["tested"], "slice")
    if not found["tested"]:
        return f"{words} No slice has enough rows to be compared with the rest."
    if not worse:
        return f"{words} Of {tested} none is worse than the rest beyond luck."
    named = joined([slice_name(each) for each in worse[:MOST_NAMED]])
    more = "" if len(worse) <= MOST_NAMED else ", among others"
    verb = "is" if len(worse) == 1 else "are"
    return (
        f"{words} Of {tested} {len(worse):,} {verb} worse than the rest beyond luck: {named}{more}."
    )


SLICES_METHOD = (
    "Ordered by the better end of the 95% interval: first what is bad even with luck. The test "
    "compares a slice with all other rows, corrected for all slices (Holm); those of fewer than 10 "
    "rows come last and are not tested."
)


def slice_name(one: Result) -> str:
    """A slice within a sentence: age below 30, region = north."""
    name = str(one["name"])
    signed = name.startswith(("below ", "from ", "= ", "missing")) or " to " in name
    return f"{one['column']} {name}" if signed else f"{one['column']}: {name}"


def slices_frame(found: Result) -> pd.DataFrame:
    """All slices, as their chart and their table take them."""
    names = ["rows", "value", "low", "high", "rest", "chance", "worse"]
    frame = pd.DataFrame([{name: one[name] for name in names} for one in found["slices"]])
    frame = frame.astype(dict.fromkeys(["value", "low", "high", "rest", "chance"], "float64"))
    frame.insert(0, "label", [slice_name(one) for one in found["slices"]])
    return frame


def percent(metric: str) -> bool:
    """Whether a metric is said as a share."""
    return metric == "accuracy"


def metric_title(found: Result) -> str:
    """The metric as the title of an axis."""
    return str(SHORT_METRIC_LABELS.get(found["metric"], found["metric"]))


def value_text(metric: str, value: float) -> str:
    """A metric as it is said here."""
    return f"{100 * value:.1f} %" if percent(metric) else number(float(value), 3)


def difference_text(metric: str, value: float) -> str:
    """A difference of a metric."""
    return f"{100 * value:.1f} points" if percent(metric) else number(float(value), 3)


def _metric(found: Result) -> str:
    label = str(METRIC_LABELS.get(found["metric"], found["metric"]))
    words = label[:1].upper() + label[1:]
    return f"{words} (for {found['stands_for']})" if found["stands_for"] else words


def _rows(found: Result) -> str:
    return count(found["rows"], f"{found['part']} row")


def _word(value: Any) -> str:
    if value is None:
        return "missing"
    return value if isinstance(value, str) else number(float(value), 3)
