"""A study from Python: its life, beside other processes, and how a notebook shows it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

import tuning_core
from tests.manager.conftest import SCRIPTED, eventually, spec_named
from tests.manager.conftest import open_manager as open_manager
from tuning_core.api import managers
from tuning_core.api import study as study_of_api
from tuning_core.api.frames import curves_frame, trials_frame
from tuning_core.api.models import named_model
from tuning_core.api.notebook import CellOutput
from tuning_core.catalog import StudyStatus, TrialStatus, Value
from tuning_core.cli.output import Progress
from tuning_core.manager import Manager
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.spec.study import parse_spec
from tuning_core.store import StudyRow, TrialRow

ROOT = Path(__file__).parents[2]
HEAVY = ("keras", "optuna", "streamlit", "tensorflow", "pandas", "pydantic")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose workers speak the protocol without training."""
    monkeypatch.setattr(managers, "Manager", partial(Manager, worker_command=SCRIPTED))
    return tmp_path / "home"


def test_the_import_alone_is_cheap_and_names_what_there_is() -> None:
    code = (
        "import sys, tuning_core\n"
        f"assert not {{*{HEAVY}}} & {{*sys.modules}}\n"
        "assert {*tuning_core.__all__} <= {*dir(tuning_core)}\n"
        "assert not hasattr(tuning_core, 'no_such_name')\n"
        "tuning_core.run\n"
        "assert not {'keras', 'tensorflow', 'streamlit', 'optuna'} & {*sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("kind", ["dict", "text", "file", "spec"])
def test_a_spec_comes_in_any_form(home: Path, tmp_path: Path, kind: str) -> None:
    spec = spec_named("any form")
    file = tmp_path / "spec.json"
    file.write_text(spec.to_json())
    document = json.loads(spec.to_json())
    form: dict[str, Any] = {"dict": document, "text": spec.to_json(), "file": file, "spec": spec}
    study = tuning_core.run(form[kind], home=home, progress=False)
    assert study.status == "finished"
    assert study.spec == spec
    assert list(study.trials["number"]) == [1, 2, 3]
    eventually(lambda: not managers._managers)


@pytest.mark.parametrize("wrong", [3, "missing.json", {"dataset": {1, 2}}, "{", {"dataset": 1}])
def test_what_is_no_spec_is_refused_before_anything_is_made(home: Path, wrong: object) -> None:
    with pytest.raises(tuning_core.SpecError) as refused:
        tuning_core.run(wrong, home=home)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert not home.exists()


def test_a_study_is_seen_while_it_runs_stopped_and_resumed(home: Path) -> None:
    study = tuning_core.run(spec_named("endless"), home=home, wait=False, progress=False)
    beside = tuning_core.run(spec_named("second"), home=home, wait=False, progress=False)
    assert len(managers._managers) == 1
    eventually(lambda: len(study.trials) == 2)
    assert (study.status, beside.status) == ("running", "queued")
    assert study.wait(0.1).status == "running"
    assert "best val_accuracy" in repr(study)
    assert "<svg" in study._repr_html_()
    assert study.stop().status == "stopped"
    assert beside.wait().status == "finished"
    assert study.resume(progress=False).status == "finished"
    assert len(study.trials) == 3
    with pytest.raises(tuning_core.ManagerError):
        beside.resume(progress=False)
    assert [known.id for known in tuning_core.studies(home=home)] == [beside.id, study.id]
    eventually(lambda: not managers._managers)


def test_a_worker_that_has_read_a_model_goes_on_with_the_next_study(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [worker := WorkerProcess(tmp_path / "worker.log", SCRIPTED)]
    monkeypatch.setattr(
        study_of_api, "Namespace", lambda worker: Namespace(worker=made.pop() if made else worker)
    )
    first = tuning_core.run(spec_named("endless"), home=home, wait=False, progress=False)
    after = tuning_core.run(spec_named("endless"), home=home, wait=False, progress=False)
    first.stop()
    eventually(lambda: len(after.trials) == 2)
    eventually(
        lambda: f"study-{first.id}-end" not in {thread.name for thread in threading.enumerate()}
    )
    assert worker.alive
    assert after.stop().status == "stopped"
    eventually(lambda: not worker.alive)


def test_a_study_ends_with_the_process_that_ran_it_and_no_worker_stays(home: Path) -> None:
    code = (
        "import sys\n"
        "from functools import partial\n"
        "import psutil, tuning_core\n"
        "from tests.manager.conftest import SCRIPTED, eventually, spec_named\n"
        "from tuning_core.api import managers\n"
        "managers.Manager = partial(managers.Manager, worker_command=SCRIPTED)\n"
        "study = tuning_core.run(spec_named('endless'), home=sys.argv[1], wait=False)\n"
        "eventually(lambda: len(study.trials) == 2)\n"
        "print(study.id, *[child.pid for child in psutil.Process().children()])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    study_id, *workers = done.stdout.split()[-2:]
    assert tuning_core.open_study(study_id, home=home).status == "interrupted"
    assert workers
    assert not any(psutil.pid_exists(int(pid)) for pid in workers)


def test_a_study_that_a_server_runs_is_followed_but_stopped_there(
    home: Path, open_manager: Callable[..., Manager], tmp_path: Path
) -> None:
    server = open_manager(server=True)
    study_id = server.launch(spec_named("theirs", trials=10))
    study = tuning_core.open_study(study_id, home=home)
    assert study.wait().status == "finished"
    assert len(study.trials) == 10
    own = tuning_core.run(spec_named("mine"), home=home, progress=False)
    assert {row.id for row in server.store.studies()} == {study_id, own.id}


def test_a_home_without_studies_is_not_made(tmp_path: Path) -> None:
    assert tuning_core.studies(home=tmp_path / "none") == []
    for wrong in ("abcdefgh", "../../etc"):
        with pytest.raises(tuning_core.ManagerError):
            tuning_core.open_study(wrong, home=tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_model_is_named_by_its_function_or_class(tmp_path: Path) -> None:
    assert named_model(spec_named).key == f"{inspect.getsourcefile(spec_named)}:spec_named"
    assert named_model(Model).name == "Model"
    names: dict[str, Any] = {}
    exec(compile("def of_a_cell(hp): ...", "/tmp/ipykernel_1/2.py", "exec"), names)
    for wrong in (names["of_a_cell"], lambda hp: None, Model(), len, 3, "model.py", "no.py:build"):
        with pytest.raises(tuning_core.SpecError, match="model: expected"):
            named_model(wrong)  # type: ignore[arg-type]


class Model:
    """As a HyperModel is one: at the top of a file."""


def test_a_notebook_shows_texts_as_texts_and_fetches_nothing(home: Path) -> None:
    spec = spec_named("<script>alert(1)</script>", trials=14)
    study = tuning_core.run(spec, home=home, progress=False)
    page = study._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    for word in ("src=", "href=", "url(", "@import", "style>"):
        assert word not in page
    assert page.count("http") == page.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert page.count("<tr>") == 11
    assert "4 more trials in study.trials" in page


def test_progress_is_redrawn_within_a_cell() -> None:
    shown: list[str] = []
    progress = Progress("abcdefgh", spec_named("any").plan(), CellOutput(shown.append))
    for trials in (1, 2, 2):
        progress.show(_study(trials))
    progress.end(_study(3))
    lines = shown[-1].splitlines()
    assert lines[0] == "Study abcdefgh"
    assert len(lines) == 2
    assert "3/3 trials" in lines[1]


def test_hyperparameters_do_not_hide_other_columns() -> None:
    space = {"epochs": {"low": 1, "high": 9}, "units": 8}
    spec = parse_spec({"dataset": {"id": "iris"}, "space": space, "budget": {"trials": 2}})
    trials = [_trial(1, {"epochs": 3, "units": 8}), _trial(2, {"epochs": 5, "units": 8}, None)]
    frame = trials_frame(spec, trials)
    names = ["number", "status", "score", "hyperparameter_epochs", "epochs", "seconds", "message"]
    assert list(frame.columns) == names
    assert list(frame["hyperparameter_epochs"]) == [3, 5]
    assert frame["score"].isna().tolist() == [False, True]
    assert list(trials_frame(spec, []).columns) == names
    assert curves_frame([]).empty


def _trial(number: int, config: dict[str, Value], score: float | None = 0.5) -> TrialRow:
    return TrialRow(
        study_id="abcdefgh",
        number=number,
        status=TrialStatus.COMPLETED,
        score=score,
        config=config,
        parent=None,
        epochs=9,
        target_epochs=9,
        initial_epoch=0,
        bracket=None,
        round=None,
        best_epoch=1,
        best_execution=1,
        started=0.0,
        seconds=1.0,
        parameters=10,
        message="",
        added=False,
        lane=0,
        node="",
        seq=number,
    )


def _study(trials: int) -> StudyRow:
    return StudyRow(
        id="abcdefgh",
        name="any",
        spec={},
        status=StudyStatus.RUNNING,
        message="",
        reason="",
        owner="",
        created=0.0,
        started=0.0,
        ended=None,
        seconds=1.0,
        device="",
        versions={},
        rows={},
        trials=trials,
        epochs=2 * trials,
        best_trial=1,
        best_score=0.5,
        test=None,
        test_trial=None,
    )
