"""Each row answered by a model that has not seen it: the folds of the best trial once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.assessments.test_effects import asked, small
from tests.worker.conftest import Study, WorkerClient
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.questions.best_model import read_predictions
from tuning_core.model_export import ExportError
from tuning_core.spec.assessments import NoOptions
from tuning_core.spec.effects import HeldOutOptions
from tuning_core.spec.study import parse_spec
from tuning_core.worker.assessments import held_out
from tuning_core.worker.assessments.asked import Asked, Stopped


def test_the_folds_say_again_what_they_said_in_the_search(
    worker: WorkerClient, tmp_path: Path
) -> None:
    spec = small(dataset={"id": "iris"}, cross_validation={"folds": 3})
    study = Study(tmp_path / "home", "10000000", spec)
    worker.run(study)
    reports: list[float] = []
    left = iter([False] * 9 + [True])
    stopped = asked(study, HeldOutOptions(), stops=lambda: next(left))
    stopped.files.assessments.mkdir()
    with pytest.raises(Stopped):
        held_out.assess(stopped)
    request = asked(study, HeldOutOptions(), report=lambda share, _: reports.append(share))
    found = held_out.assess(request)
    answers = read_predictions(request.files.answers("held_out"))
    assert answers is not None
    ended: dict[str, Any] = next(e for e in study.journal if e["kind"] == "trial_ended")
    assert found == {"trial": ended["trial"], "rows": len(answers.truth), "folds": 3}
    hits = answers.predicted == answers.truth
    scores = [execution["score"] for execution in ended["executions"]]
    assert [part.mean() for part in np.array_split(hits, 3)] == pytest.approx(scores)
    assert len(answers.truth) == 135
    assert reports == sorted(reports)
    assert not [path for path in request.files.assessments.iterdir() if path.is_dir()]


def test_without_folds_the_validation_rows_are_held_out_already(tmp_path: Path) -> None:
    files, spec = StudyFiles(tmp_path), parse_spec({"dataset": {"id": "iris"}})
    with pytest.raises(ExportError, match="held out already"):
        held_out.assess(Asked("s", files, spec, tmp_path, NoOptions()))
