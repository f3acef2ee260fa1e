"""The same search under each strategy, planned for a number of epochs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.example import EXAMPLE
from tuning_core.catalog import STRATEGIES
from tuning_core.planning.equal_epochs import WORTH, can_race, race_of, with_epochs
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec

RACING = [name for name in STRATEGIES if can_race(name)]
SPACES: tuple[dict[str, Any], ...] = (
    EXAMPLE["space"],
    {"learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"}},
    {"units": {"choices": [8, 16, 32]}, "activation": {"choices": ["relu", "tanh"]}},
)


def spec(**fields: Any) -> StudySpec:
    return parse_spec({**EXAMPLE, **fields})


def exhausted(planned: StudySpec) -> bool:
    """Whether there is no more to try, however many trials are asked for."""
    reachable = planned.reachable()
    most = planned.strategy.settings.get("iterations", 0)
    return (reachable is not None and planned.plan().trials >= reachable) or most == 100


@pytest.mark.parametrize("strategy", RACING)
@settings(max_examples=8, deadline=None)
@given(
    epochs=st.integers(1, 5_000),
    space=st.sampled_from(SPACES),
    longest=st.integers(1, 40),
    repeats=st.integers(1, 3),
)
def test_a_plan_comes_near_and_never_beyond(
    strategy: str, epochs: int, space: dict[str, Any], longest: int, repeats: int
) -> None:
    given_spec = spec(space=space, repeats=repeats, budget={"trials": 9, "epochs": longest})
    least = repeats * (1 if STRATEGIES[strategy].decides_epochs else longest)
    if epochs < least:
        with pytest.raises(SpecError, match=r"budget\.epochs: one trial takes"):
            with_epochs(given_spec, strategy, epochs)
        return
    planned = with_epochs(given_spec, strategy, epochs)
    assert planned.strategy.id == strategy
    assert planned.plan().epochs <= epochs
    assert planned.search_space.parameters == given_spec.search_space.parameters
    if epochs >= 3 * longest * repeats and not exhausted(planned):
        assert planned.plan().epochs >= WORTH * epochs


@pytest.mark.parametrize("strategy", RACING)
def test_epochs_that_are_searched_are_counted(strategy: str) -> None:
    searched = spec(space={"epochs": {"choices": [2, 4]}, "units": {"low": 8, "high": 64}})
    if STRATEGIES[strategy].decides_epochs:
        with pytest.raises(SpecError, match=r"space\.epochs"):
            with_epochs(searched, strategy, 100)
    else:
        assert 75 <= with_epochs(searched, strategy, 100).plan().epochs <= 100


def test_epochs_that_are_fixed_become_the_most_of_brackets() -> None:
    planned = with_epochs(
        spec(space={"epochs": 9, "units": {"low": 8, "high": 64}}), "hyperband", 75
    )
    assert planned.budget.epochs == 9
    assert planned.plan().epochs == 75


def test_a_grid_that_spends_most_is_tried_as_a_whole() -> None:
    planned = with_epochs(spec(space=SPACES[1], budget={"epochs": 10}), "grid", 100)
    assert planned.strategy.setting("points") == planned.plan().trials == 10


def test_brackets_that_cannot_end_have_fewer_epochs_a_trial() -> None:
    planned = with_epochs(spec(budget={"epochs": 81}), "hyperband", 100)
    assert planned.budget.epochs < 81
    assert 75 <= planned.plan().epochs <= 100


def test_settings_are_kept_where_the_strategy_stays() -> None:
    own = spec(strategy={"id": "hyperband", "settings": {"factor": 4}})
    assert with_epochs(own, "hyperband", 300).strategy.setting("factor") == 4
    assert with_epochs(own, "hyperband", 300, {"factor": 2}).strategy.setting("factor") == 2
    assert with_epochs(own, "tpe", 300).strategy.settings == {}


@pytest.mark.parametrize(
    ("strategy", "epochs", "settings", "field"),
    [
        ("manual", 100, {}, "strategy.id"),
        ("tree", 100, {}, "strategy.id"),
        ("random", 0, {}, "epochs"),
        ("random", 9, {}, "budget.epochs"),
        ("tpe", 100, {"depth": 3}, "strategy.settings.depth"),
    ],
)
def test_what_does_not_fit_names_its_field(
    strategy: str, epochs: int, settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(SpecError) as refused:
        with_epochs(spec(), strategy, epochs, settings)
    assert refused.value.field == field


def test_a_race_has_each_strategy_on_each_seed_at_the_epochs_of_the_study() -> None:
    race = race_of(spec(seed=7), ["random", "hyperband"], 3)
    assert [(racer.strategy, racer.seed) for racer in race] == [
        (name, seed) for seed in (7, 8, 9) for name in ("random", "hyperband")
    ]
    for racer in race:
        assert (racer.spec.strategy.id, racer.spec.seed) == (racer.strategy, racer.seed)
        assert racer.spec.dataset == spec().dataset
        assert 150 <= racer.spec.plan().epochs <= 200
    assert race[1].spec.name == "Digits, Hyperband, seed 7"


@pytest.mark.parametrize(
    ("strategies", "seeds", "field"),
    [
        ([], 3, "strategies"),
        (["random", "tree"], 3, "strategies"),
        (["random", "manual"], 3, "strategies"),
        (["random", "tpe", "random"], 3, "strategies"),
        (["random"], 0, "seeds"),
        (["random"], 21, "seeds"),
        (["random", "tpe", "grid"], 14, "seeds"),
    ],
)
def test_a_race_that_cannot_be_names_its_field(
    strategies: list[str], seeds: int, field: str
) -> None:
    with pytest.raises(SpecError) as refused:
        race_of(spec(), strategies, seeds)
    assert refused.value.field == field


def test_where_nothing_is_searched_there_is_no_race() -> None:
    with pytest.raises(SpecError, match=r"^space: expected a hyperparameter that is searched"):
        race_of(spec(space={"units": 8}), ["random", "tpe"], 2)
