"""Axes put values where a reader of their ticks would look for them."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning_core.charts.parts.axes import TICK_GAP, Axis, column_of, nice_steps
from tuning_core.charts.parts.labels import label_lines, number_text

RATE = Axis("learning_rate", "Learning rate", "float", "log", 1e-4, 1e-1)
MOMENTUM = Axis("momentum", "Momentum", "float", "reverse_log", 0.9, 0.999)
UNITS = Axis("units", "Units", "integer", "linear", 16, 256)
OPTIMIZER = Axis("optimizer", "Optimizer", "choice", choices=("adam", "sgd"))
FLAG = Axis("nesterov", "Nesterov", "boolean")


@pytest.mark.parametrize(
    ("axis", "value", "position"),
    [
        (RATE, 1e-4, 0.0),
        (RATE, 1e-3, 1 / 3),
        (RATE, 1e-1, 1.0),
        (MOMENTUM, 0.99, 0.5),
        (UNITS, 136, 0.5),
        (UNITS, 1000, 1.0),
        (UNITS, 1, 0.0),
        (OPTIMIZER, "adam", 0.25),
        (OPTIMIZER, "sgd", 0.75),
        (FLAG, False, 0.25),
        (FLAG, 1.0, 0.75),
        (Axis("a", "A", "float", "linear", 3, 3), 3, 0.5),
    ],
)
def test_a_value_stands_at_its_share_of_the_scale(axis, value, position):
    assert axis.position(value) == pytest.approx(position)


@pytest.mark.parametrize("value", [None, math.nan])
@pytest.mark.parametrize("axis", [RATE, OPTIMIZER])
def test_a_value_that_is_not_used_stands_nowhere(axis, value):
    assert axis.position(value) is None


def test_an_unknown_category_stands_nowhere():
    assert OPTIMIZER.position("rmsprop") is None


def test_log_ticks_are_decades_and_both_ends():
    texts = [text for _, text in RATE.ticks()]
    assert texts[0] == "0.0001"
    assert texts[-1] == "0.1"
    assert {"0.001", "0.01"} <= set(texts)


def test_reverse_log_ticks_crowd_towards_one():
    texts = [text for _, text in MOMENTUM.ticks()]
    assert {"0.9", "0.99", "0.999"} <= set(texts)


def test_categories_are_spelled_out():
    assert OPTIMIZER.ticks() == [(0.25, "adam"), (0.75, "sgd")]
    assert [text for _, text in FLAG.ticks()] == ["no", "yes"]


def test_integer_ticks_are_whole():
    assert [t for _, t in Axis("layers", "Layers", "integer", "linear", 1, 3).ticks()] == [
        "1",
        "2",
        "3",
    ]


@given(
    low=st.floats(1e-6, 0.5),
    factor=st.floats(1.01, 1e5),
    scale=st.sampled_from(["linear", "log"]),
)
def test_ticks_rise_from_end_to_end_without_touching(low, factor, scale):
    axis = Axis("a", "A", "float", scale, low, low * factor)
    positions = [position for position, _ in axis.ticks()]
    assert positions[0] == pytest.approx(0.0)
    assert positions[-1] == pytest.approx(1.0)
    assert all(b - a >= TICK_GAP - 1e-9 for a, b in itertools.pairwise(positions))


def test_nice_steps_are_round():
    assert nice_steps(0.83, 0.98) == [0.85, 0.9, 0.95]
    assert nice_steps(2.0, 2.0) == [2.0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0003, "0.0003"),
        (0.98351, "0.9835"),
        (1e-5, "1e-5"),
        (1234, "1,234"),
        (16.0, "16"),
        (2.5e9, "2.5e9"),
        (0, "0"),
        (-0.25, "-0.25"),
        (math.inf, "∞"),
        (math.nan, "-"),
        (None, "-"),
        (True, "yes"),
        ("relu", "relu"),
    ],
)
def test_numbers_read_as_a_person_writes_them(value, text):
    assert number_text(value) == text


MIXED = Axis("mixed", "mixed", "choice", choices=(1, "one", True, 1.5))


def test_choices_of_several_kinds_stand_apart():
    assert MIXED.positions([1, "one", True, 1.5, None]) == [0.125, 0.375, 0.625, 0.875, None]
    assert FLAG.positions([1.0, 0.0]) == [0.75, 0.25]  # As a frame with gaps has booleans.


def test_a_hyperparameter_has_a_column_of_its_own_whatever_it_is_called():
    taken = ["score", "status", "number", "trial", "seconds", "width", "p_0123456789ab"]
    hostile = ["a.b", "a[0]", "x'y\"z", "a:b", "ä", "", " units", "u" * 200, "datum['x']"]
    columns = [column_of(name) for name in [*taken, *hostile]]
    assert len({*columns, *taken}) == len(columns) + len(taken)
    assert all(re.fullmatch("p_[0-9a-f]{12}", column) for column in columns)
    assert [column_of(name) for name in ("units", "L2", "n_layers")] == ["units", "L2", "n_layers"]


def test_a_declared_name_is_broken_where_its_parts_meet():
    assert label_lines("conv.block_rate", 9, name=True) == ["conv.", "block_", "rate"]
    assert label_lines("n_layers", 12, name=True) == ["n_layers"]
    assert len(label_lines("very_" * 40, 9, name=True)) == 3
    assert label_lines("learning rate", 20, name=False) == ["Learning rate"]
