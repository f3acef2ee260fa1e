"""How long trials take side by side: which wait for others, and what lanes make of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planning.test_cost import ENDS, calibration
from tuning_core.planning import side_by_side
from tuning_core.planning.estimate import estimate_of
from tuning_core.planning.side_by_side import (
    BESIDE_OTHERS,
    HOST_BYTES,
    OWN_LANE_BYTES,
    Batch,
    batches,
    lanes_here,
    time_share,
)
from tuning_core.spec.study import StudySpec, parse_spec


def spec(**fields: Any) -> StudySpec:
    space = {"layers": {"low": 1, "high": 3}, "learning_rate": {"low": 0.001, "high": 0.1}}
    budget = {"trials": 24, "epochs": 9}
    return parse_spec({"dataset": {"id": "digits"}, "space": space, "budget": budget, **fields})


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 4)


def sizes(**fields: Any) -> list[int]:
    return [batch.trials for batch in batches(spec(parallel=4, **fields))]


def test_no_more_train_at_once_than_there_are_cores_or_one_gpu() -> None:
    assert lanes_here(spec(parallel=3), "CPU, 4 cores") == 3
    assert lanes_here(spec(parallel=64), "CPU, 4 cores") == 4
    assert lanes_here(spec(parallel=64), "GPU, NVIDIA H100") == 1


def test_each_strategy_waits_for_what_it_learns_from() -> None:
    assert sizes() == [24]
    assert sizes(strategy={"id": "bayesian"}) == [4] * 6
    assert sizes(early_termination={"rule": "median"}) == [4] * 6
    assert sizes(strategy={"id": "evolution"}) == [10, 10, 4]
    assert sizes(strategy={"id": "coarse_to_fine"}) == [8, 8, 8]
    # The start, five rates of which one is the start's, three depths of which one is.
    assert (
        sum(sizes(strategy={"id": "one_at_a_time"}, budget={"epochs": 9}))
        == spec(strategy={"id": "one_at_a_time"}, budget={"epochs": 9}).plan().trials
    )


def test_a_round_of_a_bracket_is_as_long_as_its_epochs() -> None:
    found = batches(spec(parallel=4, strategy={"id": "hyperband"}, budget={"epochs": 9}))
    assert found[:3] == (Batch(9, 1 / 9), Batch(3, 2 / 9), Batch(1, 6 / 9))


def test_lanes_share_the_time_and_rounds_wait_for_their_slowest() -> None:
    assert time_share([1.0], [Batch(40)], 1) == 1.0
    assert time_share([1.0], [Batch(40)], 4) == pytest.approx(0.25 / BESIDE_OTHERS)
    # Three of four lanes rest while the fifth trial of a batch trains.
    assert time_share([1.0], [Batch(5)], 4) == pytest.approx(2 / 5 / BESIDE_OTHERS)
    uneven = time_share([1.0, 3.0], [Batch(2)] * 10, 2)
    assert uneven == pytest.approx(min(1.0, 0.75 / BESIDE_OTHERS))
    assert time_share([1.0], [Batch(1)] * 5, 4) == 1.0, "one after the other is no slower"
    assert time_share([1.0], [Batch(10**6)], 8) == pytest.approx(1 / 8 / BESIDE_OTHERS)


def test_the_plan_of_lanes_is_shorter_and_takes_more_memory() -> None:
    measured = calibration(*ENDS)
    one, three = (estimate_of(spec(parallel=n), measured) for n in (1, 3))
    rounds = estimate_of(spec(parallel=3, strategy={"id": "tpe"}), measured)
    assert three.seconds < one.seconds
    assert three.low < three.seconds < three.high
    assert rounds.seconds > three.seconds
    assert three.memory >= one.memory + HOST_BYTES + 3 * (OWN_LANE_BYTES + three.network)
    assert three.disk == one.disk + measured.data_bytes
    folds = [
        estimate_of(spec(parallel=n, cross_validation={"folds": 5}), measured).disk for n in (1, 3)
    ]
    assert folds[1] - folds[0] == 5 * measured.data_bytes
    beyond, all_here = (estimate_of(spec(parallel=n), measured) for n in (64, 4))
    assert beyond == all_here, "this machine has four cores"
