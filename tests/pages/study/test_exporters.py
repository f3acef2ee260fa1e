"""An exporter is one object in one list: page, command line and manager take it from there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manager.conftest import eventually
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_study_tabs import showing
from tuning_core.child_process import run_child
from tuning_core.cli.main import main
from tuning_core.manager import Manager, ManagerError
from tuning_core.study_export import EXPORTERS, Exporter, StudyRecord
from tuning_core.study_export.mlflow import EXPORTER as MLFLOW
from tuning_core.study_export.mlflow import VARIABLE

STUDY = "aaaaaaaa"


def write(record: StudyRecord, path: Path) -> None:
    scores = {trial.number: trial.score for trial in record.trials}
    path.write_text(json.dumps([record.study.name, os.getpid(), scores]))


@pytest.fixture
def toy() -> Iterator[Exporter]:
    """An exporter, registered as every other is."""
    exporter = Exporter(
        id="scores",
        label="Scores as JSON",
        opens_in="anything that reads JSON",
        help="Write the scores of a study as JSON.",
        ending="-scores.json",
        write=write,
        trials_only=True,
    )
    EXPORTERS.append(exporter)
    yield exporter
    EXPORTERS.remove(exporter)


def test_the_page_offers_every_exporter(engine: Manager, opened: Opener, toy: Exporter) -> None:
    record(engine.store, STUDY, trials=5)
    app = opened("study", id=STUDY)
    said = showing(app, "Best model")
    labels = [button.proto.label for button in app.get("download_button")]
    assert [known.label for known in EXPORTERS] == labels[-len(EXPORTERS) :]
    assert labels[-1] == toy.label
    assert "Optuna and its dashboard, MLflow, anything that reads JSON." in said


def test_the_manager_writes_it(engine: Manager, toy: Exporter, tmp_path: Path) -> None:
    record(engine.store, STUDY, name="mine", trials=3)
    engine.study_exports.write(toy.id, STUDY, tmp_path / "scores.json")
    assert json.loads((tmp_path / "scores.json").read_text())[0] == "mine"
    assert engine.study_exports.content(toy.id, STUDY) == (tmp_path / "scores.json").read_bytes()
    with pytest.raises(
        ManagerError, match="one of trials, trials-columns, tensorboard, optuna, mlflow, scores"
    ):
        engine.study_exports.write("excel", STUDY, tmp_path / "study.xls")


def test_the_command_line_has_a_command_for_it(
    engine: Manager, toy: Exporter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(engine.store, STUDY, trials=3)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert toy.help in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        main([toy.id, "--help"])
    assert "--to FILE.json" in capsys.readouterr().out
    target = tmp_path / "scores.json"
    assert main([toy.id, STUDY, "--to", str(target), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"study_id": STUDY, "file": str(target)}
    assert set(json.loads(target.read_text())[2]) == {"1", "2", "3"}


@pytest.mark.parametrize("known", EXPORTERS, ids=lambda known: known.id)
def test_every_exporter_writes_what_a_page_downloads(
    engine: Manager, known: Exporter, tmp_path: Path
) -> None:
    if known.missing:
        pytest.skip(known.missing)
    record(engine.store, STUDY, trials=3)
    target = tmp_path / "export"
    engine.study_exports.write(known.id, STUDY, target)
    assert target.is_dir() == known.folder
    if known.packages:
        # Slow to import, and the zip of a folder is made for it as for any other.
        assert list(target.iterdir())
        return
    content = engine.study_exports.content(known.id, STUDY)
    assert content.startswith(b"PK") == known.folder
    if known.trials_only:
        assert content == target.read_bytes()


@pytest.mark.skipif(bool(MLFLOW.missing), reason=MLFLOW.missing)
def test_where_the_operator_has_a_place_for_runs_a_button_logs_to_it(
    engine: Manager, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(engine.store, STUDY, trials=3)
    monkeypatch.setenv(VARIABLE, "mysql://somebody:secret@db/runs")
    app = opened("study", id=STUDY)
    showing(app, "Best model")
    assert "MLflow" not in [b.proto.label for b in app.get("download_button")]
    assert "TUNESCAPE_MLFLOW" not in showing(app, "Best model")
    app.button(key="log-mlflow").click().run()
    eventually(lambda: not engine.study_exports.logging("mlflow", STUDY))
    said = showing(app, "Best model")
    assert "TUNESCAPE_MLFLOW: expected a folder, there or to be made, or an http(s) address" in said
    assert "secret" not in said
    engine.store.readers.give(STUDY, "somebody else")
    showing(app, "Best model")
    assert app.button(key="log-mlflow").disabled


def test_pages_do_not_pay_for_what_exporters_import() -> None:
    script = (
        "import sys, tuning_core.manager; "
        "print({'mlflow', 'optuna', 'tensorboard'} & sys.modules.keys())"
    )
    done = run_child([sys.executable, "-c", script], 60)
    assert done.output.strip() == "set()", done.reason
