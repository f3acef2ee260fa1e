"""Optuna's journal files: an operation a line, replayed as Optuna replays them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tuning_core.study_import.optuna_study import (
    STATES,
    OptunaStudy,
    OptunaTrial,
    chosen_study,
    search_of,
)
from tuning_core.study_import.reader import (
    MOST_POINTS,
    MOST_TRIALS,
    ReadOptions,
    RunsReader,
    number_or_none,
)
from tuning_core.study_import.run_files import RunFiles, RunsError
from tuning_core.study_import.runs import RecordedSearch

_LONGEST_LINE = 4_000_000
_MOST_BYTES = 1_000_000_000
_MOST_OPERATIONS = 10 * MOST_POINTS
_DIRECTIONS = ("NOT_SET", "MINIMIZE", "MAXIMIZE")
_ENDED = ("COMPLETE", "PRUNED", "FAIL")
_FIRST = b'{"op_code":'

Operation = Mapping[str, Any]


def _recognises(files: RunFiles) -> bool:
    start = files.start(files.single) if files.single else b""
    return start.replace(b" ", b"").startswith(_FIRST)


def _read(files: RunFiles, options: ReadOptions) -> RecordedSearch:
    replay = _Replay()
    with files.on_disk(files.single, _MOST_BYTES) as path:
        for operation in _operations(path):
            try:
                replay.apply(operation)
            except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
                replay.unread += 1
    studies = {study.name: study for study in replay.studies.values()}
    found = search_of(studies[chosen_study(list(studies), options)], options)
    if replay.unread:
        found.notes.append(f"Torn lines of the journal that were left out: {replay.unread:,}.")
    return found


def _operations(path: Path) -> Iterator[Operation]:
    """The operations of a journal; None for a line that is none."""
    with path.open("rb") as file:
        for _ in range(_MOST_OPERATIONS):
            line = file.readline(_LONGEST_LINE)
            if len(line) == _LONGEST_LINE:
                raise RunsError(
                    f"The journal has a line of more than {_LONGEST_LINE / 1e6:,.0f} MB: too long."
                )
            if not line.endswith(b"\n"):
                return  # The end, or a line that is still being written.
            try:
                operation = json.loads(line)
            except (ValueError, RecursionError):
                operation = None
            yield operation if isinstance(operation, dict) else {}
    raise RunsError(f"The journal has more than {_MOST_OPERATIONS:,} operations: too many to read.")


class _Replay:
    """What a journal says so far: studies and trials by their numbers in it."""

    def __init__(self) -> None:
        self.studies: dict[int, OptunaStudy] = {}
        self.unread = 0
        self._made = 0
        self._trials: list[OptunaTrial] = []

    def apply(self, operation: Operation) -> None:
        """Go on with one operation; raises what is raised for one that is not as it should be."""
        steps: list[Callable[[Operation], None]] = [
            self._create_study,
            self._delete_study,
            self._set_study_user,
            self._set_study_system,
            self._create_trial,
            self._set_param,
            self._set_state,
            self._set_intermediate,
            self._set_trial_user,
            self._set_trial_system,
        ]
        code = int(operation["op_code"])
        if 0 <= code < len(steps):
            steps[code](operation)

    def _create_study(self, operation: Operation) -> None:
        name = str(operation["study_name"])
        if any(study.name == name for study in self.studies.values()):
            return
        directions = [_DIRECTIONS[int(number)] for number in operation["directions"][:100]]
        self.studies[self._made] = OptunaStudy(name, directions)
        self._made += 1

    def _delete_study(self, operation: Operation) -> None:
        self.studies.pop(operation["study_id"], None)

    def _set_study_user(self, operation: Operation) -> None:
        self.studies[operation["study_id"]].user |= operation["user_attr"]

    def _set_study_system(self, operation: Operation) -> None:
        study = self.studies[operation["study_id"]]
        study.system |= operation["system_attr"]
        study.traces |= set(map(str, operation["system_attr"]))

    def _create_trial(self, operation: Operation) -> None:
        study = self.studies.get(operation["study_id"])
        if study is None:
            return
        if len(self._trials) > 10 * MOST_TRIALS:
            raise RunsError("The journal has too many trials to read.")
        trial = OptunaTrial(STATES[int(operation.get("state", 0))])
        self._trials.append(trial)
        study.trials.append(trial)
        trial.started = _time(operation.get("datetime_start"))
        trial.ended = _time(operation.get("datetime_complete"))
        drawn = operation.get("distributions") or {}
        for name, internal in (operation.get("params") or {}).items():
            trial.params[name] = _drawn(internal, drawn[name])
        trial.values = _values(operation.get("values") or [operation.get("value")])
        trial.user |= operation.get("user_attrs") or {}
        study.traces |= set(map(str, operation.get("system_attrs") or {}))
        for step, value in (operation.get("intermediate_values") or {}).items():
            trial.intermediate[int(step)] = float(value)

    def _open(self, operation: Operation) -> OptunaTrial | None:
        """The trial of an operation, if it can still change."""
        trial = self._trials[operation["trial_id"]]
        return None if trial.state in _ENDED else trial

    def _set_param(self, operation: Operation) -> None:
        if (trial := self._open(operation)) is not None:
            drawn = _drawn(operation["param_value_internal"], operation["distribution"])
            trial.params[str(operation["param_name"])] = drawn

    def _set_state(self, operation: Operation) -> None:
        trial = self._open(operation)
        state = STATES[int(operation["state"])]
        if trial is None or state == trial.state == "RUNNING":
            return
        if state == "RUNNING":
            trial.started = _time(operation.get("datetime_start"))
        elif state in _ENDED:
            trial.ended = _time(operation.get("datetime_complete"))
        trial.state = state
        if operation["values"] is not None:
            trial.values = _values(operation["values"])

    def _set_intermediate(self, operation: Operation) -> None:
        if (trial := self._open(operation)) is not None:
            trial.intermediate[int(operation["step"])] = float(operation["intermediate_value"])

    def _set_trial_user(self, operation: Operation) -> None:
        if (trial := self._open(operation)) is not None:
            trial.user |= operation["user_attr"]

    def _set_trial_system(self, operation: Operation) -> None:
        names = set(map(str, operation["system_attr"]))
        trial = self._trials[operation["trial_id"]]
        for study in self.studies.values():
            if names - study.traces and any(trial is each for each in study.trials[-64:]):
                study.traces |= names


def _drawn(internal: Any, distribution: Any) -> tuple[float, str]:
    if not isinstance(distribution, str):
        raise TypeError(distribution)
    return float(internal), distribution


def _values(content: Any) -> dict[int, float]:
    numbers = map(number_or_none, content)
    return {place: value for place, value in enumerate(numbers) if value is not None}


def _time(content: Any) -> float | None:
    """Unix seconds; of versions before 5, in the time of the machine that wrote it."""
    try:
        return datetime.fromisoformat(content).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


READER = RunsReader("optuna_journal", "Optuna journal", _recognises, _read)
