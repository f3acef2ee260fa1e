"""A study of a model of one's own by a real worker: searched, tested, confirmed, exported."""

from __future__ import annotations

import ast
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worker.conftest import Event, Study, WorkerClient, of_kind, results
from tuning_core.catalog.model_formats import comparison_in
from tuning_core.home.model_files import ModelFile, keep_model
from tuning_core.home.study_files import StudyFiles
from tuning_core.manager.questions.own_models import Description, completed

EXAMPLES = Path(__file__).parents[3] / "examples" / "own"
DENSE = ModelFile(EXAMPLES / "dense.py", "build_model")
LOOP = ModelFile(EXAMPLES / "custom_loop.py", "CustomLoop")

Make = Callable[..., Study]


@pytest.fixture
def make(worker: WorkerClient, make_study: Callable[[dict[str, Any]], Study]) -> Make:
    """A study that has been launched with a model's file."""

    def made(model: ModelFile = DENSE, **document: Any) -> Study:
        asked = {"command": "describe_model", "path": str(model.path), "name": model.name}
        worker.send(**asked, home="", dataset=None, request="described")
        reply = worker.until(of_kind("reply"))[-1]
        study = make_study(completed(document, model, Description(**reply["result"])))
        keep_model(model, StudyFiles(study.folder))
        return study

    return made


def small(**fields: Any) -> dict[str, Any]:
    return {"budget": {"trials": 2, "epochs": 1}, "space": {"layers": 1}, **fields}


def answered(worker: WorkerClient, command: str, study: Study, **details: str) -> Any:
    reply: Event = worker.ask(command, study, **details)
    assert reply["ok"], reply["error"]
    return reply["result"]


def test_a_search_its_test_part_and_its_bundle(worker: WorkerClient, make: Make, tmp_path: Path):
    mine = shutil.copytree(DENSE.path.parent, tmp_path / "mine")
    other = '# -*- coding: latin-1 -*-\nname = "\xe9"\n'.encode("latin-1")
    (mine / "other.py").write_bytes(other)
    study = make(ModelFile((mine / "dense.py").rename(mine / "my-dense.py"), DENSE.name), **small())
    events = worker.run(study)
    assert events[-1]["status"] == "finished"
    assert [e["status"] for e in events if e["kind"] == "trial_ended"] == ["completed"] * 2
    begun = next(event for event in events if event["kind"] == "study_started")
    assert begun["rows"] == {"train": 1000, "validation": 400, "test": 397}
    assert any(event["kind"] == "own_code" for event in events)
    metrics = answered(worker, "test", study)
    assert set(metrics) == {"loss", "accuracy"}
    bundle = Path(answered(worker, "export_bundle", study, format="onnx")["path"])
    compared = comparison_in(bundle)
    assert compared is not None
    assert (compared.rows, compared.difference <= 1e-4) == (100, True)
    with zipfile.ZipFile(bundle) as archive:
        assert {"own/my-dense.py", "own/digits.py"} <= {*archive.namelist()}
        assert {"model.keras", "model.onnx", "train.py"} <= {*archive.namelist()}
        card = archive.read("MODEL_CARD.md").decode()
        script = archive.read("train.py").decode()
        assert archive.read("own/other.py") == other
        config = json.loads(archive.read("config.json"))
    assert "no custom objects; it was loaded so in a process of its own" in card
    ast.parse(script)
    assert "author = __import__('my-dense')" in script.replace('"', "'")
    assert config["layers"] == 1
    refused = worker.ask("score", study)
    assert "load its file" in refused["error"]


def test_lanes_folds_and_the_refit_come_to_the_same(worker: WorkerClient, make: Make):
    document = small(cross_validation={"folds": 2})
    alone, beside = make(**document), make(**document, parallel=2)
    found = [sorted(results(worker.run(study)), key=str) for study in (alone, beside)]
    assert found[0] == found[1]
    for study in (alone, beside):
        assert (study.folder / "best.npz").is_file()
        assert not (study.folder / "rows").exists()


def test_winners_are_confirmed_on_new_seeds(worker: WorkerClient, make: Make):
    study = make(**small())
    worker.run(study)
    order = {"command": "confirm", "study": study.id, "home": str(study.home), "request": "c"}
    worker.send(**order, trials=[1, 2], seeds=1)
    assert worker.until(of_kind("reply"))[-1]["result"] == {"complete": True}


def test_a_loop_of_ones_own_is_searched_and_says_that_nothing_measures_its_test_part(
    worker: WorkerClient, make: Make
):
    study = make(LOOP, budget={"trials": 1, "epochs": 1})
    assert worker.run(study)[-1]["status"] == "finished"
    assert "is not compiled" in worker.ask("test", study)["error"]


def test_a_study_without_its_file_says_how_to_name_it(worker: WorkerClient, make: Make):
    study = make(**small())
    shutil.rmtree(study.folder / "own_model")
    ended = worker.run(study)[-1]
    assert ended["status"] == "failed"
    assert f"resume {study.id} --model FILE.py:NAME" in ended["message"]
