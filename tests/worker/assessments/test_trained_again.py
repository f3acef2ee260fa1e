"""The path to the best and the curve over rows, trained on real rows; and gone on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tuning_core.analysis.ablation import path_from
from tuning_core.analysis.rows_curve import rows_curve_from
from tuning_core.home.study_files import StudyFiles
from tuning_core.model_export import ExportError
from tuning_core.spec.assessments import AblationOptions, RowsCurveOptions
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.worker.assessments import ablation, rows_curve
from tuning_core.worker.assessments import asked as asking
from tuning_core.worker.assessments.asked import Asked, Stopped

SPEC: dict[str, Any] = {
    "dataset": {"id": "iris"},
    "space": {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "batch_size": {"choices": [16, 32]},
    },
    "budget": {"trials": 2, "epochs": 3},
}


def asked(folder: Path, spec: StudySpec, options: Any, **best: Any) -> Asked:
    """An assessment of a study whose second trial is the best, as its journal has it."""
    (folder / "study").mkdir(exist_ok=True)
    files = StudyFiles(folder / "study")
    config = {p.name: p.quantile(0.0) for p in spec.search_space.parameters if not p.when}
    events: list[dict[str, Any]] = []
    for trial, score in ((1, 0.5), (2, 0.9)):
        events.append({"kind": "trial_started", "trial": trial, "config": {**config, **best},
                       "parent": None, "epochs": 3, "initial_epoch": 0, "bracket": None,
                       "round": None, "seed": 1, "suggested_in": 0.0})  # fmt: skip
        execution = {"execution": 1, "status": "completed", "score": score, "best_epoch": 3,
                     "epochs": 3}  # fmt: skip
        events.append({"kind": "trial_ended", "trial": trial, "status": "completed",
                       "score": score, "best_epoch": 3, "best_execution": 1, "epochs": 3,
                       "seconds": 0.1, "parameters": 100, "executions": [execution],
                       "message": ""})  # fmt: skip
    lines = [json.dumps({"seq": n, "time": 1.0, **event}) for n, event in enumerate(events, 1)]
    files.journal.write_text("\n".join(lines) + "\n")
    return Asked("s", files, spec, folder, options)


def test_a_path_is_trained_and_goes_on_after_a_stop_with_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "REPORT_SECONDS", 0.0)
    spec = parse_spec(SPEC)
    question = asked(tmp_path, spec, AblationOptions(seeds=2), learning_rate=0.05, batch_size=16)
    kept: list[int] = []
    question.write = lambda known: kept.append(sum(map(len, known["scores"].values())))
    question.stops = lambda: bool(kept) and kept[-1] == 3
    with pytest.raises(Stopped):
        ablation.assess(question)
    half = json.loads(json.dumps(question.kept))
    said: list[tuple[float, str]] = []
    question.stops, question.report = (
        lambda: False,
        lambda share, doing: said.append((share, doing)),
    )
    path = path_from(ablation.assess(question))
    assert path is not None
    assert (path.seeds, path.epochs, path.trained) == (2, 3, 8)
    assert {step.name for step in path.steps[1:]} == {"learning_rate", "batch_size"}
    assert path.steps[-1].mean is not None
    # Kept in order: what was trained before the stop is what the whole has.
    whole = question.kept["scores"]
    assert all(whole[key][: len(scores)] == scores for key, scores in half["scores"].items())
    assert kept == [1, 2, 3, 4, 5, 6, 7, 8]
    assert said[0][0] >= 3 / 8
    assert "of at most 8" in said[-1][1]


def test_where_the_best_is_the_default_there_is_no_path(tmp_path: Path) -> None:
    spec = parse_spec(SPEC)
    known = {name: spec.search_space.known[name].default for name in SPEC["space"]}
    with pytest.raises(ExportError, match="is the default"):
        ablation.assess(asked(tmp_path, spec, AblationOptions(), **known))


def test_too_long_a_path_is_refused_with_a_shorter_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation, "MOST", 11)
    question = asked(
        tmp_path, parse_spec(SPEC), AblationOptions(), learning_rate=0.05, batch_size=16
    )
    with pytest.raises(ExportError, match=r"2 changes take 12 trainings.*quicker"):
        ablation.assess(question)


def test_fewer_rows_are_trained_for_as_many_updates_in_each_fold(tmp_path: Path) -> None:
    spec = parse_spec({**SPEC, "cross_validation": {"folds": 2}})
    question = asked(tmp_path, spec, RowsCurveOptions(seeds=2), learning_rate=0.01, batch_size=16)
    curve = rows_curve_from(rows_curve.assess(question))
    assert curve is not None
    # 135 of 150 rows are outside the test part, of which each fold trains on about half.
    assert [(size.rows, size.epochs) for size in curve.sizes] == [
        (9, 24),
        (18, 12),
        (34, 6),
        (68, 3),
    ]
    assert all(score is not None for size in curve.sizes for score in size.scores)
    assert curve.gain is not None
