"""Loading ``FILE.py:NAME``: a function ``build_model(hp)`` or a ``keras_tuner.HyperModel``."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import keras_tuner
from keras.src.backend.common import global_state

from tuning_core.own_models.data import OwnData
from tuning_core.own_models.errors import OwnModelError, told

_OURS = ("tuning_core", "pages", "tests", "benchmarks")


class OwnModel:
    """A hypermodel of somebody's file; what goes wrong in it is an OwnModelError with their line.

    ``overrides_fit``: its class says how a model is trained.
    """

    def __init__(self, path: Path, name: str, hypermodel: keras_tuner.HyperModel, module: Any):
        self.path = path
        self.name = name
        self.folder = path.parent
        self._hypermodel = hypermodel
        self._module = module
        self.overrides_fit = type(hypermodel).fit is not keras_tuner.HyperModel.fit

    def declare(self, hp: keras_tuner.HyperParameters) -> None:
        """What it declares before anything is built, which counts before what ``build`` says."""
        with told(f"{self.name} failed", self.folder):
            self._hypermodel.declare_hyperparameters(hp)

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """A new model; its layers and metrics are named as in a process that has built no other."""
        # Else a metric of the second model is called auc_1. Keras's clear_session would do this
        # too, and drop much that others use.
        global_state.set_global_attribute("object_name_uids", None)
        with told(f"{self.name} failed", self.folder):
            model = self._hypermodel.build(hp)
        if not isinstance(model, keras.Model):
            found = "None" if model is None else f"an object of type {type(model).__name__}"
            raise OwnModelError(
                f"{self.name} of {self.path.name} must return a compiled keras.Model; it returned "
                f"{found}."
            )
        if not model.compiled and not self.overrides_fit:
            raise OwnModelError(
                f"{self.name} of {self.path.name} returns a model that is not compiled: call "
                "model.compile(optimizer, loss, metrics) before you return it."
            )
        return model

    def fit(
        self, hp: keras_tuner.HyperParameters, model: keras.Model, *args: Any, **kwargs: Any
    ) -> Any:
        """What its ``fit`` returns; raises as that does."""
        return self._hypermodel.fit(hp, model, *args, **kwargs)

    @property
    def uses_tensorflow(self) -> bool:
        """Whether the file, or one beside it, has TensorFlow itself at hand."""
        return any(
            getattr(value, "__name__", "").partition(".")[0] == "tensorflow"
            for module in _modules_of(self.folder)
            for value in vars(module).values()
        )

    @property
    def fit_function(self) -> Any:
        """Its ``fit``, to look at its parameters."""
        return self._hypermodel.fit

    @property
    def custom_objects(self) -> dict[str, Any]:
        """The classes and functions of its file by name, for ``keras.saving.load_model``."""
        names = vars(self._module).items()
        return {name: found for name, found in names if callable(found)}

    def load_data(self) -> OwnData | None:
        """What the file's ``load_data()`` returns; None where it has none."""
        load = getattr(self._module, "load_data", None)
        if load is None:
            return None
        with told("load_data() failed", self.folder):
            loaded = load()
        return OwnData.of(loaded)


class _Function(keras_tuner.HyperModel):
    """A hypermodel of a function ``build_model(hp)``."""

    def __init__(self, build: Any) -> None:
        super().__init__()
        self.build = build


def load_model(path: Path, name: str) -> OwnModel:
    """The model ``name`` of a file, whose folder is searched for what it imports.

    The file is read anew at each call. Raises OwnModelError.
    """
    path = path.resolve()
    if not path.is_file():
        raise OwnModelError(f"There is no file {path}. Give FILE.py:NAME with the file's path.")
    module = _imported(path)
    if not hasattr(module, name):
        raise OwnModelError(f"{path.name} has no {name!r}. {_instead(module, name)}")
    return OwnModel(path, name, _hypermodel(getattr(module, name), path, name), module)


def _hypermodel(found: Any, path: Path, name: str) -> keras_tuner.HyperModel:
    if isinstance(found, keras_tuner.HyperModel):
        return found
    if isinstance(found, type) and issubclass(found, keras_tuner.HyperModel):
        with told(f"{name}() failed", path.parent):
            return found()
    if isinstance(found, type | keras.Model) or not callable(found):
        raise OwnModelError(
            f"{name} of {path.name} is {_kind(found)}; expected a function build_model(hp) or a "
            "keras_tuner.HyperModel."
        )
    return _Function(found)


def _kind(found: Any) -> str:
    return "another class" if isinstance(found, type) else f"of type {type(found).__name__}"


def _instead(module: ModuleType, name: str) -> str:
    """What the file has that may have been meant."""
    names = [
        known
        for known, value in vars(module).items()
        if not known.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and callable(value)
    ]
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"It has {', '.join(names)}." if names else "It defines no function and no class."


_before: dict[Path, frozenset[str]] = {}
"""Folders that models were loaded from, and which modules there were before."""


def _imported(path: Path) -> ModuleType:
    """The module of a file, run anew, and so are those of its folder that it imports."""
    _forget()
    folder = path.parent
    _before[folder] = frozenset(sys.modules)
    sys.path.insert(0, str(folder))
    name = path.stem if path.stem not in sys.modules else f"own_model_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        raise OwnModelError(f"{path.name} is no Python file; expected FILE.py:NAME.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with told(f"{path.name} does not import", folder):
        # Not by the loader, which may take the compiled file of a version before.
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
    return module


def _forget() -> None:
    """Drop the modules of the folders that models came from: another's may have their names."""
    for folder in _before:
        for module in _modules_of(folder):
            sys.modules.pop(module.__name__, None)
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
    _before.clear()


def _modules_of(folder: Path) -> list[ModuleType]:
    """What was imported from the folder of a model since it was loaded."""
    found = []
    for name, module in list(sys.modules.items()):
        if name in _before.get(folder, ()) or name.partition(".")[0] in _OURS:
            continue
        file = getattr(module, "__file__", None)
        path = Path(file) if isinstance(file, str) else None
        if path and path.is_relative_to(folder) and "site-packages" not in path.parts:
            found.append(module)
    return found
