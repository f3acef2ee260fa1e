"""Outer searches of a study: launched as studies, scored on their folds, stopped, gone on with."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from tests.manager.conftest import eventually, spec_named
from tests.spec.own import recorded_spec
from tuning_core.analysis.outer_folds import worth
from tuning_core.catalog import OBJECTIVES
from tuning_core.findings.nested_words import OuterRow, agreement_words, outer_rows, worth_words
from tuning_core.manager import Manager, ManagerError, Person
from tuning_core.manager.questions.nested import Nested, OuterSearch
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec

OWNER, OTHER = Person("owner"), Person("other")


def launched(manager: Manager, name: str = "plain") -> str:
    study_id = manager.launch(spec_named(name, trials=2), user=OWNER.user)
    manager.wait(study_id, 60)
    return study_id


def test_two_who_ask_at_once_launch_each_search_once(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = launched(manager)
    launch, ids = manager.launch, list[str]()
    both = Barrier(2)

    def slowly(*spec: Any, **options: Any) -> str:
        with suppress(BrokenBarrierError):
            both.wait(0.3)
        ids.append(launch(*spec, **options))
        return ids[-1]

    monkeypatch.setattr(manager, "launch", slowly)
    with ThreadPoolExecutor(2) as threads:
        for asked in [threads.submit(manager.nested.begin, study_id, 3, by=OWNER) for _ in "ab"]:
            asked.result()
    assert ids == studies(manager, study_id)
    manager.nested.stop(study_id, by=OWNER)


def statuses(manager: Manager, study_id: str) -> list[str]:
    return [str(s.row and s.row.status) for s in manager.nested.get(study_id).searches]


def studies(manager: Manager, study_id: str) -> list[str]:
    return [s.row.id if s.row else "" for s in manager.nested.get(study_id).searches]


def test_each_outer_fold_has_a_search_of_its_own_whose_model_is_scored_on_it(
    manager: Manager,
) -> None:
    study_id = launched(manager)
    assert not manager.nested.get(study_id).begun
    with pytest.raises(ManagerError):
        manager.nested.begin(study_id, 3, by=OTHER)
    manager.nested.begin(study_id, 3, by=OWNER)

    def scored() -> bool:
        manager.nested.score_finished(study_id)
        return manager.nested.get(study_id).done

    eventually(scored)
    found = manager.nested.get(study_id)
    assert found.scores == [0.5] * 3
    assert not found.active
    specs = [search.row.spec for search in found.searches if search.row is not None]
    assert [s["dataset"]["outer"] for s in specs] == [{"folds": 3, "fold": n} for n in (1, 2, 3)]
    assert len({s["seed"] for s in specs}) == 3
    assert specs[0]["name"] == "plain, outer fold 1 of 3"
    spec = manager.editing.spec(study_id)
    rows = outer_rows(found, spec, manager.store)
    assert [row.promised for row in rows] == [manager.study(study_id).best_score] * 3
    assert "units" in agreement_words(rows, spec)
    words = worth_words(found, spec, 0.9)
    assert words.startswith("Tuning itself is worth 0.5")
    assert "promised 0.9" in words
    assert "more than chance makes of it" in words
    with pytest.raises(ManagerError, match="Ask its study"):
        manager.nested.begin(rows[0].study, by=OWNER)


def test_those_that_were_stopped_go_on_and_a_changed_search_begins_anew(
    open_manager: Callable[..., Manager],
) -> None:
    manager = open_manager()
    study_id = manager.launch(spec_named("endless"))
    eventually(lambda: len(manager.store.epochs(study_id, 2)) == 2)
    manager.stop(study_id)
    manager.wait(study_id, 30)
    manager.nested.begin(study_id, 3)
    eventually(lambda: "running" in statuses(manager, study_id))
    manager.nested.stop(study_id)
    eventually(lambda: statuses(manager, study_id) == ["stopped"] * 3)
    ids = studies(manager, study_id)
    manager.nested.begin(study_id, 3)
    eventually(lambda: statuses(manager, study_id)[0] == "finished")
    assert studies(manager, study_id) == ids
    with pytest.raises(ManagerError, match="Stop them first"):
        manager.nested.begin(study_id, 4)
    manager.nested.stop(study_id)
    manager.editing.extend(study_id, trials=9)
    assert manager.nested.get(study_id).changed


def test_what_cannot_be_repeated_is_refused_in_a_sentence(manager: Manager) -> None:
    study_id = launched(manager)
    row = manager.study(study_id)
    assert Nested((OuterSearch(1, row, None),)).active
    # A search without a score has no model to wait for.
    assert not Nested((OuterSearch(1, replace(row, best_trial=None), None),)).active
    with pytest.raises(ManagerError, match="3 to 20 outer folds"):
        manager.nested.planned(study_id, 2)
    spec = parse_spec(recorded_spec())
    manager.store.create_study("recorded", "theirs", spec.to_json(), 1.0, "nobody")
    with pytest.raises(ManagerError, match="recorded from Optuna"):
        manager.nested.planned("recorded", 5)
    document = spec_named("plain").model_dump(mode="json", exclude_none=True)
    document["dataset"]["outer"] = {"folds": 3, "fold": 4}
    with pytest.raises(SpecError, match=r"dataset.outer.fold: expected a number from 1 to 3"):
        parse_spec(document)


def test_the_interval_of_the_worth_is_wider_than_of_independent_samples() -> None:
    scores, objective = [0.8, 0.9, 0.85, 0.95], OBJECTIVES["val_accuracy"]
    found = worth(scores, objective)
    assert found is not None
    assert found.mean == pytest.approx(0.875)
    # t(0.975; 3) = 3.182, s = 0.0645, and 1/4 + 1/3 in place of 1/4.
    assert found.mean - found.low == pytest.approx(3.182 * 0.06455 * (7 / 12) ** 0.5, rel=1e-3)
    assert found.high == 1.0
    assert found.optimism(0.95, objective) == pytest.approx(0.075)
    assert worth([0.5], objective) is None
    assert found.optimism(0.8, OBJECTIVES["val_mae"]) == pytest.approx(0.075)


def test_folds_agree_on_what_all_of_them_chose() -> None:
    spec = spec_named("plain")
    configs = [{"units": 8, "optimizer": "adam"}, {"units": 16, "optimizer": "adam"}]
    rows = [OuterRow(n, "a", "finished", 0.9, 0.8, config) for n, config in enumerate(configs)]  # type: ignore[arg-type]
    words = agreement_words(rows, spec)
    assert words == (
        "All folds chose optimizer adam; they differ in units per hidden layer 8 to 16."
    )
