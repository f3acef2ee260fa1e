"""A winner's lead is worth what its repeats, folds, neighbours or rows can bear."""

from __future__ import annotations

import numpy as np
import pytest

from tuning_core.analysis.observations import observations
from tuning_core.analysis.winner import Contender, cheapest, rivalry, tied
from tuning_core.space import build_space

SPACE = build_space(
    "mlp", {"learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"}}, "classification"
)


def contender(trial: int, *scores: float) -> Contender:
    return Contender(trial, float(np.mean(scores)), scores)


def test_folds_are_compared_fold_by_fold() -> None:
    """Folds differ more than trials do: pairs see the difference, two samples would not."""
    winner = contender(1, 0.90, 0.95, 0.85, 0.99, 0.92)
    clear = contender(2, 0.87, 0.921, 0.818, 0.96, 0.89)
    close = contender(3, 0.89, 0.96, 0.84, 0.985, 0.925)
    found = rivalry([winner, close, clear], folds=5)
    assert found is not None
    assert found.equals == (3,)
    apart = rivalry([winner, clear])
    assert apart is not None
    assert apart.equals == (2,)


def test_repeats_far_apart_are_told_apart() -> None:
    found = rivalry([contender(4, 0.90, 0.91, 0.905), contender(2, 0.70, 0.71, 0.69)])
    assert found is not None
    assert found.equals == ()
    assert found.lead == pytest.approx(0.205)


def test_near_identical_configurations_show_the_noise_of_a_score() -> None:
    rng = np.random.default_rng(0)
    rates = np.repeat(10.0 ** rng.uniform(-4, -1, 20), 3)
    scores = 0.9 + 0.01 * rng.normal(size=60)
    scores[5] = 0.99
    configs = [SPACE.complete({"learning_rate": rate}) for rate in rates]
    table = observations(SPACE, configs, list(scores), "max")
    order = np.argsort(-scores)
    found = rivalry([Contender(int(i), float(scores[i])) for i in order], table=table)
    assert found is not None
    assert found.how == "neighbours"
    assert found.winner == 5
    # Two scores of 0.01 noise differ by less than 0.03 in 19 of 20 cases.
    assert 0.01 < found.smallest < 0.04
    assert found.equals == ()


def test_a_few_rows_are_surely_luck_and_many_are_left_open() -> None:
    found = rivalry([Contender(1, 0.95), Contender(2, 0.94), Contender(3, 0.90)], rows=200)
    assert found is not None
    assert found.how == "rows"
    assert found.equals == (2,)
    assert rivalry([Contender(1, 0.95)], rows=200) is None
    assert rivalry([Contender(1, 0.95), Contender(2, 0.94)]) is None


def test_ties_are_counted_apart_from_what_is_merely_near() -> None:
    found = rivalry([Contender(n, s) for n, s in enumerate((0.95, 0.95, 0.94, 0.80))], rows=200)
    assert found is not None
    assert found.equals == (1, 2)
    assert found.tied == 1


def test_the_cheapest_has_the_fewest_parameters_and_of_these_the_quickest() -> None:
    small = [Contender(n, 0.9, parameters=p, seconds=s) for n, p, s in ((1, 9, 1), (2, 5, 3))]
    found = cheapest([*small, Contender(3, 0.9, parameters=5, seconds=2.0), Contender(4, 0.9)])
    assert found is not None
    assert found.trial == 3
    assert cheapest(small[:1]) is None
    assert tied([]) == []
