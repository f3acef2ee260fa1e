"""How a model's file is named, and what a study keeps of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuning_core.home import model_files
from tuning_core.home.model_files import keep_model, kept_model, model_file, offered_models
from tuning_core.home.study_files import StudyFiles
from tuning_core.space import SpecError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a model, a module, a package, and much else."""
    for name in ("model.py", "rows.py", "layers/__init__.py", "layers/deep/__init__.py"):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    for name in ("rows.csv", "scripts/other.py", "__pycache__/model.pyc", "layers/deep/words.txt"):
        path = tmp_path / "mine" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    return tmp_path / "mine"


@pytest.mark.parametrize(
    "text", ["", "model.py", "model.py:", "model:build", "model.py:not a name", ":build", "a:b:c"]
)
def test_what_names_no_model_is_refused_in_a_sentence(text: str):
    with pytest.raises(SpecError, match=r"^--model: expected FILE.py:NAME"):
        model_file(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SpecError, match=r"there is no file .*nowhere\.py"):
        model_file(f"{tmp_path}/nowhere.py:build")


def test_a_study_keeps_the_file_and_the_python_files_that_it_may_import(
    folder: Path, tmp_path: Path
):
    files = StudyFiles(tmp_path / "study")
    files.folder.mkdir()
    keep_model(model_file(f"{folder}/model.py:build"), files)
    (folder / "model.py").write_text("# changed since\n")
    kept = kept_model(files)
    assert kept is not None
    assert kept.file.path.read_text() == "# model.py\n"
    assert (kept.file.name, kept.folder) == ("build", folder)
    code = kept.file.path.parent
    own = [path for path in code.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {str(path.relative_to(code)) for path in own} == {
        *("model.py", "rows.py", "layers/__init__.py", "layers/deep/__init__.py")
    }
    for name in ("rows.csv", "layers/deep/words.txt"):
        assert (code / name).resolve() == folder / name
    assert not (code / "__pycache__").exists()


def test_a_folder_with_too_many_files_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(model_files, "MOST_FILES", 2)
    files = StudyFiles(tmp_path / "study")
    files.folder.mkdir()
    with pytest.raises(SpecError, match=r"4 Python files .* Put model\.py into a folder"):
        keep_model(model_file(f"{folder}/model.py:build"), files)
    assert kept_model(files) is None


def test_a_server_offers_what_its_variable_names_and_says_what_is_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(
        model_files.VARIABLE, f"{folder}/model.py:build {folder}/no.py:f  '{folder}/rows.py:Rows'"
    )
    models, wrong = offered_models()
    assert [model.title for model in models] == ["build (model.py)", "Rows (rows.py)"]
    assert len(wrong) == 1
    assert wrong[0].startswith("TUNESCAPE_MODELS: ")


@pytest.mark.parametrize(("text", "count"), [("", 0), ("'open", 1)])
def test_a_variable_that_names_nothing_offers_nothing(
    text: str, count: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(model_files.VARIABLE, text)
    models, wrong = offered_models()
    assert models == []
    assert len(wrong) == count
