"""Whether the compiled epoch can train a model; the sentence why not is shown with the study."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from tuning_core.own_models.data import OwnData
from tuning_core.own_models.loading import OwnModel
from tuning_core.training.rows import device_limit

_STOCK = ("train_step", "test_step", "fit", "evaluate", "make_train_function", "make_test_function")


def unfit(
    own: OwnModel, model: keras.Model, folds: Sequence[OwnData], limit: int | None = None
) -> str:
    """Why a model is trained by ``model.fit``; "" where the compiled epoch takes it.

    ``limit``: bytes that the rows may take, by default what the device's memory allows.
    """
    if own.overrides_fit:
        return f"the fit of {own.name} says itself how it is trained"
    if (named := _overridden(model)) is not None:
        return f"{type(model).__name__} has a {named} of its own"
    if model.run_eagerly:
        return "the model is compiled with run_eagerly"
    if isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer):
        return "its optimizer scales the loss"
    return _unfit_rows(model, folds, device_limit() if limit is None else limit)


def _overridden(model: keras.Model) -> str | None:
    for name in _STOCK:
        if getattr(type(model), name, None) is not _stock(model, name):
            return name
    return None


def _stock(model: keras.Model, name: str) -> object:
    # Sequential and Functional models take these from the same class as every other.
    return getattr(keras.Model, name)


def _unfit_rows(model: keras.Model, folds: Sequence[OwnData], limit: int) -> str:
    parts = [part for fold in folds for part in (fold.train, fold.validation) if part is not None]
    if any(part.batches is not None for part in parts):
        return "the rows come as a data set"
    if not all(part.plain for part in parts):
        return "it has several inputs or outputs, or no targets"
    arrays = [array for part in parts for array in (part.x, part.y)]
    if any(array.dtype.kind not in "fiub" for array in arrays):
        return "the rows are not numbers"
    size = sum({id(array): array.nbytes for array in arrays}.values())
    if size > limit:
        return f"the rows take {size / 1e6:,.0f} MB, and the device has room for {limit / 1e6:,.0f}"
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int | np.integer):
        return "its batches have a fixed number of rows"
    outputs = getattr(model, "outputs", None)
    return "it has several outputs" if outputs is not None and len(outputs) > 1 else ""
