"""The part of a script that reads a CSV of the user's own, as the study read it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tuning_core.datasets.tables import dates
from tuning_core.datasets.tables.cells import Cells, number_text
from tuning_core.datasets.tables.reading import Table, open_table
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.export.script.code import Code, call, listed, written
from tuning_core.export.script.facts import Facts

_MISSING = ["na", "?", "-"]
"""What pandas does not take for a missing value by itself, and the app does."""


def table_code(facts: Facts) -> str:
    """Code that makes ``x`` and ``y`` of the file named on the command line."""
    own, target = facts.spec.dataset, facts.raw.info.target
    names = [str(name) for name in facts.raw.x.columns]
    table = _open(facts)
    forms = _forms(facts, table)
    labels = [_label(name) for name in facts.raw.info.class_names]
    # One label that is no number makes all of them texts.
    worded = not all(isinstance(label, int | float) for label in labels)
    words = list(dict.fromkeys([*facts.texts, *forms, *([target] if worded else [])]))
    options = _options(facts, table) | (
        {"dtype": Code("dict.fromkeys(TEXTS, str)")} if words else {}
    )
    lines = ['if len(sys.argv) != 2:\n    sys.exit("Usage: python train.py TABLE.csv")']
    lines += [listed("TEXTS", words)] if words else []
    lines.append(f"rows = {call('pd.read_csv', Code('sys.argv[1]'), **options)}")
    if words:
        lines.append("rows[TEXTS] = rows[TEXTS].apply(lambda column: column.str.strip())")
    needed = [name for name in (target, own.group, own.time) if name]
    if any(table.cells[name].absent.any() for name in needed):
        lines.append(f"rows = rows.dropna(subset={written(needed)})")
    lines += [_days(name, form) for name, form in forms.items()]
    if own.time:
        lines.append(f'rows = rows.sort_values({written(own.time)}, kind="stable")  # oldest first')
    if facts.texts:
        lines += [listed("COLUMNS", names), "x = rows[COLUMNS].reset_index(drop=True)"]
    else:
        lines += [listed("COLUMNS", names), "x = rows[COLUMNS].to_numpy(float)"]
    if facts.task == "regression":
        lines.append(f"y = rows[{written(target)}].to_numpy(float)")
    else:
        given = [str(name) for name in facts.raw.info.class_names] if worded else labels
        lines.append(listed("CLASSES", given))
        lines.append(f"y = np.array([CLASSES.index(name) for name in rows[{written(target)}]])")
    if own.group:
        lines.append(f"groups = rows[{written(own.group)}].to_numpy()")
    return "\n".join(lines)


def _open(facts: Facts) -> Table:
    own = facts.spec.dataset
    kinds = own.columns or {}
    return open_table(
        table_path(own.id, facts.home),
        delimiter=own.delimiter,
        decimal=own.decimal,
        encoding=own.encoding,
        header=own.header,
        texts=[name for name, kind in kinds.items() if kind == "category"],
        only=[*facts.raw.x.columns, *filter(None, (own.target, own.group, own.time))],
    )


def _forms(facts: Facts, table: Table) -> dict[str, str]:
    """How each column of dates is written, that of the time of the rows among them."""
    forms = dict(facts.raw.date_forms)
    time = facts.spec.dataset.time
    if time is not None and time not in forms and table.cells[time].numbers is None:
        forms[time] = dates.find_form(_words(table.cells[time]))[0] or dates.ISO
    return forms


def _words(cells: Cells) -> list[str]:
    assert cells.texts is not None
    return list(cells.texts.categories)


def _options(facts: Facts, table: Table) -> dict[str, Any]:
    """What ``read_csv`` would not find out by itself."""
    dialect = table.dialect
    options: dict[str, Any] = {}
    if dialect.delimiter != ",":
        options["sep"] = dialect.delimiter
    if dialect.decimal != ".":
        options["decimal"] = dialect.decimal
    if dialect.encoding not in ("utf-8", "ascii"):
        options["encoding"] = dialect.encoding
    first = pd.read_csv(
        table.path, sep=dialect.delimiter, encoding=dialect.encoding, nrows=1, dtype=str
    )
    if not dialect.header:
        options |= {"header": None, "names": list(dialect.names)}
    elif tuple(first.columns) != dialect.names:
        options |= {"header": 0, "names": list(dialect.names)}
    if any(cells.absent.any() for cells in table.cells.values()):
        options["na_values"] = _MISSING
    return options


def _days(name: str, form: str) -> str:
    column = f"rows[{written(name)}]"
    parsed = call("pd.to_datetime", Code(column), format=form, utc=True)
    return f'{column} = ({parsed} - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)'


def _label(name: str) -> str | float:
    """A class as pandas reads it: a number where the name is one."""
    try:
        value = float(name)
    except ValueError:
        return name
    if number_text(value) != name:
        return name
    return int(value) if value.is_integer() else value
