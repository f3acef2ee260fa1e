"""A manager that trains on demand, and requests for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.manager.conftest import eventually
from tuning_core.manager import Manager, TrainingSnapshot, TrainingState
from tuning_core.spec.training_request import TrainingRequest, parse_training


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    manager = Manager(tmp_path_factory.mktemp("home"), spare=False)
    yield manager
    manager.close()


def moons(**fields: Any) -> TrainingRequest:
    values = {"units": 8, "learning_rate": 0.01, **fields.pop("values", {})}
    return parse_training(
        {"dataset": {"id": "moons"}, "values": values, "epochs": 3, "seed": 5, **fields}
    )


def ended(manager: Manager, id: str) -> TrainingSnapshot:
    eventually(lambda: manager.trainings.get(id).state.ended, 60)
    return manager.trainings.get(id)


def trained(manager: Manager, request: TrainingRequest, user: str = "a") -> TrainingSnapshot:
    [id] = manager.trainings.ask(user, [request])
    training = ended(manager, id)
    assert training.state is TrainingState.DONE, training.message
    return training
