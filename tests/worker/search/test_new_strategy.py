"""What a further strategy takes: its oracle, a catalog entry and a line in the table of oracles."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from tests.worker.conftest import Study, document
from tuning_core import strategies
from tuning_core.catalog import STRATEGIES, Extent, StrategyInfo
from tuning_core.home.study_files import StudyFiles
from tuning_core.planning.estimate import new_configurations
from tuning_core.spec.study import parse_spec
from tuning_core.strategies.grid import GridStrategy
from tuning_core.worker.device import Device
from tuning_core.worker.pipes import EventPipe, Inbox
from tuning_core.worker.search.run import StudyRun


class ToyStrategy(GridStrategy):
    """A grid under another name."""


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a strategy that the tables have only now."""
    info = StrategyInfo("toy", "Toy", "A grid.", STRATEGIES["grid"].settings, extent=Extent.GRID)
    monkeypatch.setitem(STRATEGIES, "toy", info)
    monkeypatch.setitem(strategies.ORACLES, "toy", ToyStrategy)
    return info.id


def test_a_strategy_that_the_tables_have_searches_a_study(toy: str, tmp_path: Path) -> None:
    space = {"units": {"choices": [4, 8]}}
    asked = document(toy, space=space, settings={"points": 2}, budget={"epochs": 2})
    spec = parse_spec(asked)
    assert (spec.name, spec.trials) == ("Iris, toy", 2)
    assert (spec.plan().trials, spec.plan().epochs) == (2, 4)
    assert new_configurations(spec) == 2

    study = Study(tmp_path, "10000000", asked)
    with open(os.devnull, "wb") as pipe:
        here = Device(os.getpid(), "here", {})
        inbox, files = Inbox(io.BytesIO()), StudyFiles(study.folder)
        StudyRun(study.id, files, tmp_path, inbox, EventPipe(pipe.fileno()), here).run(None)
    ended = [event for event in study.journal if event["kind"] == "trial_ended"]
    started = [event for event in study.journal if event["kind"] == "trial_started"]
    assert [event["config"]["units"] for event in started] == [4, 8]
    assert [event["status"] for event in ended] == ["completed", "completed"]
    assert study.journal[-1]["status"] == "finished", json.dumps(study.journal[-1])
