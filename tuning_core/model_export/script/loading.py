"""The part of a script that brings the rows: ``x`` and ``y``, of the catalog or of a table.

``train.py`` and ``score.py`` read a table with the same code, which does what the app does: every
cell as text, then each column by its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tuning_core.datasets.columns import CategoryColumn, TablePreprocessing
from tuning_core.datasets.tables import dates
from tuning_core.datasets.tables.numbers import MARKERS, MISSING, number_pattern
from tuning_core.datasets.tables.readers import open_table, reader_of, recorded
from tuning_core.datasets.tables.table import Cells, Table, TableReader, truths
from tuning_core.datasets.tables.uploads import table_path
from tuning_core.model_export.script.code import assigned, listed, written
from tuning_core.model_export.script.facts import Facts
from tuning_core.model_export.script.pictures import picture_code
from tuning_core.model_export.script.planes import PLANE_LOADERS
from tuning_core.spec.dataset import WORDS, DatasetSpec
from tuning_core.spec.plane import POINTS_SEED

KINDS = "# A number, a category or text (words), or how a date is written."


def column_kinds(
    preprocessing: object, names: tuple[str, ...], date_forms: Mapping[str, str]
) -> dict[str, str]:
    """The kind of every column that is learnt from; of dates, their form."""
    kinds = dict.fromkeys(names, "number")
    if isinstance(preprocessing, TablePreprocessing):
        kinds = {column.name: column.kind for column in preprocessing.columns}
    return kinds | dict(date_forms)


def known_words(preprocessing: object) -> dict[str, tuple[str, ...]]:
    """The categories of each column of texts."""
    if not isinstance(preprocessing, TablePreprocessing):
        return {}
    found = [one for one in preprocessing.columns if isinstance(one, CategoryColumn)]
    return {column.name: column.words for column in found}


def reading(reader: TableReader) -> str:
    """Code of ``read(path)``: the table as texts."""
    return reader.script or f'def read(path):\n    sys.exit("{unread(reader)}")'


def unread(reader: TableReader) -> str:
    """What the scripts say of a table whose reader has no code for them."""
    return f"train.py and score.py cannot read {reader.label}: score rows in the app."


def constants(
    reader: TableReader,
    own: DatasetSpec,
    words: Mapping[str, Iterable[str]],
    units: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The constants of ``reading`` and ``VALUES``; ``words`` are the texts that columns know.

    ``units`` stand behind all numbers of a column.
    """
    decimal, thousands = own.decimal or ".", own.thousands or ""
    markers = {
        name: [word for word in MARKERS if word in set(known)] for name, known in words.items()
    }
    return {
        **reader.constants(own),
        "DECIMAL": decimal,
        "THOUSANDS": thousands,
        "WRITTEN": number_pattern(decimal, thousands),
        "WORDS": {name: found for name, found in markers.items() if found},
        "MISSING": list(MISSING),
        "UNITS": dict(units or {}),
        "TRUTHS": {name: found for name, known in words.items() if (found := truths(known))},
    }


VALUES = '''\
def values(cells, kind):
    """A column as numbers (dates as days since 1970) or as texts, NaN where one is missing."""
    if cells.dtype.kind == "f":  # of a file that has numbers as such
        if kind == "number":
            return cells.where(np.isfinite(cells))
        known = cells.dropna().map(lambda cell: f"{cell:.0f}" if cell % 1 == 0 else f"{cell!r}")
        cells = known.reindex(cells.index, fill_value="")
    texts = cells.str.strip()
    known = WORDS.get(texts.name, [])
    missing = texts.isin([word for word in MISSING if word not in known])
    if kind in ("category", "text"):
        spelt = TRUTHS.get(texts.name, {})  # TRUE or True, as the study has it
        return texts.mask(missing).map(lambda text: spelt.get(text.lower(), text), "ignore")
    if kind == "number":
        missing |= texts.str.fullmatch("(?i)[+-]?nan")
        # Blanks, minus and apostrophe have several forms; $, % and their like are left out.
        plain = texts.str.replace("[\\u00a0\\u202f\\u2009]", " ", regex=True)
        plain = plain.str.replace("\\u2212", "-").str.replace("\\u2019", "'")
        plain = plain.str.removesuffix(UNITS.get(texts.name, "")).str.rstrip()
        fits = plain.str.fullmatch(WRITTEN) | plain.str.fullmatch("(?i)[+-]?inf(inity)?")
        plain = plain.where(fits).str.replace("[^0-9a-zA-Z+.,' -]|(?<=[^0-9]) ", "", regex=True)
        plain = plain.str.replace(THOUSANDS, "") if THOUSANDS else plain
        found = pd.to_numeric(plain.str.replace(DECIMAL, ".").str.strip(), errors="coerce")
    else:
        dates = pd.to_datetime(texts.mask(missing), format=kind, errors="coerce", utc=True)
        found = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
        found = found % 1 if kind[:2] in ("%H", "%I") else found  # a time of the day alone
    wrong = texts[found.isna() & ~missing]
    if len(wrong):
        sys.exit(f"Row {wrong.index[0] + 1}, {texts.name}: {wrong.iloc[0]!r} cannot be read.")
    found = found.astype("float64")
    return found.where(np.isfinite(found))'''


