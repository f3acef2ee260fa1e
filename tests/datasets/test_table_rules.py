"""The rules of docs/tables.md are what the code does: each of its examples is read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tuning_core.datasets import read_table
from tuning_core.datasets.tables.readers import open_table
from tuning_core.datasets.tables.rows import column_values

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
EXAMPLES = re.findall(r"```text\n(.*?)```\n```json\n(.*?)\n```", PAGE.read_text("utf-8"), re.S)


def test_every_rule_has_an_example() -> None:
    assert len(EXAMPLES) == len(re.findall(r"^\d+\. ", PAGE.read_text("utf-8"), re.M)) == 19


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_an_example_of_the_page_is_read_as_it_says(
    text: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    wanted: dict[str, Any] = json.loads(expected)
    reading = read_table(path, **({"target": wanted["target"]} if "target" in wanted else {}))
    assert wanted.pop("warning", "") in "\n".join(reading.warnings)
    table = open_table(path)
    columns = {info.name: info for info in reading.columns}
    for name, value in wanted.items():
        if name not in columns:
            kinds = {info.name: info.kind for info in reading.columns}
            others = {"labels": reading.labels, "target": reading.target, "kinds": kinds}
            found = {**reading.written, **others}[name]
            assert (list(found) if isinstance(found, tuple) else found) == value, name
            continue
        kind = "date" if columns[name].form else "number"
        read = column_values(table, table.cells[name], kind, columns[name].form)  # type: ignore[arg-type]
        assert list(read) == value
