"""What a reader of runs is, and what it is told beside the files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tuning_core.spec.parts import MAX_EPOCHS
from tuning_core.study_import.run_files import RunFiles, RunsError
from tuning_core.study_import.runs import RecordedSearch

MOST_TRIALS = 50_000
MOST_POINTS = 400_000
"""Epochs of all trials together: what a study file may have."""


@dataclass(frozen=True)
class ReadOptions:
    """What is said of a search beside its files; each may be left out where the files say it.

    ``study`` names one of several in a storage, ``objective`` a metric or a column, ``parameters``
    the columns of a table that are hyperparameters.
    """

    objective: str = ""
    direction: Literal["", "min", "max"] = ""
    study: str = ""
    name: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunsReader:
    """A kind of files that a search is read from.

    ``recognises`` looks at names and first bytes alone. ``read`` raises RunsError, one sentence.
    """

    id: str
    label: str
    recognises: Callable[[RunFiles], bool]
    read: Callable[[RunFiles, ReadOptions], RecordedSearch]


def parsed(content: bytes | str, what: str) -> Any:
    """JSON of a stranger, with its NaN and infinities. Raises RunsError."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise RunsError(f"{what} is no whole JSON: it is torn, or was written by hand.") from None


def number_or_none(content: Any) -> float | None:
    """A number, finite or not; None for anything else."""
    if isinstance(content, bool) or not isinstance(content, int | float):
        return None
    try:
        return float(content)
    except OverflowError:
        return math.inf if content > 0 else -math.inf


def epochs_by_step(steps: Iterable[int]) -> tuple[dict[int, int], str]:
    """The epoch, from 1, of each step at which a search reported, and a note where they differ.

    Steps are epochs that count from 0 or 1; those that no epoch can be are numbered in order.
    """
    known = sorted(set(steps))
    if not known:
        return {}, ""
    shift = 1 if known[0] == 0 else 0
    if known[0] >= 0 and known[-1] + shift <= MAX_EPOCHS:
        return {step: step + shift for step in known}, ""
    kept: Sequence[int] = known
    if len(known) > MAX_EPOCHS:
        kept = known[:: math.ceil(len(known) / MAX_EPOCHS)]
    note = (
        f"It reported at steps up to {known[-1]:,}; they are numbered in order here, as epochs"
        f"{' with some left out' if len(kept) < len(known) else ''}."
    )
    return {step: place for place, step in enumerate(kept, start=1)}, note
