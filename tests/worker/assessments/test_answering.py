"""A worker's request for an assessment: the result whole in its file, or what goes on with it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.manager.conftest import TOY
from tuning_core.home.study_files import StudyFiles
from tuning_core.spec.assessments import ASSESSMENTS
from tuning_core.spec.study import parse_spec
from tuning_core.worker.assessments import ASSESS
from tuning_core.worker.assessments.answering import assess
from tuning_core.worker.assessments.asked import Asked
from tuning_core.worker.pipes import EventPipe

SPEC = parse_spec({"dataset": {"id": "iris"}})


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyFiles:
    monkeypatch.setitem(ASSESSMENTS, TOY.id, TOY)
    (tmp_path / "study").mkdir()
    return StudyFiles(tmp_path / "study")


def ask(files: StudyFiles, stops: Any = lambda: False, **command: Any) -> dict[str, Any]:
    command = {"assessment": "toy", "study": "s", "request": "r", "made_of": "m", **command}
    with Path(os.devnull).open("wb") as out:
        return assess(command, files, SPEC, files.folder, EventPipe(out.fileno()), stops)


def count(asked: Asked) -> dict[str, Any]:
    for step in range(asked.options.steps):
        if step < asked.kept.get("counted", 0):
            continue
        asked.progress(step / asked.options.steps)
        asked.kept["counted"] = step + 1
        asked.kept["by"] = asked.kept.get("by", 0) + 1
        asked.keep()
    return {"steps": asked.kept.get("counted", 0), "computed": asked.kept.get("by", 0)}


def test_a_stopped_one_goes_on_with_what_it_kept(
    files: StudyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ASSESS, "toy", count)
    left = iter([False, False, True])
    options = {"steps": 5}
    assert ask(files, lambda: next(left), options=options) == {"complete": False}
    path = next(files.assessments.glob("*.part")).with_suffix(".json")
    assert not path.exists()
    assert ask(files, options=options) == {"complete": True}
    document = json.loads(path.read_text())
    assert document["result"] == {"steps": 5, "computed": 5}
    assert (document["made_of"], document["options"]) == ("m", {"steps": 5})
    assert not list(files.assessments.glob("*.part"))


def test_what_was_kept_of_another_model_is_not_gone_on_with(
    files: StudyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ASSESS, "toy", count)
    left = iter([False, True])
    ask(files, lambda: next(left), options={"steps": 3})
    seen: list[dict[str, Any]] = []

    def look(asked: Asked) -> dict[str, Any]:
        seen.append(dict(asked.kept))
        return {}

    monkeypatch.setitem(ASSESS, "toy", look)
    ask(files, options={"steps": 3}, made_of="another")
    assert seen == [{}]


def test_every_assessment_has_what_computes_it() -> None:
    assert set(ASSESS) == set(ASSESSMENTS) - {"toy"}
