"""The reading code of a bundle's scripts gives what the app reads from the same file."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.datasets.json_lines import JSON_LINES, UNSCRIPTED, cars, register
from tests.datasets.workbooks import report, stacked, towns, workbook
from tuning_core.datasets import load_rows, resolve
from tuning_core.datasets.tables.readers import open_table, reader_of
from tuning_core.model_export.script.loading import VALUES, constants, reading
from tuning_core.spec.study import parse_spec

TABLES = Path(__file__).parents[1] / "datasets" / "tables"
TIMES = "at;price;y\n" + "".join(f"{n % 24}:30;$1,{n:03};{n}.5\n" for n in range(40))
SPACED = "x;y\n" + "".join(f"1\u202f{n:03},5;\u2212{n}\n" for n in range(40))
COMMAS = "a,b,y\n" + "".join(f'{n},"x, {n % 2}",{n}.25,\n' for n in range(40))
UNITS = "w;p;y\n" + "".join(f"{n},5 kg;{n} km/h;{n}.000\u00a0m\u00b2\n" for n in range(1, 40))
LOGGED = "price\u00a0in \u20ac,b,y\n" + "".join(
    f"{'NAN' if n % 9 == 0 else n},{n}.5,{n}.25\n" for n in range(40)
)


def _parquet(path: Path) -> None:
    names, *rows = towns()
    frame = pd.DataFrame(rows, columns=names)
    frame["day"] = 20240101 + frame.index % 28
    frame["count"] = frame.index.to_series() % 3
    frame.loc[frame["count"] == 2, "count"] = None
    frame["place"] = pd.Series([{"x": n} for n in range(60)])
    frame["kind"] = pd.Categorical(frame["town"])
    frame.to_parquet(path)


def _zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._towns", "x")
        archive.write(workbook(path.with_name("towns.xlsx"), Towns=towns()), "towns.xlsx")


MADE: dict[str, Callable[[Path], Any]] = {
    "towns.xlsx": lambda path: workbook(path, Towns=towns()),
    "report.xlsx": lambda path: workbook(path, Cover=[["x"]], Sales=report),
    "stacked.xlsx": lambda path: workbook(path, S=stacked),
    "towns.parquet": _parquet,
    "towns.xlsx.zip": _zipped,
}


@pytest.mark.parametrize(
    ("table", "target", "kinds"),
    [
        ("german-thousands-dot.csv", "miete", {}),
        ("thousands-in-semicolon-file.csv", "price", {}),
        ("currency-percent.csv", "y", {}),
        ("excel-sep-line.csv", "y", {}),
        ("comment-lines.csv", "y", {}),
        ("inf-is-silent.csv", "y", {}),
        ("compact-dates.csv", "y", {}),
        ("columns-by-spaces.data", "column_2", {"column_3": "number"}),
        ("quotes-inside-text.tsv", "column_1", {"column_3": "category"}),
        ("single-quotes.csv", "column_3", {"column_2": "category"}),
        ("r-row-names.csv", "y", {}),
        ("plus-minus-labels.csv", "income", {"approved": "category"}),
        ("cyrillic.csv", "y", {}),
        (TIMES, "y", {}),
        (SPACED, "y", {}),
        (COMMAS, "y", {}),
        (LOGGED, "y", {}),
        (UNITS, "y", {}),
        ("towns.xlsx", "y", {}),
        ("report.xlsx", "2024 sold", {"2023 back": "category"}),
        ("stacked.xlsx", "y", {}),
        ("towns.parquet", "y", {"count": "category"}),
        ("towns.xlsx.zip", "y", {}),
    ],
)
def test_a_script_reads_what_the_app_reads(
    table: str, target: str, kinds: dict[str, str], tmp_path: Path
) -> None:
    path = TABLES / table
    if "\n" in table:
        path = tmp_path / "table.csv"
        path.write_text(table, encoding="utf-8")
    elif table in MADE:
        path = tmp_path / table
        MADE[table](path)
    fields: dict[str, Any] = {"target": target, "columns": kinds} if kinds else {"target": target}
    document = {"dataset": {"id": f"csv:{path}", **fields}}
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True).dataset
    raw = load_rows(spec, tmp_path)
    assert isinstance(raw.x, pd.DataFrame)
    texts = {
        name: raw.x[name].cat.categories
        for name in raw.x
        if isinstance(raw.x[name].dtype, pd.CategoricalDtype)
    }
    words = {str(name): known for name, known in texts.items()}
    reader = reader_of(path)
    units = {**raw.units, target: open_table(path).cells[target].unit}
    space: dict[str, Any] = {"pd": pd, "np": np, **constants(reader, spec, words, units)}
    exec(f"{reading(reader)}\n\n\n{VALUES}", space)
    rows = space["read"](path)
    for name in raw.x:
        kind = raw.date_forms.get(str(name), "category" if name in texts else "number")
        found = space["values"](rows[name], kind)
        if name in texts:
            assert found.tolist() == raw.x[name].astype(str).tolist()
        else:
            np.testing.assert_allclose(found, raw.x[name])
    if spec.task == "regression":
        np.testing.assert_allclose(space["values"](rows[target], "number"), raw.y)


def test_a_reader_brings_the_code_that_reads_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch)
    path = tmp_path / "cars.jsonl"
    path.write_bytes(cars())
    document = {"dataset": {"id": f"csv:{path}", "target": "sold"}}
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True).dataset
    raw = load_rows(spec, tmp_path)
    words = {"colour": raw.x["colour"].cat.categories}
    space: dict[str, Any] = {"pd": pd, "np": np}
    space |= constants(JSON_LINES, spec, words)
    exec(f"{reading(JSON_LINES)}\n\n\n{VALUES}", space)
    rows = space["read"](path)
    np.testing.assert_allclose(space["values"](rows["price"], "number"), raw.x["price"])
    assert space["values"](rows["colour"], "category").tolist() == raw.x["colour"].tolist()


def test_a_script_says_that_it_cannot_read_what_its_reader_has_no_code_for() -> None:
    space: dict[str, Any] = {"sys": sys}
    exec(reading(UNSCRIPTED), space)
    with pytest.raises(SystemExit, match="cannot read JSON lines: score rows in the app"):
        space["read"]("cars.jsonl")
