"""The score of the best model by slices of the rows that are new to it."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from tuning_core.analysis.metric_intervals import Interval
from tuning_core.analysis.slices import (
    interval,
    slice_scores,
    slices_of_numbers,
    slices_of_words,
)
from tuning_core.model_export import ExportError
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.subject import Column, Subject, subject_of
from tuning_core.worker.requests.row_input import written_date

MOST_SLICES = 400
"""Of very many columns the surely worst are handed out; all are counted and corrected for."""


def assess(asked: Asked) -> dict[str, Any]:
    """Answers ``slices``: of one column, or of all with the true classes, the worst first."""
    subject = subject_of(asked, asked.options.part)
    if not len(subject.truth):
        raise ExportError(f"There are no {subject.part} rows to ask the model about.")
    answers = subject.say(subject.rows, subject.truth)
    slices = _slices(asked, subject)
    if not slices:
        raise ExportError("These rows have no column to be divided by.")
    found = slice_scores(
        subject.metric,
        subject.direction,
        answers,
        slices,
        lambda share: asked.progress(share, "comparing slices"),
    )
    whole: Interval = interval(subject.metric, answers)
    return {
        "part": subject.part,
        "rows": len(subject.truth),
        "metric": subject.metric,
        "stands_for": subject.stands_for,
        "score": whole.value,
        "low": whole.low if np.isfinite(whole.low) else None,
        "high": whole.high if np.isfinite(whole.high) else None,
        "names": [column.name for column in subject.columns if column.kind != "text"],
        "tested": sum(one.chance is not None for one in found),
        "count": len(found),
        "slices": [{**asdict(one), "worse": one.worse} for one in found[:MOST_SLICES]],
    }


def _slices(asked: Asked, subject: Subject) -> dict[tuple[str, str], np.ndarray]:
    wanted = asked.options.column
    places = range(len(subject.columns)) if wanted is None else [subject.column(wanted)]
    found: dict[tuple[str, str], np.ndarray] = {}
    if wanted is None and subject.classes:
        truly = [subject.classes[number] for number in subject.truth]
        name = f"{subject.target} (true)"
        found |= {(name, word): mask for word, mask in slices_of_words(truly).items()}
    for place in places:
        asked.progress(0.0, subject.columns[place].name)
        masks = _of_column(subject.columns[place], subject.values(place))
        # A column of one value divides nothing.
        if len(masks) > 1:
            found |= {(subject.columns[place].name, name): mask for name, mask in masks.items()}
    return found


def _of_column(column: Column, values: pd.Series) -> dict[str, np.ndarray]:
    if column.kind == "text":
        return {}
    if column.kind == "category":
        return slices_of_words([None if pd.isna(word) else str(word) for word in values])
    form = column.form
    if form is not None:
        return slices_of_numbers(values, lambda value: written_date(float(np.floor(value)), form))
    for digits in (4, 6, 10, 17):
        masks = slices_of_numbers(values, partial(_written, digits))
        if sum(int(mask.sum()) for mask in masks.values()) == len(values):
            break  # No two have one name.
    return masks


def _written(digits: int, value: float) -> str:
    """A number with so many digits, and with all before its point."""
    whole = 10**digits <= abs(value) < 1e15
    return f"{value:,.0f}" if whole else f"{value:,.{digits}g}"
