"""Search spaces: conditions, counting, enumeration and drawing agree with one another."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuning_core.space import Choice, Fixed, Range, SearchSpace, SpecError

values = st.integers(0, 3)


@st.composite
def discrete_spaces(draw: Any) -> SearchSpace:
    """Up to five hyperparameters, each perhaps conditional on earlier ones."""
    parameters: list[Any] = []
    for index in range(draw(st.integers(1, 5))):
        when = {}
        for earlier in parameters:
            if draw(st.integers(0, 3)) == 0:
                when[earlier.name] = tuple(draw(st.sets(values, min_size=1)))
        name = f"p{index}"
        kind = draw(st.sampled_from(["fixed", "choice", "range"]))
        if kind == "fixed":
            parameters.append(Fixed(name, draw(values), when=when))
        elif kind == "choice":
            choices = tuple(sorted(draw(st.sets(values, min_size=1))))
            parameters.append(Choice(name, choices, when=when))
        else:
            parameters.append(Range(name, 0, draw(values), integer=True, when=when))
    draw(st.randoms()).shuffle(parameters)
    return SearchSpace(parameters)


@given(discrete_spaces())
@settings(max_examples=200)
def test_the_grid_lists_every_configuration_once(space: SearchSpace) -> None:
    configurations = list(space.configurations())
    keys = {space.key(config) for config in configurations}
    assert len(keys) == len(configurations) == space.size() == space.grid_size(5)
    assert all(space.contains(config) for config in configurations)


@given(discrete_spaces(), st.integers(0, 2**32 - 1))
def test_a_draw_is_a_configuration_of_the_space(space: SearchSpace, seed: int) -> None:
    config = space.sample(np.random.default_rng(seed))
    assert space.contains(config)
    assert space.key(config) in {space.key(other) for other in space.configurations()}
    searched = {p.name: config[p.name] for p in space.searched if p.name in config}
    assert space.complete(searched) == config


def test_without_conditions_the_grid_is_the_product() -> None:
    space = SearchSpace([Choice("a", (1, 2)), Fixed("f", 0), Range("b", 0, 2, integer=True)])
    found = [(config["a"], config["b"]) for config in space.configurations()]
    assert found == list(itertools.product((1, 2), (0, 1, 2)))


def test_a_condition_removes_the_hyperparameter_and_what_hangs_on_it() -> None:
    space = SearchSpace(
        [
            Choice("nesterov", (False, True), when={"momentum": (0.9,)}),
            Choice("momentum", (0.0, 0.9), when={"optimizer": ("sgd",)}),
            Choice("optimizer", ("adam", "sgd")),
        ]
    )
    assert space.size() == 1 + 1 + 2
    assert {"optimizer": "adam"} in list(space.configurations())
    assert not space.contains({"optimizer": "adam", "momentum": 0.9})


def test_a_continuous_range_has_no_size_but_a_grid() -> None:
    space = SearchSpace([Range("rate", 1e-4, 1e-1, scale="log"), Choice("units", (8, 16))])
    assert space.size() is None
    assert space.grid_size(4) == 8
    rates = sorted({float(config["rate"]) for config in space.configurations(4)})
    assert rates == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])


def test_huge_spaces_are_counted_without_being_listed() -> None:
    wide = [Range(f"p{i}", 0, 99_999, integer=True) for i in range(6)]
    assert SearchSpace(wide).size() == 10**30


def test_conditions_in_a_circle_are_refused() -> None:
    with pytest.raises(SpecError, match=r"space\.a\.when.*a -> b -> a"):
        SearchSpace([Choice("a", (1,), when={"b": (1,)}), Choice("b", (1,), when={"a": (1,)})])
