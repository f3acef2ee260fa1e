"""Histories of deaths and faults on a simulated machine; each promise of a study holds in all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.robustness import histories, promises

SEEDS = 200


def test_no_history_breaks_a_promise():
    failed = {}
    for seed in range(SEEDS):
        try:
            histories.play(seed)
        except Exception as error:
            failed[seed] = f"{type(error).__name__}: {error}"
    assert not failed, 'make bench ARGS="histories --seed N" plays one again'


def test_a_seed_is_one_history():
    assert histories.play(7) == histories.play(7)


def test_what_is_broken_is_told(monkeypatch):
    seed = 7
    monkeypatch.setattr(
        histories, "undisturbed", lambda _: {"trial": {1: "as it should"}, "epoch": {}}
    )
    with pytest.raises(promises.BrokenPromiseError, match="expected: as it should") as told:
        histories.play(seed)
    assert told.value.__notes__[0].startswith(f"seed {seed}: ")


def test_one_command_plays_a_seed():
    command = [sys.executable, "-m", "benchmarks", "histories", "--seed", "7"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-len(histories.play(7)) :] == histories.play(7)
