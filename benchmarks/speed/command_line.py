"""The command line in a fresh home: a large table from command to end, and the first epoch.

Peers, in turn with it: a script that reads the same CSV with pandas and calls `model.fit` with the
same configurations, and the import of TensorFlow alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.parts.table import Row, run
from benchmarks.speed.large_table import write_table
from tuning_core.home.home import HomeFiles
from tuning_core.home.study_files import StudyFiles

ROWS, COLUMNS, WORDS, TRIALS, EPOCHS = 200_000, 50, 5, 3, 3
SLOWER = 14.0 / 8.2
"""What reading, checking, recording and the test score may add to the peer's seconds."""
START = 5.5 / 4.0
"""Seconds to the first epoch against those of importing TensorFlow."""
RUNS = 3
_POLL_SECONDS = 0.005


def document(dataset: dict[str, Any], batch: int, trials: int, epochs: int) -> dict[str, Any]:
    """The spec of a study."""
    return {
        "dataset": dataset,
        "space": {
            "layers": 2,
            "units": 64,
            "optimizer": "adam",
            "learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"},
            "batch_size": batch,
        },
        "budget": {"trials": trials, "epochs": epochs},
    }


def commanded(spec: dict[str, Any]) -> tuple[float, float]:
    """(seconds to the first epoch in the journal, seconds to the end) of a command."""
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as folder:
        path = Path(folder) / "spec.json"
        path.write_text(json.dumps(spec))
        home = Path(folder) / "home"
        command = [sys.executable, "-m", "tuning_core", "run", str(path), "--json"]
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TUNESCAPE_HOME": str(home)},
        )
        first = 0.0
        while process.poll() is None:
            if not first and _has_epoch(home):
                first = time.perf_counter() - started
            time.sleep(_POLL_SECONDS if not first else 0.02)
        seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"The command ended with status {process.returncode}.")
    return first, seconds


def _has_epoch(home: Path) -> bool:
    journals = [StudyFiles(folder).journal for folder in HomeFiles(home).studies.glob("*")]
    written = [path.read_text() for path in journals if path.exists()]
    return any('"kind":"epoch"' in text.replace(": ", ":") for text in written)


def timed(*command: str) -> float:
    """Seconds of a Python process."""
    started = time.perf_counter()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    subprocess.run([sys.executable, *command], check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    runs = 1 if quick else RUNS
    digits = document({"id": "digits"}, 32, 1, 1)
    first = paired(lambda: timed("-c", "import tensorflow"), lambda: commanded(digits)[0], runs)
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as folder:
        table = Path(folder) / "large.csv"
        rows = 2_000 if quick else ROWS
        write_table(table, rows, COLUMNS, WORDS)
        spec = document({"id": f"csv:{table}", "target": "answer"}, 256, TRIALS, EPOCHS)
        peer = ("-m", "benchmarks.rivals.table_script", str(table), "256", str(EPOCHS))
        whole = paired(lambda: timed(*peer), lambda: commanded(spec)[1], runs)
    return [
        row(f"{rows:,} x {COLUMNS} CSV, {TRIALS} x {EPOCHS} epochs: seconds", whole, SLOWER),
        row("cold command line: seconds to the first epoch of digits", first, START),
    ]


def paired(
    peer: Callable[[], float], ours: Callable[[], float], runs: int
) -> list[tuple[float, float]]:
    """Seconds of both, one after the other, ``runs`` times."""
    return [(peer(), ours()) for _ in range(runs)]


def row(what: str, pairs: Sequence[tuple[float, float]], most: float) -> Row:
    """One comparison by the medians; ``most`` is how many times the peer's time we may take."""
    peers, ours = zip(*pairs, strict=True)
    ratio = median(peers) / median(ours)
    wanted = f"at most {most:.2f} times the peer's"
    return Row(what, _spread(peers), _spread(ours), ratio, wanted, 1 / ratio <= most)


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


if __name__ == "__main__":
    run("The command line, cold", __doc__, measure)
