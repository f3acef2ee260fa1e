"""Sweeps: one hyperparameter after the other, the best value kept."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.strategies.life import MIXED, bowl, configs, run, study
from tuning_core.spec.study import SpecError, StudySpec
from tuning_core.strategies import Suggestion

SPACE: dict[str, Any] = {
    "units": {"choices": [8, 64, 128]},
    "batch_size": {"choices": [16, 32]},
    "optimizer": {"choices": ["adam", "sgd"]},
    "momentum": {"choices": [0.0, 0.5, 0.9], "when": {"optimizer": ["sgd"]}},
}


def sweep(space: dict[str, Any] | None = None, **settings: Any) -> StudySpec:
    return study("one_at_a_time", SPACE if space is None else space, settings=settings)


def tried(spec: StudySpec, score) -> list[tuple[Any, ...]]:
    names = [parameter.name for parameter in spec.search_space.searched]
    return [tuple(c.get(n) for n in names) for c in configs(run(spec, score)[0])]


def wide_and_slow(suggestion: Suggestion) -> float:
    """Smallest for many units, small batches and SGD with much momentum."""
    config = suggestion.config
    kind = 1 - float(config["momentum"]) if "momentum" in config else 0.95
    return 1 / float(config["units"]) + float(config["batch_size"]) + kind


def test_each_sweep_goes_on_from_the_best_of_the_one_before():
    # In the order in which they are worth tuning; momentum has its turn once SGD is kept.
    better_with_sgd = sweep({**SPACE, "momentum": {**SPACE["momentum"], "choices": [0.1, 0.9]}})
    assert tried(better_with_sgd, wide_and_slow) == [
        (64, 32, "adam", None),
        (64, 16, "adam", None),
        (8, 16, "adam", None),
        (128, 16, "adam", None),
        (128, 16, "sgd", 0.1),
        (128, 16, "sgd", 0.9),
    ]


def test_a_hyperparameter_that_stays_inactive_is_never_swept():
    spec = sweep()
    assert [t[2:] for t in tried(spec, lambda s: float(s.config["units"]))][-1] == ("sgd", 0.0)
    assert len(tried(spec, lambda s: float(s.config["units"]))) == 5 < spec.trials == 7


def test_the_order_is_a_setting_and_the_rest_follows():
    spec = sweep(order=["optimizer", "units"])
    assert spec.sweeps == (("optimizer",), ("units",), ("momentum",), ("batch_size",))
    first = tried(spec, wide_and_slow)[:2]
    assert first == [(64, 32, "adam", None), (64, 32, "sgd", 0.0)]


def test_a_group_is_swept_as_one_grid_when_the_first_of_it_is_due():
    spec = sweep(order=["units"], joint=[["optimizer", "momentum"], ["batch_size", "units"]])
    assert spec.sweeps == (("batch_size", "units"), ("optimizer", "momentum"))
    found = tried(spec, wide_and_slow)
    assert sorted(found[:6]) == sorted((u, b, "adam", None) for u in (8, 64, 128) for b in (16, 32))
    assert found[6:] == [(128, 16, "sgd", momentum) for momentum in (0.0, 0.5, 0.9)]
    assert len(found) == 9 <= spec.trials == 1 + 5 + 5


def test_a_range_without_a_step_is_cut_into_points():
    spec = sweep({"learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"}}, points=3)
    found = [rate for (rate,) in tried(spec, lambda s: float(s.number))]
    assert found == pytest.approx([1e-3, 1e-4, 10**-2.5, 1e-1])
    assert spec.trials == 4
    on_grid = sweep({"learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"}}, points=3)
    assert len(tried(on_grid, lambda s: float(s.number))) == 3 == on_grid.trials


def test_it_starts_from_the_nearest_to_the_default():
    space = {
        "learning_rate": {"low": 0.01, "high": 0.1},
        "units": {"low": 100, "high": 300, "step": 100},
        "batch_size": {"choices": [128, 8, 48]},
        "optimizer": {"choices": ["sgd", "lion"]},
    }
    assert tried(sweep(space), lambda s: 1.0)[0] == (0.01, 100, 48, "sgd")


def test_a_value_that_fails_is_not_kept():
    def fails_at_the_start(suggestion: Suggestion) -> float:
        return math.nan if suggestion.config["units"] in (64, 128) else wide_and_slow(suggestion)

    assert {t[0] for t in tried(sweep(order=["units"]), fails_at_the_start)[3:]} == {8}


def test_it_goes_up_where_the_objective_does():
    spec = study("one_at_a_time", SPACE, objective="val_accuracy")
    assert {t[1] for t in tried(spec, wide_and_slow)[2:]} == {32}


def test_the_plan_is_exact_without_conditions():
    space = {name: entry for name, entry in MIXED.items() if name not in ("momentum", "optimizer")}
    spec = study("one_at_a_time", {**space, "optimizer": {"choices": ["adam", "sgd"]}})
    assert len(run(spec, lambda s: float(s.number))[0]) == spec.plan().trials == 1 + 5 + 7 + 4 + 1


def test_it_finds_what_does_not_interact():
    spec = study("one_at_a_time", MIXED, settings={"points": 7}, epochs=10)
    records, _ = run(spec)
    best = min(records, key=lambda record: record.score or 0.0)
    assert (best.suggestion.config["units"], best.suggestion.config["dropout"]) == (80, 0.0)


@pytest.mark.parametrize(
    ("settings", "field", "part"),
    [
        ({"order": ["units", "unit"]}, "order[1]", 'Did you mean "units"?'),
        ({"order": ["layers"]}, "order[0]", "Searched: units"),
        ({"order": ["units", "momentum", "units"]}, "order[2]", "order[0]"),
        ({"joint": [["units", "dropout"]]}, "joint[0][1]", "Searched"),
        ({"joint": [["units", "units"]]}, "joint[0][1]", "joint[0][0]"),
        (
            {"joint": [["units", "optimizer"], ["momentum", "units"]]},
            "joint[1][1]",
            "joint[0][0]",
        ),
        ({"joint": [["units"]]}, "joint", "two or more"),
        ({"order": "units"}, "order", "a list"),
    ],
)
def test_a_name_out_of_place_is_one_sentence(settings, field, part):
    with pytest.raises(SpecError) as caught:
        sweep(**settings)
    assert caught.value.field == f"strategy.settings.{field}"
    assert part in str(caught.value)


def test_two_shown_scores_that_are_equal_keep_the_earlier_value():
    assert {t[0] for t in tried(sweep(), lambda s: 1.0)[4:]} == {64}


def test_the_bowl_needs_few_trials():
    assert len(run(study("one_at_a_time"), bowl)[0]) <= study("one_at_a_time").trials
