"""The document of a training on demand: what it accepts, and what it says of what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.space import SpecError
from tuning_core.spec.training_request import TrainingRequest, parse_training

DIGITS: dict[str, Any] = {"dataset": {"id": "digits"}}


def test_what_is_left_out_has_the_familys_default() -> None:
    request = parse_training({**DIGITS, "values": {"units": 16}})
    assert request.config["units"] == 16
    assert request.config["learning_rate"] == 0.001
    assert request.objective == "val_accuracy"


def test_values_without_a_meaning_beside_the_others_change_nothing() -> None:
    adam = parse_training(DIGITS)
    with_momentum = adam.changed(values={"momentum": 0.5})
    assert "momentum" not in with_momentum.config
    assert adam.training_key == with_momentum.training_key
    assert (
        adam.training_key != adam.changed(values={"momentum": 0.5, "optimizer": "sgd"}).training_key
    )


def test_the_number_of_epochs_makes_no_other_course() -> None:
    request = parse_training(DIGITS)
    longer = request.changed(epochs=50)
    assert request.training_key == longer.training_key
    assert request != longer
    assert len({request, longer, parse_training(DIGITS)}) == 2


@pytest.mark.parametrize(
    "fields",
    [{"seed": 1}, {"trial": 2}, {"views": ["inside"]}, {"ramp": {}}, {"landscape": {"draw": 2}}],
)
def test_all_else_makes_another_course(fields: dict[str, Any]) -> None:
    request = parse_training(DIGITS)
    assert request.training_key != request.changed(**fields).training_key


def test_it_survives_json() -> None:
    request = parse_training(
        {**DIGITS, "values": {"dropout": 0.25}, "views": ["mistakes", "inside", "mistakes"],
         "landscape": {"plane": "path", "runs": [{**DIGITS, "seed": 4}]}}
    )  # fmt: skip
    assert TrainingRequest.model_validate_json(request.model_dump_json()) == request
    assert request.views == ("inside", "mistakes")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "dataset: is missing."),
        ({"dataset": {"id": "csv:/etc/passwd"}}, "dataset.id: a file of this machine"),
        ({**DIGITS, "values": {"unit": 3}}, 'unknown hyperparameter "unit". Did you mean "units"?'),
        ({**DIGITS, "family": "own"}, 'family: unknown model family "own".'),
        ({**DIGITS, "values": {"units": {"low": 1, "high": 3}}}, "values.units: expected an int"),
        ({**DIGITS, "values": {"units": 1e9}}, "values.units: expected an integer from 1 to 4096"),
        ({**DIGITS, "values": {"epochs": 3}}, "values.epochs: the number of epochs is a field"),
        ({**DIGITS, "values": [3]}, "values: expected an object, received [3]."),
        ({**DIGITS, "epochs": 0}, "epochs: expected at least 1, received 0."),
        ({**DIGITS, "epochs": 2_000}, "epochs: expected at most 1000, received 2000."),
        ({**DIGITS, "seed": True}, "seed: expected an integer, received true."),
        ({**DIGITS, "views": "inside"}, 'views: expected a list, received "inside".'),
        ({**DIGITS, "views": ["x"]}, "views.0: expected 'importance', 'inside'"),
        ({**DIGITS, "views": [["x"]]}, "views.0: expected"),
        ({**DIGITS, "ramp": {"low": 1.0, "high": 0.1}}, "ramp.high: expected more than the low"),
        ({**DIGITS, "ramp": {"high": 1e9}}, "ramp.high: expected at most 100"),
        ({**DIGITS, "landscape": {"reach": 0}}, "landscape.reach: expected at least 0.01"),
        ({**DIGITS, "landscape": {"plane": "flat"}}, "landscape.plane: expected 'random' or"),
        ({**DIGITS, "landscape": {"draw": -1}}, "landscape.draw: expected at least 0"),
        ({**DIGITS, "landscape": {"runs": 3}}, "landscape.runs: expected a list"),
        ({**DIGITS, "landscape": {"runs": [DIGITS] * 6}}, "landscape.runs: expected at most 5"),
        ({**DIGITS, "landscape": {"runs": [{}]}}, "landscape.runs.0.dataset: is missing."),
        ({**DIGITS, "landscape": {"runs": [{**DIGITS, "unit": 3}]}}, "landscape.runs.0.unit: unk"),
        (
            {**DIGITS, "landscape": {"runs": [{"dataset": {"id": "iris"}}]}},
            'landscape.runs.0.dataset: expected that of the training, received "iris".',
        ),
        (
            {**DIGITS, "landscape": {"runs": [{**DIGITS, "landscape": {}}]}},
            "landscape.runs.0: expected a training with neither landscape nor ramp.",
        ),
        ({**DIGITS, "landscape": {}, "ramp": {}}, "landscape: expected none beside a ramp"),
        ({**DIGITS, "objective": "val_auc"}, "objective: expected one of val_accuracy, val_loss"),
        ({"dataset": {"id": "iris"}, "family": "cnn"}, "family: cnn needs pictures"),
        ({**DIGITS, "family": "rnn"}, 'family: unknown model family "rnn"'),
        ({**DIGITS, "repeats": 3}, 'repeats: unknown field "repeats".'),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(
    document: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SpecError) as refused:
        parse_training(document)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def under_way(*changes: Any, **fields: Any) -> TrainingRequest:
    """A training of 20 epochs whose values change after some of them."""
    listed = [{"epoch": epoch, "values": values} for epoch, values in changes]
    return parse_training({**DIGITS, "epochs": 20, "changes": listed, **fields})


def test_a_change_under_way_shares_the_epochs_before_it() -> None:
    plain = under_way()
    slower = under_way((12, {"learning_rate": 0.0001}))
    both = under_way((12, {"learning_rate": 0.0001}), (15, {"dropout": 0.5}))
    assert [(s.first, s.last) for s in both.segments] == [(0, 12), (12, 15), (15, 20)]
    assert both.segments[0].key == plain.training_key
    assert both.segments[1].key == slower.training_key
    assert plain.shared_epochs(both) == both.shared_epochs(plain) == 12
    assert slower.shared_epochs(both) == 15
    assert both.shared_epochs(both.changed(epochs=50)) == 20
    assert both.shared_epochs(both.changed(seed=1)) == 0
    assert both.from_the_start().values == {"learning_rate": 0.0001, "dropout": 0.5}
    assert both.from_the_start().training_key == both.from_the_start().segments[0].key


def test_a_change_without_a_meaning_changes_nothing() -> None:
    assert under_way((3, {"momentum": 0.5})).training_key == under_way().training_key
    back = under_way((3, {"learning_rate": 0.1}), values={"learning_rate": 0.1})
    assert len(back.segments) == 1


def test_changes_survive_json() -> None:
    request = under_way((3, {"l2": 0.1}), (7, {"batch_size": 8}))
    assert parse_training(request.model_dump(mode="json", exclude_none=True)) == request


RATE: dict[str, Any] = {"learning_rate": 0.1}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([(0, RATE)], "changes.0.epoch: expected at least 1, received 0."),
        ([(20, RATE)], "changes.0.epoch: expected less than the 20 epochs of the training"),
        ([(9, RATE), (9, RATE)], "changes.1.epoch: expected more than 9, the epoch of the change"),
        ([(9, RATE), (3, RATE)], "changes.1.epoch: expected more than 9"),
        ([(9, {})], "changes.0.values: expected at least 1 item"),
        ([(9, {"units": 3})], "changes.0.values.units: units per hidden layer is fixed while a"),
        ([(9, {"rate": 3})], 'changes.0.values.rate: unknown hyperparameter "rate"'),
        ([(9, {"dropout": 3})], "changes.0.values.dropout: expected a number from 0 to 0.95"),
        ([(9, RATE)] * 1_000, "changes: expected at most 20 items"),
    ],
)
def test_a_wrong_change_is_one_sentence(changes: list[Any], sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        under_way(*changes)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"changes": "later"}, 'changes: expected a list, received "later".'),
        ({"changes": [3]}, "changes.0: expected an object, received 3."),
        ({"changes": [{"epoch": 1}]}, "changes.0.values: expected at least 1 item, or weights"),
        ({"changes": [{"epoch": 1, "values": RATE, "to": 3}]}, 'changes.0.to: unknown field "to"'),
        ({"changes": [{"epoch": 1, "values": RATE}], "ramp": {}}, "changes: a test of learning"),
    ],
)
def test_what_is_no_change_is_one_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_training({**DIGITS, **fields})
    assert sentence in str(refused.value)


def weights_set(*weights: Any, **fields: Any) -> TrainingRequest:
    """A training of moons with two layers of 4 units, of which weights are set after epoch 3."""
    document: dict[str, Any] = {"dataset": {"id": "moons"}, "values": {"units": 4}, **fields}
    return parse_training({**document, "changes": [{"epoch": 3, "weights": [*weights]}]})


WEIGHT: dict[str, Any] = {"layer": 1, "unit": 3, "input": 2, "value": 1.5}


def test_a_weight_that_is_set_cuts_a_training_and_names_it() -> None:
    plain = parse_training({"dataset": {"id": "moons"}, "values": {"units": 4}})
    one, other = weights_set(WEIGHT), weights_set({**WEIGHT, "value": 1})
    assert [(s.first, s.last) for s in one.segments] == [(0, 3), (3, 10)]
    assert [len(s.weights) for s in one.segments] == [0, 1]
    assert plain.shared_epochs(one) == one.shared_epochs(other) == 3
    assert len({r.training_key for r in (plain, one, other, weights_set(WEIGHT, WEIGHT))}) == 4
    assert parse_training(one.document()) == one
    assert one.from_the_start() == plain


@pytest.mark.parametrize(
    ("weights", "fields", "sentence"),
    [
        ([3], {}, "changes.0.weights.0: expected an object, received 3."),
        ([{"layer": 1}], {}, "changes.0.weights.0.unit: is missing."),
        ([{**WEIGHT, "to": 3}], {}, 'changes.0.weights.0.to: unknown field "to"'),
        ([{**WEIGHT, "layer": 0}], {}, "changes.0.weights.0.layer: expected at least 1"),
        ([{**WEIGHT, "layer": 4}], {}, "changes.0.weights.0.layer: expected 1 to 3, the last an"),
        ([WEIGHT, {**WEIGHT, "unit": 5}], {}, "changes.0.weights.1.unit: expected 1 to 4 in lay"),
        ([{**WEIGHT, "input": 3}], {}, "changes.0.weights.0.input: expected 1 to 2 in layer 1"),
        ([{**WEIGHT, "layer": 3}], {}, "changes.0.weights.0.unit: expected 1 in layer 3"),
        ([{**WEIGHT, "input": True}], {}, "changes.0.weights.0.input: expected an integer"),
        ([{**WEIGHT, "value": "1"}], {}, "changes.0.weights.0.value: expected a number"),
        ([{**WEIGHT, "value": 2e6}], {}, "changes.0.weights.0.value: expected at most 1000000"),
        ([{**WEIGHT, "value": float("nan")}], {}, "changes.0.weights.0.value: expected a finite"),
        ([{**WEIGHT, "value": float("-inf")}], {}, "changes.0.weights.0.value: expected a finite"),
        ([WEIGHT] * 21, {}, "changes.0.weights: expected at most 20 items"),
        (
            [WEIGHT],
            {"values": {"batch_normalization": True}},
            "changes.0.weights.0.layer: its weights are normalised anew",
        ),
        (
            [WEIGHT],
            {**DIGITS, "family": "cnn", "values": {}},
            "changes.0.weights: a convolutional network's",
        ),
    ],
)
def test_a_weight_that_cannot_be_set_is_one_sentence(
    weights: list[Any], fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SpecError) as refused:
        weights_set(*weights, **fields)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_can_change_under_way_leaves_weights_and_slots_what_they_are() -> None:
    can = {h.id for h in HYPERPARAMETERS.values() if h.under_way}
    assert {"learning_rate", "batch_size", "momentum", "dropout", "l1", "l2"} <= can
    assert {"weight_decay", "gaussian_noise", "input_dropout", "patience", "rotation"} <= can
    assert not can & {"units", "units_1", "layers", "filters", "optimizer", "batch_normalization"}
    assert not can & {"epochs", "kernel_initializer", "loss", "nesterov"}
