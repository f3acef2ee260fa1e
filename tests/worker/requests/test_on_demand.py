"""A training whose knobs change under way is the same from wherever it goes on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tuning_core.spec.training_request import TrainingRequest, parse_training
from tuning_core.spec.weights import SetWeight
from tuning_core.training import Execution, ExecutionState, TrainingError, TrialTask
from tuning_core.worker.requests.kept_states import KeptStates, going_on
from tuning_core.worker.requests.on_demand import OnDemand

SGD = {"optimizer": "sgd", "learning_rate": 0.05, "units": 4}
ADAMW = {"optimizer": "adamw", "batch_normalization": True, "schedule": "exponential", "units": 4}


class Asked:
    """What trains in a worker, and what it tells."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        pipe, inbox = SimpleNamespace(send=self.events.append), SimpleNamespace()
        inbox.wants_stop = lambda _: False
        self.trains = OnDemand(cast(Any, inbox), cast(Any, pipe))

    def epochs(self, request: TrainingRequest, known: int = 0) -> dict[int, dict[str, float]]:
        """The epochs that are trained for a request by whose user so many are ``known``."""
        self.events.clear()
        training = request.model_dump(mode="json", exclude_none=True)
        command = {"request": "a", "training": training, "home": str(Path()), "known": known}
        result = self.trains.train(cast(Any, command))
        assert result["status"] == "completed", result["message"]
        told = [event for event in self.events if event["kind"] == "training_epoch"]
        return {event["epoch"]: event["metrics"] for event in told}


def moons(values: dict[str, Any], *changes: tuple[int, dict[str, Any]]) -> TrainingRequest:
    listed = [{"epoch": epoch, "values": values} for epoch, values in changes]
    return parse_training(
        {"dataset": {"id": "moons"}, "values": values, "changes": listed, "epochs": 6,
         "views": ["inside"]}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        (SGD, [(2, {"momentum": 0.9, "batch_size": 8}), (4, {"dropout": 0.3, "l2": 0.01})]),
        (ADAMW, [(3, {"learning_rate": 0.1, "weight_decay": 0.5, "batch_size": 64})]),
    ],
)
def test_knobs_under_way_are_the_same_training_from_the_start(
    values: dict[str, Any], changes: list[tuple[int, dict[str, Any]]]
) -> None:
    plain, changed = moons(values), moons(values, *changes)
    first = changes[0][0]
    worker = Asked()
    before = worker.epochs(plain)
    went_on = worker.epochs(changed, known=first)
    assert [*went_on] == [*range(first + 1, 7)], "what is kept was trained twice"
    anew = Asked().epochs(changed)
    assert [*anew] == [*range(1, 7)]
    assert {n: anew[n] for n in went_on} == went_on
    assert {n: anew[n] for n in range(1, first + 1)} == {n: before[n] for n in range(1, first + 1)}
    assert anew[first + 1] != before[first + 1]
    # From a state on the way to a change that is itself not kept.
    longer = changed.changed(epochs=7)
    assert worker.epochs(longer, known=5)[7] == Asked().epochs(longer)[7]


SET: list[dict[str, Any]] = [
    {"layer": 1, "unit": 3, "input": 2, "value": 1.5},
    {"layer": 2, "unit": 1, "value": -0.5},
    {"layer": 3, "unit": 1, "input": 4, "value": 2.0},
]


def test_weights_set_by_hand_are_those_that_the_next_epoch_begins_with() -> None:
    plain = moons(SGD)
    request = plain.changed(changes=[{"epoch": 3, "values": {}, "weights": SET}])
    worker = Asked()
    before = worker.epochs(plain)
    state, _ = worker.trains.trained(plain, 3, Path(), "a")
    begins = going_on(state, *request.segments)
    assert begins is not None
    differ = [
        (n, *map(int, place))
        for n, (old, new) in enumerate(zip(state.weights, begins.weights, strict=True))
        for place in np.argwhere(old != new)
    ]
    assert differ == [(0, 1, 2), (3, 0), (4, 3, 0), (4, 3, 1)]
    assert begins.weights[0][1, 2] == 1.5
    assert begins.weights[3][0] == -0.5
    # Of two classes the difference is what is drawn.
    assert begins.weights[4][3, 1] - begins.weights[4][3, 0] == pytest.approx(2.0, abs=1e-6)
    assert begins.slots is state.slots
    assert begins.best_score == state.best_score
    # From what is kept it is the same training as from the start.
    went_on = worker.epochs(request, known=3)
    anew = Asked().epochs(request)
    assert [*went_on] == [4, 5, 6]
    assert {n: anew[n] for n in went_on} == went_on
    assert anew[3] == before[3]
    assert anew[4] != before[4]


def test_a_weight_that_turns_out_not_to_be_there_ends_its_training_alone() -> None:
    request = moons(SGD)
    [whole] = request.segments
    absent = SetWeight(layer=1, unit=1, input=9, value=1.0)
    state, _ = Asked().trains.trained(request, 1, Path(), "a")
    with pytest.raises(TrainingError, match="no weight to set at layer 1, unit 1, input 9"):
        going_on(state, whole, whole._replace(weights=[absent]))


def test_patience_begins_anew_with_a_change() -> None:
    worker = Asked()
    request = moons({**SGD, "patience": 1, "learning_rate": 1e-7}).changed(epochs=20)
    stopped = max(worker.epochs(request))
    assert stopped < 20
    change = {"epoch": stopped, "values": {"learning_rate": 0.05, "patience": 0}}
    assert max(worker.epochs(request.changed(changes=[change]), known=stopped)) == 20


class Rated(Execution):
    """An execution that says its learning rate."""

    def read_weights(self) -> list[Any]:
        return []

    read_slots = read_weights

    def train(self, epochs: int) -> list[float]:
        rates = []
        for _ in range(epochs):
            rates.append(float(self._rates(0, 1)[0]))
            self.finish_epoch({})
        return rates

    def go_on(self, other: Rated) -> Rated:
        self._go_on(other.state())
        return self


def test_batches_of_another_size_keep_the_place_in_the_schedule() -> None:
    request = moons({**ADAMW, "schedule": "step", "decay_epochs": 2, "batch_size": 32})

    def rated(batch_size: int) -> Rated:
        config = {**request.config, "batch_size": batch_size}
        return Rated(TrialTask(config, 0, 9, request.objective_info), 1, rows=128)

    whole, half = rated(32), rated(32)
    expected = whole.train(8)
    assert half.train(3) + rated(16).go_on(half).train(5) == expected


def test_what_was_used_longest_ago_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuning_core.worker.requests.kept_states.MOST_STEPS", 2)
    kept = KeptStates()
    [segment] = moons(SGD).segments
    for epoch in (1, 2, 3):
        kept.keep_step(segment.key, state(epoch))
    assert [kept.latest(segment, epoch) is None for epoch in (1, 2, 3)] == [True, False, False]
    kept.keep_end(segment.key, state(5))
    assert [found.epoch for n in (3, 4, 5, 6) if (found := kept.latest(segment, n))] == [3, 3, 5, 5]


def state(epoch: int) -> ExecutionState:
    return ExecutionState(weights=[], slots=[], epoch=epoch, steps=0, seed=0)
