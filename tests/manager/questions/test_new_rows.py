"""A study's best model is had ready by a worker, asked, and says why where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manager.conftest import eventually, spec_named
from tests.pages.recorded import record
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.study import parse_spec

STUDY = "aaaaaaaa"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Manager, str]]:
    """A manager with a real worker, and a study of iris that has ended."""
    manager = Manager(tmp_path_factory.mktemp("home"), spare=False)
    budget = {"trials": 1, "epochs": 2}
    study_id = manager.launch(parse_spec({"dataset": {"id": "iris"}, "budget": budget}))
    assert manager.wait(study_id, 400).status == "finished"
    yield manager, study_id
    manager.close()


def test_a_model_is_made_ready_beside_the_caller_and_answers(trained: tuple[Manager, str]) -> None:
    manager, study_id = trained
    model = manager.new_rows.of_study(study_id)
    assert model.form is None
    eventually(lambda: model.at_hand, 60)
    model.begin()
    eventually(lambda: model.form, 60)
    assert not model.waiting
    form = model.form
    assert form is not None
    assert [column.name for column in form.columns][:1] == ["sepal length"]
    answer = model.ask({"row": 2})
    assert answer.classes == ("setosa", "versicolor", "virginica")
    assert len(answer.nearest) == 6
    assert {*answer.cells} == {effect.name for effect in answer.effects}
    assert model.at_hand


def test_what_a_worker_refuses_is_its_sentence(trained: tuple[Manager, str]) -> None:
    manager, study_id = trained
    with pytest.raises(ManagerError, match="The form is empty"):
        manager.new_rows.of_study(study_id).ask({"cells": {}})


def test_a_study_without_a_model_says_so(manager: Manager) -> None:
    rows = manager.new_rows
    with pytest.raises(ManagerError, match="expected the id of a study"):
        rows.of_study(STUDY).ask({"row": 1})
    record(manager.store, "bbbbbbbb", trials=1, lost=(1,))
    with pytest.raises(ManagerError, match="no trial has ended with a score"):
        rows.of_study("bbbbbbbb").ask({"row": 1})
    record(manager.store, STUDY)
    with pytest.raises(ManagerError, match="weights of the best model are not in this study's"):
        rows.of_study(STUDY).ask({"row": 1})
    rows.of_study(STUDY).begin()
    eventually(lambda: "Clone the study" in rows.of_study(STUDY).refused)
    assert rows.of_study(STUDY).form is None


def test_a_refusal_is_forgotten_with_the_model_that_it_is_of(manager: Manager, home: Path) -> None:
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 60)
    model = manager.new_rows.of_study(study_id)
    model.begin()
    eventually(lambda: model.refused == "No bundle today.")
    (home / "studies" / study_id / "best.npz").write_text("others")
    assert model.refused == ""
