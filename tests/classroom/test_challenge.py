"""A challenge is the same for everybody, and its standing follows from the runs alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tuning_core.catalog import STRATEGIES, Extent
from tuning_core.classroom.challenge import PRESETS, Challenge
from tuning_core.classroom.play import Play, Run, best_run, judged_epoch, standing, steps
from tuning_core.planning.equal_epochs import with_epochs
from tuning_core.spec.training_request import parse_training

IRIS: dict[str, Any] = {"id": "iris", "test": 0.5}


def challenge(**fields: Any) -> Challenge:
    return Challenge.model_validate({"dataset": IRIS, "budget": 40, "run_epochs": 5, **fields})


def run(
    score: float | None,
    *,
    spent: int = 10,
    epochs: int = 10,
    epoch: int = 4,
    parameters: int = 100,
    **values: Any,
) -> Run:
    request = challenge().request().changed(values=values, epochs=epochs)
    return Run(request, spent, epochs, score, None if score is None else epoch, parameters)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_machine_can_play_what_is_ready_to_begin(preset: Challenge) -> None:
    assert len(preset.machines) == 3
    for strategy in preset.machines:
        spec = with_epochs(preset.machine(strategy, "x"), strategy, preset.epochs)
        assert 0.75 * preset.epochs <= spec.plan().epochs <= preset.epochs
        assert spec.dataset == preset.dataset
        assert "learning_rate" in {parameter.name for parameter in spec.search_space.varied}
    assert not preset.refusal(preset.request())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"target": 0.9}, "target: expected none beside the best score"),
        ({"aim": "parameters"}, "target: expected the score to reach"),
        ({"knobs": ["eyes"]}, "knobs: "),
        (
            {"machines": [next(s for s in STRATEGIES if STRATEGIES[s].extent is Extent.LIST)]},
            "mach",
        ),
        ({"run_epochs": 41}, "run_epochs: expected at most the budget of 40"),
        ({"objective": "val_mae"}, "objective"),
        ({"family": "cnn"}, "family"),
        ({"start": {"units": -1}}, "values.units"),
    ],
)
def test_what_makes_no_challenge_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises((ValidationError, ValueError), match=said):
        challenge(**fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dataset": {"id": "wine"}}, "the data with its split is the same"),
        ({"dataset": {**IRIS, "validation": 0.4}}, "the data with its split is the same"),
        ({"seed": 1}, "the seed is the same"),
        ({"trial": 2}, "the seed is the same"),
        ({"objective": "val_loss"}, "the metric is the same"),
        ({"family": "linear", "values": {}}, "the kind of network is the same"),
        ({"changes": [{"epoch": 2, "values": {"learning_rate": 0.1}}]}, "no knob turns under way"),
        ({"ramp": {"low": 1e-4, "high": 1.0, "epochs": 2}}, "Rate tests and landscapes"),
    ],
)
def test_another_setting_does_not_count_and_is_brought_back(
    fields: dict[str, Any], said: str
) -> None:
    played = challenge(start={"units": 8})
    other = parse_training({**played.request().document(), **fields})
    assert said in played.refusal(other)
    entered = played.entered(other)
    assert not played.refusal(entered)
    assert entered.values["units"] == 8


def test_knobs_and_epochs_are_free_and_runs_have_so_many_epochs_at_most() -> None:
    played = challenge(unit="runs", budget=3)
    free = played.request().changed(values={"units": 60, "optimizer": "sgd"}, epochs=5)
    assert not played.refusal(free)
    assert "at most 5 epochs, received 6" in played.refusal(free.changed(epochs=6))
    assert played.epochs == 15


def test_what_is_paid_is_paid_once_and_a_longer_run_pays_the_rest() -> None:
    play = Play(challenge(), 1, 0.0).with_run("m1", run(0.9, units=9))
    longer = run(0.9, units=9).request.changed(epochs=16, views=["inside"])
    assert (play.spent("m1"), play.left("m1"), play.left("m2")) == (10, 30, 40)
    assert play.cost("m1", longer) == 6
    assert play.cost("m1", longer.changed(epochs=7)) == 0
    assert play.cost("m2", longer) == 16
    assert play.cost("m1", longer.changed(values={"units": 10})) == 16
    by_runs = Play(challenge(unit="runs"), 1, 0.0, play.runs)
    assert (by_runs.spent("m1"), by_runs.cost("m1", longer)) == (1, 1)


def test_equals_share_a_rank_and_the_first_of_them_counts() -> None:
    first, same = run(0.9, units=5), run(0.9, units=6)
    played = {"a": [run(0.8), first, same], "b": [run(None)], "c": [run(0.9)], "d": [run(0.95)]}
    places = standing(challenge(), played)
    assert [(p.player, p.rank) for p in places] == [("d", 1), ("a", 2), ("c", 2), ("b", None)]
    assert places[1].run is first
    assert places[1].spent == 30


def test_the_fewest_parameters_count_where_the_target_is_reached() -> None:
    small = challenge(aim="parameters", target=0.9)
    runs = [run(0.95, parameters=90), run(0.9, parameters=50), run(0.89, parameters=10)]
    assert best_run(small, runs) == (runs[1], 50.0)
    assert [(step.spent, step.value) for step in steps(small, runs)] == [(4, 90.0), (14, 50.0)]
    assert standing(small, {"a": runs[2:], "b": runs[:1]})[0].player == "b"


def test_the_first_epoch_at_the_target_counts_where_epochs_do() -> None:
    fast = challenge(objective="val_loss", aim="epochs", target=0.5)
    assert judged_epoch(fast, {1: 0.9, 2: 0.5, 3: 0.1}) == 2
    assert judged_epoch(fast, {1: 0.9, 2: 0.6, 3: float("nan")}) == 2
    assert judged_epoch(challenge(), {1: None}) is None
    quick, slow = run(0.4, epoch=3), run(0.1, epoch=9)
    assert best_run(fast, [slow, quick]) == (quick, 3.0)


def test_a_step_is_where_its_epoch_was_paid_for() -> None:
    """The last six of sixteen epochs are new; the best of them is the thirteenth."""
    runs = [run(0.8), run(0.9, spent=6, epochs=16, epoch=13)]
    assert [(step.spent, step.value) for step in steps(challenge(), runs)] == [(4, 0.8), (13, 0.9)]
