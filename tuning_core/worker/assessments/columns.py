"""Which columns the best model's answers rest on: each one's values dealt out to other rows."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from tuning_core.analysis.row_metrics import (
    RESAMPLES,
    Answers,
    drawn_rows,
    each_row,
    score,
)
from tuning_core.analysis.shuffled_columns import column_drop
from tuning_core.datasets import take_rows
from tuning_core.model_export import ExportError
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.assessments.subject import Subject, subject_of, with_column

MOST_ROWS, MOST_REPEATS, FEWEST_REPEATS = 5_000, 10, 3
MOST_ANSWERS = 4_000_000
"""Rows that a model is asked in all; of many columns fewer rows are shuffled fewer times."""
AT_ONCE = 20_000
KEEP_SECONDS = 2.0
"""Between two times that what was computed is kept."""
PICTURES = (
    "The inputs are pictures, and a pixel is no column. What their filters do shows in What-if: "
    "open the best configuration there."
)


def assess(asked: Asked) -> dict[str, Any]:
    """Answers ``columns``: the drop of the metric without each column, the largest first."""
    subject = subject_of(asked, asked.options.part)
    check_columns(subject)
    count = len(subject.columns)
    repeats = int(np.clip(MOST_ANSWERS / (count * MOST_ROWS), FEWEST_REPEATS, MOST_REPEATS))
    rows = subject.taken(max(200, min(MOST_ROWS, MOST_ANSWERS // (count * repeats))))
    whole = rows.say(rows.rows, rows.truth)
    quick = each_row(rows.metric, whole) is not None
    drawn = drawn_rows(len(rows.truth), RESAMPLES if quick else RESAMPLES // 2)
    known, kept = asked.kept, time.monotonic()
    for place, column in enumerate(rows.columns):
        asked.progress(place / count, column.name)
        if column.name not in known:
            found = _shuffled(asked, rows, place, repeats)
            drop = column_drop(rows.metric, rows.direction, whole, found, drawn)
            known[column.name] = {**asdict(drop), "sure": drop.sure}
            if time.monotonic() - kept > KEEP_SECONDS:
                asked.keep()
                kept = time.monotonic()
    drops = [{"column": c.name, "kind": c.kind, **known[c.name]} for c in rows.columns]
    return {
        "part": rows.part,
        "rows": len(rows.truth),
        "of_rows": len(subject.truth),
        "repeats": repeats,
        "metric": rows.metric,
        "stands_for": rows.stands_for,
        "score": score(rows.metric, whole),
        "columns": sorted(drops, key=lambda drop: -drop["drop"]),
    }


def check_columns(subject: Subject) -> None:
    """Raises ExportError for rows that are no table."""
    if not subject.columns:
        raise ExportError(PICTURES)
    if not len(subject.truth):
        raise ExportError(f"There are no {subject.part} rows to ask the model about.")


def _shuffled(asked: Asked, subject: Subject, place: int, repeats: int) -> list[Answers]:
    """The answers once a raw column is shuffled, so that all that was made of it goes with it."""
    random = np.random.default_rng([0, place])
    count = len(subject.truth)
    values = subject.values(place)
    orders = [random.permutation(count) for _ in range(repeats)]
    answers: list[Answers] = []
    each = max(1, AT_ONCE // count)
    for first in range(0, repeats, each):
        asked.progress(place / len(subject.columns), subject.columns[place].name)
        some = orders[first : first + each]
        rows = take_rows(subject.rows, np.tile(np.arange(count), len(some)))
        mixed = values.iloc[np.concatenate(some)].array
        truth = np.tile(subject.truth, len(some))
        said = subject.say(with_column(rows, place, mixed), truth)
        parts = np.split(np.arange(len(truth)), len(some))
        answers += [said.taken(part) for part in parts]
    return answers
