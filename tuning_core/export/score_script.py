"""``score.py``: the file of a bundle that scores a CSV with Keras and pandas alone."""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from string import Template

from tuning_core.datasets import PreparedData
from tuning_core.datasets.tables.dialect import MISSING
from tuning_core.datasets.tables.encoding import CategoryColumn, TablePreprocessing
from tuning_core.spec import StudySpec

NAME = "score.py"


def score_script(spec: StudySpec, data: PreparedData, date_forms: Mapping[str, str]) -> str:
    """The script for a model of a table; ``date_forms`` says how its dates are written.

    A file is expected to be written as the one of the study was.
    """
    columns = dict.fromkeys(data.info.feature_names, "number")
    pre = data.preprocessing
    if isinstance(pre, TablePreprocessing):
        columns = {
            column.name: "category" if isinstance(column, CategoryColumn) else "number"
            for column in pre.columns
        }
    own = spec.dataset
    constants = {
        "COLUMNS": columns | dict(date_forms),
        "CLASSES": list(data.info.class_names),
        "TARGET": data.info.target,
        "DELIMITER": own.delimiter or ",",
        "DECIMAL": own.decimal or ".",
        "ENCODING": own.encoding or "utf-8",
        "HEADER": own.header is not False,
        "MISSING": list(MISSING),
    }
    written = {
        name: pformat(value, width=88, sort_dicts=False) for name, value in constants.items()
    }
    return _SCRIPT.substitute(written)


_SCRIPT = Template('''\
"""Score a CSV with model.keras:  python score.py ROWS.csv [PREDICTIONS.csv]

Needs what requirements.txt lists. The CSV has the columns below, in any order; others are kept
as they are. Every row comes out with the model's answer, for classes with all probabilities.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd

# What the model reads: a number, a category (text), or how a date is written.
COLUMNS = $COLUMNS
CLASSES = $CLASSES
TARGET = $TARGET
# How the CSV is written.
DELIMITER = $DELIMITER
DECIMAL = $DECIMAL
ENCODING = $ENCODING
HEADER = $HEADER
MISSING = $MISSING


def read(path):
    """The rows as texts, missing values empty; names that come twice are numbered."""
    rows = pd.read_csv(
        path, sep=DELIMITER, encoding=ENCODING, header=None, dtype=str, keep_default_na=False
    )
    rows = rows.apply(lambda column: column.str.strip())
    names = []
    for number, cell in enumerate(rows.iloc[0] if HEADER else [""] * rows.shape[1], start=1):
        name, copy = cell or f"column_{number}", 1
        while name in names:
            copy += 1
            name = f"{cell} ({copy})"
        names.append(name)
    rows.columns = names
    return rows.iloc[1:].reset_index(drop=True) if HEADER else rows


def values(texts, kind):
    """A column as numbers (dates as days since 1970) or as texts; exits for what is neither."""
    missing = texts.isin(MISSING)
    if kind == "category":
        return texts.mask(missing, "")
    if kind == "number":
        found = pd.to_numeric(texts.str.replace(DECIMAL, "."), errors="coerce")
    else:
        dates = pd.to_datetime(texts.mask(missing), format=kind, errors="coerce", utc=True)
        found = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    wrong = texts[found.isna() & ~missing]
    if len(wrong):
        sys.exit(f"Row {wrong.index[0] + 1}, {texts.name}: {wrong.iloc[0]!r} cannot be read.")
    return found.astype("float32")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("Usage: python score.py ROWS.csv [PREDICTIONS.csv]")
    rows = read(sys.argv[1])
    absent = [name for name in COLUMNS if name not in rows]
    if absent:
        sys.exit(f"The CSV has no column {absent[0]!r}; the model needs {', '.join(COLUMNS)}.")
    read_values = {name: values(rows[name], kind) for name, kind in COLUMNS.items()}
    model = keras.saving.load_model(Path(__file__).with_name("model.keras"))
    if "category" in COLUMNS.values():
        import tensorflow as tf

        inputs = {name: tf.constant(list(column), shape=(len(column), 1))
                  for name, column in read_values.items()}
    else:
        inputs = np.stack([column.to_numpy() for column in read_values.values()], axis=1)
    answers = model.predict(inputs, batch_size=1024, verbose=0)
    if CLASSES:
        rows[f"predicted {TARGET}"] = [CLASSES[place] for place in answers.argmax(axis=1)]
        for place, name in enumerate(CLASSES):
            rows[f"probability of {name}"] = answers[:, place].round(6)
    else:
        rows[f"predicted {TARGET}"] = answers[:, 0]
    written = sys.argv[2] if len(sys.argv) == 3 else "predictions.csv"
    rows.to_csv(written, index=False)
    print(f"{len(rows)} rows scored: {written}")


main()
''')
