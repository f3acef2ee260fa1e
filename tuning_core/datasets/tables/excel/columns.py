"""The columns of a sheet, gathered in blocks of rows: numbers where all cells are, else texts."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tuning_core.datasets.tables import numbers
from tuning_core.datasets.tables.excel.layout import LAST, Row, cell_text, filled, notes_below
from tuning_core.datasets.tables.numbers import NumberForm
from tuning_core.datasets.tables.table import Cells
from tuning_core.datasets.tables.texts import Signs, cells_of

_BLOCK = 5_000
_WEIGHED = 5_000


def values_of(rows: Iterable[Row], width: int, notes: list[Row]) -> Iterator[Row]:
    """The rows without the notes below a table of so many named columns; these go to ``notes``."""
    held: deque[Row] = deque()
    for row in rows:
        held.append(row)
        if len(held) > LAST:
            yield held.popleft()
    last = list(held)
    count = notes_below(last, width)
    notes += last[len(last) - count :]
    yield from last[: len(last) - count]


class Column:
    """The cells of one column."""

    def __init__(self) -> None:
        self.empty = True
        self._blocks: list[np.ndarray | pa.DictionaryArray] = []
        self._figures: set[str] = set()

    def add(self, cells: Sequence[Any]) -> None:
        """Goes on with the next cells."""
        kinds = set(map(type, cells))
        if kinds <= {float, int}:
            self.empty = False
            self._blocks.append(np.array(cells, np.float64))
            return
        present = [cell for cell in cells if filled(cell)]
        self.empty = self.empty and not present
        if all(type(cell) in (float, int) for cell in present):
            found = [cell if filled(cell) else np.nan for cell in cells]
            self._blocks.append(np.array(found, np.float64))
            return
        figures = (cell_text(cell) for cell in present if type(cell) is float)
        self._figures.update(text for text in figures if "." in text)
        texts = [cell_text(cell) if filled(cell) else None for cell in cells]
        self._blocks.append(pa.array(texts, pa.string()).dictionary_encode())

    def note(self, cells: Sequence[Any]) -> None:
        """Goes on with the next cells of a column that nobody asked for."""
        self.empty = self.empty and not any(map(filled, cells))

    @property
    def of_numbers(self) -> bool:
        """Whether each cell is a number or empty."""
        return all(isinstance(block, np.ndarray) for block in self._blocks)

    def words(self) -> list[str]:
        """Some of the different texts, without those that Excel has as numbers."""
        words: dict[str, None] = {}
        for block in self._blocks:
            if not isinstance(block, np.ndarray):
                words |= dict.fromkeys(block.dictionary[:_WEIGHED].to_pylist())
        return [word for word in words if word not in self._figures][:_WEIGHED]

    def cells(self, name: str, form: NumberForm, *, as_text: bool) -> Cells:
        """The whole column, whose cells are forgotten."""
        blocks, self._blocks = self._blocks, []
        if not as_text and all(isinstance(block, np.ndarray) for block in blocks):
            return Cells.of_numbers(name, np.concatenate(blocks))
        texts = pa.chunked_array([self._texts(block, form.decimal) for block in blocks])
        return cells_of(name, texts, Signs(form.decimal, form.thousands), as_text=as_text)

    def _texts(self, block: Any, decimal: str) -> pa.DictionaryArray:
        if isinstance(block, np.ndarray):
            texts = [None if np.isnan(number) else cell_text(number, decimal) for number in block]
            return pa.array(texts, pa.string()).dictionary_encode()
        if decimal == ".":
            return block
        words = [
            word.replace(".", decimal) if word in self._figures else word
            for word in block.dictionary.to_pylist()
        ]
        return pa.DictionaryArray.from_arrays(block.indices, pa.array(words, pa.string()))


def gathered(
    rows: Iterable[Row], names: Sequence[str], only: Collection[str] | None
) -> list[Column]:
    """The columns of these names; of those that are not among ``only`` whether they are empty."""
    columns = [Column() for _ in names]
    block: list[list[Any]] = []

    def add() -> None:
        for name, column, cells in zip(names, columns, zip(*block, strict=True), strict=False):
            (column.add if only is None or name in only else column.note)(cells)
        block.clear()

    for _, cells in rows:
        block.append(cells)
        if len(block) == _BLOCK:
            add()
    if block:
        add()
    return columns


def form_of(columns: Iterable[Column], decimal: str | None, thousands: str | None) -> NumberForm:
    """How the numbers in texts are written."""
    words = (column.words() for column in columns if not column.of_numbers)
    return numbers.find_form(words, ",", decimal, thousands)
