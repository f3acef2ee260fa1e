"""The spec: what it accepts, what it fills in, and the sentence for everything it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.spec.example import EXAMPLE
from tuning_core.catalog import DATASETS, FAMILIES, HYPERPARAMETERS, PRESETS, STRATEGIES
from tuning_core.catalog.hyperparameters import of_family
from tuning_core.spec.json_schema import spec_schema
from tuning_core.spec.study import SpecError, StudySpec, parse_spec


def test_the_example_of_the_documentation_is_read_and_written_back() -> None:
    spec = parse_spec(json.dumps(EXAMPLE))
    assert parse_spec(spec.to_json()) == spec
    assert spec.search_space["batch_size"].values() == (32,)
    assert spec.plan().trainings == 20


def test_only_the_dataset_is_required() -> None:
    spec = parse_spec({"dataset": {"id": "diabetes"}})
    assert spec.name == "Diabetes, random search"
    assert spec.objective == "val_mae"
    assert spec.trials == 20
    assert spec.search_space.size() == 1


@pytest.mark.parametrize(
    ("family", "dataset"),
    [
        (family.id, dataset)
        for family in FAMILIES.values()
        for dataset in ("digits", "diabetes", "moons")
        if DATASETS[dataset].kind in family.kinds
    ],
)
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("task_known", [False, True])
def test_every_preset_is_a_valid_space(
    family: str, preset: str, dataset: str, task_known: bool
) -> None:
    task = DATASETS[dataset].task if task_known else None
    spec = parse_spec(
        {
            "dataset": {"id": dataset},
            "model": {"family": family},
            "space": PRESETS[preset].space(family, task),
        }
    )
    assert spec.search_space.searched
    names = {parameter.name for parameter in spec.search_space.searched}
    for parameter in spec.search_space.searched:
        for parent, values in parameter.when.items():
            assert set(values) & set(spec.search_space[parent].values() or ()), parameter.name
    if preset == "everything":
        of_one_task = {"loss", "label_smoothing"}
        expected = {h.id for h in of_family(family, DATASETS[dataset].task) if not h.inherits}
        assert names == expected - (set() if task_known else of_one_task)


def test_the_usual_first_four_are_four_that_matter() -> None:
    for family, size in (("mlp", "units"), ("cnn", "filters")):
        spec = parse_spec(
            {
                "dataset": {"id": "digits"},
                "model": {"family": family},
                "space": PRESETS["usual"].space(family),
            }
        )
        names = {parameter.name for parameter in spec.search_space.searched}
        assert names == {"learning_rate", "momentum", "batch_size", size}
        assert names <= set(next(spec.search_space.configurations()))


def test_a_network_for_pictures_refuses_a_table_and_says_what_reads_it() -> None:
    with pytest.raises(SpecError, match="pictures") as caught:
        parse_spec({"dataset": {"id": "iris"}, "model": {"family": "cnn"}})
    assert caught.value.field == "model.family"
    assert "linear, mlp" in str(caught.value)


def test_losses_are_those_of_the_task() -> None:
    def spec(dataset: str, **space: Any) -> StudySpec:
        return parse_spec({"dataset": {"id": dataset}, "space": space})

    assert spec("iris", loss="kl_divergence", label_smoothing=0.1)
    assert spec("diabetes", loss={"choices": ["mae", "huber"]})
    for dataset, space in (
        ("iris", {"loss": "huber"}),
        ("diabetes", {"loss": "cross_entropy"}),
        ("diabetes", {"label_smoothing": 0.1}),
    ):
        with pytest.raises(SpecError, match=next(iter(space))):
            spec(dataset, **space)


def test_losses_are_not_compared_by_their_own_values() -> None:
    document = {"dataset": {"id": "iris"}, "space": {"loss": {"choices": ["mse", "focal"]}}}
    assert parse_spec(document)
    with pytest.raises(SpecError, match="different losses"):
        parse_spec({**document, "objective": "val_loss"})


def test_epochs_in_the_space_stand_in_for_the_budget_but_not_with_hyperband() -> None:
    document = {"dataset": {"id": "iris"}, "space": {"epochs": {"choices": [5, 40]}}}
    spec = parse_spec(document)
    assert (spec.epochs, spec.plan().trials, spec.plan().epochs) == (40, 2, 45)
    assert "epochs" not in parse_spec({"dataset": {"id": "iris"}}).search_space
    with pytest.raises(SpecError, match="hyperband") as caught:
        parse_spec({**document, "strategy": {"id": "hyperband"}})
    assert caught.value.field == "space.epochs"


def test_trials_left_out_mean_the_whole_of_a_strategy_that_has_an_end() -> None:
    space = {"units": {"choices": [8, 16, 32]}, "batch_size": {"choices": [32, 64]}}
    grid = parse_spec({"dataset": {"id": "iris"}, "space": space, "strategy": {"id": "grid"}})
    assert grid.trials == 6
    document = {"dataset": {"id": "iris"}, "strategy": {"id": "hyperband"}, "budget": {"epochs": 9}}
    hyperband = parse_spec({**document, "space": {"dropout": {"low": 0.0, "high": 0.5}}})
    assert (hyperband.trials, hyperband.plan().epochs) == (23, 75)
    # One configuration is all there is: it goes through the three rounds of one bracket.
    alone = parse_spec(document).plan()
    assert (alone.trials, alone.epochs) == (3, 9)


def test_a_clash_is_a_condition_and_not_an_error() -> None:
    spec = parse_spec(
        {
            "dataset": {"id": "iris"},
            "space": {"optimizer": "adam", "momentum": {"low": 0.5, "high": 0.9}},
        }
    )
    assert spec.search_space.size() == 1
    assert "momentum" not in next(spec.search_space.configurations())


def test_units_of_one_layer_exist_only_where_the_layer_does() -> None:
    spec = parse_spec(
        {
            "dataset": {"id": "iris"},
            "space": {
                "layers": {"low": 1, "high": 3},
                "units": 8,
                "units_3": {"choices": [4, 16]},
            },
        }
    )
    assert spec.search_space.size() == 2 + 2
    assert all("units_3" in c for c in spec.search_space.configurations() if c["layers"] == 3)


def test_the_schema_names_every_id_with_its_limits() -> None:
    schema = spec_schema()
    assert set(schema["properties"]["space"]["properties"]) == set(HYPERPARAMETERS)
    assert schema["$defs"]["DatasetSpec"]["properties"]["id"]["anyOf"][0] == {
        "enum": list(DATASETS)
    }
    strategies = schema["$defs"]["StrategySpec"]["oneOf"]
    assert [s["properties"]["id"]["const"] for s in strategies] == list(STRATEGIES)
    rate = schema["properties"]["space"]["properties"]["learning_rate"]["anyOf"][0]
    assert rate == {"type": "number", "minimum": 1e-8, "maximum": 10.0}
    json.dumps(schema)
