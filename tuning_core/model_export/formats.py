"""The model file of another format in a bundle: what it takes, and what the card says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.catalog.model_formats import CHECKED_ROWS, KERAS, Comparison, ModelFormat
from tuning_core.datasets import PreparedData, load_rows, take_rows
from tuning_core.datasets.columns import CategoryColumn, TablePreprocessing, TextColumn
from tuning_core.model_export.conversion import as_taken, converted, input_names
from tuning_core.model_export.evaluation import predict, raw_inputs
from tuning_core.models import coded_rows, codes
from tuning_core.spec.study import StudySpec

PREPARATION = "preparation.json"
"""How to turn a table's texts into the numbers that a file of another format takes."""


@dataclass(frozen=True)
class OtherFile:
    """A model file in another format, which answered as the model; ``texts`` go beside it."""

    path: Path
    compared: Comparison
    section: str
    texts: Mapping[str, str]


def other_file(
    known: ModelFormat,
    model: keras.Model,
    coded: Callable[[], keras.Model],
    spec: StudySpec,
    data: PreparedData,
    home: Path,
    folder: Path,
) -> OtherFile:
    """Writes the best ``model``, which takes raw rows of the study, in a format to ``folder``.

    One that takes texts cannot leave TensorFlow: what ``coded`` gives leaves in its place, a model
    of the same weights that takes a number for each text. Raises ExportError.
    """
    raw = load_rows(spec.dataset, home)
    # From all over the data, for they may be in the order of their classes.
    spread = np.linspace(0, len(raw.y) - 1, min(CHECKED_ROWS, len(raw.y))).astype(int)
    rows = take_rows(raw.x, spread)
    with keras.device("cpu:0"):  # A graphics card rounds otherwise.
        expected = predict(model, rows, data)
    pre, texts = data.preprocessing, dict[str, str]()
    taken: Any
    if isinstance(pre, TablePreprocessing) and not pre.numeric:
        model, taken = coded(), coded_rows(pre, rows)
        texts = {PREPARATION: json.dumps(_preparation(pre, raw.date_forms), indent=2) + "\n"}
    else:
        taken = raw_inputs(rows, data)
    return file_of(known, model, taken, expected, folder, texts)


def file_of(
    known: ModelFormat,
    model: keras.Model,
    taken: Any,
    expected: Any,
    folder: Path,
    texts: Mapping[str, str] | None = None,
) -> OtherFile:
    """Writes any model, compared on the rows ``taken``, an array or a structure of arrays.

    ``expected`` are the answers to them; ``texts`` say how texts became ``taken``. Raises
    ExportError.
    """
    path, taken = folder / known.file, as_taken(model, taken)
    arrays = keras.tree.flatten(taken)
    compared = converted(model, taken, expected, path, known)
    names = input_names(model, len(arrays))
    section = _section(known, names, arrays, compared, coded=bool(texts))
    return OtherFile(path, compared, section, texts or {})


_COUNTS = (
    "A to Z in lower case, ASCII punctuation removed, cut at blanks: words, and pairs of "
    "neighbours with a blank between",
    "A to Z in lower case, ASCII punctuation removed: characters, and pairs of neighbours with a "
    "blank between",
)


def _preparation(pre: TablePreprocessing, dates: Mapping[str, str]) -> dict[str, Any]:
    columns: list[dict[str, Any]] = []
    for column in pre.columns:
        if isinstance(column, TextColumn):
            columns.append({"name": column.name, "counts": _COUNTS[column.characters]})
            columns[-1]["terms"] = list(column.vocabulary)
        elif isinstance(column, CategoryColumn):
            columns.append({"name": column.name, "codes": codes(column), "anything_else": 0})
        elif column.name in dates:
            columns.append({"name": column.name, "unit": "days since 1970", "missing": "NaN"})
        else:
            columns.append({"name": column.name, "missing": "NaN"})
    return {"columns": columns}


def _section(
    known: ModelFormat,
    names: Sequence[str],
    taken: Sequence[np.ndarray],
    compared: Comparison,
    coded: bool,
) -> str:
    """What the card says of the file."""
    words = " and ".join(
        f"`{name}`, {array.dtype} of shape ({', '.join(['n', *map(str, array.shape[1:])])})"
        for name, array in zip(names, taken, strict=True)
    )
    if coded:
        words += (
            f":\na column for each entry of `{PREPARATION}`, in that order, with its code for a "
            "category, or\nof a text one for each of its terms, with how often it is there.\n"
            f"Texts themselves cannot leave TensorFlow: `{KERAS.file}` takes them"
        )
    rows = [f'"{name}": {"rows" if len(names) == 1 else name}' for name in names]
    return f"""
## {known.file}

For {known.runs_in}. It takes {words}.
{compared.words}

```python
{_USE[known.id].format(file=known.file, rows="{" + ", ".join(rows) + "}")}```
"""


_USE = {
    "onnx": """from onnxruntime import InferenceSession  # pip install onnxruntime

session = InferenceSession("{file}")
[answers, *_] = session.run(None, {rows})
""",
    "litert": """from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert

runner = Interpreter("{file}").get_signature_runner()
[answers, *_] = runner(**{rows}).values()
""",
}
