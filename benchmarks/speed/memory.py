"""Memory and speed of a search of 1,000 trials: growth per trial after the first 50, slowing down.

Measured on the process that serves and its worker together (the live pages of a browser session
are not part of it). Peer: stock Keras Tuner, asked for fewer trials since it takes longer.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import Study, data_home, run_study, scratch_home
from benchmarks.rivals.case import ask
from benchmarks.speed import digits_many_architectures, digits_one_architecture
from tuning_core.journal.reading import read_events
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

MAX_GROWTH_KB = 50.0
MAX_SLOWDOWN = 1.1
LANES = 2
WINDOW = 10
"""Trials on either side of one whose seconds are looked at: their median."""

Sample = tuple[int, float]
"""Trials that have ended, and megabytes of all processes."""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    trials, settled, rival_trials = (30, 10, 6) if quick else (1000, 50, 40)
    many = digits_many_architectures.document(trials)
    many["budget"] = {"trials": trials, "epochs": 3}
    samples, whole = watched(many)
    in_lanes, whole_in_lanes = watched({**many, "parallel": LANES})
    study = run_study(one_size(30 if quick else 210))
    rival = one_size(rival_trials)
    peer = ask("keras_tuner_random", rival, study.configs[:rival_trials], data_home())
    numbered = list(enumerate(peer.memory_mb, start=1))
    peer_growth, ours = growth_kb(numbered, rival_trials // 4), growth_kb(samples, settled)
    beside = growth_kb(in_lanes, settled)
    early, late = (WINDOW, 20) if quick else (20, 200)
    slower = seconds_around(study, late) / seconds_around(study, early)
    return [
        Row(
            f"memory growth, KB per trial, trials {settled} to {trials}",
            f"{peer_growth:.0f} (trials {rival_trials // 4} to {rival_trials})",
            f"{ours:.1f}",
            peer_growth / max(ours, 0.1),
            f"at most {MAX_GROWTH_KB:g} KB",
            ours <= MAX_GROWTH_KB,
        ),
        Row(
            f"the same, {LANES} trials at once",
            "",
            f"{beside:.1f}",
            None,
            f"at most {MAX_GROWTH_KB:g} KB",
            beside <= MAX_GROWTH_KB,
        ),
        Row(
            f"trials begun once, trained to the end and ended once; {LANES} at once",
            "",
            f"{whole:,} and {whole_in_lanes:,} of {trials:,}",
            None,
            "all",
            whole == whole_in_lanes == trials,
        ),
        Row(
            f"seconds of trial {late} against trial {early}",
            "",
            f"{slower:.2f}x",
            None,
            f"at most {MAX_SLOWDOWN:g}x",
            slower <= MAX_SLOWDOWN,
        ),
    ]


def one_size(trials: int) -> dict[str, Any]:
    """Trials that all cost the same: only the learning rate differs."""
    base = digits_one_architecture.document(trials)
    return {
        **base,
        "space": {**base["space"], "dropout": 0.1, "batch_size": 32},
        "budget": {"trials": trials, "epochs": 5},
    }


def watched(document: dict[str, Any]) -> tuple[list[Sample], int]:
    """Run a study; memory at each look at how many trials have ended, and the whole ones."""
    samples: list[Sample] = []
    # A spare worker that starts in the middle would look like growth.
    with scratch_home() as home:
        manager = Manager(home, spare=False)
        try:
            study_id = manager.launch(parse_spec(document))
            while True:
                row = manager.store.study(study_id)
                assert row is not None
                samples.append((row.trials, memory_mb()))
                if not row.status.active:
                    journal = manager.home.study(study_id).journal
                    return samples, whole_trials(journal, document["budget"]["epochs"])
                time.sleep(0.1)
        finally:
            manager.close()


def whole_trials(journal: Path, epochs: int) -> int:
    """Trials of which a journal tells one beginning, each epoch once and one end."""
    told: dict[int, Counter[str]] = defaultdict(Counter)
    for event in read_events(journal):
        told[event.get("trial", 0)][event["kind"]] += 1
    whole = {"trial_started": 1, "epoch": epochs, "trial_ended": 1}
    return sum(all(kinds[kind] == n for kind, n in whole.items()) for kinds in told.values())


def memory_mb() -> float:
    """Resident memory of this process and its children that are not shared with it."""
    own = psutil.Process()
    total = own.memory_info().rss
    for child in own.children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return float(total) / 1e6


def growth_kb(samples: Sequence[Sample], settled: int) -> float:
    """Kilobytes per trial after the first ``settled``: the slope of a straight line."""
    kept = [sample for sample in samples if sample[0] >= settled]
    trials, megabytes = np.array(kept, dtype=float).T
    slope = np.polyfit(trials, megabytes, 1)[0]
    return float(slope) * 1000


def seconds_around(study: Study, number: int) -> float:
    """Median seconds of the trials around one."""
    first = max(1, number - WINDOW)
    return median(t.seconds or 0.0 for t in study.trials[first : number + WINDOW])


if __name__ == "__main__":
    run("Memory and slowing down", __doc__, measure)
