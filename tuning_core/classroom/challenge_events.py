"""The events of a challenge in a class: who plays, what was run, when it ended, what it showed."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from tuning_core.classroom.challenge import MOST_BUDGET
from tuning_core.classroom.event import ClassEvent, MemberEvent
from tuning_core.classroom.play import Judged, Play, Reveal, Run
from tuning_core.classroom.state import ClassState, Member
from tuning_core.journal.events import Count, Number, Part, Text
from tuning_core.spec.training_request import MAX_EPOCHS, TrainingRequest

_Name = Annotated[str, Field(max_length=40)]
_Epochs = Annotated[int, Field(ge=0, le=MAX_EPOCHS)]


class PlayEvent(ClassEvent):
    """What changes the challenge with this ``number`` of task, if it is still the last one."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]

    @override
    def applied(self, state: ClassState) -> ClassState:
        play = state.play
        if play is None or play.number != self.number:
            return state
        return replace(state, play=self.played(play))

    def played(self, play: Play) -> Play:
        """The challenge after this event."""
        raise NotImplementedError


class MachinesPlay(PlayEvent):
    """The machine's searches have begun; ``studies`` are their ids by strategy."""

    kind: Literal["machines_play"] = "machines_play"
    durable: ClassVar[bool] = True
    studies: Annotated[dict[_Name, _Name], Field(max_length=20)]

    @override
    def played(self, play: Play) -> Play:
        return replace(play, studies=self.studies)


class RunEnded(PlayEvent, MemberEvent):
    """A training of a student in the challenge has ended, or was given up."""

    kind: Literal["challenge_run"] = "challenge_run"
    durable: ClassVar[bool] = True
    request: TrainingRequest
    spent: Annotated[int, Field(ge=0, le=max(MOST_BUDGET, MAX_EPOCHS))]
    epochs: _Epochs
    score: Number | None
    epoch: _Epochs | None
    parameters: Count | None

    @override
    def applied(self, state: ClassState) -> ClassState:
        return PlayEvent.applied(self, MemberEvent.applied(self, state))

    @override
    def changed(self, member: Member) -> Member:
        return replace(member, seen=self.time)

    @override
    def played(self, play: Play) -> Play:
        fields = (self.request, self.spent, self.epochs, self.score, self.epoch, self.parameters)
        return play.with_run(self.member, Run(*fields))


class ChallengeEnded(PlayEvent):
    """Nobody runs any more."""

    kind: Literal["challenge_ended"] = "challenge_ended"
    durable: ClassVar[bool] = True

    @override
    def played(self, play: Play) -> Play:
        return play if play.ended is not None else replace(play, ended=self.time)


class JudgedEntry(Part):
    """A player's best run on the test part."""

    validation: Number | None = None
    test: Number | None = None
    validation_error: Number | None = None
    test_error: Number | None = None
    problem: Text = ""


class ChallengeRevealed(PlayEvent):
    """The untouched test part, for everybody at once; ``entries`` are by player."""

    kind: Literal["challenge_revealed"] = "challenge_revealed"
    durable: ClassVar[bool] = True
    entries: Annotated[dict[_Name, JudgedEntry], Field(max_length=1_000)]
    validation_rows: Count
    test_rows: Count

    @override
    def played(self, play: Play) -> Play:
        entries = {player: Judged(**dict(entry)) for player, entry in self.entries.items()}
        reveal = Reveal(entries, self.validation_rows, self.test_rows)
        return replace(play, ended=play.ended or self.time, reveal=reveal)
