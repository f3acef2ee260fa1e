"""SIGKILL to worker, app, both or lanes at random moments, during studies of every strategy.

Every other study trains up to three trials at once (``KILLS_PARALLEL``: that many in each). Each
study is paused now and then, gets a trial of the user's own, other ranges and a larger
budget, and is killed again and again; what it has recorded in the end is held against the same
study that nothing disturbed. Nothing may be lost, doubled or different.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import scratch_home
from tuning_core.catalog import STRATEGIES
from tuning_core.home.home import HomeFiles
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.searches.supervisor import MOST_DEATHS_AT_START

KILLS, QUICK_KILLS = 200, 10
EACH = 10
"""Kills of one study at most."""
TARGETS = ("app", "both", "worker", "lane")
FATAL = ("worker", "lane")
"""A trial over which too many of these die, one after another, has failed."""
MOST_FATAL = MOST_DEATHS_AT_START - 1
PARALLEL = 3
GONE_SECONDS = 20.0
"""After the end of a study, within which its lanes must have ended."""
PATIENCE_SECONDS = 900.0
HOME_VARIABLE = "TUNESCAPE_HOME"
LONG_EPOCHS, SHORT_EPOCHS = 1500, 120
"""Epochs of a trial: long enough for a checkpoint, or too short for one."""

Event = dict[str, Any]
Epoch = tuple[int, int, int]


@dataclass
class Tally:
    """What the kills came to."""

    kills: Counter[str] = field(default_factory=Counter)
    studies: int = 0
    epochs: int = 0
    trials: int = 0
    lost_epochs: int = 0
    changed_epochs: int = 0
    missing_trials: int = 0
    doubled_trials: int = 0
    different_trials: int = 0
    different_best: int = 0
    lanes_left: int = 0
    unfinished: list[str] = field(default_factory=list)


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    wanted = int(os.environ.get("KILLS", QUICK_KILLS if quick else KILLS))
    rng = random.Random(int(os.environ.get("KILLS_SEED", "0")))
    tally = Tally()
    turn = 0
    while tally.kills.total() < wanted:
        strategy = [*STRATEGIES][turn % len(STRATEGIES)]
        most = min(EACH, wanted - tally.kills.total())
        _disturb(document(strategy, turn), most, rng, tally)
        turn += 1
        print(f"{strategy}: {tally}", file=sys.stderr, flush=True)
    return rows(tally, wanted)


def document(strategy: str, turn: int) -> dict[str, Any]:
    """The spec of a small study."""
    long = turn // len(STRATEGIES) % 2 == 1
    epochs = LONG_EPOCHS if long else SHORT_EPOCHS
    space: dict[str, Any] = {
        "learning_rate": {"low": 1e-3, "high": 1e-1, "scale": "log"},
        "units": {"low": 4, "high": 16, "step": 2},
    }
    settings: dict[str, Any] = {
        "bayesian": {"initial_points": 3},
        "tpe": {"initial_points": 3},
        "evolution": {"population": 3},
        "grid": {"points": 3},
    }.get(strategy, {})
    if strategy == "manual":
        settings = {"configurations": [{"units": n} for n in (4, 6, 8, 10, 12, 14, 16)]}
        space = {}
    budget = {"trials": 4, "epochs": 27 if strategy == "hyperband" else epochs}
    beside = PARALLEL if (turn + turn // len(STRATEGIES)) % 2 else 1
    return {
        "seed": turn,
        "dataset": {"id": "iris"},
        "space": space,
        "strategy": {"id": strategy, "settings": settings},
        "parallel": int(os.environ.get("KILLS_PARALLEL", beside)),
        "budget": budget,
    }


def _disturb(spec: dict[str, Any], most: int, rng: random.Random, tally: Tally) -> None:
    """Run a study with ``most`` kills and without any, and compare."""
    name = spec["strategy"]["id"]
    with scratch_home() as rough, scratch_home() as calm:
        for home in (rough, calm):
            (home / "spec.json").write_text(json.dumps(spec))
        seen = _killed(rough, most, rng, tally, TARGETS if spec["parallel"] > 1 else TARGETS[:-1])
        quiet = _start(calm, restless=False)
        if seen is None or quiet.wait(PATIENCE_SECONDS):
            tally.unfinished.append(name)
            return
        compare(journal_of(_raw(rough)), journal_of(_raw(calm)), seen, tally)


def _killed(
    home: Path, most: int, rng: random.Random, tally: Tally, targets: Sequence[str]
) -> dict[Epoch, dict[str, float]] | None:
    """Run a study to its end with kills; the epochs that its journal had at each of them."""
    seen: dict[Epoch, dict[str, float]] = {}
    limit = time.monotonic() + PATIENCE_SECONDS
    app = _start(home, restless=True)
    size = in_a_row = 0
    while time.monotonic() < limit:
        code = app.poll()
        if code == 0:
            tally.lanes_left += len(psutil.wait_procs(_lanes(home), GONE_SECONDS)[1])
            return seen
        if code is not None:
            app = _start(home, restless=True)
        grown = len(_raw(home)) > size
        if most and grown:
            time.sleep(rng.uniform(0.0, 1.0))
            harmless = [target for target in targets if target not in FATAL]
            target = rng.choice(targets if in_a_row < MOST_FATAL else harmless)
            if app.poll() is None and _kill(home, app, target, rng):
                most -= 1
                in_a_row = in_a_row + 1 if target in FATAL else 0
                tally.kills[target] += 1
                seen |= epochs_of(journal_of(_raw(home)))
                size = len(_raw(home))
        time.sleep(0.02)
    app.kill()
    return None


def _kill(home: Path, app: subprocess.Popen[bytes], target: str, rng: random.Random) -> bool:
    """End what is to be ended; False when no such process runs."""
    try:
        if target == "lane":
            rng.choice(_lanes(home)).kill()
            return True
        owner = next(files.owner for files in _studies(home) if files.owner.exists())
        worker = int(json.loads(owner.read_text())["pid"])
        if target != "worker":
            app.kill()
            app.wait()
        if target != "app":
            os.kill(worker, signal.SIGKILL)
    except (StopIteration, LookupError, OSError, ValueError, psutil.NoSuchProcess):
        return target not in FATAL and app.poll() is not None
    return True


def _lanes(home: Path) -> list[psutil.Process]:
    """Lanes of a home's workers, also of dead ones, and what they are forked from."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _trains(process) and process.environ().get(HOME_VARIABLE) == str(home):
                parent = process.parent()
                # A worker leads a session and has another process for a parent.
                forked = os.getsid(process.pid) != process.pid or (parent and _trains(parent))
                found += [process] * bool(forked)
    return found


