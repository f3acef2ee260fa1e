"""A challenge is counted on the server, for students and the machine alike, and then revealed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.manager.conftest import eventually
from tests.manager.trainings.conftest import ended
from tuning_core.classroom.challenge import Challenge
from tuning_core.classroom.challenge_events import MachinesPlay
from tuning_core.classroom.play import Play, best_run
from tuning_core.manager import Manager, ManagerError, TrainingState
from tuning_core.manager.access import Person
from tuning_core.manager.classroom.student_runs import StudentRuns
from tuning_core.spec.study import parse_spec
from tuning_core.spec.training_request import TrainingRequest

TEACHER, STUDENT = Person("teacher", teacher=True), Person("someone")
DATA = {"id": "moons", "validation": 0.2, "test": 0.5}


def challenge(**fields: Any) -> Challenge:
    document = {"dataset": DATA, "budget": 30, "run_epochs": 5, "machines": [], "seed": 3}
    return Challenge.model_validate({**document, "start": {"units": 6}, **fields})


class Class:
    """A class that plays, seen by its teacher and two of its students."""

    def __init__(self, manager: Manager, played: Challenge) -> None:
        self.manager = manager
        self.code = manager.classes.open("", TEACHER)
        self.ann, self.bob = f"ann-{self.code}", f"bob-{self.code}"
        for user, name in ((self.ann, "ann"), (self.bob, "bob")):
            manager.classes.join(self.code, name, "1234", user)
        manager.challenges.begin(self.code, played, TEACHER)

    @property
    def play(self) -> Play:
        play = self.manager.classes.state(self.code).play
        assert play is not None
        return play

    def request(self, **fields: Any) -> TrainingRequest:
        values = fields.pop("values", {})
        own = self.play.challenge.request()
        return own.changed(values={**own.values, **values}, **fields)

    def run(self, user: str, request: TrainingRequest) -> None:
        """Train a run to its end, and wait until it has been counted."""
        id = self.manager.challenges.students.ask(user, request)
        assert ended(self.manager, id).state is TrainingState.DONE
        assert self.manager.challenges.students.seat(user) is not None

    def left(self, user: str) -> int:
        seat = self.manager.challenges.students.seat(user)
        assert seat is not None
        return seat.play.left(seat.member)


@pytest.fixture
def playing(manager: Manager) -> Class:
    return Class(manager, challenge())


def test_who_plays_searches_nothing_on_its_data_until_the_test_part_is_revealed(
    manager: Manager, playing: Class
) -> None:
    spec = {"dataset": {"id": "moons"}, "space": {"units": 4}, "budget": {"trials": 1, "epochs": 1}}
    ann, other = Person(playing.ann), Person("other")
    with pytest.raises(ManagerError, match="plays a challenge on this data"):
        manager.launch(parse_spec(spec), by=ann)
    study_id = manager.launch(parse_spec(spec), by=other)
    manager.wait(study_id, 120)
    manager.store.readers.give(study_id, playing.ann)
    with pytest.raises(ManagerError, match="its test part, wait until"):
        manager.reveal_test(study_id, by=ann)
    manager.classes.record(
        playing.code, MachinesPlay(number=playing.play.number, studies={"random": study_id})
    )
    assert manager.challenges.hides(study_id, ann)
    assert not manager.challenges.hides(study_id, other)
    assert not manager.challenges.hides(study_id, TEACHER)
    playing.run(playing.ann, playing.request())
    manager.challenges.reveal(playing.code, TEACHER)
    eventually(lambda: playing.play.reveal is not None, 60)
    assert not manager.challenges.hides(study_id, ann)
    assert manager.reveal_test(study_id, by=ann)


def test_a_run_is_paid_by_its_epochs_also_when_it_was_trained_before(playing: Class) -> None:
    request = playing.request(values={"units": 7}, epochs=8)
    playing.run(playing.ann, request)
    assert playing.left(playing.ann) == 22
    playing.run(playing.bob, request.changed(views=["inside"]))
    assert playing.left(playing.bob) == 22, "what was trained for another costs as much"
    playing.run(playing.ann, request.changed(epochs=3))
    assert playing.left(playing.ann) == 22, "one's own is paid once"
    playing.run(playing.ann, request.changed(epochs=12))
    assert playing.left(playing.ann) == 18
    first, second = playing.play.runs["m1"]
    assert (first.epochs, second.epochs, second.spent) == (8, 12, 4)
    assert second.parameters is not None
    assert second.score == best_run(playing.play.challenge, [second])[1]  # type: ignore[index]


def test_beyond_the_budget_and_outside_the_challenge_nothing_is_trained(playing: Class) -> None:
    students = playing.manager.challenges.students
    with pytest.raises(ManagerError, match="This run takes 31 epochs, and 30 are left"):
        students.ask(playing.ann, playing.request(epochs=31))
    with pytest.raises(ManagerError, match="the seed is the same for everybody"):
        students.ask(playing.ann, playing.request(seed=4))
    with pytest.raises(ManagerError, match="join a class"):
        students.ask("a stranger", playing.request())
    playing.run(playing.ann, playing.request(epochs=30))
    with pytest.raises(ManagerError, match="The budget of 30 epochs is spent"):
        students.ask(playing.ann, playing.request(values={"units": 9}, epochs=1))
    assert playing.left(playing.bob) == 30


def test_who_leaves_in_the_middle_has_spent_what_was_trained(playing: Class) -> None:
    """Nothing but the server is there to count."""
    long = playing.request(values={"units": 64, "layers": 4, "batch_size": 1}, epochs=30)
    trainings = playing.manager.trainings
    id = playing.manager.challenges.students.ask(playing.ann, long)
    eventually(lambda: trainings.get(id).epochs, 60)
    trainings.abandon(playing.ann)
    eventually(lambda: playing.play.runs.get("m1"))
    [run] = playing.play.runs["m1"]
    assert 0 < run.spent == run.epochs < 30
    assert run.parameters is not None
    assert playing.left(playing.ann) == 30 - run.spent
    # In another browser of theirs what trains is not to be spent twice.
    other = f"other-{playing.code}"
    playing.manager.classes.join(playing.code, "ann", "1234", other)
    playing.manager.challenges.students.ask(playing.ann, long.changed(epochs=run.epochs + 5))
    with pytest.raises(ManagerError, match=r"are left|is spent"):
        playing.manager.challenges.students.ask(other, playing.request(epochs=30 - run.spent))
    trainings.abandon(playing.ann)


def test_runs_are_counted_where_the_budget_is_in_runs(manager: Manager) -> None:
    playing = Class(manager, challenge(unit="runs", budget=2))
    for units in (3, 4):
        playing.run(playing.ann, playing.request(values={"units": units}, epochs=2))
    with pytest.raises(ManagerError, match="The budget of 2 runs is spent"):
        manager.challenges.students.ask(playing.ann, playing.request(epochs=2))


def test_all_are_judged_at_once_by_who_leads_the_class(manager: Manager) -> None:
    machines = ["random", "hyperband"]
    playing = Class(manager, challenge(machines=machines, budget=24, run_epochs=4))
    studies = playing.play.studies
    assert [*studies] == machines
    names = [manager.study(id).name for id in studies.values()]
    assert names == [f"Challenge {playing.code} · {n}" for n in ("Random search", "Hyperband")]
    assert {manager.store.readers.of(id) for id in studies.values()} == {"teacher"}
    for units in (2, 12):
        playing.run(playing.ann, playing.request(values={"units": units, "learning_rate": 0.02}))
    for id in studies.values():
        manager.wait(id, 400)
    with pytest.raises(ManagerError, match="teachers"):
        manager.challenges.reveal(playing.code, STUDENT)
    assert playing.play.ended is None
    manager.challenges.reveal(playing.code, TEACHER)
    eventually(lambda: not manager.challenges.revealing(playing.code, playing.play), 120)
    assert manager.challenges.problem(playing.code, playing.play) == ""
    reveal = playing.play.reveal
    assert reveal is not None
    assert (reveal.validation_rows, reveal.test_rows) == (200, 500)
    assert {*reveal.entries} == {"m1", *machines}, "who has run nothing has no entry"
    runs = manager.challenges.runs(manager.classes.state(playing.code))
    for player, entry in reveal.entries.items():
        assert entry.validation == pytest.approx(best_run(playing.play.challenge, runs[player])[1])  # type: ignore[index]
        assert entry.test is not None
        assert entry.test_error is not None
    for name, id in studies.items():
        assert reveal.entries[name].validation == pytest.approx(manager.study(id).best_score)
        assert sum(run.spent for run in runs[name]) <= 24
    with pytest.raises(ManagerError, match="The challenge is over"):
        manager.challenges.students.ask(playing.ann, playing.request(epochs=1))


def test_a_class_read_again_has_its_challenge(playing: Class) -> None:
    playing.run(playing.ann, playing.request(values={"units": 11}, epochs=2))
    playing.manager.challenges.end(playing.code, TEACHER)
    again = Manager(playing.manager.home.path, spare=False)
    try:
        assert again.classes.state(playing.code).play == playing.play
    finally:
        again.close()


def test_one_training_in_two_of_their_browsers_is_paid_once(playing: Class) -> None:
    other = f"other-{playing.code}"
    playing.manager.classes.join(playing.code, "ann", "1234", other)
    students, request = playing.manager.challenges.students, playing.request(epochs=8)
    ids = [students.ask(user, request) for user in (playing.ann, other)]
    assert {ended(playing.manager, id).state for id in ids} == {TrainingState.DONE}
    assert playing.left(playing.ann) == 22


def test_what_trains_when_the_time_is_up_is_given_up_and_counted(manager: Manager) -> None:
    playing, now = Class(manager, challenge(minutes=5)), [time.time()]
    students = StudentRuns(manager.classes, manager.trainings, clock=lambda: now[0])
    long = playing.request(values={"units": 64, "layers": 4, "batch_size": 1}, epochs=30)
    id = students.ask(playing.ann, long)
    eventually(lambda: manager.trainings.get(id).epochs, 60)
    now[0] += 300
    eventually(lambda: playing.play.runs.get("m1"))
    assert manager.trainings.get(id).state is TrainingState.ABANDONED
    assert 0 < playing.play.runs["m1"][0].epochs < 30
    students.close()


def test_nobody_begins_a_run_while_the_others_are_counted(
    playing: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    students, said = playing.manager.challenges.students, []

    def give_up(_: str) -> None:
        with pytest.raises(ManagerError, match="is over") as refused:
            students.ask(playing.ann, playing.request())
        said.append(str(refused.value))

    monkeypatch.setattr(students, "give_up", give_up)
    playing.manager.challenges.end(playing.code, TEACHER)
    assert len(said) == 1


def test_machines_that_began_play_though_another_is_refused(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[str] = []

    def launch(*_: object, user: str) -> str:
        if launched:
            raise ManagerError("Too many wait.")
        launched.append(user)
        return "study001"

    monkeypatch.setattr(manager, "launch", launch)
    with pytest.raises(ManagerError, match="Too many wait"):
        Class(manager, challenge(machines=["random", "hyperband"]))
    [state] = filter(None, [manager.classes.of_teacher("teacher")])
    assert state.play is not None
    assert state.play.studies == {"random": "study001"}


def test_with_its_class_a_challenge_ends(playing: Class) -> None:
    challenges = playing.manager.challenges
    with pytest.raises(ManagerError, match="teachers"):
        challenges.end_class(playing.code, STUDENT)
    long = playing.request(values={"units": 64, "layers": 4, "batch_size": 1}, epochs=30)
    id = challenges.students.ask(playing.ann, long)
    eventually(lambda: playing.manager.trainings.get(id).epochs, 60)
    challenges.end_class(playing.code, TEACHER)
    assert playing.play.ended is not None
    assert len(playing.play.runs["m1"]) == 1
    assert playing.manager.classes.state(playing.code).ended is not None
