"""A model of one's own that ``run`` is given: named, or as the function or class itself."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning_core.home.home import ManagerError
from tuning_core.home.model_files import ModelFile, model_file
from tuning_core.space import SpecError

Model = str | os.PathLike[str] | Callable[..., Any]
"""``FILE.py:NAME``, or what NAME is in such a file."""


def named_model(model: Model) -> ModelFile:
    """The file and the name of a model. Raises SpecError for what is at the top of no file."""
    if isinstance(model, str | os.PathLike):
        return model_file(os.fspath(model), "model")
    name = getattr(model, "__qualname__", "")
    try:
        file = inspect.getsourcefile(inspect.unwrap(model))
    except TypeError:
        file = None
    if file is None or not Path(file).is_file() or not name.isidentifier():
        raise SpecError(
            "model",
            "expected a function or class at the top of a Python file, whose worker reads it "
            f"there, received {name or type(model).__name__!r}. In a notebook, `%%writefile "
            'model.py` as the first line of its cell makes one: model="model.py:build_model".',
        )
    return model_file(f"{file}:{name}", "model")


def refuse_in_worker() -> None:
    """Raises ManagerError where a worker imports the file that calls ``run`` for its model."""
    started = getattr(sys.modules.get("__main__"), "__spec__", None)
    if started is not None and started.name.startswith("tuning_core.worker"):
        raise ManagerError(
            "tuning_core.run was called while this file was imported for the model in it: put "
            'what runs below `if __name__ == "__main__":`.'
        )
