"""Which trials a strategy hands out at once, and what it takes into account of those that run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.strategies.life import EIGHTEEN, MIXED, bowl, listed, study
from tuning_core.catalog.statuses import TrialStatus
from tuning_core.planning.side_by_side import batches
from tuning_core.spec.study import StudySpec
from tuning_core.strategies import Suggestion, TrialRecord, make_oracle
from tuning_core.strategies import bayesian as bayesian_module

SPACE = {name: values for name, values in MIXED.items() if name != "momentum"}
"""Without conditions: how long a sweep is depends on what the ones before came to."""

STRATEGIES: dict[str, dict[str, Any]] = {
    "manual": {"configurations": listed(SPACE, 23)},
    "one_at_a_time": {},
    "grid": {"points": 2},
    "random": {},
    "coarse_to_fine": {"rounds": 3},
    "bayesian": {"initial_points": 4},
    "hyperband": {},
    "tpe": {"initial_points": 4},
    "evolution": {"population": 5},
    "quasi_random": {},
}


def handed_out(spec: StudySpec) -> list[int]:
    """How many trials an oracle hands out before it waits, each time that all have ended."""
    oracle, sizes, stopped = make_oracle(spec), [], False
    while not stopped:
        running: list[Any] = []
        while True:
            trial = oracle.create_trial(f"lane {len(running)}")
            stopped = trial.status == "STOPPED"
            if stopped or trial.status == "IDLE":
                break
            running.append(trial)
        for trial in running:
            oracle.update_trial(trial.trial_id, {spec.objective: 1 / (1 + int(trial.trial_id))})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
        sizes += [len(running)] if running else []
        stopped = stopped or not running
    return sizes


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_plan_knows_what_waits_for_what(strategy: str) -> None:
    settings = STRATEGIES[strategy]
    spec = study(strategy, SPACE, trials=23, epochs=9, settings=settings, parallel=4)
    assert handed_out(spec) == [batch.trials for batch in batches(spec)]


def test_every_pending_trial_counts_however_many_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[np.ndarray] = []
    surrogate = bayesian_module.Surrogate

    def recorded(kernel: Any, points: np.ndarray, *rest: Any) -> Any:
        seen.append(points)
        return surrogate(kernel, points, *rest)

    monkeypatch.setattr(bayesian_module, "Surrogate", recorded)
    spec = study("bayesian", trials=600, parallel=8, settings={"initial_points": 8})
    rng = np.random.default_rng(0)
    drawn = [Suggestion(n, spec.search_space.sample(rng), 5) for n in range(1, 512)]
    records = [TrialRecord(s, TrialStatus.COMPLETED, bowl(s)) for s in drawn[:504]]
    records += [TrialRecord(s, TrialStatus.RUNNING) for s in drawn[504:]]
    oracle = make_oracle(spec)
    oracle.restore(records)
    for lane in range(8):
        oracle.create_trial(f"lane {lane}")
    [points] = seen
    encoding = bayesian_module.Encoding(spec.search_space)
    pending = encoding.points(encoding.shares([s.config for s in drawn[504:]]))
    assert points[-7:] == pytest.approx(pending)


@pytest.mark.parametrize("strategy", ["bayesian", "tpe"])
def test_a_trial_of_the_first_round_beyond_the_first_points_says_why_it_is_random(
    strategy: str,
) -> None:
    spec = study(strategy, EIGHTEEN, trials=12, parallel=8, settings={"initial_points": 4})
    oracle = make_oracle(spec)
    asked = [oracle.suggestion(oracle.create_trial(f"lane {lane}")) for lane in range(6)]
    again = make_oracle(spec)
    again.restore([TrialRecord(suggestion, TrialStatus.FAILED) for suggestion in asked[:5]])
    assert "earlier round" in again.explain(asked[5]).sentence
