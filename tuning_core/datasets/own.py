"""Data of the user's own, whatever its kind: completed, described, checked and loaded.

What knows a kind is imported when it is asked for: much of it loads pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from tuning_core.catalog import DatasetInfo
from tuning_core.datasets.raw import RawData
from tuning_core.spec.dataset import IMAGES, LOCAL, UPLOAD, DatasetSpec


class OwnKind(Protocol):
    """What is asked of a kind of data; a module may be one. ``spec`` is of this kind."""

    def resolve(
        self,
        document: dict[str, Any],
        home: Path,
        *,
        local_files: bool = False,
        warn: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """As ``resolve`` below."""

    def describe(self, spec: DatasetSpec, home: Path) -> DatasetInfo:
        """All that is to know of the data once it is read; raises DataError."""

    def check(self, spec: DatasetSpec, folds: int, home: Path) -> list[str]:
        """As ``check_own`` below."""

    def load(self, spec: DatasetSpec, home: Path) -> RawData:
        """The rows; raises DataError."""


def _tables() -> OwnKind:
    from tuning_core.datasets.tables import resolving

    return resolving


def _pictures() -> OwnKind:
    from tuning_core.datasets.pictures import resolving

    return resolving


def _kind(spec: DatasetSpec) -> OwnKind:
    return _pictures() if spec.pictures else _tables()


def resolve(
    document: dict[str, Any],
    home: Path,
    *,
    local_files: bool = False,
    warn: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """A spec's document with what is to know of its own data filled in; others as they are.

    ``local_files`` accepts ``table:PATH`` and ``images:PATH``, as for ``parse_spec``; ``warn`` gets
    each warning about the data. Raises SpecError.
    """
    dataset = document.get("dataset")
    identity = dataset.get("id") if isinstance(dataset, Mapping) else None
    if not isinstance(identity, str) or not identity.startswith((*LOCAL, UPLOAD)):
        return document
    assert isinstance(dataset, Mapping)
    pictures = identity.startswith(IMAGES) or dataset.get("side") is not None
    kind = _pictures() if pictures else _tables()
    return kind.resolve(document, home, local_files=local_files, warn=warn)


def describe(spec: DatasetSpec, home: Path) -> DatasetInfo:
    """What is known of a dataset once it is read: rows, width, columns. Raises DataError."""
    return _kind(spec).describe(spec, home) if spec.own else spec.info


def check_own(spec: DatasetSpec, folds: int, home: Path) -> list[str]:
    """Sentences to know before a study of one's own data starts; none of other data.

    ``folds`` is 1 without cross-validation. Raises SpecError for what no study can be made of.
    """
    return _kind(spec).check(spec, folds, home) if spec.own else []


def load_own(spec: DatasetSpec, home: Path) -> RawData:
    """The rows of one's own data; raises DataError."""
    return _kind(spec).load(spec, home)