def _trains(process: psutil.Process) -> bool:
    return any(word.startswith("tuning_core.worker") for word in process.cmdline())


def _start(home: Path, *, restless: bool) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.robustness.kills_app",
        str(home),
        str(home / "spec.json"),
    ]
    with (home / "app.log").open("ab") as log:
        options = ["--restless"] if restless else []
        environment = {**os.environ, HOME_VARIABLE: str(home)}
        return subprocess.Popen([*command, *options], env=environment, stdout=log, stderr=log)


def _raw(home: Path) -> bytes:
    journals = (files.journal for files in _studies(home))
    return next((path.read_bytes() for path in journals if path.exists()), b"")


def _studies(home: Path) -> Iterator[StudyFiles]:
    return map(StudyFiles, HomeFiles(home).studies.glob("*"))


def journal_of(content: bytes) -> list[Event]:
    """The whole events of a journal."""
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    return [json.loads(line) for line in lines]


def epochs_of(events: Sequence[Event]) -> dict[Epoch, dict[str, float]]:
    reported = [event for event in events if event["kind"] == "epoch"]
    return {(e["trial"], e["execution"], e["epoch"]): e["metrics"] for e in reported}


def results_of(events: Sequence[Event]) -> dict[int, tuple[Any, ...]]:
    """What must not depend on the kills, by trial."""
    started = {e["trial"]: e for e in events if e["kind"] == "trial_started"}
    kept = ("status", "score", "best_epoch", "best_execution", "epochs", "executions")
    return {
        e["trial"]: (
            *(started[e["trial"]][k] for k in ("config", "seed", "parent", "epochs", "added")),
            *(e[k] for k in kept),
        )
        for e in events
        if e["kind"] == "trial_ended"
    }


def compare(
    rough: Sequence[Event],
    calm: Sequence[Event],
    seen: dict[Epoch, dict[str, float]],
    tally: Tally,
) -> None:
    epochs, wanted = epochs_of(rough), epochs_of(calm)
    results, expected = results_of(rough), results_of(calm)
    ends = Counter(event["trial"] for event in rough if event["kind"] == "trial_ended")
    tally.studies += 1
    tally.epochs += len(wanted)
    tally.trials += len(expected)
    tally.lost_epochs += len((seen.keys() | wanted.keys()) - epochs.keys())
    tally.changed_epochs += sum(
        metrics != epochs[key]
        for known in (seen, wanted)
        for key, metrics in known.items()
        if key in epochs
    )
    tally.missing_trials += len(expected.keys() - results.keys())
    tally.doubled_trials += sum(count > 1 for count in ends.values())
    tally.doubled_trials += len(results.keys() - expected.keys())
    both = results.keys() & expected.keys()
    tally.different_trials += sum(results[n] != expected[n] for n in both)
    tally.different_best += _best(results) != _best(expected)


def _best(results: dict[int, tuple[Any, ...]]) -> float | None:
    """The best score, a larger one being better in these studies."""
    return max((r[6] for r in results.values() if r[6] is not None), default=None)


def rows(tally: Tally, wanted: int) -> list[Row]:
    split = ", ".join(f"{tally.kills[target]} {target}" for target in TARGETS)
    counts = {
        "epochs lost": (tally.lost_epochs, tally.epochs),
        "epochs with other metrics": (tally.changed_epochs, tally.epochs),
        "trials missing": (tally.missing_trials, tally.trials),
        "trials doubled": (tally.doubled_trials, tally.trials),
        "trials with another result": (tally.different_trials, tally.trials),
        "studies with another best score": (tally.different_best, tally.studies),
        "lanes that outlived their study": (tally.lanes_left, tally.studies),
        "studies that did not finish": (len(tally.unfinished), tally.studies),
    }
    kills = tally.kills.total()
    return [
        Row("kills", "", f"{kills} ({split})", None, f"{wanted}", kills >= wanted),
        *(
            Row(what, "", f"{count} of {of:,}", None, "0", count == 0)
            for what, (count, of) in counts.items()
        ),
    ]


if __name__ == "__main__":
    run("Kills", __doc__, measure)