INSURANCE = "insurance.csv"
"""The one table of the catalog that no loader brings: it lies beside the script."""


def loading_code(facts: Facts) -> str:
    """Code that makes ``x`` (n, ...) and ``y`` (n,), raw.

    Also ``x_test`` and ``y_test`` where the dataset's own test part is kept.
    """
    if facts.spec.dataset.pictures:
        return picture_code(facts)
    if facts.spec.dataset.own:
        return table_code(facts)
    info, amount = facts.raw.info, facts.spec.dataset.amount
    lines = [LOADERS[info.id](facts)]
    if amount is not None and info.kind != "plane":
        kept = f"np.random.RandomState({POINTS_SEED}).permutation(len(y))[:{amount}]"
        x = "x.iloc[kept].reset_index(drop=True)" if facts.frame else "x[kept]"
        lines.append(f"kept = np.sort({kept})\nx, y = {x}, y[kept]")
    if info.has_test and not facts.own_test:
        # The study divides all rows.
        lines.append("x, y = np.concatenate([x, x_test]), np.concatenate([y, y_test])")
    return "\n".join(lines)


def _embedded(facts: Facts) -> str:
    return f"x, y = load_{facts.raw.info.id}(return_X_y=True)"


def _housing(facts: Facts) -> str:
    return "x, y = fetch_california_housing(return_X_y=True)"


def _insurance(facts: Facts) -> str:
    return (
        f'rows = pd.read_csv(Path(__file__).with_name("{INSURANCE}"))\n'
        'x, y = rows.drop(columns="charges"), rows["charges"].to_numpy()'
    )


_IDX = """\
if len(sys.argv) > 1:  # a folder with the four files as they are published, unpacked
    def read(name, start, *shape):
        return np.fromfile(Path(sys.argv[1]) / name, np.uint8)[start:].reshape(-1, *shape)

    x, y = read("train-images-idx3-ubyte", 16, 28, 28), read("train-labels-idx1-ubyte", 8)
    x_test, y_test = read("t10k-images-idx3-ubyte", 16, 28, 28), read("t10k-labels-idx1-ubyte", 8)
else:  # downloaded at the first run
    (x, y), (x_test, y_test) = keras.datasets.{name}.load_data()"""


def _idx(facts: Facts) -> str:
    return _IDX.format(name=facts.raw.info.id)


def _cifar(facts: Facts) -> str:
    load = "(x, y), (x_test, y_test) = keras.datasets.cifar10.load_data()\n"
    return load + "y, y_test = y.ravel(), y_test.ravel()"


LOADERS: dict[str, Callable[[Facts], str]] = {
    **dict.fromkeys(("digits", "iris", "wine", "breast_cancer", "diabetes"), _embedded),
    **PLANE_LOADERS,
    **dict.fromkeys(("mnist", "fashion_mnist"), _idx),
    "cifar10": _cifar,
    "california_housing": _housing,
    "insurance": _insurance,
}


def table_code(facts: Facts) -> str:
    """Code that makes ``x`` and ``y`` of the file named on the command line."""
    own, target = facts.spec.dataset, facts.raw.info.target
    path = table_path(own.id, facts.home)
    reader = reader_of(path)
    table = _open(facts, path)
    forms = _forms(facts, table)

    def column(name: str) -> str:
        cells = table.cells[name]
        named = cells.numbers is None or (name == own.group and cells.unit)
        kind = forms.get(name, "category" if named else "number")
        return f"values(rows[{written(name)}], {written(kind)})"

    words = {str(name): facts.raw.x[name].cat.categories for name in facts.texts} | {
        target: facts.raw.info.class_names
    }
    units = {name: table.cells[name].unit for name in (target, own.time) if name}
    units |= facts.raw.units
    lines = [assigned(name, value) for name, value in constants(reader, own, words, units).items()]
    kinds = {plan.name: forms.get(plan.name, plan.kind) for plan in facts.plans}
    lines += [KINDS, assigned("COLUMNS", kinds), "", ""]
    lines += [reading(reader), "", "", VALUES, "", ""]
    usage = f"Usage: python train.py TABLE{reader.endings[0]}"
    lines.append(f'if len(sys.argv) != 2:\n    sys.exit("{usage}")')
    lines.append("rows = read(sys.argv[1])")
    for name in (target, own.group, own.time):
        if name and table.cells[name].absent.any():
            lines.append(f"rows = rows[{column(name)}.notna()]")
    if own.time:
        oldest = f'{column(own.time)}.argsort(kind="stable")'
        lines.append(f"rows = rows.iloc[{oldest}]  # oldest first")
    lines.append("x = pd.DataFrame({name: values(rows[name], COLUMNS[name]) for name in COLUMNS})")
    lines.append(f"x = x.{'reset_index(drop=True)' if facts.frame else 'to_numpy()'}")
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


def _open(facts: Facts, path: Path) -> Table:
    own = facts.spec.dataset
    kinds = own.columns or {}
    return open_table(
        path,
        **recorded(own, path),
        texts=[name for name, kind in kinds.items() if kind in WORDS],
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
