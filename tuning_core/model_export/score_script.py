"""``score.py``: the file of a bundle that scores a table with Keras and pandas alone."""

from __future__ import annotations

from collections.abc import Mapping
from pprint import pformat
from string import Template

from tuning_core.datasets import PreparedData
from tuning_core.datasets.spreadsheet import FORMULA
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.csv.header import NUMBER
from tuning_core.datasets.tables.table import TableReader
from tuning_core.model_export.script.loading import (
    VALUES,
    column_kinds,
    constants,
    known_words,
    reading,
)
from tuning_core.spec.study import StudySpec

NAME = "score.py"


def score_script(
    spec: StudySpec,
    data: PreparedData,
    date_forms: Mapping[str, str],
    reader: TableReader = CSV,
    units: Mapping[str, str] | None = None,
) -> str:
    """The script for a model of a table; ``date_forms`` says how its dates are written.

    ``units`` says what stands behind its numbers.
    A file is expected to be written as the one of the study was, which ``reader`` reads.
    """
    of_model = {
        "COLUMNS": column_kinds(data.preprocessing, data.info.feature_names, date_forms),
        "CLASSES": list(data.info.class_names),
        "TARGET": data.info.target,
    }
    of_file = constants(reader, spec.dataset, known_words(data.preprocessing), units)
    ending = reader.endings[0]
    return _SCRIPT.substitute(
        OF_MODEL=_assigned(of_model),
        OF_FILE=_assigned({**of_file, "FORMULA": FORMULA, "NUMBER": NUMBER}),
        READING=reading(reader),
        VALUES=VALUES,
        LABEL=reader.label,
        ROWS=f"ROWS{ending}",
    )


def _assigned(values: Mapping[str, object]) -> str:
    return "\n".join(
        f"{name} = {pformat(value, width=88, sort_dicts=False)}" for name, value in values.items()
    )


_SCRIPT = Template('''\
"""Score a $LABEL with model.keras:  python score.py $ROWS [PREDICTIONS.csv]

Needs what requirements.txt lists. The $LABEL has the columns below, in any order; others are kept
as they are. Every row comes out with the model's answer, for classes with all probabilities.
"""

import re
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd

# What the model reads: a number, a category or text (words), or how a date is written.
$OF_MODEL
# How the $LABEL is written; WORDS are those of MISSING that are values of a column.
$OF_FILE


$READING


$VALUES


def safe(text):
    """A text that no spreadsheet runs as a formula: with an apostrophe where it would."""
    bare = text.strip()
    if bare in ("-", "+") or re.fullmatch(NUMBER, bare):
        return text
    return re.sub(FORMULA, r"\\1'", text)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("Usage: python score.py $ROWS [PREDICTIONS.csv]")
    rows = read(sys.argv[1])
    absent = [name for name in COLUMNS if name not in rows]
    if absent:
        sys.exit(f"The $LABEL has no column {absent[0]!r}; the model needs {', '.join(COLUMNS)}.")
    read_values = {name: values(rows[name], kind) for name, kind in COLUMNS.items()}
    model = keras.saving.load_model(Path(__file__).with_name("model.keras"))
    # Or predict would round large numbers, before the model takes their offset away.
    keras.config.set_floatx("float64")
    words = [name for name, kind in COLUMNS.items() if kind in ("category", "text")]
    if words:
        import tensorflow as tf

        inputs = {
            name: tf.constant(
                column.fillna("").tolist() if name in words else column.to_numpy(),
                shape=(len(column), 1),
            )
            for name, column in read_values.items()
        }
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
    for name in rows.select_dtypes(exclude="number"):
        rows[name] = rows[name].map(safe, na_action="ignore")
    rows.rename(columns=safe).to_csv(written, index=False)
    print(f"{len(rows)} rows scored: {written}")


main()
''')
