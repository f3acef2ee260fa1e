"""One trace serves every trial of an architecture, whatever its numbers and data."""

from __future__ import annotations

import pytest

from pages.components.shared.slider_stops import stops
from tests.training.small_data import BASE, CNN, Watch, few_digits, make_task, small_data
from tuning_core.catalog import HYPERPARAMETERS, Value
from tuning_core.catalog.architecture import architecture
from tuning_core.spec.study import parse_spec
from tuning_core.training import Trainer, compiled_epoch, warm
from tuning_core.training.compiled.step import KNOBS

SIZES = ("layers", "units", "blocks", "filters", "dense_units")


def test_widths_batches_knobs_and_data_share_one_graph() -> None:
    same: list[dict[str, Value]] = [
        {},
        {"units": 100},
        {"units_1": 3},
        {"batch_size": 1},
        {"learning_rate": 1.0},
        {"beta_1": 0.5, "beta_2": 0.9},
        {"kernel_initializer": "zeros"},
        {"schedule": "cosine", "decay_rate": 0.1, "decay_epochs": 3, "warmup_epochs": 1},
        {"schedule": "reduce_on_plateau", "decay_rate": 0.1, "decay_epochs": 3},
        {"patience": 3, "min_delta": 0.1, "epochs": 4},
        {"l1": 0.0, "gaussian_noise": 0.0, "clipnorm": 0.0, "batch_normalization": False},
        {"loss": "auto"},
        {"loss": "cross_entropy", "label_smoothing": 0.0},
        {"kernel_constraint": "none", "activity_l2": 0.0},
    ]
    graphs = {id(compiled_epoch({**BASE, **changes}, "classification")) for changes in same}
    assert len(graphs) == 1


def test_depth_kinds_of_layers_loss_and_optimizer_have_graphs_of_their_own() -> None:
    other: list[dict[str, Value]] = [
        {},
        {"layers": 1},
        {"activation": "tanh"},
        {"optimizer": "sgd"},
        {"dropout": 0.1},
        {"input_dropout": 0.1},
        {"gaussian_noise": 0.1},
        {"batch_normalization": True},
        {"l1": 0.1},
        {"l2": 0.1},
        {"activity_l2": 0.1},
        {"kernel_constraint": "max_norm"},
        {"loss": "focal"},
        {"label_smoothing": 0.1},
        {"clipnorm": 1.0},
        {"optimizer": "sgd", "nesterov": True},
    ]
    graphs = {id(compiled_epoch({**BASE, **changes}, "classification")) for changes in other}
    assert len(graphs) == len(other)
    rates = {id(compiled_epoch({**BASE, "dropout": rate}, "regression")) for rate in (0.1, 0.5)}
    assert len(rates) == 1


def test_a_default_that_is_left_out_is_the_same_architecture_as_one_that_is_said() -> None:
    for family, dataset in (("mlp", "iris"), ("linear", "diabetes"), ("cnn", "digits")):
        spec = parse_spec({"dataset": {"id": dataset}, "model": {"family": family}})
        whole = spec.search_space.complete({})
        task = spec.dataset_info.task
        short = {name: whole[name] for name in SIZES if name in whole}
        assert architecture(short, task) == architecture(whole, task)


@pytest.mark.parametrize("name", KNOBS)
def test_every_number_of_the_graph_changes_what_is_trained(name: str) -> None:
    """And one that is not read by any arithmetic fails here."""
    hyperparameter = HYPERPARAMETERS[name]
    pictures = "mlp" not in hyperparameter.families
    config: dict[str, Value] = {**CNN} if pictures else {"layers": 1}
    for parent, meant in hyperparameter.when.items():
        config[parent] = meant[0]
    values = [value for value in stops(hyperparameter) if value]
    weights, graphs = [], set()
    for value in (values[0], values[-2]):
        task = make_task(**config, **{name: value}, epochs=2, keep_states=True)
        data = few_digits() if pictures else small_data()
        state = Watch().run(Trainer(data), task).executions[0].state
        assert state is not None
        weights.append(state.weights)
        graphs.add(id(compiled_epoch(task.config, "classification", image=(8, 8))))
    assert len(graphs) == 1
    assert any((a != b).any() for a, b in zip(*weights, strict=True))


def test_a_warm_architecture_is_not_traced_again() -> None:
    warm([BASE], "classification")
    compiled = compiled_epoch(BASE, "classification")
    assert compiled.traces == 1
    trainer = Trainer(small_data())
    for changes in ({}, {"units": 33, "batch_size": 5}, {"learning_rate": 0.1}):
        Watch().run(trainer, make_task(**changes))
    assert compiled_epoch(BASE, "classification") is compiled
    assert compiled.traces == 1
