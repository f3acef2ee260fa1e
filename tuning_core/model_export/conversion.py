"""The best model in another program's format, which must answer there as it does in Keras."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.catalog.model_formats import TOLERANCE, Comparison, ModelFormat
from tuning_core.child_process import run_child
from tuning_core.model_export.model import ExportError

_SECONDS = 240

_ALONE = {
    "onnx": """
from onnxruntime import InferenceSession
session = InferenceSession(path, providers=["CPUExecutionProvider"])
answers = session.run(None, dict(zip([taken.name for taken in session.get_inputs()], rows)))
""",
    "litert": """
from ai_edge_litert.interpreter import Interpreter
runner = Interpreter(path).get_signature_runner()
found = runner(**dict(zip(names, rows)))
answers = [found[name] for name in sorted(found, key=lambda name: (len(name), name))]
""",
}
"""By format, how its own program lets ``answers`` follow from ``rows``: Keras is not there."""

_SCRIPT = """
import json, sys
import numpy as np
sys.modules["keras"] = sys.modules["tensorflow"] = None
path, names = sys.argv[1], json.loads(sys.argv[2])
file = np.load("rows.npz", allow_pickle=False)
rows = [file[str(place)] for place in range(len(names))]
{program}
np.savez("answers.npz", **{{str(place): answer for place, answer in enumerate(answers)}})
"""


def converted(
    model: keras.Model, rows: Any, expected: Any, path: Path, known: ModelFormat
) -> Comparison:
    """Writes ``model`` in a format to ``path``, whose name ends as the format asks.

    ``rows`` are what the model takes, an array or a structure of arrays; ``expected`` what it, or
    the one that it stands for, answers to them. The file is loaded in a process without Keras.

    Raises:
        ExportError: The model cannot be converted, or answers otherwise by more than
            :data:`TOLERANCE`; the sentence has the figure.
    """
    if known.missing:
        raise ExportError(known.missing)
    arrays = [np.asarray(array) for array in keras.tree.flatten(rows)]
    if any(array.dtype.kind not in "fiub" for array in arrays):
        raise ExportError(
            f"This model takes text, which cannot leave TensorFlow: it has no {known.label} file."
        )
    if not known.double and any(array.dtype == np.float64 for array in arrays):
        raise ExportError(
            f"This model takes numbers in double precision, which {known.label} does not know: "
            "subtract a fixed number from such columns (dates in milliseconds, long ids) before "
            "you search."
        )
    names = input_names(model, len(arrays))
    try:
        _WRITERS[known.id](model, _signature(rows, names), path)
    except Exception as error:  # Whatever the converters raise: they are other people's.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ExportError(f"This model cannot be written as {known.label}: {reason}") from error
    answers = _alone(path, names, arrays, known)
    return _compared(answers, [np.asarray(a) for a in keras.tree.flatten(expected)], known)


def as_taken(model: keras.Model, rows: Any) -> Any:
    """Rows as arrays of the numbers that the model takes: Keras casts what it is given."""
    arrays = [np.asarray(array) for array in keras.tree.flatten(rows)]
    try:
        kinds = [str(tensor.dtype) for tensor in model.inputs]
    except (AttributeError, TypeError, ValueError):
        kinds = []
    if len(kinds) != len(arrays):
        kinds = [keras.config.floatx() if a.dtype.kind == "f" else str(a.dtype) for a in arrays]
    cast = [a.astype(k) if k != "string" else a for a, k in zip(arrays, kinds, strict=True)]
    return keras.tree.pack_sequence_as(rows, cast)


def input_names(model: keras.Model, count: int) -> list[str]:
    """Names of the inputs that a converted model asks for: the model's own where it gave any."""
    try:
        names = [tensor.name for tensor in model.inputs]
    except (AttributeError, TypeError, ValueError):
        names = []
    if len(names) != count or any(name.startswith("keras_tensor") for name in names):
        return ["rows"] if count == 1 else [f"rows_{place}" for place in range(count)]
    return names


def _signature(rows: Any, names: Sequence[str]) -> list[Any]:
    import tensorflow as tf

    left = iter(names)
    return [
        keras.tree.map_structure(
            lambda array: tf.TensorSpec([None, *array.shape[1:]], array.dtype, name=next(left)),
            rows,
        )
    ]


def _write_onnx(model: keras.Model, signature: list[Any], path: Path) -> None:
    """By tf2onnx itself: of what Keras's ``export`` hands it, constants become inputs."""
    import tensorflow as tf
    import tf2onnx

    class Answering(tf.Module):
        """The model with names for its outputs."""

        def __init__(self) -> None:
            super().__init__(name="tunescape")
            self.model = model

        def __call__(self, rows: Any, training: bool = False) -> dict[str, Any]:
            answers = keras.tree.flatten(self.model(rows, training=training))
            return dict(zip(_output_names(len(answers)), answers, strict=True))

    tf2onnx.convert.from_keras(Answering(), input_signature=signature, output_path=str(path))


def _output_names(count: int) -> list[str]:
    """What the outputs of a converted model are called."""
    return ["answers"] if count == 1 else [f"answers_{place}" for place in range(count)]


def _write_litert(model: keras.Model, signature: list[Any], path: Path) -> None:
    model.export(path, format="litert", input_signature=signature, verbose=False)


_WRITERS = {"onnx": _write_onnx, "litert": _write_litert}


def _alone(
    path: Path, names: list[str], arrays: list[np.ndarray], known: ModelFormat
) -> list[np.ndarray]:
    """What a model file answers in a process that has neither Keras nor TensorFlow."""
    script = _SCRIPT.format(program=_ALONE[known.id])
    with tempfile.TemporaryDirectory() as folder:
        rows = {str(place): array for place, array in enumerate(arrays)}
        np.savez(Path(folder) / "rows.npz", **rows)  # type: ignore[arg-type]
        command = [sys.executable, "-I", "-c", script, str(path.absolute()), json.dumps(names)]
        try:
            done = run_child(command, _SECONDS, folder=Path(folder))
        except TimeoutError:
            raise ExportError(
                f"{path.name} could not be checked within {_SECONDS} s, so it was not offered. "
                "Try again when the machine is less busy."
            ) from None
        if done.returncode:
            raise ExportError(f"{known.label} cannot run this model: {done.reason}")
        with np.load(Path(folder) / "answers.npz", allow_pickle=False) as file:
            return [file[str(place)] for place in range(len(file.files))]


def _compared(
    found: list[np.ndarray], expected: list[np.ndarray], known: ModelFormat
) -> Comparison:
    if [answer.shape for answer in found] != [answer.shape for answer in expected]:
        raise ExportError(
            f"The {known.label} file answers with other shapes than the model, so it is not "
            "offered; please report the study's spec."
        )
    pairs = list(zip(found, expected, strict=True))
    difference = max(float(np.max(np.abs(a.astype(np.float64) - b), initial=0)) for a, b in pairs)
    largest = max(float(np.max(np.abs(answer), initial=0)) for answer in expected)
    compared = Comparison(len(expected[0]), difference, largest)
    if not difference <= TOLERANCE * max(1.0, largest):  # Also where it is not a number.
        raise ExportError(
            f"The {known.label} file does not answer as the model does, so it is not offered. "
            f"{compared.words}"
        )
    return compared
