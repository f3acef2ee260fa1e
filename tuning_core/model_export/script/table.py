"""The part of a script that reads a CSV of the user's own, as the study read it."""

from __future__ import annotations

from tuning_core.datasets.tables import dates
from tuning_core.datasets.tables.cells import Cells
from tuning_core.datasets.tables.reading import Table, open_table
from tuning_core.datasets.tables.rows import written as written_as
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.model_export.script.cells import KINDS, READING, writing
from tuning_core.model_export.script.code import assigned, listed, written
from tuning_core.model_export.script.facts import Facts


def table_code(facts: Facts) -> str:
    """Code that makes ``x`` and ``y`` of the file named on the command line."""
    own, target = facts.spec.dataset, facts.raw.info.target
    table = _open(facts)
    forms = _forms(facts, table)

    def column(name: str) -> str:
        kind = forms.get(name, "category" if table.cells[name].numbers is None else "number")
        return f"values(rows[{written(name)}], {written(kind)})"

    words = {str(name): facts.raw.x[name].cat.categories for name in facts.texts} | {
        target: facts.raw.info.class_names
    }
    lines = [assigned(name, value) for name, value in writing(own, words).items()]
    kinds = {
        str(name): "category" if name in facts.texts else forms.get(str(name), "number")
        for name in facts.raw.x.columns
    }
    lines += [KINDS, assigned("COLUMNS", kinds), "", "", READING, "", ""]
    lines += ['if len(sys.argv) != 2:\n    sys.exit("Usage: python train.py TABLE.csv")']
    lines.append("rows = read(sys.argv[1])")
    for name in (target, own.group, own.time):
        if name and table.cells[name].absent.any():
            lines.append(f"rows = rows[{column(name)}.notna()]")
    if own.time:
        oldest = f'{column(own.time)}.argsort(kind="stable")'
        lines.append(f"rows = rows.iloc[{oldest}]  # oldest first")
    lines.append("x = pd.DataFrame({name: values(rows[name], COLUMNS[name]) for name in COLUMNS})")
    lines.append(f"x = x.{'reset_index(drop=True)' if facts.texts else 'to_numpy()'}")
    if facts.task == "regression":
        lines.append(f"y = {column(target)}.to_numpy()")
    else:
        numbers = table.cells[target].numbers is not None
        names = facts.raw.info.class_names
        lines.append(listed("CLASSES", [_number(name) if numbers else name for name in names]))
        lines.append(f"y = np.array([CLASSES.index(name) for name in {column(target)}])")
    if own.group:
        lines.append(f"groups = {column(own.group)}.to_numpy()")
    return "\n".join(lines)


def _open(facts: Facts) -> Table:
    own = facts.spec.dataset
    kinds = own.columns or {}
    return open_table(
        table_path(own.id, facts.home),
        **written_as(own),
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


def _number(name: str) -> int | float:
    """A class whose name is a number."""
    value = float(name)
    return int(value) if value.is_integer() else value
