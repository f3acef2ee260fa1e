"""What a peer is asked and what it answers: both files of JSON, the data an .npz beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuning_core.datasets import prepare
from tuning_core.spec.study import parse_spec

Config = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """The work of one study: the same data, split, configurations and epochs for everyone.

    ``space`` has the searched entries of the spec, ``configs`` complete configurations.
    """

    data: str
    folder: str
    space: dict[str, Any]
    configs: list[Config]
    epochs: int
    outputs: int
    executions: int = 1
    seed: int = 1

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Training rows and labels, validation rows and labels, as Tunescape prepares them."""
        with np.load(self.data) as file:
            return file["x"], file["y"], file["validation_x"], file["validation_y"]


@dataclass(frozen=True)
class Answer:
    """``seconds`` of the whole study without imports and loading of data, one score a trial.

    ``cpu_seconds`` is what the processor worked for it, which says more on a machine that is
    busy with other things. ``memory_mb`` is the process's memory after each trial, where the
    peer looked.
    """

    seconds: float
    cpu_seconds: float
    scores: list[float]
    memory_mb: list[float] = field(default_factory=list)


def ask(rival: str, document: dict[str, Any], configs: list[Config], home: Path) -> Answer:
    """Run a peer, a module of this package, on the configurations of a spec's study."""
    spec = parse_spec(document)
    data = prepare(spec.dataset, home)
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as name:
        folder = Path(name)
        np.savez(
            folder / "data.npz",
            x=data.train.x,
            y=data.train.y,
            validation_x=data.validation.x,
            validation_y=data.validation.y,
        )
        case = Case(
            data=str(folder / "data.npz"),
            folder=name,
            space={k: v for k, v in spec.space.items() if isinstance(v, dict)},
            configs=configs,
            epochs=spec.budget.epochs,
            outputs=data.outputs,
            executions=spec.repeats,
        )
        (folder / "case.json").write_text(json.dumps(asdict(case)), encoding="utf-8")
        command = [sys.executable, "-m", f"benchmarks.rivals.{rival}", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{rival} failed:\n{done.stderr[-3000:]}")
        return Answer(**json.loads((folder / "answer.json").read_text(encoding="utf-8")))


class Stopwatch:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Wall seconds and processor seconds of this process since the start."""
        wall, cpu = self._started
        return time.perf_counter() - wall, time.process_time() - cpu


def serve(rival: Callable[[Case], Answer]) -> None:
    """The main program of a peer: its only argument is the folder of the case."""
    # As our worker does: both give way alike to whatever else the machine does.
    os.nice(5)
    folder = Path(sys.argv[1])
    case = Case(**json.loads((folder / "case.json").read_text(encoding="utf-8")))
    answer = rival(case)
    (folder / "answer.json").write_text(json.dumps(asdict(answer)), encoding="utf-8")
