"""All that is recorded of a study, by trial, and what writes it for another tool."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from tuning_core.home.home import HomeFiles
from tuning_core.home.marks import Marks, read_marks
from tuning_core.resources import missing_packages
from tuning_core.space import Parameter
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import EpochRow, ExecutionRow, Store, StudyRow, TrialRow

LOG = "log"
"""Asks the process that exports to add a study to others."""

_Row = TypeVar("_Row", ExecutionRow, EpochRow)


@dataclass(frozen=True)
class StudyRecord:
    """A study with its trials by number, and for each its executions and epochs."""

    study: StudyRow
    spec: StudySpec
    trials: Sequence[TrialRow]
    executions: Mapping[int, Sequence[ExecutionRow]] = field(default_factory=dict)
    epochs: Mapping[int, Sequence[EpochRow]] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)

    @cached_property
    def shown(self) -> tuple[Parameter, ...]:
        """The hyperparameters that were searched, or all where none was."""
        space = self.spec.search_space
        return space.searched or space.parameters

    @property
    def searched_by(self) -> str:
        """What chose its trials: a strategy of ours, or a search as another tool calls it."""
        source = self.spec.source
        return self.spec.strategy.id if source is None else source.search or source.label


@dataclass(frozen=True)
class Exporter:
    """A way to write a study: a button on the page, and the command ``id`` of the command line.

    ``write`` makes a new file, or a ``folder`` of files, which a page packs into a zip; it raises
    OSError. ``label`` is on the button, ``opens_in`` names the programs that read the result,
    ``hint`` says what to know of them, and ``help`` explains the command. ``ending`` ends the
    name of a download. One that needs the ``trials_only``, no executions and epochs, is so quick
    that it takes no process of its own.
    Whoever imports an exporter shows pages: what is slow to import is imported by ``write``.

    ``packages`` are optional ones that it imports. One that can ``log`` also adds a study to what
    a folder or a server at an address has of others, with a file of the model where there is one,
    and returns a sentence: the operator sets the place by an environment ``variable``, or names it.
    """

    id: str
    label: str
    opens_in: str
    help: str
    ending: str
    write: Callable[[StudyRecord, Path], None]
    mime: str = "application/octet-stream"
    folder: bool = False
    trials_only: bool = False
    hint: str = ""
    packages: tuple[str, ...] = ()
    log: Callable[[StudyRecord, str, Path | None], str] | None = None
    variable: str = ""

    @property
    def missing(self) -> str:
        """The sentence on packages that are not installed, "" where all are."""
        return missing_packages(self.label, self.packages)

    @property
    def place(self) -> str:
        """Where the operator has studies logged, "" nowhere."""
        return os.environ.get(self.variable, "").strip() if self.variable else ""


def read_record(store: Store, study_id: str, *, whole: bool = True) -> StudyRecord:
    """A study as it is now; not ``whole``, without executions and epochs.

    Raises KeyError for a study that does not exist, StoreError.
    """
    study = store.study(study_id)
    if study is None:
        raise KeyError(study_id)
    spec = parse_spec(study.spec, local_files=True)
    trials = store.trials(study_id)
    marks = read_marks(HomeFiles(store.path.parent).study(study_id).marks)
    if not whole:
        return StudyRecord(study, spec, trials, marks=marks)
    executions = store.executions(study_id, [trial.number for trial in trials])
    return StudyRecord(
        study, spec, trials, _by_trial(executions), _by_trial(store.epochs(study_id)), marks
    )


def _by_trial(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.trial, []).append(row)
    return found
