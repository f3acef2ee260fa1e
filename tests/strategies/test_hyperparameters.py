"""The space as Keras Tuner sees it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.life import EIGHT, MIXED, configs, run, study
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import hyperparameters_of
from tuning_core.strategies.encoding import Encoding

WIDE: dict[str, Any] = {
    **MIXED,
    "batch_size": {"low": 1, "high": 512, "scale": "log"},
    "layers": {"low": 0, "high": 4},
    "units_2": {"choices": [64, 16, 32]},
    "activation": {"choices": ["relu", "tanh", "elu"]},
}
WIDE_SPEC: StudySpec = study("random", WIDE)
SPACE = WIDE_SPEC.search_space
PROBABILITY = st.floats(0, 1, exclude_max=True)


@given(PROBABILITY)
def test_every_probability_gives_a_value_inside(probability):
    for hyperparameter in hyperparameters_of(SPACE).space:
        value = hyperparameter.prob_to_value(probability)
        assert hyperparameter.parameter.contains(value)
        assert 0 <= hyperparameter.value_to_prob(value) <= 1


def test_copies_own_their_values_and_share_the_space():
    hyperparameters = hyperparameters_of(SPACE)
    copy = hyperparameters.copy()
    copy.values["units"] = 16
    assert hyperparameters.values == {}
    assert copy.space == hyperparameters.space


def test_conditions_reach_keras_tuner():
    hyperparameters = hyperparameters_of(SPACE)
    momentum = next(h for h in hyperparameters.space if h.name == "momentum")
    hyperparameters.values = {"optimizer": "adam"}
    assert not hyperparameters.is_active(momentum)
    hyperparameters.values = {"optimizer": "sgd"}
    assert hyperparameters.is_active(momentum)


@pytest.mark.parametrize(("optimizer", "searched"), [("adam", False), ("sgd", True)])
def test_conditions_on_a_fixed_value_are_settled_beforehand(optimizer, searched):
    spec = study("random", {**MIXED, "optimizer": optimizer})
    names = [h.name for h in hyperparameters_of(spec.search_space).space]
    assert ("momentum" in names) is searched


def test_log_ranges_are_drawn_evenly_on_their_scale():
    space = {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "momentum": {"low": 0.9, "high": 0.999, "scale": "reverse_log"},
        "optimizer": "sgd",
    }
    drawn = configs(run(study("random", space, trials=600), lambda _: 0.0)[0])
    rates = [(math.log10(float(c["learning_rate"])) + 4) / 3 for c in drawn]
    momenta = [(-math.log10(1 - float(c["momentum"])) - 1) / 2 for c in drawn]
    for shares in (rates, momenta):
        counts, _ = np.histogram(shares, bins=6, range=(0, 1))
        assert counts.min() > 70
        assert counts.max() < 135


@given(st.lists(PROBABILITY, min_size=len(SPACE.searched), max_size=len(SPACE.searched)))
def test_encoding_and_decoding_agree(numbers):
    encoding = Encoding(SPACE)
    shares = encoding.snapped(np.array([numbers]))
    config = encoding.config(shares[0])
    assert SPACE.contains(config)
    assert np.allclose(encoding.shares([config]), shares, atol=1e-6)


def test_inactive_hyperparameters_do_not_tell_points_apart():
    encoding = Encoding(SPACE)
    row = np.full(encoding.width, 0.3)
    optimizer = [p.name for p in SPACE.searched].index("optimizer")
    momentum = [p.name for p in SPACE.searched].index("momentum")
    rows = np.array([row, row])
    rows[:, optimizer] = 0.1
    rows[1, momentum] = 0.9
    shares = encoding.snapped(rows)
    assert encoding.config(shares[0])["optimizer"] == "adam"
    assert np.array_equal(*encoding.points(shares))


def test_names_are_equally_far_apart():
    encoding = Encoding(study("random", EIGHT).search_space)
    points = encoding.points(encoding.shares([{"optimizer": "adam", "units": 16}]))
    other = encoding.points(encoding.shares([{"optimizer": "sgd", "units": 16, "momentum": 0.5}]))
    assert np.isclose(np.linalg.norm(points - other), 1.0)
