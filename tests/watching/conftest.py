"""Tiny searches of stock Keras Tuner, and what the home has of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

import tuning_core
from tuning_core.store import Store, StudyRow

Rows = tuple[np.ndarray, np.ndarray]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def build(hp: keras_tuner.HyperParameters) -> keras.Model:
    """A network of one layer, whose training takes a moment because nothing is traced."""
    model = keras.Sequential([keras.Input((3,))])
    kind = hp.Choice("kind", ["plain", "wide"])
    with hp.conditional_scope("kind", ["wide"]):
        if kind == "wide":
            model.add(keras.layers.Dense(hp.Int("units", 2, 6, step=2)))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    rate = hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")
    compiled(model, keras.optimizers.SGD(rate))
    return model


def compiled(model: keras.Model, optimizer: Any = "sgd") -> keras.Model:
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model


class Histories(keras.callbacks.Callback):
    """Every epoch that any copy of it saw, with all that Keras said of it."""

    def __init__(self, seen: list[tuple[int, dict[str, float]]]) -> None:
        super().__init__()
        self.seen = seen

    def __deepcopy__(self, memo: Any) -> Histories:
        return Histories(self.seen)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen.append((epoch + 1, dict(logs)))


@dataclass
class Watched:
    """What a home has of a study."""

    store: Store
    id: str

    @property
    def row(self) -> StudyRow:
        found = self.store.study(self.id)
        assert found is not None
        return found

    @property
    def trials(self) -> list[Any]:
        return self.store.trials(self.id)

    def epochs(self, *trials: int) -> list[Any]:
        return self.store.epochs(self.id, trials or None)


@dataclass
class Home:
    """A home into which scripts write."""

    path: Path
    stores: list[Store] = field(default_factory=list)

    def open(self) -> Store:
        self.stores.append(Store(self.path / "tunescape.db"))
        return self.stores[-1]

    def study(self, study_id: str | None) -> Watched:
        assert study_id is not None
        return Watched(self.open(), study_id)

    def close(self) -> None:
        for store in self.stores:
            store.close()

    def only(self) -> Watched:
        """The one study of the home."""
        store = self.open()
        (row,) = store.studies()
        return Watched(store, row.id)


@pytest.fixture(autouse=True, scope="session")
def frozen() -> None:
    """Keras Tuner collects garbage before each training: not among all that TensorFlow has."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    found = Home(tmp_path / "home")
    yield found
    found.close()


@pytest.fixture
def search(tmp_path: Path, home: Home) -> Callable[..., Watched]:
    """Watches a tuner while it searches ``X`` and ``Y``; what the home then has of it."""

    def run(tuner: keras_tuner.Tuner, rows: Rows = (X, Y), **options: Any) -> Watched:
        watch = tuning_core.watch(tuner, home=home.path)
        fit: dict[str, Any] = {"epochs": 2, "validation_data": (X, Y), "verbose": 0}
        tuner.search(*rows, **{**fit, **options})
        assert watch is not None
        return home.study(watch.study)

    return run


@pytest.fixture
def project(tmp_path: Path) -> dict[str, Any]:
    """Where tuners keep their projects."""
    return {"directory": str(tmp_path), "project_name": "project"}
