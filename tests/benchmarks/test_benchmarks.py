"""The benchmarks start, ask for studies that exist, and keep to their side of the house.

Nothing is timed here: figures come from ``make bench``.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import KNOWN, module
from benchmarks.parts.table import Row, table
from benchmarks.speed import (
    digits_many_architectures,
    digits_one_architecture,
    lanes,
    mnist_a3,
    peers,
    pending_trials,
    strategies_compared,
    threads,
)
from benchmarks.speed.memory import growth_kb, one_size
from benchmarks.truth import landscape
from tests import warm
from tuning_core.catalog import STRATEGIES
from tuning_core.spec.study import parse_spec
from tuning_core.strategies import make_oracle

ROOT = Path(__file__).parents[2]
STOCK = ("network", "keras_tuner_random", "optuna_tpe", "scikeras_grid")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


HELP = """
import runpy, sys
for module in sys.argv[1:]:
    sys.argv = [module, "--help"]
    try:
        runpy.run_module(module, run_name="__main__")
    except SystemExit as ended:
        assert ended.code == 0, module
"""


def test_every_benchmark_has_a_command_line():
    # All in one process: each would load TensorFlow for itself.
    said = warm.printed("-c", HELP, *map(module, KNOWN))
    usages = re.findall(r"^usage: (?:.+\n)*", said, re.M)
    assert len(usages) == len(KNOWN)
    assert all("--quick" in usage for usage in usages)


def test_all_of_them_refuse_a_name_that_they_do_not_know():
    command = [sys.executable, "-m", "benchmarks", "digits"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "unknown benchmark 'digits'" in done.stderr


@pytest.mark.parametrize(
    "document",
    [
        digits_one_architecture.document(20),
        digits_many_architectures.document(60),
        mnist_a3.document(5, 5, 3),
        peers.tpe(20),
        peers.grid(3),
        one_size(210),
        lanes.SMALL,
        *threads.works(quick=False).values(),
    ],
)
def test_every_study_is_one_that_can_be_run(document):
    spec = parse_spec(document)
    assert spec.plan().trials == document["budget"]["trials"]


@pytest.mark.parametrize("case", strategies_compared.CASES)
def test_strategies_are_compared_at_equal_epochs(case):
    base = strategies_compared.spec_of(case, strategies_compared.BASELINE, 0).plan()
    for strategy in case.strategies:
        plan = strategies_compared.spec_of(case, strategy, 0).plan()
        assert base.epochs <= plan.epochs < base.epochs + case.epochs


def test_what_trials_at_once_lose_is_a_share_of_what_learning_gains():
    assert pending_trials.share_lost([(0.5, 0.9, 0.8), (0.7, 0.9, 0.9)]) == pytest.approx(1 / 6)
    assert pending_trials.share_lost([(0.5, 0.5, 0.5)]) == 0.0
    assert pending_trials.share_lost([(0.5, 0.5, 0.4)]) == float("inf")
    low, high = pending_trials.interval([(0.5, 0.9, 0.8), (0.7, 0.9, 0.9)])
    assert (low, high) == pytest.approx((0.0, 1 / 4))


@pytest.mark.parametrize("parallel", [1, 3])
def test_trials_begin_in_rounds_and_all_of_them(parallel):
    oracle = make_oracle(landscape.spec("tpe", 14, 0, parallel))
    ended = 0
    for trial in strategies_compared.in_rounds(oracle, parallel):
        assert len(oracle.ongoing_trials) <= parallel
        trial.status = "COMPLETED"
        oracle.update_trial(trial.trial_id, {"val_loss": float(ended)})
        oracle.end_trial(trial)
        ended += 1
    oracle.close()
    assert ended == 14


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "manual"])
def test_a_landscape_has_a_height_wherever_a_strategy_goes(strategy):
    spec = landscape.spec(strategy, 10, 0)
    config = next(spec.search_space.configurations(2))
    for name in landscape.LANDSCAPES:
        assert abs(landscape.height(name, spec, config)) < 100


def test_the_lowest_points_of_the_landscapes_are_known():
    best = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
    assert landscape.hartmann(np.array(best)) == pytest.approx(-3.32237, abs=1e-4)
    assert landscape.rippled_bowl(landscape.BOWL_CENTRE) == 0.0


def test_growth_is_the_slope_after_the_start():
    samples = [(n, 900.0 if n < 50 else 1000 + 0.02 * n) for n in range(500)]
    assert growth_kb(samples, 50) == pytest.approx(20.0)


def test_a_table_says_what_was_reached():
    lines = table([Row("a", "2", "1", 2.0, "at least 3x", False)]).splitlines()
    assert lines[-1] == "| a | 2 | 1 | 2x | at least 3x | **no** |"


@pytest.mark.parametrize("name", STOCK)
def test_a_peer_uses_nothing_of_ours(name):
    path = ROOT / "benchmarks" / "rivals" / f"{name}.py"
    assert not [module for module in imports(path) if module.startswith("tuning_core")]


def test_the_app_does_not_need_the_benchmarks():
    sources = [*ROOT.glob("*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("tuning_core/**/*.py")]
    assert not [path for path in sources for m in imports(path) if m.startswith("benchmarks")]
