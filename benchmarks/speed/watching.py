"""What watching takes of a stock search of Keras Tuner: the same search without and with it.

Each search runs in a process of its own, the two by turns. *Processor time* is that of the whole
search with all its threads, and varies less than the clock's. *Of ours* is the processor time of
the thread that writes, imports included, and what the search's own thread spends in hooks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.parts.table import Row, run

RUNS = 3
TRIALS, EPOCHS = 10, 10
MOST = 0.02
"""The share of a search's time that watching may take."""

EXAMPLES = Path(__file__).parents[2] / "examples" / "own"


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    runs = [[searched(w, quick) for w in (False, True)] for _ in range(1 if quick else RUNS)]
    rows = []
    for what, unit in (("seconds", "seconds"), ("processor", "processor time, s")):
        plain, watched = ([each[i][what] for each in runs] for i in (0, 1))
        more = [b / a - 1 for a, b in zip(plain, watched, strict=True)]
        rows.append(Row(f"{TRIALS} trials: {unit}", spread(plain), spread(watched)))
        rows.append(Row(f"{TRIALS} trials: {unit}, more by", "", percent(more)))
    ours = [pair[1]["ours"] / pair[1]["processor"] for pair in runs]
    rows.append(Row("of ours, share", "", percent(ours), None, f"{MOST:.0%}", median(ours) <= MOST))
    return rows


def spread(values: list[float]) -> str:
    """Median and extremes of a few runs."""
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def percent(values: list[float]) -> str:
    """Median and extremes of a few shares."""
    return f"{median(values):.2%} ({min(values):.2%} to {max(values):.2%})"


def searched(watched: bool, quick: bool) -> dict[str, float]:
    """What a search takes, in a process of its own."""
    code = f"from benchmarks.speed import watching as w; w.print_seconds({watched}, {quick})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found = dict(json.loads(done.stdout.splitlines()[-1]))
    print(watched, found, file=sys.stderr, flush=True)
    return found


def print_seconds(watched: bool, quick: bool) -> None:
    """Search in this process; print what it took."""
    sys.path.insert(0, str(EXAMPLES))
    import keras
    import keras_tuner
    from dense import build_model, load_data  # type: ignore[import-not-found]

    import tuning_core

    (x, y), held, _ = load_data()
    keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        options = {"seed": 1, "directory": folder, "project_name": "project"}
        tuner = keras_tuner.RandomSearch(
            build_model, "val_accuracy", max_trials=2 if quick else TRIALS, **options
        )
        spent = [0.0]
        if watched:
            _measure(spent)
            tuning_core.watch(tuner, home=f"{folder}/home")
        began, processor = time.perf_counter(), time.process_time()
        tuner.search(x, y, epochs=EPOCHS, validation_data=held, verbose=0)
        found = {
            "seconds": time.perf_counter() - began,
            "processor": time.process_time() - processor,
            "ours": spent[0],
        }
    print(json.dumps(found))


def _measure(spent: list[float]) -> None:
    """Have the processor time of all that is ours added up."""
    from tuning_core.watching import tuner
    from tuning_core.watching.recording import Recording

    write, quietly = Recording._run, tuner.quietly

    def timed(function: Callable[..., None], *arguments: Any) -> None:
        began = time.thread_time()
        try:
            function(*arguments)
        finally:
            spent[0] += time.thread_time() - began

    tuner.quietly = partial(timed, quietly)
    Recording._run = lambda self: timed(write, self)  # type: ignore[method-assign]


if __name__ == "__main__":
    run("Watching a search", __doc__, measure)
