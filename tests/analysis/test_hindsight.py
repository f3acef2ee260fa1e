"""Looking back: rules of early termination, short trainings and the surrogate, on known curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from tests.analysis.test_importance import study
from tuning_core.analysis.hindsight import records as looking_back
from tuning_core.analysis.hindsight.records import (
    Records,
    Training,
    hindsight,
    hindsight_from,
    hindsight_json,
    lack_of_curves,
    records_from,
    records_json,
)
from tuning_core.analysis.hindsight.replay import replay
from tuning_core.analysis.hindsight.short_trainings import short_trainings
from tuning_core.analysis.hindsight.surrogate import surrogate
from tuning_core.analysis.importance import trials_needed


def trainings(curves: list[list[float]], status: str = "completed") -> list[Training]:
    return [Training(n, status, max(c), (tuple(c),)) for n, c in enumerate(curves, 1)]


def rising(ends: list[float], epochs: int = 4) -> list[list[float]]:
    """Curves that rise evenly to their ends: their order is the final one from the beginning."""
    return [[end * epoch / epochs for epoch in range(1, epochs + 1)] for end in ends]


def test_a_rule_spares_the_epochs_after_the_one_at_which_it_ends_a_trial() -> None:
    found = replay(
        trainings(rising([0.4, 0.8, 0.2, 0.3, 1.0])),
        "median",
        {"startup_trials": 2, "warmup_epochs": 2},
        "max",
    )
    # By epoch 2 the median of the first two is 0.3: the third has 0.1, the fourth 0.15.
    assert found.ended == {3: 2, 4: 2}
    assert (found.epochs, found.saved, found.share_saved) == (20, 4, 0.2)
    assert (found.winner, found.lost_winner, found.regret) == (5, False, 0.0)


def test_a_winner_that_is_slow_to_begin_with_is_lost_with_what_it_had_by_then() -> None:
    slow = [0.05, 0.1, 0.6, 1.0]
    rule = {"startup_trials": 2, "warmup_epochs": 2}
    found = replay(trainings([*rising([0.4, 0.8]), slow]), "median", rule, "max")
    assert found.ended == {3: 2}
    assert (found.winner, found.lost_winner) == (3, True)
    assert found.regret == pytest.approx(1.0 - 0.8)
    losses = [[-value for value in curve] for curve in (*rising([0.4, 0.8]), slow)]
    given = [Training(n, "completed", min(c), (tuple(c),)) for n, c in enumerate(losses, 1)]
    mirrored = replay(given, "median", rule, "min")
    assert (mirrored.ended, mirrored.winner) == ({3: 2}, 3)
    assert mirrored.regret == pytest.approx(0.2)


def test_of_a_trial_with_several_executions_those_after_the_first_are_spared_too() -> None:
    folds = [
        Training(n, "completed", curve[-1], (tuple(curve), tuple(curve)))
        for n, curve in enumerate(rising([0.4, 0.8, 0.2]), 1)
    ]
    found = replay(folds, "median", {"startup_trials": 2, "warmup_epochs": 2}, "max")
    assert (found.epochs, found.saved) == (24, 6)


def test_correlations_are_those_of_scipy_and_the_order_is_trusted_once_it_stays() -> None:
    rng = np.random.default_rng(0)
    final = np.linspace(0.2, 0.9, 30)
    curves = [[rng.random() * 0.1, 0.1 + rng.random() * 0.05, e - 0.01, e] for e in final]
    found = short_trainings(trainings(curves), "max")
    assert found is not None
    assert [point.epoch for point in found.points] == [1, 2, 3, 4]
    best = np.maximum.accumulate(np.array(curves), axis=1)
    for point, column in zip(found.points, best.T, strict=True):
        assert point.spearman == pytest.approx(spearmanr(column, best[:, -1]).statistic)
        assert point.kendall == pytest.approx(kendalltau(column, best[:, -1]).statistic)
        assert point.low <= point.spearman <= point.high
    assert found.trusted == 3
    assert found.points[2].first == found.points[3].first == 1
    assert found.points[0].low < 0.5


def test_executions_are_averaged_and_a_training_that_ended_by_itself_keeps_its_last() -> None:
    curves = rising([n / 20 for n in range(1, 13)])
    given = [
        Training(n, "completed", c[-1], (tuple(c), tuple(c[:2]))) for n, c in enumerate(curves, 1)
    ]
    found = short_trainings(given, "max")
    assert found is not None
    assert [point.spearman for point in found.points] == pytest.approx([1.0] * 4)
    assert found.trusted == 1
    assert short_trainings(given[:9], "max") is None


def test_a_surrogate_predicts_what_follows_and_not_what_is_luck() -> None:
    table = study(80, noise=0.01)
    sure = surrogate(table)
    assert sure is not None
    assert sure.r2 > 0.4
    assert sure.low > 0.5
    assert sure.observed == tuple(table.scores)
    mixed = np.random.default_rng(1).permutation(table.scores)
    luck = surrogate(table.with_scores(mixed))
    assert luck is not None
    assert luck.r2 < 0.2
    assert luck.low < 0.1
    few = trials_needed(len(table.axes)) - 1
    assert surrogate(study(few)) is None
    assert surrogate(table.with_scores(np.ones(80))) is None


def records(curves: list[list[float]]) -> Records:
    return Records(tuple(trainings(curves)), "max", 1, None, 10, study(10))


def test_all_that_is_found_survives_json() -> None:
    given = records([*rising([n / 20 for n in range(1, 13)]), [math.pi, 0.1]])
    assert records_from(records_json(given)).trainings == given.trainings
    result = hindsight(records_from(records_json(given)))
    assert [found.rule for found in result.replays] == [
        "median",
        "percentile",
        "successive_halving",
    ]
    assert (result.trials, result.full, result.looked_at) == (10, 13, 13)
    assert hindsight_from(hindsight_json(result)) == result
    assert hindsight_from(b"{}") is None


def test_the_studys_own_settings_are_played_first_and_a_large_study_in_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking_back, "MOST_EPOCHS", 50)
    given = records(rising([n / 20 for n in range(1, 21)]))
    own = ("percentile", {"percentile": 50.0, "startup_trials": 2, "warmup_epochs": 1})
    result = hindsight(Records(given.trainings, "max", 1, own, 10, given.observed))
    assert result.looked_at == 12
    assert result.replays[0].settings == own[1]


def test_too_few_and_too_short_trainings_are_said() -> None:
    assert "there is 1" in lack_of_curves(1, 20)
    assert "one epoch" in lack_of_curves(30, 1)
    assert not lack_of_curves(10, 2)
    result = hindsight(records(rising([0.1, 0.2])))
    assert (result.replays, result.short, result.surrogate) == ((), None, None)
