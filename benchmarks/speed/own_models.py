"""Models of one's own against stock Keras Tuner: seconds and memory of a trial.

The searches of ``examples/own``. Keras Tuner's random search draws the configurations; we train the
same ones, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.parts.table import Row, run
from benchmarks.rivals.case import Stopwatch
from benchmarks.speed.memory import growth_kb

EXAMPLES = Path(__file__).parents[2] / "examples" / "own"
MAX_GROWTH_MB = 1.0
EPOCHS = 3
SETTLED = 20
"""Trials after which memory is looked at."""


@dataclass(frozen=True)
class Search:
    """A search of an example; where ``searched`` names any, nothing else is."""

    what: str
    file: str
    name: str
    searched: tuple[str, ...] = ()


SEARCHES = (
    Search("learning rate", "dense.py", "build_model", ("learning_rate",)),
    Search("layers, units, rate", "dense.py", "build_model"),
    Search("a fit of its own", "dense.py", "DenseModel"),
    Search("convolutions", "pictures.py", "build_model"),
)


@dataclass(frozen=True)
class Side:
    """What one side took: seconds a trial by the clock and of the processor, memory after each."""

    seconds: float
    cpu_seconds: float
    memory_mb: list[float]
    configs: list[dict[str, Any]]
    scores: list[float]


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    trials, repeats = (8, 1) if quick else (100, 3)
    return [row for search in SEARCHES for row in compared(search, trials, repeats)]


def compared(search: Search, trials: int, repeats: int) -> list[Row]:
    """One search on both sides, several times."""
    pairs = [_pair(search, trials, seed) for seed in range(1, repeats + 1)]
    stock, ours = ([pair[side].cpu_seconds for pair in pairs] for side in (0, 1))
    clock = [[pair[side].seconds for pair in pairs] for side in (0, 1)]
    grown = [
        [_growth_mb(pair[side].memory_mb, min(SETTLED, trials // 3)) for pair in pairs]
        for side in (0, 1)
    ]
    return [
        Row(
            f"{search.what}: processor seconds a trial",
            _spread(stock),
            _spread(ours),
            median(stock) / median(ours),
            "at most the peer's",
            median(ours) <= median(stock),
        ),
        Row(
            f"{search.what}: seconds a trial",
            _spread(clock[0]),
            _spread(clock[1]),
            median(clock[0]) / median(clock[1]),
        ),
        Row(
            f"{search.what}: MB that a trial adds, over {trials}",
            _spread(grown[0]),
            _spread(grown[1]),
            None,
            f"at most {MAX_GROWTH_MB:g} MB",
            median(grown[1]) <= MAX_GROWTH_MB,
        ),
    ]


def _spread(values: Sequence[float]) -> str:
    """The median, and least and most where there are several."""
    between = f" ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
    return f"{median(values):.2f}{between}"


def _growth_mb(memory: Sequence[float], settled: int) -> float:
    return growth_kb(list(enumerate(memory, start=1)), settled) / 1000


def _pair(search: Search, trials: int, seed: int) -> tuple[Side, Side]:
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as folder:
        case = {"search": asdict(search), "trials": trials, "seed": seed, "folder": folder}
        stock = _asked("stock", case)
        return stock, _asked("ours", {**case, "configs": stock.configs})


def _asked(side: str, case: dict[str, Any]) -> Side:
    command = [sys.executable, "-m", "benchmarks.speed.own_models", side]
    done = subprocess.run(
        command, input=json.dumps(case), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{side} failed:\n{done.stderr[-3000:]}")
    return Side(**json.loads(done.stdout.splitlines()[-1]))


def stock(case: dict[str, Any]) -> Side:
    """Keras Tuner's random search, with everything at its default."""
    import keras_tuner

    from tuning_core.own_models.loading import load_model

    search = Search(**case["search"])
    own = load_model(EXAMPLES / search.file, search.name)
    data = own.load_data()
    assert data is not None
    assert data.validation is not None
    memory, process = list[float](), psutil.Process()

    class Watched(keras_tuner.RandomSearch):
        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            memory.append(process.memory_info().rss / 1e6)

    options: dict[str, Any] = {}
    if search.searched:
        options["hyperparameters"] = hp = keras_tuner.HyperParameters()
        options["tune_new_entries"] = False
        hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
        hp.Fixed("units_0", 64)
    watch = Stopwatch()
    tuner = Watched(
        own._hypermodel,
        objective="val_accuracy",
        max_trials=case["trials"],
        seed=case["seed"],
        directory=case["folder"],
        **options,
    )
    x, y = data.train.triple
    tuner.search(x, y, validation_data=data.validation.triple, epochs=EPOCHS, verbose=0)
    return _side(
        watch,
        memory,
        [trial.hyperparameters.values for trial in tuner.oracle.trials.values()],
        [trial.score for trial in tuner.oracle.trials.values()],
    )


def ours(case: dict[str, Any]) -> Side:
    """The same configurations by our trainer."""
    from tuning_core.catalog import Objective
    from tuning_core.own_models.loading import load_model
    from tuning_core.own_models.training import OwnTrainer
    from tuning_core.training import Control, TrialTask

    search = Search(**case["search"])
    own = load_model(EXAMPLES / search.file, search.name)
    data = own.load_data()
    assert data is not None
    memory, scores, process = list[float](), list[float](), psutil.Process()
    objective = Objective("val_accuracy", "accuracy", "accuracy", "max", ())
    watch = Stopwatch()
    trainer = OwnTrainer(own, data)
    for number, config in enumerate(case["configs"]):
        task = TrialTask(config=config, seed=number, epochs=EPOCHS, objective=objective)
        outcome = trainer.run_trial(task, id, lambda: Control.CONTINUE, lambda *_: None)
        assert outcome.score is not None, outcome.message
        scores.append(outcome.score)
        memory.append(process.memory_info().rss / 1e6)
    return _side(watch, memory, case["configs"], scores)


def _side(
    watch: Stopwatch, memory: list[float], configs: list[dict[str, Any]], scores: list[float]
) -> Side:
    seconds, cpu_seconds = watch.read()
    return Side(seconds / len(memory), cpu_seconds / len(memory), memory, configs, scores)


if __name__ == "__main__":
    if sys.argv[1:] in (["stock"], ["ours"]):
        # As a worker does: both give way alike to whatever else the machine does.
        os.nice(5)
        answer = {"stock": stock, "ours": ours}[sys.argv[1]](json.load(sys.stdin))
        print(f"\n{json.dumps(asdict(answer))}")
    else:
        run("Models of one's own, against Keras Tuner", __doc__, measure)
