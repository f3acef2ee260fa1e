"""What a saved model of one's own needs besides Keras, and whether it can be loaded with it."""

from __future__ import annotations

import inspect
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuning_core.child_process import run_child

_SECONDS = 240
_FUNCTIONS = ("activation", "recurrent_activation", "function")
"""What a layer may be given a function of somebody's own for."""
_TOLERANCE = 1e-4
"""Largest difference, beside the largest answer: other orders of summing give 1e-6."""


@dataclass(frozen=True)
class CustomObjects:
    """Classes and functions that are not Keras's own: the module of each, by its name.

    ``code``: the file holds code of a lambda, which Keras runs only where it is told to.
    """

    modules: dict[str, str]
    code: bool = False

    @property
    def loading(self) -> str:
        """Code that loads ``model.keras`` beside the author's files."""
        lines = [f"from {module} import {name}" for name, module in sorted(self.modules.items())]
        given = ", ".join(f'"{name}": {name}' for name in sorted(self.modules))
        named = [f"custom_objects={{{given}}}"] if given else []
        named += ["safe_mode=False"] if self.code else []
        return "\n".join([*lines, f"model = {_call(named)}"])


def _call(named: list[str]) -> str:
    given = ", ".join(['"model.keras"', *named, "compile=False"])
    return f"keras.saving.load_model({given})"


def custom_objects(model: keras.Model) -> CustomObjects:
    """What is found in a model; its loss and metrics are not needed to predict."""
    modules: dict[str, str] = {}
    code = False
    for thing in _parts(model):
        if inspect.isfunction(thing) and thing.__name__ == "<lambda>":
            code = True
            continue
        kind = thing if inspect.isfunction(thing) or inspect.isclass(thing) else type(thing)
        module = str(kind.__module__)
        if module.partition(".")[0] not in ("keras", "builtins", "tensorflow", "tuning_core"):
            modules[kind.__name__] = module
    return CustomObjects(modules, code)


def _parts(model: keras.Model) -> Iterator[Any]:
    """The model, its layers and what they hold, and functions that layers were given."""
    yield model
    for layer in getattr(model, "layers", ()):
        yield from filter(inspect.isfunction, (getattr(layer, name, None) for name in _FUNCTIONS))
        yield from _parts(layer)


_ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import keras, numpy as np
__import__(sys.argv[2])
{loading}
arrays = np.load("rows.npz", allow_pickle=False)
rows = [arrays[name] for name in arrays.files]
kind = json.loads(sys.argv[3])
if rows:
    given = rows[0] if kind == "array" else rows if kind == "list" else dict(zip(kind, rows))
    answers = model(given, training=False)
    flat = answers if isinstance(answers, (list, tuple)) else (
        list(answers.values()) if isinstance(answers, dict) else [answers])
    np.savez("answers.npz", *[keras.ops.convert_to_numpy(answer) for answer in flat])
"""


def loads_again(
    saved: Path, folder: Path, module: str, needed: CustomObjects, model: keras.Model, rows: Any
) -> str:
    """Why a saved model cannot be used elsewhere with the author's files; "" where it can.

    It is loaded in a process of its own, and answers ``rows`` as ``model``; None: it is loaded
    alone.
    """
    kind, arrays = _plain(rows)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        np.savez(place / "rows.npz", *arrays)
        (place / "model.keras").symlink_to(saved.absolute())
        code = _ALONE.format(loading=needed.loading)
        command = [sys.executable, "-I", "-c", code, str(folder), module, json.dumps(kind)]
        try:
            done = run_child(
                command, _SECONDS, folder=place, environment={"CUDA_VISIBLE_DEVICES": "-1"}
            )
        except TimeoutError:
            return f"loading it took more than {_SECONDS} s"
        if done.returncode:
            return done.reason
        if not arrays:
            return ""
        with np.load(place / "answers.npz") as found:
            answers = [found[key] for key in found.files]
    with keras.device("cpu:0"):
        expected = [np.asarray(a) for a in tf.nest.flatten(model(rows, training=False))]
    for answer, right in zip(answers, expected, strict=True):
        limit = _TOLERANCE * max(1.0, float(np.abs(right).max()))
        if answer.shape != right.shape or not np.allclose(answer, right, rtol=0, atol=limit):
            return "it does not answer as the trained model does"
    return ""


def _plain(rows: Any) -> tuple[Any, list[np.ndarray]]:
    """What the inputs are, as JSON, and their arrays; none where they are not plain arrays."""
    if rows is None:
        return "array", []
    if isinstance(rows, dict):
        return list(rows), [np.asarray(value) for value in rows.values()]
    if isinstance(rows, list | tuple):
        return "list", [np.asarray(value) for value in rows]
    return "array", [np.asarray(rows)]
