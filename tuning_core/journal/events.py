"""The events that a study file may bring: every field, its type and its limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from tuning_core.catalog import METRICS, StudyStatus, TrialStatus
from tuning_core.catalog.hyperparameter import Value
from tuning_core.catalog.objectives import EPOCH_METRICS
from tuning_core.journal.errors import EventError
from tuning_core.spec.study import MAX_EPOCHS

MOST_TRIALS = 1_000_000
"""Trials of the largest budget, and those that readers added beside it."""

_MOST_EXECUTIONS = 400
_MOST_VALUES = 1_000
_FAR = 1e12


def on_one_line(text: str) -> str:
    """A stranger's text without what a page or a terminal would not show as it is."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


Text = Annotated[str, Field(max_length=10_000), AfterValidator(on_one_line)]
Word = Annotated[str, Field(max_length=200), AfterValidator(on_one_line)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e39, le=1e39)]
Moment = Annotated[float, Field(ge=0, le=9e9)]
"""A unix time that every part can draw: before the year 2262."""

Seconds = Annotated[float, Field(ge=0, le=1e9)]
TrialNumber = Annotated[int, Field(ge=1, le=MOST_TRIALS)]
EpochNumber = Annotated[int, Field(ge=0, le=MAX_EPOCHS)]
ExecutionNumber = Annotated[int, Field(ge=1, le=_MOST_EXECUTIONS)]
Count = Annotated[int, Field(ge=0, le=int(_FAR))]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Metric = Literal[EPOCH_METRICS]  # type: ignore[valid-type]
Tested = Literal[tuple(METRICS)]  # type: ignore[valid-type]
Values = Annotated[dict[Word, Value], Field(max_length=_MOST_VALUES)]
Final = Literal[
    StudyStatus.PAUSED,
    StudyStatus.STOPPED,
    StudyStatus.INTERRUPTED,
    StudyStatus.FAILED,
    StudyStatus.FINISHED,
]
Ended = Literal[
    TrialStatus.COMPLETED,
    TrialStatus.PRUNED,
    TrialStatus.SKIPPED,
    TrialStatus.DIVERGED,
    TrialStatus.FAILED,
]


class Part(BaseModel):
    """Without unknown fields, without conversions between types, without NaN and infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class _Event(Part):
    seq: Annotated[int, Field(ge=1)]
    time: Moment


class StudyStarted(_Event):
    """A worker begins or goes on."""

    kind: Literal["study_started"]
    pid: Count
    device: Word
    versions: Annotated[dict[Word, Word], Field(max_length=50)]
    resumed: bool
    rows: Annotated[dict[Word, Count], Field(max_length=10)]
    elapsed: Seconds
    after: Word = ""


class TrialStarted(_Event):
    """A trial begins, or begins again after an interruption."""

    kind: Literal["trial_started"]
    trial: TrialNumber
    config: Values
    parent: TrialNumber | None
    epochs: EpochNumber
    initial_epoch: EpochNumber
    bracket: Count | None
    round: Count | None
    added: bool = False
    seed: Seed
    suggested_in: Seconds


class Epoch(_Event):
    """An epoch of an execution; a metric that was no number is null."""

    kind: Literal["epoch"]
    trial: TrialNumber
    execution: ExecutionNumber
    epoch: Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
    metrics: Annotated[dict[Metric, Number | None], Field(max_length=len(EPOCH_METRICS))]
    seconds: Seconds | None


class Execution(Part):
    """One training of a trial that has ended."""

    execution: ExecutionNumber
    status: Ended
    score: Number | None
    best_epoch: EpochNumber | None
    epochs: EpochNumber


class TrialEnded(_Event):
    """The end of the trial that ran."""

    kind: Literal["trial_ended"]
    trial: TrialNumber
    status: Ended
    score: Number | None
    best_epoch: EpochNumber | None
    best_execution: ExecutionNumber | None
    epochs: Count
    seconds: Seconds
    parameters: Count | None
    executions: Annotated[list[Execution], Field(max_length=_MOST_EXECUTIONS)]
    message: Text


class StudyEnded(_Event):
    """The end of a run of the study."""

    kind: Literal["study_ended"]
    status: Final
    reason: Word
    message: Text
    seconds: Seconds


class TestRevealed(_Event):
    """The metrics of the best model on the test part."""

    kind: Literal["test_revealed"]
    trial: TrialNumber
    metrics: Annotated[dict[Tested, Number | None], Field(max_length=len(METRICS))]  # type: ignore[valid-type]


class Note(_Event):
    """Something that was said about the study; "imported" says where it came from, "restored"
    what its journal had lost."""

    kind: Literal["note", "imported", "restored"]
    message: Text
    asked: Moment | None = None


class Edited(_Event):
    """A reader's change of a study that had begun; ``spec`` is the one in effect after it."""

    kind: Literal["edited"]
    edit: Word
    asked: Moment | None = None
    what: Literal["space", "budget", "trial", "kill"] | None = None
    refused: Text | None = None
    space: dict[Word, Any] | None = None
    trials: TrialNumber | None = None
    seconds: Seconds | None = None
    values: Values | None = None
    retries: TrialNumber | None = None
    trial: TrialNumber | None = None
    config: Values | None = None
    outside: bool | None = None
    spec: dict[str, Any] | None = None
    inside: Count | None = None
    of: Count | None = None

    @model_validator(mode="after")
    def _whole(self) -> Edited:
        """What a worker writes with each kind of change; a refused one changes nothing."""
        if self.refused is None:
            needed = _PARTS.get(self.what or "", ("what",))
            missing = [name for name in needed if getattr(self, name) is None]
            if missing:
                raise ValueError(f"{missing[0]} is missing")
        if self.spec is not None and (self.refused is not None or "spec" not in needed):
            raise ValueError("spec: expected with another space or budget alone")
        return self


_PARTS = {
    "space": ("space", "spec", "inside", "of"),
    "budget": ("spec",),
    "trial": ("values", "config", "outside"),
    "kill": ("trial",),
}
"""The fields that an edit which took effect has, by what it changes."""

Event = StudyStarted | TrialStarted | Epoch | TrialEnded | StudyEnded | TestRevealed | Note | Edited
_LINE: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def parse_event(line: bytes, number: int) -> Event:
    """The event in a line of a journal; EventError names the line and the field."""
    try:
        event = _LINE.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        # The first place is the kind of the event, where that is known.
        place = ".".join(str(part) for part in first["loc"][1:])[:80]
        what = f"{place}: {first['msg']}" if place else str(first["msg"])
        said = on_one_line(what)[:200]
        raise EventError(f"{_line(number)} cannot be read ({said}).") from None
    if event.seq != number:
        raise EventError(f"{_line(number)} has seq {event.seq}; expected {number}.")
    return event


def _line(number: int) -> str:
    return f"This study file is damaged or was made by something else: events.jsonl line {number:,}"
