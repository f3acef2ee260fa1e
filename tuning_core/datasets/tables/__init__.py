"""Tables of the user's own: read, understood and made ready.

The modules here import pandas and pyarrow; what stands on this page loads them when asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tuning_core.spec.dataset import TABLES, UPLOAD

if TYPE_CHECKING:
    from tuning_core.datasets.tables.reading import TableReading


def read_table(path: Path, **given: Any) -> TableReading:
    """What is in a table, inferred but for what is given.

    ``given``: delimiter, decimal, encoding, header, columns, target, task, group, time, as in a
    spec. Raises DataError.
    """
    from tuning_core.datasets.tables import reading

    return reading.read_table(path, **given)


@contextmanager
def reading_once(document: dict[str, Any]) -> Iterator[None]:
    """Within it the table of a spec's document is read once, to be resolved and to be checked."""
    if not _of_own_table(document):
        yield
        return
    from tuning_core.datasets.tables import readers

    with readers.reading_once():
        yield


def store_upload(content: bytes | Path | BinaryIO, home: Path, name: str, *, user: str = "") -> str:
    """Keeps an uploaded table in the home and returns ``upload:<sha256>``; raises DataError."""
    from tuning_core.datasets.tables import uploads

    return uploads.store_upload(content, home, name, user=user)


def kept_rows_folder(home: Path) -> Path:
    """Where the rows of large tables are kept once they were read, and drafts of such files."""
    return home / "data" / "rows"


def forget_rows(home: Path, sha256: str) -> int:
    """Removes the kept rows of the table with this hash; returns the bytes that are free now."""
    from tuning_core.datasets.tables import kept_rows

    return kept_rows.forget(home, sha256)


def _of_own_table(document: dict[str, Any]) -> bool:
    dataset = document.get("dataset")
    name = dataset.get("id") if isinstance(dataset, Mapping) else None
    return isinstance(name, str) and name.startswith((*TABLES, UPLOAD))
