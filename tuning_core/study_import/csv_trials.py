"""Tables of trials: a line for each, with its configuration and its score."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tuning_core.catalog import TrialStatus, Value
from tuning_core.spec.model import Direction
from tuning_core.spec.parts import MAX_EPOCHS
from tuning_core.study_import.csv_columns import STATUS_WORDS, Columns, columns_of
from tuning_core.study_import.declarations import hyperparameter_name, metric_name
from tuning_core.study_import.metric_names import known_direction, usual_direction
from tuning_core.study_import.reader import MOST_TRIALS, ReadOptions, RunsReader
from tuning_core.study_import.run_files import RunFiles, RunsError
from tuning_core.study_import.runs import RecordedSearch, RecordedTrial, RunEpoch

if TYPE_CHECKING:
    from tuning_core.datasets.tables.table import Cells, Table

_ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".dat")
_MOST_BYTES = 200_000_000
_FLAGS = {"true": True, "false": False}
_EARLIEST, _LATEST = 1e8, 9e9
_DURATION = re.compile(r"(?:(\d+) days? )?(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_NAMED = 10
_EXACT = 2**53

Column = Sequence[Value | None]


def _recognises(files: RunFiles) -> bool:
    return bool(files.single) and PurePosixPath(files.single).suffix.lower() in _ENDINGS


def _read(files: RunFiles, options: ReadOptions) -> RecordedSearch:
    # What reads tables imports pandas, which no other reader needs.
    from tuning_core.datasets.raw import DataError
    from tuning_core.datasets.tables.readers import open_table

    with files.on_disk(files.single, _MOST_BYTES) as path:
        try:
            table = open_table(path)
        except DataError as error:
            raise RunsError(str(error)) from None
        columns = {name: _values(cells, table) for name, cells in table.cells.items()}
    rows = len(next(iter(columns.values()), ()))
    if not rows:
        raise RunsError("The table has no line of values: expected one for each trial.")
    if rows > MOST_TRIALS:
        raise RunsError(f"The table has more than {MOST_TRIALS:,} trials: too many to take in.")
    known = {
        name: {value for value in column if value is not None} for name, column in columns.items()
    }
    kinds = {name: _kind(values) for name, values in known.items()}
    distinct = {name: len(values) for name, values in known.items()}
    found = columns_of(table.names, kinds, distinct, rows, options)
    if not found.parameters:
        raise RunsError("No column of the table is a hyperparameter: name some with --parameters.")
    objective = metric_name(options.objective or found.objective)
    direction = _direction(found, objective, options)
    metrics: dict[str, Direction] = {metric_name(n): usual_direction(n) for n in found.metrics}
    order = _order(columns["number"], rows) if found.ours else list(range(rows))
    reading = _Row(found, columns, objective, order)
    return RecordedSearch(
        name=options.name or files.label,
        tool="csv",
        search="",
        objective=objective,
        direction=direction,
        metrics=metrics,
        declared={},
        trials=[reading.trial(row) for row in order],
        notes=_notes(found, table),
    )


def _kind(values: set[Value]) -> str:
    if values and all(isinstance(value, bool) for value in values):
        return "flag"
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return "number" if numbers and len(numbers) == len(values) else "text"


def _values(cells: Cells, table: Table) -> Column:
    """The values of a column, None where one is missing; whole numbers as integers."""
    if cells.numbers is not None:
        numbers = [float(number) for number in cells.numbers]
        place = table.names.index(cells.name)
        written = [row[place] for row in table.sample if place < len(row)]
        decimal = table.signs[0]
        whole = not any(decimal in text or "e" in text.lower() for text in written)
        present = [number for number in numbers if not math.isnan(number)]
        whole = whole and all(n.is_integer() and abs(n) < _EXACT for n in present)
        return [
            None if math.isnan(number) else int(number) if whole else number for number in numbers
        ]
    assert cells.texts is not None
    texts = [_plain(str(text)) for text in cells.texts.categories]
    lower = [text.strip().lower() for text in texts]
    made: list[Value] = list(texts)
    if lower and all(text in _FLAGS for text in lower):
        made = [_FLAGS[text] for text in lower]
    return [made[code] if code >= 0 else None for code in cells.codes]


def _plain(text: str) -> str:
    """A text without the apostrophe that keeps a spreadsheet from running it."""
    from tuning_core.datasets.spreadsheet import safe_text

    bare = text.removeprefix("'")
    return bare if bare != text and safe_text(bare) == text else text


def _direction(found: Columns, objective: str, options: ReadOptions) -> Direction:
    direction = options.direction or known_direction(objective)
    if direction is None or (found.ours and objective == "score" and not options.direction):
        raise RunsError(
            f"direction: the table does not say which {objective} is better: give --direction "
            "max or min.",
            "direction",
            ("max", "min"),
        )
    return direction


def _order(numbers: Column, rows: int) -> list[int]:
    """The lines in the order of their trials, which somebody may have sorted otherwise."""
    whole = [number for number in numbers if isinstance(number, int)]
    if len(set(whole)) < rows:
        return list(range(rows))
    return sorted(range(rows), key=whole.__getitem__)


class _Row:
    """Lines of the table as trials, in their ``order``."""

    def __init__(
        self, found: Columns, columns: dict[str, Column], objective: str, order: Sequence[int]
    ) -> None:
        self._found = found
        # Trials are numbered anew where lines were left out.
        given = columns["number"] if found.ours else ()
        places = {given[row]: place for place, row in enumerate(order, 1)} if given else {}
        self._numbers = {number: place for number, place in places.items() if number is not None}
        self._columns = columns
        self._objective = objective

    def trial(self, row: int) -> RecordedTrial:
        """One line."""
        config = {
            hyperparameter_name(name): value
            for column, name in self._found.parameters.items()
            if (value := self._columns[column][row]) is not None
        }
        score = _number(self._columns[self._found.objective][row])
        status = self._status(row, score)
        best = _whole(self._role("best_epoch", row))
        started, ended = _moment(self._role("started", row)), _moment(self._role("ended", row))
        seconds = _seconds(self._role("seconds", row))
        if seconds is None and started is not None and ended is not None and ended >= started:
            seconds = ended - started
        message = self._role("message", row)
        return RecordedTrial(
            config=config,
            status=status,
            score=score,
            epochs=self._epochs(row, score, best or _whole(self._role("epochs", row)) or 1),
            started=started,
            seconds=seconds,
            best_epoch=best,
            message="" if message is None else str(message),
            parent=self._numbers.get(self._role("parent", row) or ""),
            parameters=self._size(row),
        )

    def _role(self, role: str, row: int) -> Value | None:
        column = self._found.roles.get(role)
        return None if column is None else self._columns[column][row]

    def _status(self, row: int, score: float | None) -> TrialStatus:
        word = self._role("status", row)
        text = "" if word is None else str(word).rpartition(".")[2].strip().lower()
        otherwise = TrialStatus.FAILED if score is None else TrialStatus.COMPLETED
        status = STATUS_WORDS.get(text, otherwise)
        return TrialStatus.FAILED if status is TrialStatus.COMPLETED and score is None else status

    def _epochs(self, row: int, score: float | None, epoch: int) -> list[RunEpoch]:
        """The metrics of a line as one epoch, where it has more than the objective."""
        if not self._found.metrics:
            return []
        metrics = {metric_name(n): _number(self._columns[n][row]) for n in self._found.metrics}
        metrics[self._objective] = score
        return [RunEpoch(1, epoch, {n: v for n, v in metrics.items() if v is not None})]

    def _size(self, row: int) -> int | None:
        size = self._role("size", row)
        return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None


def _number(value: Value | None) -> float | None:
    if value is None or isinstance(value, bool | str):
        return None
    return float(value)


def _whole(value: Value | None) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 1 <= number <= MAX_EPOCHS else None


def _seconds(value: Value | None) -> float | None:
    """A duration in seconds, also one such as ``0 days 00:01:02.5``."""
    if isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())) is not None:
        days, hours, minutes, seconds = found.groups()
        return int(days or 0) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + float(seconds)
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _moment(value: Value | None) -> float | None:
    """Unix seconds, of a number of them or of a date; a date without a zone is taken as UTC."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    number = _number(value)
    return number if number is not None and _EARLIEST < number < _LATEST else None


def _notes(found: Columns, table: Table) -> list[str]:
    notes = []
    listed = ", ".join(list(found.parameters.values())[:_NAMED])
    more = f" and {len(found.parameters) - _NAMED} more" if found.parameters else ""
    notes.append(
        f"Hyperparameters: {listed}{more if len(found.parameters) > _NAMED else ''}; their ranges "
        "are those of the values in the table."
    )
    if found.left_out:
        notes.append(f"Left out, as no hyperparameters: {', '.join(found.left_out[:_NAMED])}.")
    if not found.metrics:
        notes.append("There are no learning curves in the table.")
    else:
        notes.append("What a line reports stands as one epoch: there are no learning curves.")
    return [*notes, *(str(warning) for warning in table.warnings)]


READER = RunsReader("csv", "CSV of trials", _recognises, _read)
