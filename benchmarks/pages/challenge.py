"""A challenge that 24 simulated students play against the machine, with real trainings.

Each turns knobs as a student might: from where the challenge begins, then at random, then near
what was best, until the budget of epochs is spent; some give up a run under way. Then the test
part is revealed. ``--home DIR`` keeps what was played, so that its board can be opened:
``TUNESCAPE_HOME=DIR make run``. ``--quick`` plays with 6 students and a fifth of the budget.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.parts.machine import facts
from benchmarks.parts.table import Row, table
from benchmarks.parts.tunescape import scratch_home
from pages.components.shared.players import luck_of, players
from tuning_core.classroom.challenge import PRESETS, Challenge
from tuning_core.classroom.names import ANIMALS
from tuning_core.classroom.play import best_run
from tuning_core.classroom.state import ClassState
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.access import Person
from tuning_core.space import SearchSpace
from tuning_core.spec.training_request import TrainingRequest

STUDENTS, QUICK = 24, 6
TEACHER = Person("teacher", teacher=True)
GIVES_UP = 0.1
"""How many of the runs a student leaves before their end."""
REVEAL_BAR = 20.0
PATIENCE = 600.0


class Student:
    """Somebody who turns knobs."""

    def __init__(self, manager: Manager, code: str, number: int, seed: int) -> None:
        self.user = f"student{number}"
        self._manager = manager
        self._rng = np.random.default_rng([seed, number])
        name = ANIMALS[(7 * number) % len(ANIMALS)]
        manager.classes.join(code, name, f"{number:04d}", self.user)
        # Some think before they turn a knob, others just turn them.
        self._careful = float(self._rng.uniform(0.2, 0.9))

    def play(self, space: SearchSpace) -> None:
        """Run until nothing is left."""
        students = self._manager.challenges.students
        while True:
            seat = students.seat(self.user)
            assert seat is not None
            left = seat.play.left(seat.member)
            if not left:
                return
            request = self._wanted(seat.play.challenge, seat.play.runs.get(seat.member, ()), space)
            id = students.ask(self.user, request.changed(epochs=min(request.epochs, left)))
            if self._rng.random() < GIVES_UP:
                self._manager.trainings.wait(id, 0.05)
                self._manager.trainings.abandon(self.user)
            limit = time.monotonic() + PATIENCE
            while not self._manager.trainings.wait(id, 1.0).state.ended:
                if time.monotonic() > limit:
                    raise TimeoutError(f"{self.user} waited for {PATIENCE:g} s.")

    def _wanted(self, challenge: Challenge, runs: Any, space: SearchSpace) -> TrainingRequest:
        epochs = int(self._rng.integers(4, 2 * challenge.run_epochs))
        if challenge.unit == "runs":
            epochs = challenge.run_epochs
        best = best_run(challenge, runs)
        own = challenge.request().changed(epochs=epochs)
        if not runs:
            return own
        drawn = space.sample(self._rng)
        knobs = {name: drawn[name] for name in challenge.knobs if name in drawn}
        if best is not None and self._rng.random() < self._careful:
            # One or two knobs, from what was best.
            count = int(self._rng.integers(1, 3))
            turned = self._rng.choice(sorted(knobs), count, replace=False)
            knobs = {**best[0].request.values, **{name: knobs[name] for name in turned}}
        return own.changed(values={**own.values, **knobs})


def play(
    home: Path, challenge: Challenge, students: int, seed: int
) -> tuple[ClassState, float, tuple[str, str]]:
    """The class after the reveal, how many seconds that took, and the two sentences of the end."""
    manager = Manager(home, server=True)
    try:
        code = manager.classes.open("Simulated", TEACHER)
        class_ = [Student(manager, code, number, seed) for number in range(students)]
        manager.challenges.begin(code, challenge, TEACHER)
        space = challenge.machine(challenge.machines[0], "space").search_space
        with ThreadPoolExecutor(students) as threads:
            list(threads.map(lambda student: student.play(space), class_))
        play = manager.classes.state(code).play
        assert play is not None
        for study in play.studies.values():
            manager.wait(study, PATIENCE)
        started = time.monotonic()
        manager.challenges.reveal(code, TEACHER)
        while manager.challenges.revealing(code, play):
            time.sleep(0.05)
        problem = manager.challenges.problem(code, play)
        if problem:
            raise ManagerError(problem)
        seconds, state = time.monotonic() - started, manager.classes.state(code)
        assert state.play is not None
        found = players(state, state.play, manager.challenges.runs(state))
        return state, seconds, luck_of(state.play, found)[1]
    finally:
        manager.close()


def measure(home: Path, students: int, challenge: Challenge, seed: int) -> list[Row]:
    """Play it; rows of the table."""
    started = time.monotonic()
    state, reveal_seconds, words = play(home, challenge, students, seed)
    seconds = time.monotonic() - started - reveal_seconds
    found = state.play
    assert found is not None
    assert found.reveal is not None
    spent = [found.spent(member.id) for member in state.students]
    runs = sum(len(own) for own in found.runs.values())
    judged = found.reveal.entries
    lost = [entry.problem for entry in judged.values() if entry.problem]
    print("\n".join(words), flush=True)
    return [
        Row(
            f"{students} students spend {challenge.budget} {challenge.unit} each",
            "",
            f"{runs} runs in {seconds:.0f} s; {min(spent)} to {max(spent)} spent",
            None,
            f"{challenge.budget} each",
            {*spent} == {challenge.budget},
        ),
        Row(
            f"all {len(judged)} are judged on the test part",
            "",
            f"{reveal_seconds:.1f} s, {len(lost)} lost",
            None,
            f"within {REVEAL_BAR:g} s",
            reveal_seconds <= REVEAL_BAR and not lost,
        ),
    ]


def main() -> int:
    """Play one challenge; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short version, not a measurement")
    parser.add_argument("--home", type=Path, help="a folder to play in, which is kept")
    parser.add_argument("--preset", choices=PRESETS, default=next(iter(PRESETS)))
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    challenge, students = PRESETS[asked.preset], STUDENTS
    if asked.quick:
        budget = challenge.budget // 5
        challenge = challenge.model_copy(update={"budget": budget})
        students = QUICK
    print(facts(), flush=True)
    if asked.home is not None:
        asked.home.mkdir(parents=True, exist_ok=True)
        rows = measure(asked.home, students, challenge, asked.seed)
    else:
        with scratch_home() as home:
            rows = measure(home, students, challenge, asked.seed)
    print(f"\n## A challenge of {students} students\n\n{table(rows)}", flush=True)
    return int(not asked.quick and any(row.reached is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
