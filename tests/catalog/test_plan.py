"""Plan arithmetic."""

from __future__ import annotations

import itertools

import pytest

from tuning_core.catalog import HYPERPARAMETERS, Value
from tuning_core.catalog.architecture import parameter_count
from tuning_core.catalog.hyperparameters import of_family
from tuning_core.spec.plan import hyperband_schedule, plan


def test_hyperband_with_nine_epochs_makes_23_trials_and_75_epochs() -> None:
    rounds = hyperband_schedule(9, 3)
    assert sum(item.size for item in rounds) == 23
    assert sum(item.size * (item.epochs - item.initial_epoch) for item in rounds) == 75
    assert max(item.epochs for item in rounds) == 9


@pytest.mark.parametrize(("epochs", "factor"), [(1, 3), (2, 2), (8, 3), (27, 3), (100, 4)])
def test_a_bracket_grows_in_epochs_as_it_shrinks_in_trials(epochs: int, factor: int) -> None:
    rounds = hyperband_schedule(epochs, factor)
    assert [item.bracket for item in rounds] == sorted((r.bracket for r in rounds), reverse=True)
    for before, after in itertools.pairwise(rounds):
        if before.bracket == after.bracket:
            assert after.initial_epoch == before.epochs < after.epochs
            assert after.size <= before.size


def test_a_cap_on_trials_cuts_hyperband_where_it_stands() -> None:
    capped = plan(trials=12, epochs=9, rounds=hyperband_schedule(9))
    assert capped.trials == 12
    assert capped.epochs == 9 * 1 + 3 * 2


def test_repeats_multiply_trainings_and_epochs() -> None:
    asked = plan(trials=5, epochs=4, repeats=3, space_size=None)
    assert (asked.trials, asked.trainings, asked.epochs) == (5, 15, 60)


def test_a_small_space_ends_the_search_early() -> None:
    assert plan(trials=50, epochs=1, space_size=8).trials == 8


def test_parameters_of_a_dense_network() -> None:
    config = {"layers": 2, "units": 64, "units_2": 32}
    assert parameter_count(config, 784, 10) == 785 * 64 + 65 * 32 + 33 * 10
    assert parameter_count({}, 4, 3) == 15


def test_parameters_of_a_convolutional_network() -> None:
    config: dict[str, Value] = {
        "blocks": 2,
        "filters": 4,
        "kernel_size": 3,
        "pooling": "max",
        "dense_units": 10,
    }
    convolutions = (9 * 1 + 1) * 4 + (9 * 4 + 1) * 8
    assert parameter_count(config, (7, 7), 3) == convolutions + (2 * 2 * 8 + 1) * 10 + 11 * 3
    flat = {**config, "dense_units": 0, "pooling": "none"}
    assert parameter_count(flat, (7, 7, 1), 3) == convolutions + (49 * 8 + 1) * 3


@pytest.mark.parametrize("hyperparameter", HYPERPARAMETERS.values(), ids=lambda h: h.id)
def test_help_is_one_line_and_conditions_name_what_exists(hyperparameter) -> None:
    assert 20 < len(hyperparameter.help) < 100
    assert hyperparameter.help.endswith(".")
    for parent, values in hyperparameter.when.items():
        known = HYPERPARAMETERS[parent]
        assert set(values) <= set(
            known.choices or range(int(known.low or 0), int(known.high or 0) + 1)
        )


def test_the_order_in_which_to_tune_begins_as_the_literature_has_it() -> None:
    orders = [h.order for h in of_family("mlp")]
    assert len(set(orders)) == len(orders)
    first = sorted(of_family("mlp"), key=lambda h: h.order)[:7]
    assert [h.id for h in first] == [
        "learning_rate",
        "momentum",
        "batch_size",
        "units",
        "layers",
        "schedule",
        "dropout",
    ]


@pytest.mark.parametrize("hyperparameter", HYPERPARAMETERS.values(), ids=lambda h: h.id)
def test_defaults_lie_within_their_limits(hyperparameter) -> None:
    if hyperparameter.kind in ("integer", "float"):
        assert hyperparameter.low <= hyperparameter.default <= hyperparameter.high
    else:
        assert hyperparameter.default in hyperparameter.choices
