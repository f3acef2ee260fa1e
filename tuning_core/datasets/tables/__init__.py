"""Tables of the user's own: read, understood and made ready.

The modules here import pandas and pyarrow; what stands on this page loads them when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tuning_core.catalog import DatasetInfo
from tuning_core.spec.dataset import LOCAL, UPLOAD, DatasetSpec

if TYPE_CHECKING:
    from tuning_core.datasets.tables.reading import TableReading


def read_table(path: Path, **given: Any) -> TableReading:
    """What is in a table, inferred but for what is given.

    ``given``: delimiter, decimal, encoding, header, columns, target, task, group, time, as in a
    spec. Raises DataError.
    """
    from tuning_core.datasets.tables import reading

    return reading.read_table(path, **given)


def resolve(
    document: dict[str, Any],
    home: Path,
    *,
    local_files: bool = False,
    warn: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """A spec's document with what is to know of its own table filled in; others as they are.

    ``local_files`` accepts ``csv:PATH``, as for ``parse_spec``; ``warn`` gets each warning
    about the table. Raises SpecError.
    """
    if not _of_own_table(document):
        return document
    from tuning_core.datasets.tables import resolving

    return resolving.resolve_table(document, home, local_files=local_files, warn=warn)


@contextmanager
def reading_once(document: dict[str, Any]) -> Iterator[None]:
    """Within it the table of a spec's document is read once, to be resolved and to be checked."""
    if not _of_own_table(document):
        yield
        return
    from tuning_core.datasets.tables import readers

    with readers.reading_once():
        yield


def describe(spec: DatasetSpec, home: Path) -> DatasetInfo:
    """What is known of a dataset once it is read: rows, encoded width, columns.

    Raises DataError.
    """
    if not spec.own:
        return spec.info
    from tuning_core.datasets.tables import resolving

    return resolving.describe_table(spec, home)


def check_table(spec: DatasetSpec, folds: int, home: Path) -> list[str]:
    """Sentences to know before a study of one's own table starts; none of other data.

    ``folds`` is 1 without cross-validation. Raises SpecError for what no study can be made of.
    """
    if not spec.own:
        return []
    from tuning_core.datasets.tables import resolving

    return resolving.check_table(spec, folds, home)


def store_upload(content: bytes | Path | BinaryIO, home: Path, name: str, *, user: str = "") -> str:
    """Keeps an uploaded table in the home and returns ``upload:<sha256>``; raises DataError."""
    from tuning_core.datasets.tables import uploads

    return uploads.store_upload(content, home, name, user=user)


def uploaded_files(home: Path) -> Iterator[Path]:
    """The files of all uploads in the home, each named for its content: ``<sha256>.<ending>``."""
    return (home / "data" / "uploads").glob("[0-9a-f]*.*")


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
    return isinstance(name, str) and name.startswith((LOCAL, UPLOAD))
