"""Managers on fresh homes, with a worker that only speaks the protocol."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tuning_core.manager import Manager
from tuning_core.spec.assessments import AssessmentInfo
from tuning_core.spec.dataset import SpecPart
from tuning_core.spec.model import Ability
from tuning_core.spec.study import StudySpec, parse_spec

SCRIPTED = (sys.executable, str(Path(__file__).with_name("scripted_worker.py")))


class ToyOptions(SpecPart):
    steps: int = 1


TOY = AssessmentInfo(
    id="toy",
    label="Toy",
    question="Does it count?",
    made_of="best",
    needs=Ability.MODEL,
    options=ToyOptions,
)
"""An assessment that the scripted worker knows: it counts its steps."""


def spec_named(name: str, trials: int = 3, epochs: int = 2) -> StudySpec:
    return parse_spec(
        {
            "name": name,
            "dataset": {"id": "digits"},
            "space": {"units": {"low": 8, "high": 64}},
            "budget": {"trials": trials, "epochs": epochs},
        }
    )


BUSY = 5
"""How much longer than usual a test waits before it fails."""


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition that other threads or processes bring about.

    ``seconds`` are those of an idle machine; a busy one takes minutes to import TensorFlow.
    """
    limit = time.monotonic() + BUSY * seconds
    while not condition():
        assert time.monotonic() < limit, "the condition did not come about"
        time.sleep(0.01)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def open_manager(home: Path) -> Iterator[Callable[..., Manager]]:
    opened: list[Manager] = []

    def open_one(**options) -> Manager:
        options = {"home": home, "spare": False, "worker_command": SCRIPTED, **options}
        opened.append(Manager(**options))
        return opened[-1]

    yield open_one
    for manager in opened:
        manager.close()


@pytest.fixture
def manager(open_manager: Callable[..., Manager]) -> Manager:
    return open_manager()
