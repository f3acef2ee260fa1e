"""Assessments: asked of a worker, kept until what they were made of changes, stopped, refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.manager.conftest import TOY, ToyOptions, eventually, spec_named
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.assessments import MOST_AT_ONCE
from tuning_core.manager.workers.yielding import QUICK_AT_ONCE
from tuning_core.spec.assessments import ASSESSMENTS


class Named(ToyOptions):
    name: str = ""


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ASSESSMENTS, TOY.id, TOY)


@pytest.fixture
def study(manager: Manager) -> str:
    study_id = manager.launch(spec_named("plain", trials=2))
    manager.wait(study_id, 60)
    return study_id


def test_a_result_is_kept_until_what_it_was_made_of_changes(manager: Manager, study: str) -> None:
    assert manager.assessments.get(study, "toy").stage == "none"
    assert manager.assessments.kept(study) == {}
    assert manager.assessments.run(study, "toy") == {"steps": 1}
    assert manager.assessments.get(study, "toy").stage == "done"
    assert manager.assessments.kept(study) == {"toy": {"steps": 1}}
    decisions = manager.decisions
    decisions.decide(study, temperature=2.0)
    assert manager.assessments.get(study, "toy").result is None
    decisions.decide(study, temperature=1.0)
    assert manager.assessments.kept(study) == {"toy": {"steps": 1}}
    manager.reveal_test(study)
    assert manager.assessments.get(study, "toy").result is None
    assert manager.assessments.get(study, "toy").stage == "none"


def test_one_that_is_stopped_says_so_and_lets_go(manager: Manager, study: str) -> None:
    manager.assessments.begin(study, "toy", {"steps": 9})
    eventually(lambda: manager.assessments.get(study, "toy", {"steps": 9}).doing == "counting")
    manager.assessments.stop(study, "toy", {"steps": 9})
    eventually(lambda: manager.assessments.get(study, "toy", {"steps": 9}).stage == "stopped")


def test_a_result_holds_although_the_study_has_changed_while_it_waited(
    manager: Manager, study: str
) -> None:
    with manager.assessments._turns.turn:
        manager.assessments.begin(study, "toy")
        manager.decisions.decide(study, temperature=2.0)
    eventually(lambda: not manager.assessments.get(study, "toy").active)
    assert manager.assessments.get(study, "toy").result == {"steps": 1}


def test_quick_ones_have_few_workers_and_wait_in_a_short_line(
    manager: Manager, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ASSESSMENTS, TOY.id, replace(TOY, options=Named, quick=True))
    asked = [{"steps": 9, "name": str(n)} for n in range(MOST_AT_ONCE)]
    for options in asked:
        manager.assessments.begin(study, "toy", options)
    stages = lambda: [manager.assessments.get(study, "toy", o).stage for o in asked]  # noqa: E731
    eventually(lambda: stages().count("running") == QUICK_AT_ONCE)
    assert stages().count("waiting") == MOST_AT_ONCE - QUICK_AT_ONCE
    assert len(manager._pool._borrowed) == QUICK_AT_ONCE
    with pytest.raises(ManagerError, match="8 assessments of this study run or wait already"):
        manager.assessments.begin(study, "toy", {"steps": 9, "name": "more"})
    manager._turns.stop_all(study)
    manager.assessments.begin(study, "toy", {"steps": 9, "name": "more"})


def test_a_study_that_is_deleted_ends_its_assessments(manager: Manager, study: str) -> None:
    manager.assessments.begin(study, "toy", {"steps": 9})
    eventually(lambda: manager.assessments.get(study, "toy", {"steps": 9}).doing == "counting")
    manager.delete(study)
    assert not manager.home.study(study).folder.exists()


@pytest.mark.parametrize(
    ("id", "options", "said"),
    [
        ("toys", {}, "assessment: expected one of"),
        ("toy", {"steps": "x"}, "steps: expected an integer"),
        ("toy", {"step": 1}, "step"),
        ("toy", {"steps": 0}, "Nothing to count."),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(
    manager: Manager, study: str, id: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(ManagerError, match=said):
        manager.assessments.run(study, id, options)


def test_a_kept_file_that_is_damaged_counts_as_none(manager: Manager, study: str) -> None:
    manager.assessments.run(study, "toy")
    path = manager.home.study(study).assessment("toy")
    for damage in ("", "[1]", json.dumps({"result": 1}), json.dumps({"made_of": [], "result": {}})):
        path.write_text(damage)
        assert manager.assessments.get(study, "toy").result is None
