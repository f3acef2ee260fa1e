"""What a spec asks for in work: its ends, its sample, its key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.planning.test_cost import ENDS, calibration
from tuning_core.catalog import PRESETS
from tuning_core.planning.estimate import (
    SAMPLE,
    calibration_key,
    ends,
    estimate_of,
    parameter_span,
    probes,
    sample,
)
from tuning_core.spec.study import StudySpec, parse_spec


def spec(**fields: Any) -> StudySpec:
    space = {"layers": {"low": 1, "high": 3}, "units": {"low": 8, "high": 32}}
    document = {"dataset": {"id": "digits"}, "space": {**space, **fields.pop("extra", {})}}
    return parse_spec({**document, **fields})


def span(study: StudySpec) -> tuple[int, int]:
    return parameter_span(study, study.dataset_info)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("family", ["linear", "mlp", "cnn"])
def test_every_configuration_lies_between_the_ends(preset: str, family: str) -> None:
    space = PRESETS[preset].space(family, "classification")
    study = spec(model={"family": family}, space=space)
    low, high = span(study)
    assert low <= high
    inner = [span(spec(model={"family": family}, space=c)) for c in [*sample(study)][:20]]
    assert all(low <= count <= high for count, _ in inner)


def test_conditions_hold_at_the_ends() -> None:
    study = spec(extra={"layers": {"low": 1, "high": 2}, "units_2": {"low": 32, "high": 64}})
    smallest, largest = ends(study)
    assert "units_2" not in smallest
    assert largest["units_2"] == 64
    assert span(study)[0] == 65 * 8 + 9 * 10


def test_both_ends_are_probed_with_both_ends_of_the_batch() -> None:
    study = spec(extra={"batch_size": {"choices": [16, 64]}})
    found = [(c["layers"], c["units"], c["batch_size"]) for c in probes(study)[:4]]
    assert found == [(1, 8, 16), (1, 8, 64), (3, 32, 16), (3, 32, 64)]


def test_what_changes_no_cost_changes_no_key() -> None:
    key = calibration_key(spec(extra={"learning_rate": {"low": 0.001, "high": 0.1}}), "here")
    rate = {"learning_rate": {"low": 0.01, "high": 0.02}}
    assert calibration_key(spec(extra=rate, seed=4, budget={"trials": 90}), "here") == key
    assert calibration_key(spec(extra=rate), "there") != key
    assert calibration_key(spec(extra={**rate, "dropout": 0.5}), "here") != key
    assert calibration_key(spec(extra=rate, cross_validation={"folds": 5}), "here") != key


def test_a_small_grid_is_counted_in_full_and_a_sample_repeats() -> None:
    grid = spec(space={"units": {"choices": [8, 16]}}, strategy={"id": "grid"})
    assert [config["units"] for config in sample(grid)] == [8, 16]
    assert list(sample(spec())) == list(sample(spec()))
    assert len(list(sample(spec()))) == SAMPLE


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"strategy": {"id": "hyperband"}, "budget": {"epochs": 9}},
        {"strategy": {"id": "grid"}},
        {"early_termination": {"rule": "median"}},
        {"cross_validation": {"folds": 5}, "repeats": 2},
        {"budget": {"seconds": 2}},
        {"extra": {"epochs": {"low": 2, "high": 30}, "patience": 3}},
    ],
)
def test_every_plan_has_an_estimate(fields: dict[str, Any]) -> None:
    study = spec(**fields)
    found = estimate_of(study, calibration(*ENDS))
    assert 0 < found.low <= found.seconds <= found.high
    assert found.disk > 0
    assert found.memory > 600_000_000
    once = estimate_of(spec(), calibration(*ENDS))
    if study.executions == 10:
        assert found.seconds > 5 * once.seconds
