"""Importance says what a made-up score depends on, how surely, and when nothing can be said."""

from __future__ import annotations

import math
import os
import signal
from contextlib import suppress
from pathlib import Path

import numpy as np
import optuna
import psutil
import pytest
from optuna.distributions import FloatDistribution
from optuna.importance import FanovaImportanceEvaluator

from tests.manager.conftest import eventually
from tuning_core.analysis import background
from tuning_core.analysis.anova import explained_variance
from tuning_core.analysis.importance import (
    NAME,
    Importances,
    importances,
    importances_from,
    importances_json,
    trials_needed,
)
from tuning_core.analysis.observations import Observations, from_json, observations, to_json
from tuning_core.space import Config, build_space

SPACE = build_space(
    "mlp",
    {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "dropout": {"low": 0.0, "high": 0.5},
        "units": {"low": 16, "high": 256, "step": 16},
        "activation": {"choices": ["relu", "tanh", "elu"]},
        "optimizer": {"choices": ["adam", "sgd"]},
        "momentum": {
            "low": 0.5,
            "high": 0.99,
            "scale": "reverse_log",
            "when": {"optimizer": ["sgd"]},
        },
    },
)


def score_of(config: Config) -> float:
    """The learning rate matters much, momentum where there is some, the rest not at all."""
    rate = math.log10(float(config["learning_rate"])) + 2.5
    return 1.0 - 0.4 * rate**2 + float(config.get("momentum", 0.0))


def study(trials: int, *, noise: float = 0.05, seed: int = 0) -> Observations:
    rng = np.random.default_rng(seed)
    configs = [SPACE.sample(rng) for _ in range(trials)]
    scores = [score_of(config) + noise * rng.normal() for config in configs]
    return observations(SPACE, configs, scores, "max")


def test_our_boxes_give_the_figures_of_optuna() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((40, 3))
    y = np.sin(6 * x[:, 0]) + 0.5 * x[:, 1] * x[:, 2]
    distributions = {name: FloatDistribution(0.0, 1.0) for name in "abc"}
    theirs = optuna.create_study()
    theirs.add_trials(
        [
            optuna.trial.create_trial(
                value=value, params=dict(zip("abc", row, strict=True)), distributions=distributions
            )
            for row, value in zip(x, y, strict=True)
        ]
    )
    expected = FanovaImportanceEvaluator(n_trees=8, seed=2).evaluate(theirs)
    found = explained_variance(x, y, trees=8, seed=2)
    assert found == pytest.approx([expected[name] for name in "abc"])


@pytest.fixture(scope="module")
def found() -> Importances:
    return importances(study(60), resamples=8)


def test_what_matters_passes_chance_and_what_does_not_stays_below(found: Importances) -> None:
    for items in (found.variance, found.best):
        by_name = {item.name: item for item in items}
        assert len(by_name) == 6
        for item in items:
            assert item.low is not None
            assert item.share is not None
            assert item.high is not None
            assert 0 <= item.low <= item.share <= item.high <= 1
    sure = {item.name for item in found.variance if item.significant}
    assert {"learning_rate", "optimizer"} <= sure <= {"learning_rate", "optimizer", "momentum"}
    assert found.best[0].name == "learning_rate"


def test_a_conditional_hyperparameter_counts_where_it_is_active(found: Importances) -> None:
    table = study(60)
    active = int((~np.isnan(table.shares[:, [a.name for a in table.axes].index("momentum")])).sum())
    momentum = next(item for item in found.variance if item.name == "momentum")
    assert momentum.trials == active < 60
    few = importances(study(34), resamples=2)
    momentum = next(item for item in few.variance if item.name == "momentum")
    assert momentum.trials < momentum.needed
    assert momentum.share is None


def test_too_few_trials_say_how_many_are_needed() -> None:
    result = importances(study(trials_needed(6) - 1))
    assert "Too few trials: 6 hyperparameters need 30" in result.message
    assert not result.variance


def test_equal_scores_and_one_hyperparameter_are_said_in_words() -> None:
    table = study(40)
    same = importances(table.with_scores(np.ones(40)))
    assert "same score" in same.message
    assert "Only one" in importances(table.columns([0])).message


