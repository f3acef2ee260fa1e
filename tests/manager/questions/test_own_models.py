"""What a model's file has is found by a process of its own; what is wrong with it, one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manager.conftest import eventually
from tuning_core.catalog import StudyStatus
from tuning_core.home import model_files
from tuning_core.home.home import Home
from tuning_core.home.model_files import ModelFile, model_file
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions import own_models
from tuning_core.manager.questions.own_models import OwnModels, completed, describe
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec

DENSE = Path(__file__).parents[3] / "examples" / "own" / "dense.py"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(tmp_path_factory.mktemp("log") / "worker.log")
    yield worker
    worker.kill()


@pytest.fixture(scope="module")
def dense(worker: WorkerProcess, tmp_path_factory: pytest.TempPathFactory) -> StudySpec:
    """A study of the example, as the command line completes it."""
    model = ModelFile(DENSE, "build_model")
    found = describe(worker, model, None, tmp_path_factory.mktemp("home"))
    return parse_spec(completed({"budget": {"trials": 2, "epochs": 1}}, model, found))


def test_a_spec_gets_what_the_file_declares_reports_and_loads(dense: StudySpec):
    assert {"activation", "layers", "units_0", "dropout", "learning_rate"} <= {*dense.known}
    assert dense.metrics is not None
    assert dense.metrics["val_accuracy"] == "max"
    assert dense.objective == "val_accuracy"
    info = dense.dataset_info
    assert info.title == "Data of dense.py"
    assert (info.rows, info.test_rows, info.input_shape) == (1400, 397, (8, 8, 1))
    assert dense.name == "build_model of dense.py"


def test_a_model_is_tried_on_the_rows_of_a_dataset(worker: WorkerProcess, tmp_path: Path):
    found = describe(worker, ModelFile(DENSE, "build_model"), {"id": "digits"}, tmp_path)
    assert found.data is None
    assert found.trained_by == "compiled"
    with pytest.raises(SpecError, match=r"^model: build_model cannot be trained"):
        describe(worker, ModelFile(DENSE, "build_model"), {"id": "iris"}, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_this_name", "model.py:1: ModuleNotFoundError: No module named"),
        ("x = 1\ny = x / 0", "model.py:2: ZeroDivisionError: division by zero"),
        ("def build(hp):\n    return hp", "model.py has no 'build_model'. Did you mean 'build'?"),
        ("def build_model(hp):\n    pass", "no load_data()"),
        ("raise SystemExit(3)", "SystemExit"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(
    worker: WorkerProcess, tmp_path: Path, text: str, said: str
):
    path = tmp_path / "model.py"
    path.write_text(text)
    with pytest.raises(SpecError) as refused:
        describe(worker, ModelFile(path, "build_model"), None, tmp_path)
    assert said in str(refused.value)
    assert str(refused.value).startswith("model: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nos._exit(3)", r"ended the process \(exit code 3\) while"),
        ("while True:\n    pass", "did not come to"),
    ],
)
def test_a_file_that_never_ends_or_ends_all_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
):
    monkeypatch.setattr(own_models, "DESCRIBE_SECONDS", 1.5)
    path = tmp_path / "model.py"
    path.write_text(text)
    worker = WorkerProcess(tmp_path / "worker.log")
    with pytest.raises(SpecError, match=said):
        describe(worker, ModelFile(path, "build_model"), None, tmp_path)
    eventually(lambda: not worker.alive)


def test_a_server_describes_what_it_offers_until_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "model.py"
    path.write_text("import nothing_of_this_name")
    monkeypatch.setenv(model_files.VARIABLE, f"{path}:build_model")
    home = Home(tmp_path / "home")
    models = OwnModels(home, lambda _: pytest.fail("nothing is adopted"))
    (key,) = models.offered
    models.begin(key, None)
    eventually(lambda: models.refused(key, None))
    assert "ModuleNotFoundError" in models.refused(key, None)
    assert models.described(key, None) is None
    path.write_text("import nothing_of_this_other_name")
    assert models.refused(key, None) == ""


def test_a_study_of_an_own_model_needs_its_file_and_one_machine(
    manager: Manager, dense: StudySpec, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(ManagerError, match=r"needs its file: run SPEC --model FILE\.py:NAME"):
        manager.launch(dense)
    monkeypatch.setenv("TUNESCAPE_RAY", "local")
    with pytest.raises(ManagerError, match="trains on this machine alone"):
        manager.launch(dense, model=model_file(f"{DENSE}:build_model"))
    assert manager.store.studies() == []


def test_a_study_that_came_without_its_file_goes_on_with_one_that_declares_the_same(
    manager: Manager, dense: StudySpec
):
    model = model_file(f"{DENSE}:build_model")
    study = manager.launch(dense, model=model)
    manager.wait(study)
    files = manager.home.study(study)
    with pytest.raises(ManagerError, match="goes on with the file that it was launched with"):
        manager.own_models.adopt(study, model)
    manager.home.discard(files.own_model)
    manager.store.set_status(study, StudyStatus.STOPPED)
    with pytest.raises(ManagerError, match=rf"resume {study} --model FILE\.py:NAME"):
        manager.resume(study)
    with pytest.raises(SpecError, match="declares other hyperparameters"):
        manager.own_models.adopt(study, model_file(f"{DENSE.with_name('pictures.py')}:build_model"))
    manager.own_models.adopt(study, model)
    assert (files.own_model / "code" / "digits.py").is_file()
