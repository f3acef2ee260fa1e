"""Each row answered by a model that has not seen it: the folds of the best trial once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.worker.assessments.test_effects import asked, small
from tests.worker.conftest import Study, WorkerClient
from tuning_core.datasets import load_rows, split
from tuning_core.datasets.splitting import outside_test
from tuning_core.manager.questions.best_model import read_predictions
from tuning_core.spec.effects import HeldOutOptions
from tuning_core.worker.assessments import held_out
from tuning_core.worker.assessments.asked import Stopped


def test_every_row_is_answered_once_by_a_model_without_it(
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
    # Every row outside the test part once, and no row chose the epoch of what answers it.
    raw = load_rows(request.spec.dataset, study.home)
    outside = outside_test(split(raw, request.spec.dataset))
    assert sorted(answers.truth) == sorted(raw.y[outside])
    assert answers.probabilities is not None
    assert answers.probabilities.shape == (135, 3)
    assert answers.metrics["accuracy"].value > 0.4
    assert reports == sorted(reports)
    assert not [path for path in request.files.assessments.iterdir() if path.is_dir()]
