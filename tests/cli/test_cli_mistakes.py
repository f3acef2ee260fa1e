"""What the command line cannot do is said in one line, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SPEC, spec_file
from tuning_core.cli.main import main


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"budget": {"trials": 0}}, "budget.trials"),
        ({"budget": {"trials": 10**9}}, "budget.trials"),
        ({"budget": {"epochs": float("nan")}}, "budget.epochs"),
        ({"dataset": {"id": "nowhere"}}, "dataset.id"),
        ({"space": {"learning_rate": {"low": 1.0, "high": 0.1}}}, "space.learning_rate"),
        ({"space": {"learning_rate": {"low": 0, "high": 1, "scale": "log"}}}, "space.learning"),
        ({"space": {"activation": {"choices": []}}}, "space.activation"),
        ({"strategy": {"id": "guess"}}, "strategy.id"),
        ({"objective": "val_beauty"}, "objective"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_bad_spec_is_one_line_and_leaves_nothing(
    change: dict[str, Any],
    field: str,
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", spec_file(tmp_path, {**SPEC, **change}), "--json"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(field)
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
    assert not home.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"name": "' + b"x" * 10_000_000 + b'"}'],
    ids=["empty", "list", "torn", "not utf-8", "deep", "10 MB"],
)
def test_a_file_that_is_no_spec_is_one_line(
    content: bytes, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(content)
    assert main(["run", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("spec: ")
    assert len(said.splitlines()) == 1
    assert not home.exists()


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (str(tmp_path / "none.json"), str(tmp_path), "nul\0"):
        assert main(["run", name]) == 2
        said = capsys.readouterr().err
        assert said.startswith("spec: expected a file that can be read, received ")
        assert len(said.splitlines()) == 1


def test_an_unusable_home_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.write_text("a file")
    for arguments in (["list"], ["run", spec_file(home.parent, SPEC)]):
        assert main(arguments) == 1
        said = capsys.readouterr().err
        assert "Set TUNESCAPE_HOME to a folder" in said
        assert len(said.splitlines()) == 1


def test_an_unknown_study_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["show", "abcd1234"], ["resume", "../.."], ["export", "x", "--to", "y"]):
        assert main(arguments) == 1
        said = capsys.readouterr().err
        assert said.startswith("study: expected ")
        assert len(said.splitlines()) == 1


def test_a_table_that_cannot_be_trained_on_is_refused_before_anything_starts(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("id;price\n" + "".join(f"{n};{n % 7}.5\n" for n in range(60)))
    spec = {**SPEC, "dataset": {"id": f"csv:{path}", "target": "price"}}
    assert main(["run", spec_file(tmp_path, spec)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "'id' is ignored: Looks like an identifier: it counts the rows." in said[0]
    assert said[1].startswith("dataset.columns: no column is left to learn from")
    assert not home.exists()
    path.write_text("x;price\n" + "".join(f"{n}.5;{n * 7 % 5}.5\n" for n in range(5)))
    assert main(["run", spec_file(tmp_path, spec)]) == 2
    assert "5 rows leave none" in capsys.readouterr().err
    assert not home.exists()


@pytest.mark.parametrize("content", [None, b"not a zip"])
def test_a_file_that_is_no_study_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "study").write_bytes(content)
    assert main(["import-study", str(tmp_path / "study")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", ""])
def test_a_cluster_that_cannot_be_used_is_one_line_and_leaves_nothing(
    address: str, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("TUNESCAPE_RAY", "")
    spec = tmp_path / "spec.json"
    spec.write_text('{"dataset": {"id": "iris"}}')
    assert main(["run", str(spec), "--ray", address]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "Ray" in line
    assert not home.exists()
