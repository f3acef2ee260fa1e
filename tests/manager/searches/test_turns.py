"""The queue of searches: fair between readers, first come first served within one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.manager.conftest import eventually, spec_named
from tuning_core.manager import HomeError, Manager, Person
from tuning_core.manager.searches.queue import FairOrder
from tuning_core.manager.workers.machine import fitting, searches_allowed


def filled(*studies: str) -> FairOrder:
    """Studies named by reader and number, such as a1."""
    turns = FairOrder()
    for study in studies:
        turns.add(study, study[0])
    return turns


def test_readers_take_turns() -> None:
    assert filled("a1", "a2", "a3", "b1", "c1", "b2").order() == [
        *("a1", "b1", "c1"),
        *("a2", "b2", "a3"),
    ]


def test_who_has_a_search_running_waits_for_those_who_have_none() -> None:
    turns = filled("a1", "a2")
    assert turns.next() == "a1"
    turns.add("b1", "b")
    assert turns.order() == ["b1", "a2"]


def test_who_was_just_served_waits_for_those_who_were_not() -> None:
    turns = filled("a1", "a2")
    turns.next()
    turns.add("b1", "b")
    turns.ended("a1")
    assert turns.next() == "b1"


def test_a_removed_study_waits_no_more() -> None:
    turns = filled("a1", "b1")
    assert turns.remove("a1")
    assert not turns.remove("a1")
    assert turns.order() == ["b1"]
    assert turns.next() == "b1"
    assert turns.next() is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30))
def test_everybody_is_served_and_nobody_by_more_than_one_turn_ahead(
    asked: list[tuple[str, bool]],
) -> None:
    turns = FairOrder()
    for number, (reader, _) in enumerate(asked):
        turns.add(f"{reader}{number}", reader)
    foreseen = turns.order()
    served = [turns.next() for _ in asked]
    assert served == foreseen
    assert sorted(map(str, served)) == sorted(f"{r}{n}" for n, (r, _) in enumerate(asked))
    waiting = [reader for reader, _ in asked]
    for place, study in enumerate(foreseen):
        reader, counts = study[0], {r: [s[0] for s in foreseen[:place]].count(r) for r in "abc"}
        left = {r for r in "abc" if counts[r] < waiting.count(r)}
        assert all(counts[reader] <= counts[r] for r in left)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=30))
def test_the_order_is_that_of_one_turn_after_the_other(steps: list[tuple[str, int]]) -> None:
    turns, going = FairOrder(), []
    for number, (reader, what) in enumerate(steps):
        if what < 2:
            turns.add(f"{reader}{number}", reader)
        elif what == 2 and (study := turns.next()):
            going.append(study)
        elif going:
            turns.ended(going.pop(0))
        foreseen = turns.order()
        assert [turns.place(study) for study in foreseen] == [*range(len(foreseen))]
    assert turns.place("unknown") is None
    foreseen = turns.order()
    assert [turns.next() for _ in foreseen] == foreseen


def test_the_place_of_each_in_a_long_queue_is_found_at_once() -> None:
    turns = FairOrder()
    for number in range(5_000):
        turns.add(str(number), f"reader {number % 700}")
    # In the square of the length for each of them, this would take hours.
    places = [turns.place(str(number)) for number in range(5_000)]
    assert sorted(place for place in places if place is not None) == [*range(5_000)]


def test_a_manager_gives_each_reader_a_turn(open_manager: Callable[..., Manager]) -> None:
    manager = open_manager()
    first = manager.launch(spec_named("endless"), user="a")
    more = manager.launch(spec_named("plain"), user="a")
    hers = manager.launch(spec_named("plain"), user="b")
    eventually(lambda: len(manager.store.epochs(first, 2)) == 2)
    assert manager.queued() == [hers, more]
    manager.stop(first)
    assert manager.wait(more, 30).status == "finished"
    started = {study: manager.wait(study, 30).started or 0.0 for study in (hers, more)}
    assert started[hers] < started[more]


def test_several_searches_run_at_once_where_they_may(open_manager: Callable[..., Manager]) -> None:
    manager = open_manager(searches=2)
    both = [manager.launch(spec_named("endless")) for _ in range(2)]
    eventually(lambda: all(len(manager.store.epochs(study, 2)) == 2 for study in both))
    third = manager.launch(spec_named("plain"))
    assert manager.queued() == [third]
    manager.stop(both[0])
    assert manager.wait(third, 30).status == "finished"
    manager.stop(both[1])
    manager.wait(both[1], 30)


@pytest.mark.parametrize(
    ("cores", "memory", "gpu", "searches"),
    [(1, 2_000, None, 1), (2, 4_000, None, 1), (16, 64_000, None, 8), (16, 8_000, None, 5),
     (64, 500_000, 9_000, 2), (64, 500_000, None, 32)],
)  # fmt: skip
def test_searches_fit_the_machine(
    cores: int, memory: float, gpu: float | None, searches: int
) -> None:
    assert fitting(cores, memory, gpu) == searches


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "1.5", "65", "9" * 5_000, "²"])
def test_a_number_of_searches_that_cannot_be_is_said(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("TUNESCAPE_SEARCHES", wrong)
    with pytest.raises(HomeError, match="TUNESCAPE_SEARCHES: expected a whole number from 1"):
        searches_allowed()


def test_a_chosen_number_of_searches_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNESCAPE_SEARCHES", "3")
    assert searches_allowed() == 3
    monkeypatch.setenv("TUNESCAPE_SEARCHES", "")
    assert searches_allowed() >= 1


def test_the_trash_keeps_a_study_for_its_time_and_goes_at_the_next_start(
    open_manager: Callable[..., Manager], home: Path
) -> None:
    manager = open_manager(server=True)
    ids = [manager.launch(spec_named("plain")) for _ in range(2)]
    for study_id in ids:
        manager.wait(study_id, 30)
        manager.delete(study_id, by=Person("me", teacher=True))
    assert {note.id for note in manager.trash.restorable("me")} == {*ids}
    assert manager.trash.restorable("you") == []
    manager.trash.restore(ids[0])
    assert manager.wait(ids[0]).trials == 3
    manager.trash.purge(older=0.0)
    with pytest.raises(Exception, match="not in the trash any more"):
        manager.trash.restore(ids[1])
    manager.delete(ids[0])
    manager.close()
    open_manager(server=True)
    assert not any((home / "trash").glob("*"))
