"""The document of a training on demand: what it accepts, and what it says of what it does not."""

from __future__ import annotations

from typing import Any

import pytest

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


@pytest.mark.parametrize("fields", [{"seed": 1}, {"trial": 2}, {"views": ["inside"]}, {"ramp": {}}])
def test_all_else_makes_another_course(fields: dict[str, Any]) -> None:
    request = parse_training(DIGITS)
    assert request.training_key != request.changed(**fields).training_key


def test_it_survives_json() -> None:
    request = parse_training(
        {**DIGITS, "values": {"dropout": 0.25}, "views": ["mistakes", "inside", "mistakes"]}
    )
    assert TrainingRequest.model_validate_json(request.model_dump_json()) == request
    assert request.views == ("inside", "mistakes")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "dataset: is missing."),
        ({"dataset": {"id": "csv:/etc/passwd"}}, "dataset.id: a file of this machine"),
        ({**DIGITS, "values": {"unit": 3}}, 'unknown hyperparameter "unit". Did you mean "units"?'),
        ({**DIGITS, "values": {"units": {"low": 1, "high": 3}}}, "values.units: expected an int"),
        ({**DIGITS, "values": {"units": 1e9}}, "values.units: expected an integer from 1 to 4096"),
        ({**DIGITS, "values": {"epochs": 3}}, "values.epochs: the number of epochs is a field"),
        ({**DIGITS, "values": [3]}, "values: expected an object, received [3]."),
        ({**DIGITS, "epochs": 0}, "epochs: expected at least 1, received 0."),
        ({**DIGITS, "epochs": 2_000}, "epochs: expected at most 1000, received 2000."),
        ({**DIGITS, "seed": True}, "seed: expected an integer, received true."),
        ({**DIGITS, "views": "inside"}, 'views: expected a list, received "inside".'),
        ({**DIGITS, "views": ["x"]}, "views.0: expected 'inside', 'mistakes' or 'predictions'"),
        ({**DIGITS, "views": [["x"]]}, "views.0: expected"),
        ({**DIGITS, "ramp": {"low": 1.0, "high": 0.1}}, "ramp.high: expected more than the low"),
        ({**DIGITS, "ramp": {"high": 1e9}}, "ramp.high: expected at most 100"),
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
