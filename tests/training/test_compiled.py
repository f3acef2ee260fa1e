"""One trace serves every trial of an architecture, whatever its numbers and data."""

from __future__ import annotations

from tests.training.small_data import BASE, Watch, make_task, small_data
from tuning_core.catalog import Value
from tuning_core.training import Trainer, compiled_epoch, warm


def test_widths_batches_knobs_and_data_share_one_graph() -> None:
    same: list[dict[str, Value]] = [
        {},
        {"units": 100},
        {"units_1": 3},
        {"batch_size": 1},
        {"learning_rate": 1.0},
    ]
    graphs = {id(compiled_epoch({**BASE, **changes}, "classification")) for changes in same}
    assert len(graphs) == 1


def test_depth_activation_optimizer_and_the_presence_of_dropout_have_graphs_of_their_own() -> None:
    other: list[dict[str, Value]] = [
        {},
        {"layers": 1},
        {"activation": "tanh"},
        {"optimizer": "sgd"},
        {"dropout": 0.1},
    ]
    graphs = {id(compiled_epoch({**BASE, **changes}, "classification")) for changes in other}
    assert len(graphs) == len(other)
    rates = {id(compiled_epoch({**BASE, "dropout": rate}, "regression")) for rate in (0.1, 0.5)}
    assert len(rates) == 1


def test_a_warm_architecture_is_not_traced_again() -> None:
    warm([BASE], "classification")
    compiled = compiled_epoch(BASE, "classification")
    assert compiled.traces == 1
    trainer = Trainer(small_data())
    for changes in ({}, {"units": 33, "batch_size": 5}, {"learning_rate": 0.1}):
        Watch().run(trainer, make_task(**changes))
    assert compiled_epoch(BASE, "classification") is compiled
    assert compiled.traces == 1
