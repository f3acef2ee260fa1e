"""Races under a manager: launched, kept, stopped, gone on with, and without some studies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.manager.conftest import eventually, spec_named
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.access import Person
from tuning_core.space import SpecError

ELK, NEWT = Person("e" * 24), Person("a" * 24)
BEHIND = "endless"


def statuses(manager: Manager, race_id: str) -> list[str]:
    race = manager.races.race(race_id)
    return ["gone" if row is None else str(row.status) for row in manager.races.rows(race)]


def test_a_race_runs_each_strategy_on_each_seed(manager: Manager) -> None:
    race_id = manager.races.start(
        spec_named("plain", trials=2), ["random", "tpe"], 2, user=ELK.user
    )
    race = manager.races.race(race_id)
    assert (race.strategies, race.seeds, race.epochs, race.user) == (
        ("random", "tpe"), 2, 4, ELK.user
    )  # fmt: skip
    eventually(lambda: statuses(manager, race_id) == ["finished"] * 4)
    progress = manager.progress.of(race.studies[0].study)
    assert progress is not None
    assert (progress.epochs, progress.scores) == ((2, 4), (0.5, 0.666667))
    assert [row and row.spec["strategy"]["id"] for row in manager.races.rows(race)] == [
        "random", "tpe", "random", "tpe"
    ]  # fmt: skip
    assert {manager.store.readers.of(entry.study) for entry in race.studies} == {ELK.user}
    assert [found.id for found in manager.races.recent()] == [race_id]


def test_progress_reads_what_is_new_alone(manager: Manager) -> None:
    study_id = manager.launch(spec_named(BEHIND))
    eventually(lambda: len(manager.store.epochs(study_id, 2)) == 2)
    before = manager.progress.of(study_id)
    assert before is not None
    assert len(before.scores) == 1
    assert manager.progress.of(study_id) is before
    manager.stop(study_id)
    manager.wait(study_id, 30)
    manager.resume(study_id)
    assert manager.wait(study_id, 30).status == "finished"
    after = manager.progress.of(study_id)
    assert after is not None
    assert after.epochs == (2, 4, 6)
    assert manager.progress.of("aaaaaaaa") is None


def test_a_stopped_race_goes_on_and_lives_through_another_server(
    open_manager: Callable[..., Manager],
) -> None:
    manager = open_manager()
    first = manager.launch(spec_named(BEHIND))
    race_id = manager.races.start(spec_named("plain"), ["random", "grid"], 1, user=ELK.user)
    manager.races.stop(race_id, by=ELK)
    assert statuses(manager, race_id) == ["stopped"] * 2
    with pytest.raises(ManagerError):
        manager.races.go_on(race_id, by=NEWT)
    manager.stop(first)
    manager.close()
    again = open_manager()
    again.delete(again.races.race(race_id).studies[1].study)
    again.races.go_on(race_id, by=ELK)
    eventually(lambda: statuses(again, race_id) == ["finished", "gone"])


def test_another_user_does_not_stop_a_race(manager: Manager) -> None:
    manager.launch(spec_named(BEHIND))
    race_id = manager.races.start(spec_named("plain"), ["random"], 2, user=ELK.user)
    with pytest.raises(ManagerError):
        manager.races.stop(race_id, by=NEWT)
    assert statuses(manager, race_id) == ["queued"] * 2
    manager.races.stop(race_id)


def test_what_a_crash_kept_from_being_launched_is_launched_later(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(manager.races, "_launch", kept.append)
    race_id = manager.races.start(spec_named("plain"), ["random", "tpe"], 1, user=ELK.user)
    assert statuses(manager, race_id) == ["gone"] * 2
    monkeypatch.undo()
    manager.races.go_on(race_id, by=ELK)
    eventually(lambda: statuses(manager, race_id) == ["finished"] * 2)


def test_a_race_is_whole_or_not_at_all(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    launch = manager.launch
    launched: list[str] = []

    def full(spec, *, user: str = "") -> str:
        if launched:
            raise ManagerError("The disk is full.")
        launched.append(launch(spec, user=user))
        return launched[0]

    manager.launch(spec_named(BEHIND))
    monkeypatch.setattr(manager.races, "_launch_study", full)
    with pytest.raises(ManagerError, match="disk is full"):
        manager.races.start(spec_named("plain"), ["random", "tpe"], 1, user=ELK.user)
    assert manager.races.recent() == []
    assert manager.study(launched[0]).status == "stopped"


def test_a_race_that_cannot_be_leaves_nothing_behind(manager: Manager) -> None:
    with pytest.raises(SpecError, match="strategies"):
        manager.races.start(spec_named("plain"), ["manual"], 1)
    for unknown in ("aaaaaaaa", "../../etc", ""):
        with pytest.raises(ManagerError, match="race"):
            manager.races.race(unknown)
    assert manager.store.studies() == []


def test_races_without_studies_make_room(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuning_core.manager.searches.races.MOST_RACES", 1)
    manager.launch(spec_named(BEHIND))
    race_id = manager.races.start(spec_named("plain"), ["random"], 1)
    with pytest.raises(ManagerError, match="keeps 1 races"):
        manager.races.start(spec_named("plain"), ["random"], 1)
    manager.races.stop(race_id)
    manager.delete(manager.races.race(race_id).studies[0].study)
    other = manager.races.start(spec_named("plain"), ["random"], 1)
    assert [race.id for race in manager.races.recent()] == [other]
