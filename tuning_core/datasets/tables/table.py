"""An open table: its columns as numbers or texts, and what a reader of tables gives and says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from tuning_core.catalog.limits import most
from tuning_core.datasets.raw import DataError
from tuning_core.datasets.tables.numbers import MARKERS
from tuning_core.spec.dataset import DatasetSpec

Records = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Cells:
    """One column: ``numbers`` (n,) float64 with NaN for missing, or ``texts``.

    ``words`` are the texts with those that may stand for a missing value, such as NA. ``texts`` are
    without them, unless fewer than two others would be left. ``infinite`` counts numbers that are
    not finite and taken as missing, with the row of the first. ``formatted`` numbers are written
    with thousands signs, $, % or their like; ``unit`` stands behind all of them.
    ``code_length`` is that of whole numbers that are all
    equally long, some with leading zeros, such as 01685; else 0.
    """

    name: str
    numbers: np.ndarray | None = None
    texts: pd.Categorical | None = None
    words: pd.Categorical | None = None
    infinite: tuple[int, int] = (0, 0)
    formatted: bool = False
    code_length: int = 0
    unit: str = ""

    @classmethod
    def of_numbers(cls, name: str, numbers: np.ndarray) -> Cells:
        """Numbers (n,) float64, of which those that are not finite are missing."""
        if np.isfinite(numbers).all() or not np.isinf(numbers).any():
            return cls(name, numbers=numbers)
        endless = np.flatnonzero(np.isinf(numbers))
        numbers = np.where(np.isinf(numbers), np.nan, numbers)
        return cls(name, numbers=numbers, infinite=(len(endless), int(endless[0])))

    @classmethod
    def of_texts(cls, name: str, words: pd.Categorical) -> Cells:
        """Texts, of which the words for what is missing are left out where others stay."""
        return cls(name, texts=_without(words, set(MARKERS)), words=words)

    def __len__(self) -> int:
        return len(self.numbers if self.numbers is not None else self.codes)

    @property
    def codes(self) -> np.ndarray:
        """Positions of the texts in their categories, -1 for missing."""
        assert self.texts is not None
        return self.texts.codes

    @property
    def absent(self) -> np.ndarray:
        """Whether each value is missing, bool (n,)."""
        return np.isnan(self.numbers) if self.numbers is not None else self.codes < 0

    def as_answers(self, classes: Collection[str] | None = None) -> Cells:
        """The column as a target: NA, None, - and their like are classes.

        Where ``classes`` are given and do not name them, they are missing; where these are numbers
        with their unit, so are the values.
        """
        if self.unit and self.words is not None and set(classes or ()) & set(self.words.categories):
            return Cells.of_texts(self.name, self.words)
        if self.words is None or self.texts is None:
            return self
        known = self.words.categories if classes is None else classes
        return replace(self, texts=_without(self.words, set(MARKERS) - set(known)))

    def as_known(self, known: Collection[str] = ()) -> Cells:
        """The column with only these of the words for what is missing as values.

        TRUE is as known as True is, which files write in either way.
        """
        if self.words is None or self.texts is None:
            return self
        spelt = truths(known)
        words = [spelt.get(word.lower(), word) for word in self.words.categories]
        codes = self.words.codes.astype(np.int64)
        return replace(self, texts=categories(codes, words, set(MARKERS) - set(known)))

    def as_groups(self) -> pd.Categorical:
        """The values as names of groups, in the order of their letters where they have a unit."""
        if self.unit and self.words is not None:
            return Cells.of_texts(self.name, self.words).as_texts()
        return self.as_texts()

    def text_of(self, number: float) -> str:
        """A number of this column as the file has it, as far as its zeros go."""
        return number_text(number).zfill(self.code_length)

    def as_texts(self) -> pd.Categorical:
        """The values as texts: a whole number without its decimals."""
        if self.texts is not None:
            return self.texts
        assert self.numbers is not None
        codes, values = pd.factorize(self.numbers, sort=True)
        return pd.Categorical.from_codes(
            codes, pd.Index([number_text(value) for value in values], dtype=object)
        )


@dataclass(frozen=True)
class Table:
    """An open table.

    ``names`` are those of all columns, ``cells`` the columns that were asked for. ``sample`` holds
    the first rows as texts, ``warnings`` sentences. ``records`` opens all rows as texts, each with
    its place in the file, which is counted in units such as ``unit``. ``written`` says how the
    file is written: the fields of a spec that its reader knows.
    """

    path: Path
    sha256: str
    names: tuple[str, ...]
    cells: dict[str, Cells]
    sample: tuple[tuple[str, ...], ...]
    records: Callable[[], AbstractContextManager[Records]]
    written: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    unit: str = "line"

    @property
    def signs(self) -> tuple[str, str]:
        """(decimal sign, thousands sign) of numbers in texts."""
        return self.written.get("decimal", "."), self.written.get("thousands", "")

    def place_of(self, row: int) -> str:
        """Where row number ``row`` (from 0) stands in the file, such as ``line 2``."""
        with self.records() as found:
            for number, (place, _) in enumerate(found):
                if number == row:
                    return f"{self.unit} {place}"
        return f"{self.unit} {row + 1}"


class RowCounter(Protocol):
    """Counts rows of a file while its bytes pass by, rather too few than too many."""

    rows: int

    def count(self, chunk: bytes) -> None:
        """Goes on with the next bytes."""


def _refuse_nothing(start: bytes) -> None:
    """Any bytes may be such a file."""


@dataclass(frozen=True)
class TableReader:
    """A kind of file that holds a table.

    ``endings`` are those of its files, the first that of a stored upload; ``any_ending`` takes
    what no other reader does. ``read(path, *, texts, only, wanted, least, **written)`` opens a
    table, as ``open_table`` says; ``written`` names what it takes of the fields of a spec that say
    how a file is written. ``refuse`` gets the first bytes and raises DataError when they are
    certainly none of its; ``row_counter`` makes what counts rows while a file is uploaded.

    ``recorded`` says how the spec of a study has its file written, as arguments of ``read``;
    ``likely`` gives the ways in which a file of further rows may be written, to be tried in turn;
    ``choices`` what one of those fields can be of a file, such as its sheets.
    ``script`` is Python code for ``train.py`` and ``score.py``: ``read(path)``, which gives a data
    frame of texts with the columns' names (pandas is ``pd``); ``constants`` are what it needs of
    a spec. Without it the scripts say that they cannot read such a file.
    """

    id: str
    label: str
    endings: tuple[str, ...]
    read: Callable[..., Table]
    any_ending: bool = False
    written: tuple[str, ...] = ()
    refuse: Callable[[bytes], None] = _refuse_nothing
    row_counter: Callable[[], RowCounter] | None = None
    recorded: Callable[[DatasetSpec], dict[str, Any]] = lambda spec: {}
    likely: Callable[[Path, DatasetSpec], Iterable[dict[str, Any]]] = lambda path, spec: [{}]
    choices: Callable[[Path], dict[str, list[Any]]] = lambda path: {}
    script: str = ""
    constants: Callable[[DatasetSpec], dict[str, Any]] = lambda spec: {}


def number_text(value: float) -> str:
    """A number as a label: 3 for 3.0."""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def categories(
    codes: np.ndarray, words: list[str], missing: Collection[str] = ()
) -> pd.Categorical:
    """Texts of codes into ``words``, -1 for missing, with sorted categories."""
    present = sorted(set(words) - set(missing))
    place = {word: number for number, word in enumerate(present)}
    # The last entry is for the code -1: it stays missing.
    moved = np.array([*(place.get(word, -1) for word in words), -1], dtype=np.int64)
    return pd.Categorical.from_codes(moved[codes], pd.Index(present, dtype=object))


def truths(known: Iterable[str]) -> dict[str, str]:
    """How words write true and false, by their small letters; {} where one is written twice."""
    found = [word for word in known if word.lower() in ("true", "false")]
    spelt = {word.lower(): word for word in found}
    return spelt if len(spelt) == len(found) else {}


def check_rows(count: int) -> None:
    """Raises DataError for more rows than this server reads."""
    allowed = int(most("rows"))
    if count > allowed:
        raise DataError(f"The table has more than {allowed:,} rows: take a sample of it.")


def unreadable(error: Exception) -> DataError:
    """What to say of a file that the system does not give."""
    reason = getattr(error, "strerror", None) or error
    return DataError(f"The file cannot be read ({reason}): check its path and rights.")


def _without(texts: pd.Categorical, markers: Collection[str]) -> pd.Categorical:
    """The texts with the markers missing, unless fewer than two others would be left."""
    words = list(texts.categories)
    left = len(set(words) - set(markers))
    if left == len(words) or left < 2:
        return texts
    return categories(texts.codes.astype(np.int64), words, markers)
