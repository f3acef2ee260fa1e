"""Strategies against random search: the best score found on the same space for the same epochs.

Real trainings through our own trainer, in this process, one strategy after the other with the
seeds 0, 1, 2 ... The first random trials of a strategy are those of random search with the same
seed, so the test is of pairs (Wilcoxon 1945). The best score of a search owes something to luck;
so each winner is trained again on fresh seeds, and its mean score stands beside it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    # As our worker does: the matrices of the Gaussian process are small.
    os.environ.setdefault(_name, "1")

from keras_tuner.engine import trial as kt_trial  # noqa: E402
from scipy.stats import wilcoxon  # noqa: E402

from benchmarks.parts.table import Row, run  # noqa: E402
from benchmarks.parts.tunescape import data_home  # noqa: E402
from tuning_core.catalog import OBJECTIVES, PRESETS, Value  # noqa: E402
from tuning_core.datasets import prepare  # noqa: E402
from tuning_core.models import derive_seed  # noqa: E402
from tuning_core.spec.study import StudySpec, parse_spec  # noqa: E402
from tuning_core.strategies import ReplayableOracle, make_oracle  # noqa: E402
from tuning_core.training import Control, ExecutionState, Trainer, TrialTask  # noqa: E402

BASELINE = "random"
CONFIRMATIONS = 3
"""Fresh seeds on which a winner is trained again."""
FRESH = 10_000
"""Number from which those seeds are derived, far above any trial's."""


@dataclass(frozen=True)
class Case:
    """One dataset and objective, and the strategies that must find more than random search."""

    dataset: dict[str, Any]
    objective: str
    strategies: tuple[str, ...]
    epochs: int
    trials: int | None = None
    title: str = ""


SMALL_FASHION = {"id": "fashion_mnist", "validation": 0.1, "test": 0.75}
"""10,500 rows to train on and 7,000 to validate."""

CASES = (
    Case({"id": "digits"}, "val_loss", ("tpe", "bayesian"), 10, 40),
    Case({"id": "digits"}, "val_accuracy", ("tpe", "bayesian"), 10, 40),
    Case({"id": "breast_cancer"}, "val_loss", ("tpe", "bayesian"), 10, 40),
    Case({"id": "breast_cancer"}, "val_accuracy", ("tpe", "bayesian"), 10, 40),
    Case(SMALL_FASHION, "val_accuracy", ("hyperband",), 9, title="fashion_mnist, a sixth of it"),
)


@dataclass(frozen=True)
class Found:
    """What one search found: the best score, and the winner's mean on fresh seeds."""

    best: float
    confirmed: float


def spec_of(case: Case, strategy: str, seed: int, parallel: int = 1) -> StudySpec:
    """The study of a strategy; random search gets as many epochs as the others use."""
    budget = {"epochs": case.epochs} | ({} if case.trials is None else {"trials": case.trials})
    document = {
        "seed": seed,
        "dataset": case.dataset,
        "space": PRESETS["recommended"].space("mlp"),
        "strategy": {"id": strategy},
        "objective": case.objective,
        "parallel": parallel,
        "budget": budget,
    }
    if case.trials is None and strategy == BASELINE:
        budget["trials"] = spec_of(case, case.strategies[0], seed).plan().epochs // case.epochs
    return parse_spec(document)


def search(trainer: Trainer, spec: StudySpec) -> Found:
    """Run a study to its end, as the worker does, and train its winner again."""
    objective = OBJECTIVES[spec.objective]
    best, winner = searched(trainer, spec)
    seeds = [derive_seed(spec.seed, "trial", FRESH + i) for i in range(CONFIRMATIONS)]
    tasks = [TrialTask(winner, seed, spec.budget.epochs, objective) for seed in seeds]
    again = [trained(trainer, task)[0] for task in tasks]
    return Found(best, fmean(score for score in again if score is not None))


