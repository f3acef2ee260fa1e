"""Each mistake in a spec is one sentence that names its field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.json_values import JSON_VALUES
from tests.spec.example import EXAMPLE
from tuning_core.catalog import HYPERPARAMETERS
from tuning_core.spec.study import SpecError, StudySpec, parse_spec


def changed(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(EXAMPLE)
    *parents, last = path.split(".")
    part = document
    for parent in parents:
        part = part[parent]
    part[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("budget.trials", 0, "budget.trials"),
        ("budget.trials", 10**9, "budget.trials"),
        ("budget.trials", "5", "budget.trials"),
        ("budget.trials", 2.5, "budget.trials"),
        ("budget.epochs", True, "budget.epochs"),
        ("budget.seconds", float("nan"), "budget.seconds"),
        ("budget.seconds", -1, "budget.seconds"),
        ("parallel", 0, "parallel"),
        ("parallel", 65, "parallel"),
        ("parallel", "two", "parallel"),
        ("parallel", 2.5, "parallel"),
        ("budget.minutes", 1, "budget.minutes"),
        ("budget.target", 1.01, "budget.target"),
        ("budget.target", float("nan"), "budget.target"),
        ("budget.target", "high", "budget.target"),
        ("budget.settled", {"trials": 5}, "budget.settled.trials"),
        ("budget.settled", "yes", "budget.settled"),
        ("space.learning_rate.low", 0, "space.learning_rate.low"),
        ("space.learning_rate.low", 1, "space.learning_rate.low"),
        ("space.learning_rate.high", "x", "space.learning_rate.high"),
        ("space.learning_rate.high", float("nan"), "space.learning_rate.high"),
        pytest.param("space.learning_rate.high", 10**400, "space.learning_rate.high", id="huge"),
        ("space.learning_rate.scale", "logarithmic", "space.learning_rate.scale"),
        ("space.learning_rate", {"low": 1e-4}, "space.learning_rate.high"),
        ("space.learning_rate", {}, "space.learning_rate"),
        ("space.learning_rate", None, "space.learning_rate"),
        ("space.learning_rate", [0.1], "space.learning_rate"),
        (
            "space.learning_rate",
            {"low": 1e-8, "high": 1, "step": 1e-9},
            "space.learning_rate.step",
        ),
        (
            "space.momentum",
            {"low": 0.99, "high": 0.9999, "scale": "reverse_log", "step": 1.0000002},
            "space.momentum.step",
        ),
        ("space.dropout", {"low": 0, "high": 0.5, "scale": "log"}, "space.dropout.low"),
        ("space.activation.choices", [], "space.activation.choices"),
        ("space.activation.choices", ["relu", "relu"], "space.activation.choices"),
        ("space.activation.choices", ["relu", 1], "space.activation.choices"),
        ("space.activation", {"low": 1, "high": 2}, "space.activation"),
        ("space.units.step", 0, "space.units.step"),
        ("space.learning_rate.step", float("nan"), "space.learning_rate.step"),
        (
            "strategy",
            {"id": "bayesian", "settings": {"beta": float("nan")}},
            "strategy.settings.beta",
        ),
        ("space.units.low", 16.5, "space.units.low"),
        ("space.units.scale", "reverse_log", "space.units.scale"),
        ("space.lerning_rate", 0.1, "space.lerning_rate"),
        ("space.momentum.high", 1.0, "space.momentum.high"),
        ("space.momentum.when", {"optimizer": ["adam"]}, "space.momentum.when.optimizer"),
        ("space.momentum.when", {"optimiser": ["sgd"]}, "space.momentum.when.optimiser"),
        ("space.momentum.when", {"learning_rate": [0.01]}, "space.momentum.when.learning_rate"),
        ("space.momentum.when", {"momentum": [0.5]}, "space.momentum.when.momentum"),
        ("space.momentum.when", "sgd", "space.momentum.when"),
        ("space", [], "space"),
        ("strategy.id", "rnd", "strategy.id"),
        ("strategy.settings", {"points": 3}, "strategy.settings.points"),
        ("strategy", {"id": "grid", "settings": {"points": 1}}, "strategy.settings.points"),
        ("strategy", {"id": "hyperband", "settings": {"factor": 3.5}}, "strategy.settings.factor"),
        ("objective", "val_mae", "objective"),
        ("objective", 3, "objective"),
        ("dataset.id", "digit", "dataset.id"),
        ("dataset.id", "csv:/etc/passwd", "dataset.id"),
        ("dataset.validation", 0, "dataset.validation"),
        ("dataset.validation", 1e-4, "dataset.validation"),
        ("dataset.test", 1e-4, "dataset.test"),
        ("dataset.test", 0.75, "dataset.validation"),
        ("dataset", "digits", "dataset"),
        ("model.family", "transformer", "model.family"),
        ("seed", -1, "seed"),
        ("seed", 2**40, "seed"),
        ("name", "a\nb", "name"),
        ("name", "\ud800", "name"),
        ("name", "x" * 500, "name"),
        ("repeats", 0, "repeats"),
        ("cross_validation", {"folds": 1}, "cross_validation.folds"),
        ("cross_validation", {"folds": 5, "fold": 5}, "cross_validation.fold"),
        ("early_termination", {"rule": "mean"}, "early_termination.rule"),
        (
            "early_termination",
            {"rule": "median", "settings": {"factor": 2}},
            "early_termination.settings.factor",
        ),
        ("objective", "val_auc", "objective"),
        ("dataset.id", "upload:../../etc", "dataset.id"),
        ("dataset.id", "upload:" + "a" * 64, "dataset.target"),
        ("dataset.target", "digit", "dataset.target"),
        ("version", 2, "version"),
        ("version", True, "version"),
        ("colour", "red", "colour"),
    ],
)
def test_a_mistake_is_told_in_one_line_that_names_its_field(
    path: str, value: Any, field: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(json.dumps(changed(path, value)))
    assert caught.value.field == field
    sentence = str(caught.value)
    assert sentence.startswith(f"{field}: ")
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 300


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "expected JSON"),
        ("[1", "line 1"),
        ("[]", "a list"),
        ("null", "null"),
        ('{"a":' * 100_000, "levels"),
        ('{"space": ' * 30 + "1" + "}" * 30, "levels"),
        (" " * 10_000_000, "10.0 MB"),
        ('{"seed": 1, "seed": 2}', "twice"),
        ('{"seed": ' + "9" * 6000 + "}", "numbers"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_what_is_no_spec_at_all_is_refused_by_one_sentence(text: str | bytes, part: str) -> None:
    with pytest.raises(SpecError, match=part) as caught:
        parse_spec(text)
    assert len(str(caught.value).splitlines()) == 1


@given(st.sampled_from([*EXAMPLE, *(f"space.{name}" for name in HYPERPARAMETERS)]), JSON_VALUES)
def test_whatever_stands_in_a_field_there_is_a_spec_or_a_sentence(path: str, value: Any) -> None:
    try:
        outcome: StudySpec | SpecError = parse_spec(changed(path, value))
    except SpecError as error:
        outcome = error
    assert isinstance(outcome, StudySpec) or len(str(outcome).splitlines()) == 1
