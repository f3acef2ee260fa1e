"""What a table's columns are worth, and what no study can be made of: known before a launch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuning_core.datasets import check_own, read_table, resolve
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec

ROWS = 60
N = np.arange(ROWS)
MIXED = (N * 37) % 61


def written(folder: Path, **columns: Any) -> Path:
    path = folder / "table.csv"
    lines = [
        ",".join(columns),
        *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True)),
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def notes(folder: Path, folds: int, table: dict[str, Any], **dataset: Any) -> list[str]:
    """What is warned of before a study of these columns, whose target is y, starts."""
    path = written(folder, **table)
    document = {"dataset": {"id": f"csv:{path}", "target": "y", **dataset}}
    if folds > 1:
        document["cross_validation"] = {"folds": folds}
    spec = parse_spec(resolve(document, folder, local_files=True), local_files=True)
    return check_own(spec.dataset, spec.folds, folder)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("area", MIXED, "number"),
        ("pop", 1_000_003 * (N + 7) ** 2, "number"),
        ("mass", [f"{n + 1}e30" for n in N], "number"),
        ("year", 1_950 + N, "number"),
        ("grid", MIXED, "number"),
        ("Casino", MIXED, "number"),
        ("days", 2 * N, "number"),
        ("row", N, "ignore"),
        ("order", 10_001 + N, "ignore"),
        ("id", MIXED, "ignore"),
        ("ID", MIXED, "ignore"),
        ("customerID", MIXED, "ignore"),
        ("PassengerId", MIXED, "ignore"),
        ("customer_id", MIXED, "ignore"),
        ("invoice no.", MIXED, "ignore"),
        ("code", [f"a{n}" for n in MIXED], "ignore"),
    ],
)
def test_only_what_tells_rows_apart_is_an_identifier(
    name: str, values: Any, kind: str, tmp_path: Path
) -> None:
    reading = read_table(written(tmp_path, **{name: values}, y=np.sin(N)), target="y")
    [column] = [column for column in reading.columns if column.name == name]
    assert column.kind == kind
    assert ("identifier" in column.note) == (kind == "ignore")
    assert any("is ignored" in warning for warning in reading.warnings) == (kind == "ignore")


@pytest.mark.parametrize(
    ("values", "task", "hint"),
    [
        (N % 21, "regression", False),
        (N % 12, "regression", False),
        (N % 10, "classification", True),
        (3 + N % 6, "classification", True),
        (N % 3, "classification", False),
        (100 * (N % 12), "classification", False),
        ([f"{1 + n % 2}e30" for n in N], "classification", False),
        ([f"{1 + n % 5}e30" for n in N], "regression", False),
    ],
)
def test_many_whole_numbers_in_a_row_are_an_amount(
    values: Any, task: str, hint: bool, tmp_path: Path
) -> None:
    reading = read_table(written(tmp_path, x=np.sin(N), y=values), target="y")
    assert reading.task == task
    assert any("choose regression if" in warning for warning in reading.warnings) == hint
    chosen = read_table(tmp_path / "table.csv", target="y", task="classification")
    assert not any("choose regression if" in warning for warning in chosen.warnings)


@pytest.mark.parametrize("task", [{}, {"task": "regression"}, {"task": "classification"}], ids=str)
@pytest.mark.parametrize("value", [1.0, "a"])
def test_equal_targets_are_called_that(value: Any, task: dict[str, str], tmp_path: Path) -> None:
    if value == "a" and task.get("task") == "regression":
        return
    with pytest.raises(SpecError, match=r"^dataset.target: all values of 'y' are the same"):
        notes(tmp_path, 1, {"x": np.sin(N), "y": [value] * ROWS}, **task)


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"x": N, "y": np.sin(N)}, {}, r"^dataset.columns: no column is left to learn from"),
    ({"x": np.sin(N), "y": N * 1.5}, {"columns": {"x": "ignore"}}, r"no column is left"),
    ({"x": N[:5] / 3, "y": N[:5] / 7}, {}, r"^dataset.validation: 5 rows leave none"),
    ({"x": N / 3, "g": ["a"] * ROWS, "y": N / 7}, {"group": "g"}, r"^dataset.group: 1 groups"),
    ({"x": N / 3, "g": N % 2, "y": N / 7}, {"group": "g"}, r"^dataset.group: 2 groups"),
    ({"x": N / 3, "y": N / 7}, {"time": "x", "folds": 40}, r"^cross_validation.folds"),
    (
        {"x": N / 3, "t": N, "y": np.where(N < 55, "a", "b")},
        {"time": "t"},
        r"^dataset.time: all training rows are of the class 'a'",
    ),
    ({"x": N[:6] / 3, "y": ["a", "b", "", "", "", ""]}, {}, r"^dataset.validation: 2 rows"),
]


@pytest.mark.parametrize(("columns", "dataset", "refusal"), REFUSED)
def test_what_no_study_can_be_made_of_is_refused_before_it_starts(
    columns: dict[str, Any], dataset: dict[str, Any], refusal: str, tmp_path: Path
) -> None:
    given = dict(dataset)
    folds = given.pop("folds", 1)
    with pytest.raises(SpecError, match=refusal):
        notes(tmp_path, folds, columns, **given)


def test_classes_that_a_part_lacks_are_named(tmp_path: Path) -> None:
    who = np.repeat(np.arange(12), 5)
    columns = {"who": who, "x": np.sin(N), "y": [f"c{n}" for n in who]}
    warnings = notes(tmp_path, 1, columns, group="who")
    assert any("No training row is of the class 'c" in note for note in warnings)
    assert any("15 rows of validation and test are" in note for note in warnings)
    assert any("No validation row is of the class" in note for note in warnings)
    folded = notes(tmp_path, 3, columns, group="who")
    assert any("In a fold no training row is of the class" in note for note in folded)
    fine = {"x": np.sin(N), "y": np.where(N % 2, "a", "b")}
    assert notes(tmp_path, 1, fine) == []
    assert notes(tmp_path, 1, {**fine, "y": np.cos(N)}) == []
    rare = notes(tmp_path, 1, {**fine, "y": ["once", *fine["y"][1:]]})
    assert len(rare) == 2
    assert all("'once'" in note for note in rare)
    late = notes(tmp_path, 1, {**fine, "t": N, "y": np.where(N < 40, N, 1.5)}, time="t")
    assert [note.partition(" rows have")[0] for note in late] == ["All validation", "All test"]


def test_a_class_too_rare_for_every_part_is_not_for_weights_to_mend(tmp_path: Path) -> None:
    columns = {"x": np.sin(N), "y": ["once", *np.where(N[1:] % 2, "a", "b")]}
    warnings = "\n".join(read_table(written(tmp_path, **columns), target="y").warnings)
    assert "Too few rows are of 'once'" in warnings
    assert "Class weights" not in warnings


def test_a_file_of_this_folder_is_found_from_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, x=np.sin(N), y=np.cos(N))
    monkeypatch.chdir(tmp_path)
    document = {"dataset": {"id": "csv:table.csv", "target": "y"}}
    resolved = resolve(document, tmp_path, local_files=True)
    spec = parse_spec(resolved, local_files=True)
    monkeypatch.chdir("/")
    assert check_own(spec.dataset, 1, tmp_path) == []
    assert spec.dataset.title == "table"