def searched(trainer: Trainer, spec: StudySpec) -> tuple[float, dict[str, Value]]:
    """The best score of a study and its configuration."""
    oracle = make_oracle(spec)
    objective = OBJECTIVES[spec.objective]
    best: float | None = None
    winner: dict[str, Value] = {}
    states: dict[int, ExecutionState] = {}
    for trial in in_rounds(oracle, spec.parallel):
        asked = oracle.suggestion(trial)
        parent = None if asked.parent is None else states[asked.parent]
        task = TrialTask(
            config=asked.config,
            seed=derive_seed(spec.seed, "trial", asked.number),
            epochs=asked.epochs,
            objective=objective,
            resume=(parent,),
            continued=parent is not None,
            initial_epoch=None if parent is None else asked.initial_epoch,
            keep_states=oracle.may_continue(asked),
        )
        score, state = trained(trainer, task)
        trial.status = "FAILED" if score is None else "COMPLETED"
        if score is not None:
            oracle.update_trial(trial.trial_id, {objective.id: score})
            if objective.better(score, best):
                best, winner = score, asked.config
        oracle.end_trial(trial)
        if state is not None:
            states[asked.number] = state
        states = {n: states[n] for n in oracle.resumable_parents() if n in states}
    oracle.close()
    assert best is not None
    return best, winner


def in_rounds(oracle: ReplayableOracle, parallel: int) -> Iterator[kt_trial.Trial]:
    """An oracle's trials, each to be ended before the next is asked for; they begin in rounds."""
    going = True
    while going:
        begun: list[kt_trial.Trial] = []
        while going and len(begun) < parallel:
            trial = oracle.create_trial(f"lane-{len(begun)}")
            going = trial.status != "STOPPED"
            if trial.status != "RUNNING":
                break
            begun.append(trial)
        yield from begun


def trained(trainer: Trainer, task: TrialTask) -> tuple[float | None, ExecutionState | None]:
    """The score of a trial, None when it diverged, and its last state if the task keeps it."""
    outcome = trainer.run_trial(
        task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None, lambda _: None
    )
    return outcome.score, outcome.executions[0].state


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    rows: list[Row] = []
    for case in CASES[:1] if quick else CASES:
        rows += compared(case, 2 if quick else 10)
    return rows


def compared(case: Case, seeds: int) -> list[Row]:
    """A row for each strategy of a case, and one for its winners on fresh seeds."""
    trainer = Trainer(prepare(spec_of(case, BASELINE, 0).dataset, data_home()))
    found: dict[str, list[Found]] = {}
    for strategy in (BASELINE, *case.strategies):
        found[strategy] = []
        for seed in range(seeds):
            started = time.monotonic()
            spec = spec_of(case, strategy, seed)
            found[strategy].append(search(trainer, spec))
            print(
                f"{spec.dataset.id} {case.objective} {strategy} seed {seed}: "
                f"{found[strategy][-1]}, {time.monotonic() - started:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    return [row for strategy in case.strategies for row in judged(case, strategy, found)]


def judged(case: Case, strategy: str, found: dict[str, list[Found]]) -> list[Row]:
    """A strategy's searches against the random ones, and its winners against theirs."""
    name = f"{case.title or case.dataset['id']}, {case.objective}, {strategy}"
    base = [item.best for item in found[BASELINE]]
    ours = [item.best for item in found[strategy]]
    better = OBJECTIVES[case.objective].better(median(ours), median(base))
    again = [fmean(item.confirmed for item in found[s]) for s in (BASELINE, strategy)]
    chance = p_value(base, ours, OBJECTIVES[case.objective].direction)
    return [
        Row(
            f"{name}: median best of {len(ours)} seeds (p = {chance:.3f})",
            f"{median(base):.4f}",
            f"{median(ours):.4f}",
            None,
            "better than random",
            better,
        ),
        Row(f"{name}: winners on fresh seeds, mean", f"{again[0]:.4f}", f"{again[1]:.4f}"),
    ]


def p_value(base: Sequence[float], ours: Sequence[float], direction: str) -> float:
    """Chance of such a lead in pairs that do not differ (Wilcoxon's signed ranks)."""
    if list(base) == list(ours):
        return 1.0
    side = "greater" if direction == "max" else "less"
    return float(wilcoxon(ours, base, alternative=side).pvalue)


if __name__ == "__main__":
    run("Strategies against random search", __doc__, measure)
