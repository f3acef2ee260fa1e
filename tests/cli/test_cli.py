"""The command line: its contract with scripts, its errors, and one whole study."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import tuning_core
from tests.cli.conftest import ROOT, SPEC, command, last_line, spec_file
from tests.manager.study_file import packed, parts
from tests.study_import.test_optuna_storages import V2_0, older
from tuning_core.__main__ import run
from tuning_core.catalog import DATASETS, STRATEGIES
from tuning_core.cli.main import main


def test_the_installed_command_is_this_command_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["tunescape"].partition(":")
    assert getattr(import_module(module), function) is run


def test_list_without_studies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["list"]) == 0
    assert "No study yet" in capsys.readouterr().out


def test_the_catalog_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    for name, catalog in (("datasets", DATASETS), ("strategies", STRATEGIES)):
        assert main([name, "--json"]) == 0
        assert [item["id"] for item in json.loads(capsys.readouterr().out)] == list(catalog)
        assert main([name]) == 0
        words = capsys.readouterr().out
        assert all(identifier in words for identifier in catalog)


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spec-schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"dataset", "space", "strategy", "budget"} <= set(schema["properties"])


def test_the_command_line_does_not_import_keras() -> None:
    script = (
        "import sys; import tuning_core.cli.main, tuning_core.spec.json_schema;"
        "print([n for n in ('keras', 'tensorflow', 'pandas', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_whole_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def here(*arguments: str) -> str:
        """What a command prints; in this process, which starts faster."""
        assert main(arguments) == 0
        return capsys.readouterr().out

    done = command("run", "-", "--json", stdin=json.dumps(SPEC))
    assert done.returncode == 0, done.stderr
    answer = last_line(done.stdout)
    assert (answer["status"], len(answer["trials"])) == ("finished", 3)
    for trial in answer["trials"]:
        assert {"number", "status", "score", "config", "epochs", "seconds", "parent"} <= set(trial)
        assert (trial["status"], trial["epochs"]) == ("completed", 4)
    scores = {trial["number"]: trial["score"] for trial in answer["trials"]}
    assert answer["best"]["score"] == max(scores.values()) == scores[answer["best"]["number"]]
    assert set(answer["best"]) == {"number", "score", "config"}
    assert 0 <= answer["test"]["accuracy"] <= 1
    assert answer["seconds"] >= max(trial["seconds"] for trial in answer["trials"])

    study_id = answer["study_id"]
    assert last_line(command("show", study_id, "--json").stdout) == answer
    assert last_line(here("resume", study_id, "--json")) == answer
    listed = last_line(here("list", "--json"))
    whole = {"study_id": study_id, "name": "cli", "status": "finished", "trials": 3, "source": None}
    assert listed == [whole]

    bundle = tmp_path / "out.zip"
    said = last_line(here("export", study_id, "--to", str(bundle), "--format", "onnx", "--json"))
    assert (said["file"], said["rows"]) == (str(bundle), 100)
    assert said["difference"] <= 1e-4
    held = {"model.keras", "model.onnx", "spec.json", "history.csv"}
    assert held <= set(zipfile.ZipFile(bundle).namelist())
    missing = command("export", study_id, "--to", str(tmp_path / "no" / "out.zip"))
    assert missing.returncode == 1
    assert missing.stderr.startswith("--to: ")

    board, storage = tmp_path / "board", tmp_path / "study.db"
    here("tensorboard", study_id, "--to", str(board))
    assert len(list(board.rglob("events.out.tfevents.*"))) == 4
    assert main(["tensorboard", study_id, "--to", str(board)]) == 1
    assert capsys.readouterr().err.startswith(f"--to: {board} is not empty")
    written = here("optuna", study_id, "--to", str(storage), "--json")
    assert last_line(written) == {"study_id": study_id, "file": str(storage)}
    assert storage.read_bytes().startswith(b"SQLite format 3")

    again = last_line(here("run", spec_file(tmp_path, SPEC), "--json"))
    for first, second in zip(answer["trials"], again["trials"], strict=True):
        assert {**first, "seconds": 0} == {**second, "seconds": 0}
    assert again["test"] == answer["test"]


def test_ctrl_c_stops_and_says_how_to_resume(tmp_path: Path, home: Path) -> None:
    spec = {**SPEC, "dataset": {"id": "digits"}, "budget": {"trials": 20_000, "epochs": 10}}
    with subprocess.Popen(
        [sys.executable, "-m", "tuning_core", "run", spec_file(tmp_path, spec), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell have inherited that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if re.match("[1-9].*/20000 trials", line))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    answer = last_line(out)
    assert answer["status"] == "stopped"
    assert f"Continue it with: python -m tuning_core resume {answer['study_id']}" in err
    assert os.path.exists(home / "studies" / answer["study_id"] / "events.jsonl")


def test_a_table_of_ones_own_is_searched_and_a_changed_one_not_resumed(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "table.csv"
    lines = [f"{n % 13};{('Rome', 'Oslo')[n % 2]};{n % 13 * 2},5" for n in range(120)]
    path.write_text("\n".join(["size;town;price", *lines]))
    spec = {**SPEC, "dataset": {"id": f"csv:{path}", "target": "prize"}}
    assert main(["run", spec_file(tmp_path, spec)]) == 2
    said = capsys.readouterr().err
    assert said == ("dataset.target: the table has no column 'prize'; did you mean 'price'?\n")
    assert not home.exists()
    spec["dataset"]["target"] = "price"
    assert main(["run", spec_file(tmp_path, spec), "--json"]) == 0
    done = capsys.readouterr()
    assert "'size': Predicts the target almost alone" in done.err
    answer = last_line(done.out)
    assert set(answer["test"]) == {"mae", "mse", "r2", "loss"}
    recorded = json.loads((home / "studies" / answer["study_id"] / "spec.json").read_text())
    assert recorded["dataset"]["columns"] == {"size": "number", "town": "category"}
    assert recorded["dataset"]["decimal"] == ","
    path.write_text(path.read_text() + "\n1;Rome;2,5")
    assert main(["export", answer["study_id"], "--to", str(tmp_path / "x.zip")]) == 1
    assert "table.csv has changed since this study was made" in capsys.readouterr().err


def test_a_study_file_of_another_home_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.tunescape").write_bytes(packed(parts(best=None)).getvalue())
    assert main(["import-study", str(tmp_path / "study.tunescape"), "--json"]) == 0
    study_id = json.loads(capsys.readouterr().out)["study_id"]
    target = tmp_path / "again.tunescape"
    assert main(["export-study", study_id, "--to", str(target)]) == 0
    assert zipfile.is_zipfile(target)
    assert main(["import-study", str(target)]) == 0
    assert main(["list", "--json"]) == 0
    studies = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(s["name"], s["status"], s["trials"]) for s in studies] == [
        ("From afar", "finished", 2),
        ("From afar", "finished", 2),
    ]


def test_a_study_of_another_tool_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = older(tmp_path / "theirs.db", V2_0)
    assert main(["import-runs", str(storage), "--study", "nobody's"]) == 2
    assert "study: expected one of" in capsys.readouterr().err
    assert main(["import-runs", str(storage), "--json"]) == 0
    study_id = json.loads(capsys.readouterr().out)["study_id"]
    assert main(["show", study_id, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["source"], shown["status"]) == ("optuna", "finished")
    assert main(["list", "--json"]) == 0
    assert [s["source"] for s in json.loads(capsys.readouterr().out)] == ["optuna"]
    study = tuning_core.open_study(study_id)
    (trial,) = shown["trials"]
    assert trial["config"]
    assert {*trial["config"]} <= {*study.trials.columns}
    assert study.best is not None
    assert (study.best.score, study.best.configuration) == (trial["score"], trial["config"])
    assert "<svg" in study._repr_html_()
    with pytest.raises(tuning_core.ManagerError):
        study.model()
    assert main(["show", study_id]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}=" in said for name in trial["config"])


def test_a_study_is_deleted_by_its_id(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study").write_bytes(packed(parts(best=None)).getvalue())
    assert main(["import-study", str(tmp_path / "study"), "--json"]) == 0
    study_id = json.loads(capsys.readouterr().out)["study_id"]
    for target in (".", "/", ""):
        for name in ("export", "export-study", "optuna"):
            assert main([name, study_id, "--to", target]) == 1
            assert re.fullmatch(r"--to: .*\.\n", capsys.readouterr().err) or name == "export"
    assert main(["delete", study_id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"study_id": study_id, "deleted": True}
    assert not [*home.rglob("events.jsonl")], "its files take no more room"
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["delete", study_id]) == 1
    assert "expected the id of a study" in capsys.readouterr().err
