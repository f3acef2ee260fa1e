"""What is found in a CSV, and how its rows are split and encoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import (
    RawData,
    describe,
    load_rows,
    prepare,
    read_table,
    resolve,
    split,
    store_upload,
)
from tuning_core.datasets.columns import (
    MAX_CATEGORIES,
    TablePreprocessing,
    fit_table,
)
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.study import parse_spec

ROWS = 60


def table(**columns: list[Any]) -> str:
    names = list(columns)
    lines = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join([",".join(names), *lines]) + "\n"


def numbers(count: int = ROWS) -> list[float]:
    return np.random.RandomState(1).normal(0, 1, count).round(4).tolist()


def kinds(path: Path, **given: Any) -> dict[str, str]:
    return {info.name: info.kind for info in read_table(path, **given).columns}


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def dataset_of(path: Path, home: Path, **fields: Any) -> DatasetSpec:
    document = {"dataset": {"id": f"csv:{path}", **fields}}
    return parse_spec(resolve(document, home, local_files=True), local_files=True).dataset


def test_kinds_and_what_is_odd_about_columns(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        table(
            id=list(range(100, 100 + ROWS)),
            weight=numbers(),
            town=[("Rome", "Oslo", "NA")[n % 3] for n in range(ROWS)],
            formula=[("=1+1", "@x")[n % 2] for n in range(ROWS)],
            born=[f"{1 + n % 28:02}.{1 + n % 12:02}.1990" for n in range(ROWS)],
            unsure=[f"{1 + n % 4:02}/{1 + n % 3:02}/1990" for n in range(ROWS)],
            member=[("yes", "no")[n % 2] for n in range(ROWS)],
            same=[7] * ROWS,
            gone=["?"] * ROWS,
            essay=[f"{n} " + "long text " * 9 for n in range(ROWS // 2)] * 2,
            typo=[*numbers(ROWS - 1), "12kg"],
            answer=[(3, 5, 8)[n % 3] for n in range(ROWS)],
            copied=[("c", "e", "h")[n % 3] for n in range(ROWS)],
        ),
    )
    reading = read_table(path, target="answer")
    found = {info.name: info for info in reading.columns}
    assert {name: info.kind for name, info in found.items()} == {
        "id": "ignore",
        "weight": "number",
        "town": "category",
        "formula": "category",
        "born": "date",
        "unsure": "category",
        "member": "category",
        "same": "ignore",
        "gone": "ignore",
        "essay": "text",
        "typo": "ignore",
        "answer": "number",
        "copied": "category",
    }
    assert (found["town"].missing, found["town"].distinct) == (20, 2)
    assert found["formula"].examples == ("=1+1", "@x")
    assert (reading.task, reading.rows, len(reading.head)) == ("classification", ROWS, 20)
    warnings = "\n".join(reading.warnings)
    for part in ("'id' is ignored: Looks like an identifier", "'gone' is ignored: All values are"):
        assert part in warnings
    assert "Day and month could be either way round" in warnings
    assert "Column 'typo' is ignored: it would be numbers, but line 61 holds '12kg'" in warnings
    assert "Column 'copied': Predicts the target almost alone" in warnings
    assert "'weight'" not in warnings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(encoding: str, delimiter: str, tmp_path: Path) -> None:
    text = table(größe=numbers(), ort=[("Köln", "Bern")[n % 2] for n in range(ROWS)])
    path = written(tmp_path, text.replace(",", delimiter).encode(encoding))
    reading = read_table(path)
    assert reading.written["delimiter"] == delimiter
    assert [info.name for info in reading.columns] == ["größe", "ort"]
    assert reading.columns[1].examples == ("Bern", "Köln")
    assert reading.columns[0].kind == "number"


def test_decimal_commas_blanks_and_quotes_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'a;b;c\n"1,5"; 2 ;x\n"-,5";3e2;"y;\nz"\n2,25;NA;x\n')
    reading = read_table(path, target="c")
    assert (reading.written["decimal"], reading.rows) == (",", 3)
    spec = dataset_of(path, tmp_path, target="a", task="regression", columns={"b": "number"})
    raw = load_rows(spec, tmp_path)
    assert raw.y.tolist() == [1.5, -0.5, 2.25]
    np.testing.assert_array_equal(raw.x["b"], [2, 300, np.nan])


def test_headers_are_found_made_unique_and_made_up(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y,x,,x (2)\n" + "1,2,3,4,5\n6,7,8,9,1\n" * 3)
    reading = read_table(path)
    assert [info.name for info in reading.columns] == ["x", "y", "x (3)", "column_4", "x (2)"]
    assert "Two columns are named 'x'" in reading.warnings[0]
    path = written(tmp_path, "1,Rome\n2,Oslo\n3,Rome\n")
    assert list(kinds(path)) == ["column_1", "column_2"]
    assert read_table(path).rows == 3
    assert list(kinds(path, header=True)) == ["1", "Rome"]


def test_tasks_and_classes_are_found(tmp_path: Path) -> None:
    cases: list[tuple[list[Any], str, list[str] | None]] = [
        (numbers(), "regression", None),
        ([(10, 9, 1)[n % 3] for n in range(ROWS)], "classification", ["1", "9", "10"]),
        ([("b", "a")[n % 2] for n in range(ROWS)], "classification", ["a", "b"]),
        ([n * 10 for n in range(ROWS)], "regression", None),
    ]
    for values, task, classes in cases:
        path = written(tmp_path, table(x=numbers(), y=values))
        spec = dataset_of(path, tmp_path, target="y")
        assert (spec.task, spec.classes) == (task, classes)
        info = describe(spec, tmp_path)
        assert (info.rows, info.input_shape, info.feature_names) == (ROWS, (1,), ("x",))
        assert info.class_names == tuple(classes or ())


def test_a_table_whose_side_is_null_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n * n % 7}\n" for n in range(40)))
    own = {"id": store_upload(path, tmp_path, "t.csv"), "target": "b", "side": None}
    assert resolve({"dataset": own}, tmp_path)["dataset"]["title"] == "Uploaded table"


def test_rows_without_a_target_are_left_out_and_said(tmp_path: Path) -> None:
    values = ["" if n % 10 == 0 else ("a", "b")[n % 2] for n in range(ROWS)]
    path = written(tmp_path, table(x=numbers(), y=values))
    assert "6 rows without a value of 'y' are left out." in read_table(path, target="y").warnings
    assert sum(prepare(dataset_of(path, tmp_path, target="y"), tmp_path).sizes.values()) == 54


def test_groups_stay_together_and_are_not_learned_from(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        table(
            x=numbers(),
            who=[f"p{n % 12}" for n in range(ROWS)],
            y=[("a", "b")[n % 2] for n in range(ROWS)],
        ),
    )
    spec = dataset_of(path, tmp_path, target="y", group="who")
    raw = load_rows(spec, tmp_path)
    assert list(raw.x.columns) == ["x"]
    assert raw.groups is not None
    indices = split(raw, spec)
    parts = [set(raw.groups[part]) for part in (indices.train, indices.validation, indices.test)]
    assert all(parts)
    assert sum(map(len, parts)) == 12
    assert prepare(spec, tmp_path).sizes["test"] == 5


def test_the_newest_rows_are_the_test_part(tmp_path: Path) -> None:
    days = [f"{1 + (n * 7) % 28:02}.{1 + (n * 7) // 28 % 12:02}.2024" for n in range(ROWS)]
    path = written(tmp_path, table(x=numbers(), day=days, y=numbers()))
    spec = dataset_of(path, tmp_path, target="y", time="day")
    raw = load_rows(spec, tmp_path)
    assert raw.ordered
    indices = split(raw, spec)
    assert indices.train.tolist() == list(range(42))
    assert indices.test.tolist() == list(range(54, 60))
    order = np.argsort([f"{day[3:5]}{day[:2]}" for day in days], kind="stable")
    np.testing.assert_array_equal(raw.x["x"], np.array(numbers())[order])


def frame(size: int, seed: int) -> pd.DataFrame:
    random = np.random.RandomState(seed)
    numeric = random.normal(50, 9, size)
    numeric[random.rand(size) < 0.2] = np.nan
    words = random.choice(["a", "b", "c", "d"], size)
    return pd.DataFrame({"n": numeric, "w": pd.Categorical(words)})


@given(st.integers(30, 80), st.integers(0, 1_000))
def test_the_encoding_is_fitted_on_training_rows_alone(size: int, seed: int) -> None:
    x = frame(size, seed)
    info = DATASETS["insurance"]
    spec = DatasetSpec(id="insurance", seed=seed)
    raw = RawData(info, x, np.random.RandomState(seed).normal(0, 1, size))
    train = split(raw, spec).train
    other = x.copy()
    rest = np.setdiff1d(np.arange(size), train)
    other.loc[rest, "n"] = 1e6
    assert fit_table(x.iloc[train]) == fit_table(other.iloc[train])
    pre = fit_table(x.iloc[train])
    encoded = pre.apply(x.iloc[train])
    assert encoded.shape == (len(train), pre.width) == (len(train), 6)
    assert np.isfinite(encoded).all()
    assert abs(encoded[:, 0].mean()) < 1e-5
    assert (encoded[:, 1:].sum(axis=1) == 1).all()


def test_unseen_and_missing_values_have_their_place() -> None:
    train = pd.DataFrame({"n": [1.0, 3.0, np.nan, 8.0], "w": pd.Categorical(["b", "a", "b", None])})
    pre = fit_table(train)
    assert isinstance(pre, TablePreprocessing)
    new = pd.DataFrame({"n": [np.nan, 3.0], "w": pd.Categorical(["z", None])})
    encoded = pre.apply(new)
    assert encoded[0, 0] == encoded[1, 0]
    assert encoded[:, 1:].tolist() == [[1, 0, 0], [1, 0, 0]]
    many = pd.DataFrame({"w": pd.Categorical([f"w{n}" for n in range(300)] + ["often"] * 5)})
    wide = fit_table(many)
    assert wide.width == MAX_CATEGORIES + 1
    assert wide.apply(many)[-1, 0] == 0
