"""Pictures of one's own in a study: their upload, their spec completed, their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tuning_core.catalog.datasets import DatasetInfo
from tuning_core.datasets.division_check import about_spec, check_parts
from tuning_core.datasets.pictures.picture import grey_levels
from tuning_core.datasets.pictures.reading import Pictures, read_pictures
from tuning_core.datasets.raw import DataError, RawData
from tuning_core.datasets.uploads import NewUpload, gone, keep_upload, upload_path
from tuning_core.spec.dataset import IMAGES, SIDES, DatasetSpec, local_path
from tuning_core.spec.study import parse_spec

ENDING = ".images"
"""Of a stored zip of pictures: a zip may hold a table too."""

_DEFAULT_SIDE = SIDES[1]
_DOUBTS_SAID = 20
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def pictures_path(dataset_id: str, home: Path) -> Path:
    """The zip or folder of ``images:PATH`` or ``upload:HASH``; raises DataError when it is gone."""
    if dataset_id.startswith(IMAGES):
        return Path(local_path(dataset_id)).expanduser()
    path = upload_path(dataset_id, home, (ENDING,))
    if path is None:
        raise gone()
    return path


def store_pictures(
    content: bytes | Path | BinaryIO, home: Path, name: str, *, user: str = ""
) -> str:
    """Keeps an uploaded zip of pictures in the home and returns ``upload:<sha256>``.

    Raises DataError for what is too large or no zip; nothing of it stays.
    """
    shown = Path(name).name[:80] or "The file"
    less = "leave out pictures, or make them smaller"
    upload = NewUpload(name=shown, ending=ENDING, check=_ZipCheck(shown), less=less, id=IMAGES)
    return keep_upload(content, home, upload, user=user)


class _ZipCheck:
    """Whether a file begins as a zip does."""

    def __init__(self, name: str) -> None:
        self._name, self._begun = name, False

    def see(self, chunk: bytes) -> None:
        """Raises DataError."""
        if not self._begun and not chunk.startswith(_ZIP):
            raise DataError(
                f"{self._name} is no zip file: put a folder of pictures per class into a zip."
            )
        self._begun = True


def resolve(
    document: dict[str, Any],
    home: Path,
    *,
    local_files: bool = False,
    warn: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """The document of a study of pictures with every field of the dataset filled in.

    ``local_files`` and ``warn`` are as in ``own.resolve``. Raises SpecError.
    """
    dataset = dict(document["dataset"])
    if dataset.get("side") is None:
        dataset["side"] = _DEFAULT_SIDE
    given = parse_spec({"dataset": dataset}, local_files=local_files).dataset
    try:
        path = pictures_path(given.id, home)
        found = read_pictures(path, given.side or _DEFAULT_SIDE, home)
        _check_same(given, found)
        if given.classes and set(given.classes) != set(found.classes):
            raise DataError(
                f"dataset.classes: expected the folders {', '.join(found.classes[:20])} in any "
                f"order, received {', '.join(given.classes[:20])}."
            )
    except DataError as error:
        raise about_spec(error) from error
    filled: dict[str, Any] = {"colour": found.colour, "classes": list(found.classes), **dataset}
    filled |= {"sha256": found.sha256}
    if given.id.startswith(IMAGES):
        # The worker, and whoever resumes the study, may be in another folder.
        filled["id"] = IMAGES + str(path.absolute())
    filled.setdefault("title", path.stem[:120] if local_path(given.id) else "Uploaded pictures")
    if warn is not None:
        for sentence in sentences(found):
            warn(sentence)
    return {**document, "dataset": filled}


def sentences(found: Pictures) -> list[str]:
    """What is doubtful about pictures, a sentence each."""
    said = [f"{doubt.path} {doubt.words}." for doubt in found.doubts[:_DOUBTS_SAID]]
    more = len(found.doubts) - len(said) + found.more_doubts
    return [*found.notes, *said, *([f"{more:,} more files are doubtful."] if more else [])]


def load(spec: DatasetSpec, home: Path) -> RawData:
    """The pictures of a spec: ``x`` uint8 (n, side, side), with colours (n, side, side, 3).

    Raises DataError.
    """
    found = read_pictures(pictures_path(spec.id, home), spec.side or _DEFAULT_SIDE, home)
    _check_same(spec, found)
    colour = found.colour if spec.colour is None else spec.colour
    classes = tuple(spec.classes or found.classes)
    if set(classes) != set(found.classes):
        raise DataError("dataset.classes: these are not the folders of the pictures.")
    named = spec.model_copy(update={"colour": colour, "classes": list(classes)})
    place = np.array([classes.index(label) for label in found.classes], np.int64)
    x = found.x if colour else grey_levels(found.x)
    info = replace(named.info, rows=len(found.y))
    return RawData(info, x, place[found.y])


def describe(spec: DatasetSpec, home: Path) -> DatasetInfo:
    """All that is to know of pictures; raises DataError."""
    return load(spec, home).info


def check(spec: DatasetSpec, folds: int, home: Path) -> list[str]:
    """Sentences to know before a study of pictures starts; raises SpecError."""
    try:
        raw = load(spec, home)
    except DataError as error:
        raise about_spec(error) from error
    return check_parts(raw, spec, folds)


def _check_same(spec: DatasetSpec, found: Pictures) -> None:
    if spec.sha256 not in (None, found.sha256):
        raise DataError(
            "dataset.sha256: the pictures are not those that this spec was made for; put those "
            "back, or start a new study with these."
        )