def test_trials_without_a_score_are_left_out_and_many_are_thinned() -> None:
    rng = np.random.default_rng(0)
    configs = [SPACE.sample(rng) for _ in range(3_000)]
    scores = [None if i % 3 == 0 else float(i) for i in range(3_000)]
    table = observations(SPACE, configs, scores, "min")
    assert table.total == 2_000
    assert len(table.scores) == 1_000
    assert table.scores[-1] == 2_999.0


def test_noise_is_seldom_taken_for_an_effect() -> None:
    """At the fewest trials: in studies of pure noise few bars pass their mark."""
    passed = total = 0
    for seed in range(2):
        table = study(30, seed=seed)
        mixed = table.with_scores(np.random.default_rng(seed).permutation(table.scores))
        result = importances(mixed, resamples=2, seed=seed)
        bars = [item for item in result.variance if item.share is not None]
        passed, total = passed + sum(item.significant for item in bars), total + len(bars)
    assert passed <= 0.2 * total


def test_the_result_survives_json_and_a_child_process_keeps_it(tmp_path: Path) -> None:
    table = study(30)
    assert to_json(from_json(to_json(table))) == to_json(table)
    background.begin(tmp_path, NAME, to_json(table))
    eventually(lambda: not background.running(tmp_path, NAME))
    document = background.stored_result(tmp_path, NAME)
    assert document is not None
    result = importances_from(document)
    assert result is not None
    assert result.trials == 30
    assert importances_from(importances_json(result)) == result
    assert importances_from(b"{}") is None


def test_a_child_that_fails_is_known_to_have_failed(tmp_path: Path) -> None:
    background.begin(tmp_path, "unknown", "")
    eventually(lambda: not background.running(tmp_path, "unknown"))
    assert background.failed(tmp_path, "unknown")
    assert background.stored_result(tmp_path, "unknown") is None


def analysing() -> list[int]:
    """The analyses that run, those that nobody has waited for included.

    For a moment after its start a process has no command line yet: wait for those that are to come.
    """
    found = []
    for child in psutil.Process().children():
        # One that ends meanwhile is gone.
        with suppress(psutil.NoSuchProcess):
            ended = child.status() == psutil.STATUS_ZOMBIE
            if ended or "tuning_core.analysis" in child.cmdline():
                found.append(child.pid)
    return found


def test_many_questions_start_few_processes_and_all_are_answered(tmp_path: Path) -> None:
    document, most = to_json(study(30)), 0
    studies = [tmp_path / str(number) for number in range(3)]
    for folder in studies:
        folder.mkdir()
        for _ in range(5):
            background.begin(folder, NAME, document)
    assert background.ahead(studies[2], NAME) == 2

    def under_way() -> bool:
        nonlocal most
        most = max(most, len(analysing()))
        looks = [background.running(folder, NAME) for folder in studies]
        return any(looks)

    eventually(lambda: not under_way(), 60)
    assert 1 <= most <= background.MOST
    assert all(background.stored_result(folder, NAME) for folder in studies)
    eventually(lambda: not analysing())


def test_what_nobody_waits_for_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = to_json(study(1_000))
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        background.begin(tmp_path / str(number), NAME, document)
    eventually(lambda: len(analysing()) == background.MOST)
    monkeypatch.setattr(background, "UNSEEN_SECONDS", 0.0)
    eventually(lambda: not analysing())
    for number in range(3):
        assert not background.running(tmp_path / str(number), NAME)
        assert not background.failed(tmp_path / str(number), NAME)
        assert background.stored_result(tmp_path / str(number), NAME) is None


def test_only_a_look_of_someone_who_waits_keeps_an_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    background.begin(tmp_path, NAME, to_json(study(1_000)))
    monkeypatch.setattr(background, "UNSEEN_SECONDS", 5.0)

    def gone() -> bool:
        return not background.running(tmp_path, NAME, wanted=False)

    eventually(gone)
    assert background.stored_result(tmp_path, NAME) is None


def test_an_analysis_that_hangs_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    background.begin(tmp_path, NAME, to_json(study(1_000)))
    eventually(lambda: len(analysing()) == 1)
    [child] = analysing()
    os.kill(child, signal.SIGSTOP)
    monkeypatch.setattr(background, "LONGEST_SECONDS", 1.0)
    eventually(lambda: not background.running(tmp_path, NAME))
    assert background.failed(tmp_path, NAME)
    assert analysing() == []
