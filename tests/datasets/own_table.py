"""An own table as a study gets it: its part of the spec, its rows, and what is warned of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuning_core.datasets import load_rows, resolve
from tuning_core.datasets.raw import RawData
from tuning_core.spec.study import parse_spec

TABLES = Path(__file__).parent / "tables"


def read(path: Path, home: Path, **fields: Any) -> tuple[dict[str, Any], RawData, list[str]]:
    """(dataset part, rows, warnings)"""
    warnings: list[str] = []
    document = {"dataset": {"id": f"csv:{path}", **fields}}
    found = resolve(document, home, local_files=True, warn=warnings.append)
    spec = parse_spec(found, local_files=True).dataset
    return found["dataset"], load_rows(spec, home), warnings


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path
