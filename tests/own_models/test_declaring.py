"""What a model declares is found as Keras Tuner finds it, and what only a loop would meet too."""

from __future__ import annotations

import pytest

from tests.own_models.conftest import Written
from tuning_core.own_models.declaring import declared_of, explore
from tuning_core.own_models.errors import OwnModelError
from tuning_core.spec.model import Declared

MODEL = """
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
"""


def declared(written: Written, lines: str) -> dict[str, Declared]:
    body = "".join(f"    {line}\n" for line in lines.strip().splitlines())
    own = written(f"def build_model(hp):\n{body}{MODEL}")
    hp, _ = explore(own)
    return declared_of(hp, own)


def test_every_kind_becomes_what_a_space_knows(written: Written) -> None:
    found = declared(
        written,
        """
hp.Int("units", 16, 64, step=16, default=32)
hp.Int("width", 2, 128, step=2, sampling="log")
hp.Float("rate", 1e-4, 1e-1, sampling="log")
hp.Float("momentum", 0.5, 0.99, sampling="reverse_log")
hp.Float("dropout", 0, 0.5, step=0.1)
hp.Choice("activation", ["relu", "tanh"], default="tanh")
hp.Boolean("normalise", default=True)
hp.Fixed("seed", 7)
""",
    )
    assert found == {
        "units": Declared(kind="integer", default=32, low=16, high=64, step=16),
        "width": Declared(kind="integer", default=2, low=2, high=128, step=2, scale="log"),
        "rate": Declared(kind="float", default=1e-4, low=1e-4, high=1e-1, scale="log"),
        "momentum": Declared(kind="float", default=0.5, low=0.5, high=0.99, scale="reverse_log"),
        "dropout": Declared(kind="float", default=0.0, low=0, high=0.5, step=0.1),
        "activation": Declared(kind="choice", default="tanh", choices=["relu", "tanh"]),
        "normalise": Declared(kind="boolean", default=True),
        "seed": Declared(kind="choice", default=7, choices=[7]),
    }


def test_conditional_scopes_are_entered_and_nested_ones_too(written: Written) -> None:
    found = declared(
        written,
        """
kind = hp.Choice("kind", ["a", "b", "c"])
with hp.conditional_scope("kind", ["b", "c"]):
    if kind in ("b", "c"):
        deep = hp.Boolean("deep")
        with hp.conditional_scope("deep", [True]):
            if deep:
                hp.Int("layers", 1, 3)
with hp.name_scope("block"):
    hp.Int("units", 1, 3)
""",
    )
    assert {name: one.when for name, one in found.items()} == {
        "kind": {},
        "deep": {"kind": ["b", "c"]},
        "layers": {"kind": ["b", "c"], "deep": [True]},
        "block/units": {},
    }


def test_one_name_in_two_scopes_exists_in_both(written: Written) -> None:
    found = declared(
        written,
        """
kind = hp.Choice("kind", ["a", "b", "c"])
for one in ("a", "b"):
    with hp.conditional_scope("kind", [one]):
        hp.Int("units", 1, 3)
""",
    )
    assert found["units"].when == {"kind": ["a", "b"]}


def test_what_a_loop_or_a_branch_would_declare_later_is_found(written: Written) -> None:
    found = declared(
        written,
        """
for layer in range(hp.Int("layers", 1, 3)):
    hp.Int(f"units_{layer}", 8, 512)
if hp.Boolean("dropout"):
    hp.Float("rate", 0.1, 0.5)
if hp.Choice("optimizer", ["adam", "sgd"]) == "sgd":
    hp.Float("momentum", 0.0, 0.9)
""",
    )
    assert set(found) == {
        *("layers", "units_0", "units_1", "units_2"),
        *("dropout", "rate", "optimizer", "momentum"),
    }


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("pass", "build_model of model.py declares no hyperparameter: there is nothing to search"),
        (
            'hp.Int("units", 1, 4)\nhp.Int("units", 1, 9)',
            "model.py:6: 'units' is declared twice, as Int(1 to 4) and as Int(1 to 9)",
        ),
        (
            'hp.Choice("kind", ["a", "b"])\n'
            'hp.Int("n", 1, 2, parent_name="kind", parent_values=["a"])\n'
            'hp.Int("n", 1, 3, parent_name="kind", parent_values=["b"])',
            "'n' is declared in two scopes, as Int(1 to 2) and as Int(1 to 3)",
        ),
        ('hp.Float("x", 1, 9, sampling="reverse_log")', "reverse_log scale is for numbers below 1"),
        ('hp.Int("x" * 101, 1, 9)', "expected a name of 1 to 100 printable letters"),
        ('hp.Float("x", 0, float("inf"))', "expected ends that are numbers"),
        ('hp.Int("x", 9, 1)', "model.py:5: ValueError: For HyperParameters.Int(name='x')"),
    ],
)
def test_what_cannot_be_searched_is_told_in_a_sentence(
    written: Written, lines: str, sentence: str
) -> None:
    with pytest.raises(OwnModelError) as caught:
        declared(written, lines)
    assert sentence in str(caught.value)


def test_what_a_hypermodel_declares_first_counts(written: Written) -> None:
    own = written(
        f"""
class Mine(keras_tuner.HyperModel):
    def declare_hyperparameters(self, hp):
        hp.Int("units", 5, 6)

    def build(self, hp):
        hp.Int("units", 1, 9)
{"".join(f"    {line}" for line in MODEL.splitlines(keepends=True))}
""",
        "Mine",
    )
    hp, _ = explore(own)
    assert declared_of(hp, own)["units"].high == 6
