"""The manager measures with the warm worker, keeps it, and gives way to a search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.manager.conftest import eventually
from tests.planning.test_cost import ENDS, calibration
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.study import StudySpec, parse_spec


def iris(**fields: Any) -> StudySpec:
    space = {"units": {"low": 4, "high": 8}, "learning_rate": {"low": 0.001, "high": 0.1}}
    budget = {"trials": 4, "epochs": 3}
    return parse_spec({"dataset": {"id": "iris"}, "space": space, "budget": budget, **fields})


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    manager = Manager(tmp_path_factory.mktemp("home"), spare=True)
    eventually(lambda: manager.device, 90)
    yield manager
    manager.close()


def test_a_form_is_measured_once_and_its_plan_kept_beside_the_study(manager: Manager) -> None:
    spec = iris()
    assert manager.costs.estimate(spec) is None
    measured = manager.costs.measure(spec)
    assert manager.costs.measure(iris(seed=9, budget={"trials": 90})) is measured
    study_id = manager.launch(spec)
    assert manager.wait(study_id, 400).status == "finished"
    planned = manager.planned(study_id)
    assert planned is not None
    assert (planned.plan.trials, planned.plan.epochs) == (4, 12)
    assert planned.estimate == manager.costs.estimate(spec)
    guess = manager.costs.estimate(iris(space={"units": 90}))
    assert guess is not None
    assert not guess.same
    assert manager.costs.estimate(parse_spec({"dataset": {"id": "wine"}})) is None


def test_a_measurement_beside_the_caller_gives_way_to_a_search(manager: Manager) -> None:
    # Large enough that it takes longer than the launch.
    slow = iris(dataset={"id": "mnist"}, space={"units": {"low": 512, "high": 1_024}, "layers": 3})
    eventually(lambda: manager.costs.begin(slow), 30)
    study_id = manager.launch(iris())
    assert not manager.costs.begin(slow)
    assert manager.wait(study_id, 400).status == "finished"
    assert manager.costs.refused(slow) == ""
    assert manager.costs.cached(slow) is None


def test_nothing_is_measured_beside_a_search(manager: Manager) -> None:
    study_id = manager.launch(iris(budget={"trials": 10_000, "epochs": 50}))
    with pytest.raises(ManagerError, match="A search is running"):
        manager.costs.measure(iris(space={"units": 33}))
    manager.stop(study_id)
    manager.wait(study_id, 30)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"x": {"device": 1}}'])
def test_a_spoilt_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "calibrations.json").write_text(content)
    manager = Manager(tmp_path, spare=False)
    try:
        assert manager.costs.estimate(iris()) is None
        assert not manager.costs.automatic
    finally:
        manager.close()


def test_measurements_survive_the_process(tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": "digits"}, "space": {"units": {"low": 8, "high": 64}}})
    keep(tmp_path)
    manager = Manager(tmp_path, spare=False)
    try:
        estimate = manager.costs.estimate(spec)
        assert estimate is not None
        assert (estimate.same, estimate.device) == (False, "CPU, 2 cores")
    finally:
        manager.close()


def keep(home: Path, **changes: Any) -> None:
    """A home in which another form of digits has been measured."""
    home.mkdir(exist_ok=True)
    document = {"another": asdict(calibration(*ENDS, **changes))}
    (home / "calibrations.json").write_text(json.dumps(document))


def test_a_form_asked_for_as_its_measurement_ends_keeps_nobody_from_measuring(
    manager: Manager,
) -> None:
    spec, ended = iris(space={"units": 11}), Event()
    # Its measurement has let the next one in, and is not off the list yet.
    assert manager.costs._requests.begin(manager.costs._key(spec), ended.wait)
    eventually(lambda: manager.costs._pool.resting, 60)
    assert not manager.costs.begin(spec)
    ended.set()
    eventually(lambda: manager.costs.begin(iris(space={"units": 13})), 60)
    eventually(lambda: manager.costs.cached(iris(space={"units": 13})), 60)
