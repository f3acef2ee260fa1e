"""The address of What-if says the whole setting, and a wrong one says what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pages.components.shared.what_if_link import query_of, setting_of
from tuning_core.spec.training_request import parse_training

DOCUMENTS: list[dict[str, Any]] = [
    {"dataset": {"id": "digits"}},
    {"dataset": {"id": "digits"}, "family": "cnn", "values": {"filters": 8}, "trial": 7},
    {
        "dataset": {"id": "iris", "validation": 0.3, "seed": 4, "class_weights": "balanced"},
        "values": {"optimizer": "sgd", "nesterov": True, "learning_rate": 1 / 3, "units_2": 3},
        "objective": "val_loss",
        "epochs": 500,
        "seed": 12,
    },
    {"dataset": {"id": "diabetes"}, "values": {"loss": "huber", "momentum": 0.98}},
    {
        "dataset": {"id": "moons"},
        "values": {"learning_rate": 0.1},
        "changes": [
            {"epoch": 12, "values": {"learning_rate": 1e-05, "dropout": 0.25}},
            {"epoch": 15, "values": {"schedule": "cosine", "batch_size": 8}},
            {
                "epoch": 17,
                "weights": [
                    {"layer": 1, "unit": 3, "input": 2, "value": -0.1},
                    {"layer": 3, "unit": 1, "value": 2.0},
                ],
            },
        ],
        "epochs": 20,
    },
    {
        "dataset": {
            "id": "upload:" + "a" * 64,
            "target": "preis (€)",
            "task": "classification",
            "classes": ["no", "yes"],
            "columns": {"a": "number"},
        },
        "objective": "val_auc",
    },
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_setting_comes_back_from_its_address(document: dict[str, Any], at_once: bool):
    request = parse_training(document)
    query = query_of(request, at_once=at_once, goes_on=not at_once)
    read = setting_of(query)
    assert read.complaints == ()
    assert read.setting.goes_on is not at_once
    assert read.setting.request == request
    assert read.setting.at_once is at_once


def test_changes_are_short_and_readable_in_an_address():
    query = query_of(parse_training(DOCUMENTS[4]))
    assert query["change"] == (
        "12 learning_rate 1e-05 dropout 0.25 15 schedule cosine batch_size 8 "
        "17 weight.1.3.2 -0.1 bias.3.1 2"
    )


def test_an_address_that_says_nothing_shows_something_that_learns():
    read = setting_of({})
    assert read.complaints == ()
    assert read.setting.request.dataset.id == "moons"


@pytest.mark.parametrize(
    ("query", "complaint", "kept"),
    [
        ({"dataset": "nope", "units": "16"}, 'dataset.id: unknown dataset "nope"', {"units": 16}),
        ({"dataset": "csv:/etc/passwd"}, "dataset.id: a file of this machine", {}),
        ({"learning_rate": "fast", "units": "16"}, "learning_rate: expected a number", None),
        ({"learning_rate": "nan"}, "learning_rate: expected a number from 1e-08 to 10", {}),
        ({"learning_rate": "1e999"}, "learning_rate: expected a number from 1e-08 to 10", {}),
        ({"units": "9" * 5_000}, "units: expected an integer from 1 to 4096", {}),
        ({"units": "5000"}, "(Its slider goes from 1 to 512, an address may go further.)", {}),
        ({"learning_rate": "99"}, "(Its slider goes from 1e-07 to 10, an address may", {}),
        ({"nesterov": "maybe"}, "nesterov: expected true or false", {}),
        ({"activation": "<b>"}, "activation: expected one of", {}),
        ({"rate": "1"}, 'rate: unknown hyperparameter "rate"', {}),
        ({"epochs": "0"}, "epochs: expected at least 1, received 0.", {}),
        ({"epochs": "many"}, 'epochs: expected a whole number, received "many".', {}),
        ({"seed": "-1"}, "seed: expected at least 0", {}),
        ({"family": "cnn"}, 'family: expected one of linear, mlp, received "cnn".', {}),
        ({"objective": "val_mae"}, "objective: expected one of", {}),
        ({"train": "never"}, 'train: expected ask, received "never".', {}),
        ({"knobs": "stop"}, 'knobs: expected go on, received "stop".', {}),
        ({"change": "later"}, "change: expected epochs, each with names and values", {}),
        ({"change": "3 dropout"}, "change: expected epochs, each with names and values", {}),
        ({"change": "3"}, "change: expected at least 1 item", {}),
        ({"change": "0 dropout 0.1"}, "change: expected at least 1, received 0.", {}),
        ({"change": "20 dropout 0.1"}, "change: expected less than the 20 epochs", {}),
        ({"change": "5 dropout 0.1 3 l2 0.1"}, "change: expected more than 5, the epoch", {}),
        ({"change": "5 units 3", "units": "4"}, "change: units per hidden layer is", {"units": 4}),
        ({"change": "5 rate 3"}, 'change: unknown hyperparameter "rate"', {}),
        ({"change": "5 dropout <b>"}, "change: expected a number from 0 to 0.95", {}),
        ({"change": "5 weight.1.3.2 much"}, "change: expected a number", {}),
        ({"change": "5 weight.1.99.2 1"}, "change: expected 1 to 64 in layer 1, received 99", {}),
        ({"change": "5 bias.1 1"}, 'change: unknown hyperparameter "bias.1"', {}),
        ({"change": "5 bias.1.3 1e9"}, "change: expected at most 1000000", {}),
        ({"change": "9" * 5_000 + " dropout 0"}, "change: expected at most 1000", {}),
        ({"change": " ".join(f"{n} l1 0.{n}" for n in range(1, 1_000))}, "change: expected", {}),
        ({"data": "{"}, "data: expected a JSON object", {}),
        ({"data": "[" * 50_000}, "data: expected a JSON object", {}),
        ({"data": json.dumps({"validation": 7})}, "dataset.validation: expected", {}),
        ({"data": json.dumps({"id": "csv:/etc/passwd"})}, "", {}),
    ],
)
def test_a_wrong_part_has_its_default_and_is_said(
    query: dict[str, str], complaint: str, kept: dict[str, Any] | None
):
    read = setting_of(query)
    said = " ".join(read.complaints)
    assert complaint in said
    assert "\n" not in said
    assert all(sentence.endswith("The default is used.") for sentence in read.complaints)
    assert read.setting.request.dataset.id == "moons"
    if kept is not None:
        assert read.setting.request.values == kept
    # What is shown has an address without a mistake.
    assert not setting_of(query_of(read.setting.request)).complaints
