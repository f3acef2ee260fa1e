"""The train.py of a bundle, run without anything of ours, reaches the score of its study."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.export.studies_told import CASES, SPREAD, table
from tuning_core.datasets import prepare, prepare_all, prepare_folds, resolve
from tuning_core.export.script import Told, train_script
from tuning_core.spec import StudySpec, parse_spec
from tuning_core.training import Control, Trainer, TrialTask

RUNNER = Path(__file__).with_name("run_scripts.py")
TEST = {"accuracy": 0.5, "f1": 0.5, "mae": 40.0, "mse": 900.0, "r2": 0.5, "auc": 0.5}
"""Made up: only that a revealed test part is evaluated again is looked at."""


def trained(spec: StudySpec, home: Path) -> tuple[str, float]:
    """The script of a study with one trial, and the trial's score."""
    task = TrialTask(
        config=spec.search_space.complete({}),
        seed=1,
        epochs=spec.epochs,
        objective=spec.objective_info,
        executions=spec.executions,
    )
    folds = spec.folds > 1
    data = prepare_all(spec.dataset, home) if folds else prepare(spec.dataset, home)
    rows = prepare_folds(spec.dataset, spec.folds, home) if folds else data
    outcome = Trainer(rows).run_trial(
        task, lambda _: None, lambda: Control.CONTINUE, lambda *_: None
    )
    assert outcome.score is not None
    meta = {"config": task.config, "trial": 1, "score": outcome.score}
    meta |= {"best_epoch": 1, "execution": 1, **({"epochs": 2, "refit": True} if folds else {})}
    scores = tuple(e.score for e in outcome.executions if e.score is not None)
    return train_script(spec, meta, data, home, Told(scores=scores, test=TEST)), outcome.score


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, str], float]]:
    """What each script said, run alone in its folder, and the score of its study."""
    folders, scores = {}, {}
    for name, case in CASES.items():
        folder = folders[name] = tmp_path_factory.mktemp("bundle")
        document: dict[str, Any] = {"space": {}, **case, "dataset": dict(case["dataset"])}
        if document["dataset"]["id"] == "csv":
            document["dataset"]["id"] = f"csv:{table(folder / 'rows.csv')}"
        spec = parse_spec(resolve(document, folder, local_files=True), local_files=True)
        script, scores[name] = trained(spec, folder)
        (folder / "train.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "-I", str(RUNNER), json.dumps([*map(str, folders.values())])],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_NUM_INTRAOP_THREADS": "1"},
    )
    said = json.loads(done.stdout.splitlines()[-1])
    return {name: (said[str(folder)], scores[name]) for name, folder in folders.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_script_reaches_the_score_of_its_study(
    case: str, runs: dict[str, tuple[dict[str, str], float]]
) -> None:
    result, score = runs[case]
    assert "error" not in result, result["error"]
    said = result["said"]
    found = re.search(
        r"^(?:Validation|Mean validation) .*: (\S+)\nIn the study: (\S+?),? ?", said, re.M
    )
    assert found is not None, said
    assert float(found[1]) == pytest.approx(score, abs=SPREAD.get(case, 0.05))
    assert f"In the study: {score:.6g}" in said
    assert re.search(r"^Test .*: \S+; in the study: \S+$", said, re.M)
