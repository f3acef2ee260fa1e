"""Challenges: students and the machine train within one budget; then the test part is shown."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import Protocol

from pydantic import ValidationError

from tuning_core.catalog import STRATEGIES
from tuning_core.classroom.challenge import Challenge
from tuning_core.classroom.challenge_events import (
    ChallengeEnded,
    ChallengeRevealed,
    JudgedEntry,
    MachinesPlay,
)
from tuning_core.classroom.play import Play, Run, best_run
from tuning_core.classroom.state import ClassState
from tuning_core.classroom.tasks import Task
from tuning_core.home.home import ManagerError
from tuning_core.manager.access import Person
from tuning_core.manager.classroom.classes import Classes
from tuning_core.manager.classroom.machine_runs import MachineRuns
from tuning_core.manager.classroom.student_runs import Seat, StudentRuns
from tuning_core.manager.trainings.trainings import Trainings
from tuning_core.manager.workers.requests import BackgroundRequests
from tuning_core.planning.equal_epochs import with_epochs
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec
from tuning_core.spec.validation import first_problem
from tuning_core.store import Store

REVEAL_SECONDS = 600.0
"""How long judging all entries may take."""

_LOG = logging.getLogger(__name__)


class Searches(Protocol):
    """Who launches and stops studies."""

    def launch(self, spec: StudySpec, *, user: str = "") -> str:
        """Start or queue a study; its id."""

    def stop(self, study_id: str) -> None:
        """End a study. Raises ManagerError."""


class Challenges:
    """Runs the challenges of classes. Methods may be called from any thread.

    ``students`` trains and counts what they ask for; ``searches`` begins and stops those of the
    machine.
    """

    def __init__(
        self,
        classes: Classes,
        trainings: Trainings,
        store: Store,
        searches: Searches,
    ) -> None:
        self.students = StudentRuns(classes, trainings)
        self._classes = classes
        self._trainings = trainings
        self._searches = searches
        self._machines = MachineRuns(store)
        self._reveals = BackgroundRequests("reveal")

    def set_task(
        self, code: str, task: Task | None, by: Person, *, everybody: bool = False
    ) -> None:
        """Say what comes next in a class; a challenge begins, and one that goes on ends."""
        if isinstance(task, Challenge):
            self.begin(code, task, by, everybody=everybody)
            return
        self._classes.led(code, by)
        self._end_present(code)
        self._classes.set_task(code, task, by, everybody=everybody)

    def begin(self, code: str, challenge: Challenge, by: Person, *, everybody: bool = True) -> None:
        """Begin a challenge in a class; the machine's searches are queued as the teacher's."""
        self._classes.led(code, by)
        try:
            # What a page made of its widgets, whatever its client sent.
            challenge = Challenge.model_validate(challenge.model_dump(mode="json"))
            specs = {
                strategy: with_epochs(
                    challenge.machine(strategy, f"Challenge {code} · {STRATEGIES[strategy].title}"),
                    strategy,
                    challenge.epochs,
                )
                for strategy in challenge.machines
            }
        except ValidationError as error:
            raise ManagerError(f"challenge: {first_problem(error, Challenge)}") from None
        except SpecError as error:
            raise ManagerError(f"The machine cannot play this challenge: {error}") from None
        # Students train on what the teacher has chosen: that must be the teacher's to give.
        self._trainings.access.refuse_rows(challenge.dataset.id, by)
        self._end_present(code)
        number = self._classes.set_task(code, challenge, by, everybody=everybody)
        studies = dict[str, str]()
        try:
            for name, spec in specs.items():
                studies[name] = self._searches.launch(spec, user=by.user)
        finally:
            # Those that have begun play, though the server refuses another.
            if studies:
                self._classes.record(code, MachinesPlay(number=number, studies=studies))

    def runs(self, state: ClassState) -> dict[str, Sequence[Run]]:
        """All runs by player: members by their ids, the machine's by their strategies."""
        play = state.play
        if play is None:
            return {}
        found: dict[str, Sequence[Run]] = {
            member.id: play.runs[member.id] for member in state.students if member.id in play.runs
        }
        for strategy, study in play.studies.items():
            found[strategy] = self._machines.of(play.challenge, study)
        return found

    def refuse_shortcut(self, dataset_id: str, by: Person) -> None:
        """Raises ManagerError for who plays on this data: a search of it would be uncounted runs.

        The test part of such a search would be known before it is revealed for everybody.
        """
        seat = self._hidden_from(by)
        if seat is not None and seat.play.challenge.dataset.id == dataset_id:
            raise ManagerError(
                f"The class {seat.state.code} plays a challenge on this data: searches on it, and "
                "its test part, wait until the test part is revealed for everybody."
            )

    def hides(self, study_id: str, by: Person) -> bool:
        """Whether a study is that of a machine against which they play now."""
        seat = self._hidden_from(by)
        return seat is not None and study_id in seat.play.studies.values()

    def _hidden_from(self, by: Person) -> Seat | None:
        seat = self.students.seat(by.user) if by.user else None
        if seat is None or seat.play.reveal is not None:
            return None
        return seat if seat.state.task == seat.play.challenge else None

    def end(self, code: str, by: Person) -> None:
        """Let nobody run any more; what trains is given up and counted."""
        self._classes.led(code, by)
        self._end(code)

    def end_class(self, code: str, by: Person) -> None:
        """End a class, and the challenge that it plays: of one that is over nothing counts."""
        self._classes.led(code, by)
        self._end_present(code)
        self._classes.end(code, by)

    def reveal(self, code: str, by: Person) -> None:
        """End the challenge and judge everybody's best run on the test part, beside the caller."""
        self._classes.led(code, by)
        play = self._end(code)
        if play.reveal is None:
            self._reveals.begin((code, play.number), partial(self._judge, code, play.number))

    def revealing(self, code: str, play: Play) -> bool:
        """Whether the test part is about to be shown."""
        return self._reveals.running((code, play.number))

    def problem(self, code: str, play: Play) -> str:
        """Why the last reveal came to nothing; "" where nothing speaks against one."""
        return self._reveals.refusal((code, play.number))

    def close(self) -> None:
        """End the thread that counts."""
        self.students.close()

    def _end_present(self, code: str) -> None:
        play = self._classes.state(code).play
        if play is not None and play.ended is None:
            self._end(code)

    def _end(self, code: str) -> Play:
        play = self._classes.state(code).play
        if play is None:
            raise ManagerError(f"The class {code} has played no challenge. Begin one.")
        if play.ended is None:
            # In this order: nobody begins a run between the two.
            self._classes.record(code, ChallengeEnded(number=play.number))
            self.students.give_up(code)
            self._stop(play.studies.values())
        return self._classes.state(code).play or play

    def _stop(self, studies: Iterable[str]) -> None:
        for study in studies:
            try:
                self._searches.stop(study)
            except ManagerError as error:
                _LOG.info("The study %s was not stopped: %s", study, error)

    def _judge(self, code: str, number: int) -> None:
        state = self._classes.state(code)
        play = state.play
        if play is None or play.number != number:
            return  # The next one has begun.
        entries: dict[str, Run] = {}
        for player, runs in self.runs(state).items():
            best = best_run(play.challenge, runs)
            if best is not None:
                entries[player] = best[0]
        asked = [{"training": r.request.document(), "epochs": r.epoch} for r in entries.values()]
        answer = self._trainings.question(
            None, "test_entries", entries=asked, seconds=REVEAL_SECONDS
        )
        try:
            reply = answer.result()
        except CancelledError:
            raise ManagerError("The server is stopping. Reveal it when it is back.") from None
        judged = {
            player: JudgedEntry(**entry)
            for player, entry in zip(entries, reply["entries"], strict=True)
        }
        rows = {name: reply[name] for name in ("validation_rows", "test_rows")}
        revealed = ChallengeRevealed(number=play.number, entries=judged, **rows)
        self._classes.record(code, revealed)
