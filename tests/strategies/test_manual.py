"""A list of configurations: in its order, and in a space that follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.life import configs, run, study
from tuning_core.catalog import HYPERPARAMETERS, Value
from tuning_core.spec.study import SpecError, StudySpec, parse_spec


def manual(*configurations: dict[str, Any], space: Any = None, **fields: Any) -> StudySpec:
    return study("manual", space or {}, settings={"configurations": list(configurations)}, **fields)


def values(spec: StudySpec, name: str) -> list[Value | None]:
    return [config.get(name) for config in spec.listed]


def test_the_list_is_trained_in_its_order():
    rates = [0.01, 0.001, 0.1]
    spec = manual(*({"learning_rate": rate} for rate in rates))
    records, oracle = run(spec, lambda s: float(s.number))
    assert [config["learning_rate"] for config in configs(records)] == rates
    assert (spec.trials, spec.plan().trials, oracle.stop_reason) == (3, 3, "list complete")


def test_a_budget_cuts_the_list_short():
    spec = manual({"units": 8}, {"units": 16}, {"units": 4}, trials=2)
    records, oracle = run(spec, lambda s: float(s.number))
    assert [config["units"] for config in configs(records)] == [8, 16]
    assert oracle.stop_reason == "trials"


def test_what_is_listed_becomes_a_choice_of_just_those_values():
    spec = manual({"units": 100, "optimizer": "sgd"}, {"units": 8}, {"units": 8, "layers": 1})
    space = spec.search_space
    assert {parameter.name for parameter in space.searched} == {"units", "optimizer", "layers"}
    assert space["units"].values() == (8, 100)
    assert space["optimizer"].values() == ("sgd", "adam"), "the default where nothing is said"
    assert space["layers"].values() == (1, 2)


def test_what_is_left_out_has_the_value_of_the_space_or_the_default():
    space = {"batch_size": 64, "learning_rate": {"low": 0.01, "high": 0.1, "scale": "log"}}
    spec = manual({"units": 8}, {"batch_size": 16}, space=space)
    assert values(spec, "batch_size") == [64, 16]
    assert values(spec, "units") == [8, 64]
    assert values(spec, "learning_rate") == [0.01, 0.01], "nearest to the default of 0.001"


def test_a_layer_s_own_width_is_the_common_one_where_it_is_left_out():
    spec = manual({"units": 16, "units_2": 8}, {"units": 32}, {"layers": 1})
    assert values(spec, "units_2") == [8, 32, None]
    epochs = manual({"epochs": 3}, {"units": 8}, epochs=7)
    assert values(epochs, "epochs") == [3, 7]


def test_what_has_no_meaning_beside_the_others_is_dropped():
    spec = manual({"optimizer": "adam", "momentum": 0.9}, {"optimizer": "sgd", "momentum": 0.5})
    assert values(spec, "momentum") == [None, 0.5]
    assert spec.search_space["momentum"].values() == (0.5,)


def test_a_list_survives_being_written_and_read():
    spec = manual({"learning_rate": 1}, {"learning_rate": 0.1})
    assert parse_spec(spec.to_json()).listed == spec.listed


def test_a_list_of_thousands_is_read_and_resumed():
    spec = manual(*({"learning_rate": 1e-6 * n} for n in range(1, 5001)))
    records, _ = run(spec, lambda s: float(s.number), at_most=3)
    assert len(run(spec, records=records, at_most=1, score=lambda s: 1.0)[0]) == 4
    assert spec.search_space.size() == 5000


@pytest.mark.parametrize(
    ("configurations", "space", "field", "part"),
    [
        ([], {}, "", "at least one"),
        ([{"units": n % 4000 + 1} for n in range(10_001)], {}, "", "at most 10,000"),
        ([{}, {"unit": 3}], {}, "[1].unit", 'Did you mean "units"?'),
        ([{"filters": 8}], {}, "[0].filters", "no such hyperparameter"),
        ([{"units": 8}, {"units": 0}], {}, "[1].units", "an integer from 1 to 4096"),
        ([{"units": "many"}], {}, "[0].units", "an integer"),
        ([{"learning_rate": float("nan")}], {}, "[0].learning_rate", "a number"),
        ([{"units": {"low": 1, "high": 2}}], {}, "[0].units", "an integer"),
        (
            [{"units": 16}, {"units": 8}],
            {"units": {"low": 16, "high": 64, "step": 16}},
            "[1].units",
            "from 16 to 64 in steps of 16, as in the space",
        ),
        (
            [{"optimizer": "sgd"}],
            {"optimizer": {"choices": ["adam", "lion"]}},
            "[0].optimizer",
            "adam, lion, as in the space",
        ),
        (
            [{"units": 8}, {}, {"units": 8}],
            {},
            "[2]",
            "the same configuration as configurations[0]",
        ),
        ([{"units": 64}, {}], {}, "[1]", "the same configuration as configurations[0]"),
        (
            [{"momentum": 0.5}, {"momentum": 0.9}],
            {},
            "[1]",
            "momentum has no meaning there",
        ),
        ([{"units": 8}], {"unit": 8}, "space.unit", "Did you mean"),
        ([{"loss": "focal"}, {"loss": "mse"}], {}, "space.loss", "cannot be compared"),
    ],
)
def test_a_list_that_cannot_be_run_is_one_sentence(configurations, space, field, part):
    with pytest.raises(SpecError) as caught:
        manual(*configurations, space=space)
    expected = field if field.startswith("space") else f"strategy.settings.configurations{field}"
    assert caught.value.field == expected
    assert part in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_one_loss_for_all_can_be_the_objective():
    assert manual({"loss": "mse"}, {"loss": "mse", "units": 8}).objective == "val_loss"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([*HYPERPARAMETERS, "unit"]),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
            max_size=3,
        ),
        max_size=3,
    )
)
def test_whatever_is_listed_there_is_a_study_or_a_sentence(configurations):
    try:
        outcome: StudySpec | SpecError = manual(*configurations)
    except SpecError as error:
        outcome = error
    if isinstance(outcome, SpecError):
        assert len(str(outcome).splitlines()) == 1
    else:
        assert all(outcome.search_space.contains(config) for config in outcome.listed)
