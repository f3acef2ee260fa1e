"""Hyperparameters, metrics and data that the catalog does not know."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from tests.spec.own import DECLARED, METRICS, own_spec, recorded_spec
from tuning_core.catalog import STRATEGIES, Extent
from tuning_core.catalog.objectives import objective_of
from tuning_core.spec.edits import own_config
from tuning_core.spec.model import Ability
from tuning_core.spec.study import SpecError, parse_spec


def test_what_a_space_leaves_out_is_searched_as_it_is_declared() -> None:
    spec = parse_spec(own_spec(space={"units": {"low": 64, "high": 256}, "activation": "tanh"}))
    space = spec.search_space
    assert space["units"].values() == tuple(range(64, 257, 32))  # In the steps of the model.
    assert [p.name for p in space.searched] == ["units", "lr", "deep", "units 2", "mixed"]
    assert space["mixed"].values() == (1, "one", True, 1.5)
    for _ in range(50):
        config = space.sample(np.random.default_rng(_))
        assert config["activation"] == "tanh"
        assert ("units 2" in config) is config["deep"]
        assert 1e-4 <= float(config["lr"]) <= 1e-2


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"unit": 64}, 'space.unit: unknown hyperparameter "unit". Did you mean "units"?'),
        ({"layers": 2}, 'space.layers: unknown hyperparameter "layers".'),
        ({"units": {"low": 16, "high": 64}}, "space.units.low: expected an integer from 32 to 512"),
        ({"units": 1000}, "space.units: expected an integer from 32 to 512"),
        ({"mixed": "two"}, "space.mixed: expected one of 1, one, True, 1.5"),
        ({"activation": {"choices": ["gelu"]}}, "space.activation.choices: expected one of relu"),
        ({"units 2": {"low": 8, "high": 16, "when": {"lr": [0.001]}}}, "countable values"),
    ],
)
def test_a_space_stays_within_what_is_declared(space: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(own_spec(space=space))
    assert message in str(caught.value)


FEW_OR_MANY = {"kind": "choice", "choices": ["few", "many"]}


def _with(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(own_spec())
    *parents, name = path.split("/")
    part = document
    for parent in parents:
        part = part[parent]
    part[name] = value
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (_with("model", {"family": "own"}), "model.declared: is missing"),
        (_with("metrics", None), "metrics: is missing"),
        (_with("objective", "val_auc"), "objective: expected one of loss, val_loss"),
        (_with("dataset", {"id": "recorded"}), "dataset.id: rows of another tool"),
        (_with("dataset", {"id": "own", "target": "y"}), "dataset.target: is not for data of a"),
        (_with("model/declared/units", {"kind": "integer", "low": 5}), "model.declared.units"),
        (_with("model/declared/activation", {"kind": "choice"}), "model.declared.activation"),
        (_with("model/declared/units/default", "many"), "model.declared.units"),
        (_with("model/declared/epochs", FEW_OR_MANY), "model.declared.epochs: expected numbers"),
        (_with("model/declared/epochs", {"kind": "integer", "low": 0, "high": 3}), "numbers from"),
        (
            {
                **_with("model/declared/epochs", {"kind": "integer", "low": 1, "high": 3}),
                "strategy": {"id": "hyperband"},
            },
            "give it another name in the model's file",
        ),
        (_with("metrics", {'a"b': "min"}), "metrics"),
        ({"dataset": {"id": "iris"}, "metrics": METRICS}, "metrics: is for models of your own"),
        ({"dataset": {"id": "own"}}, "model.family: mlp needs pictures or a table"),
        ({"dataset": {"id": "iris", "rows": 3}}, "dataset.rows: is for models of your own"),
        (
            {"dataset": {"id": "iris"}, "source": {"tool": "csv"}},
            "source: is for models of your own",
        ),
        (
            {"dataset": {"id": "iris"}, "model": {"family": "mlp", "declared": DECLARED}},
            "model.declared: is for a model of your own",
        ),
    ],
)
def test_a_wrong_field_is_named(document: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(document)
    assert message in str(caught.value)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_plans_a_model_of_ones_own(strategy: str) -> None:
    settings: dict[str, Any] = {}
    if STRATEGIES[strategy].extent is Extent.LIST:
        settings = {"configurations": [{"units": 64}, {"units": 96, "deep": True, "units 2": 9}]}
    document = own_spec(strategy={"id": strategy, "settings": settings}, budget={"epochs": 9})
    spec = parse_spec(document)
    assert spec.plan().trials >= 1
    assert parse_spec(spec.to_json()) == spec
    if settings:
        assert [config["units"] for config in spec.listed] == [64, 96]
        assert spec.listed[0]["lr"] == 1e-3


def test_a_configuration_of_ones_own_takes_the_models_defaults() -> None:
    spec = parse_spec(own_spec())
    assert own_config(spec, {"units": 96}) == {
        "units": 96,
        "activation": "relu",
        "lr": 1e-3,
        "deep": False,
        "mixed": 1,
    }
    with pytest.raises(SpecError, match=r"trial\.units: expected an integer from 32 to 512"):
        own_config(spec, {"units": 5})


def test_a_study_recorded_elsewhere_can_only_be_looked_at() -> None:
    spec = parse_spec(recorded_spec())
    assert spec.abilities == frozenset()
    assert (spec.objective_info.direction, spec.objective_info.label) == ("max", "fitness")
    assert objective_of(spec.model_dump(mode="json")) == spec.objective_info
    assert spec.reported == ("value", "fitness")
    assert parse_spec(spec.to_json()) == spec
    assert parse_spec(own_spec()).abilities == {Ability.TRAIN, Ability.MODEL}


def test_the_objective_of_a_model_of_ones_own_has_its_declared_direction() -> None:
    assert parse_spec(own_spec()).objective == "val_accuracy"
    turned = parse_spec(own_spec(metrics={"val_accuracy": "min"}))
    assert turned.objective_info.direction == "min"
    assert turned.objective_info.better(0.1, 0.2)


@pytest.mark.parametrize("strategy", ["random", "grid", "one_at_a_time"])
def test_epochs_of_another_tool_may_be_words(strategy: str) -> None:
    model = {"family": "own", "name": "theirs", "declared": {"epochs": FEW_OR_MANY}}
    spec = parse_spec(recorded_spec(model=model, strategy={"id": strategy}))
    assert spec.epochs == spec.budget.epochs
    assert spec.plan().epochs == spec.plan().trials * spec.budget.epochs
