"""What a model of one's own declares, what an epoch of it reports, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
from keras_tuner.engine.metrics_tracking import infer_metric_direction
from typing_extensions import override

from tuning_core.catalog.objectives import Direction
from tuning_core.datasets import FoldedData, PreparedData
from tuning_core.own_models.calling import EnoughError, call_fit, numbers_of
from tuning_core.own_models.compilable import unfit
from tuning_core.own_models.data import OwnData
from tuning_core.own_models.declaring import Declaring, declared_of, explore
from tuning_core.own_models.errors import OwnModelError, told
from tuning_core.own_models.loading import OwnModel
from tuning_core.spec.model import Declared

Task = Literal["classification", "regression", "other"]

COMPILED = "compiled"
DEFAULT_OBJECTIVE = "default_objective"
"""What Keras Tuner calls the number that a ``fit`` returns without a name."""


@dataclass(frozen=True)
class ModelDescription:
    """What is known of a model before a search of it.

    ``metrics`` are all that an epoch reports and whether less or more of it is better.
    ``trained_by`` is "compiled" or says why ``model.fit`` trains it. Numbers of rows are None, and
    ``shape`` is empty, where the data do not say.
    """

    declared: dict[str, Declared]
    metrics: dict[str, Direction]
    trained_by: str
    task: Task
    rows: int | None
    validation_rows: int | None
    test_rows: int | None
    shape: tuple[int, ...]
    parameters: int


def describe(
    own: OwnModel, data: OwnData | PreparedData | FoldedData | None = None
) -> ModelDescription:
    """Finds out by building models and training one with default values on a few rows.

    ``data`` None: what the file's ``load_data`` returns. Raises OwnModelError.
    """
    rows = _rows(own, data)
    hp, model = explore(own)
    reason = unfit(own, model, [rows])
    reported = _tried_out(own, hp, model, rows)
    shape = rows.train.x.shape[1:] if rows.train.plain else ()
    return ModelDescription(
        declared=declared_of(hp, own),
        metrics=_directions(reported, model),
        trained_by=f"Trained by model.fit, since {reason}." if reason else COMPILED,
        task=_task(model),
        rows=rows.train.rows,
        validation_rows=rows.validation.rows if rows.validation else 0,
        test_rows=rows.test.rows if rows.test else 0,
        shape=tuple(int(side) for side in shape),
        parameters=int(model.count_params()),
    )


def _rows(own: OwnModel, data: OwnData | PreparedData | FoldedData | None) -> OwnData:
    if data is None:
        data = own.load_data()
    if data is None:
        raise OwnModelError(
            f"{own.path.name} has no load_data(). Add one that returns (x, y), (x_val, y_val), or "
            "choose a dataset."
        )
    return data if isinstance(data, OwnData) else OwnData.of_catalog(data)[0]


def _tried_out(own: OwnModel, hp: Declaring, model: keras.Model, rows: OwnData) -> list[str]:
    """The names of what one epoch on a few rows reports."""
    seen = _Seen()
    # To trace would take longer than these few rows, and say less of where something fails.
    model.run_eagerly = True
    talks = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    returned: Any = None
    try:
        with told(f"{own.name} cannot be trained", own.folder):
            returned = call_fit(own, hp, model, rows.few(), 1, [seen])
    except EnoughError:
        pass
    finally:
        if talks:
            keras.config.enable_interactive_logging()
    names = list(seen.names)
    if isinstance(returned, Mapping):
        names += [name for name in numbers_of(returned) if name not in names]
    if not names and isinstance(returned, int | float):
        names = [DEFAULT_OBJECTIVE]
    if not names:
        raise OwnModelError(
            f"The fit of {own.name} in {own.path.name} reports no number: return the history of "
            "model.fit, a number or a dictionary, or call on_epoch_end of the callbacks."
        )
    return names


class _Seen(keras.callbacks.Callback):
    """Notes what an epoch reports, and ends the training after it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}
        self._epochs = 0

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.names.update(dict.fromkeys(numbers_of(logs)))
        if self.model is not None:
            self.model.stop_training = True
        self._epochs += 1
        if self._epochs > 1:
            raise EnoughError


_LARGER_IS_BETTER = (
    *("F1Score", "FBetaScore", "R2Score", "IoU", "BinaryIoU", "MeanIoU", "OneHotIoU"),
    *("OneHotMeanIoU", "PrecisionAtRecall", "RecallAtPrecision", "CosineSimilarity"),
    "ConcordanceCorrelation",
    "PearsonCorrelation",
)
"""Metrics of Keras that Keras Tuner takes for the smaller the better."""

_SMALLER_IS_BETTER = ("FalsePositives", "FalseNegatives")
_WORDS_OF_MORE = ("acc", "auc", "f1", "precision", "recall", "r2", "score", "iou", "similarity")


def _directions(names: Sequence[str], model: keras.Model) -> dict[str, Direction]:
    metrics = _metrics_of(model)
    order = sorted(names, key=lambda name: (name.startswith("val_"), "loss" not in name))
    return {name: _direction(name.removeprefix("val_"), metrics) for name in order}


def _metrics_of(model: keras.Model) -> dict[str, keras.metrics.Metric]:
    found: dict[str, keras.metrics.Metric] = {}
    for metric in model.metrics if model.compiled else ():
        for part in getattr(metric, "metrics", [metric]):
            found.setdefault(part.name, part)
    return found


def _direction(name: str, metrics: Mapping[str, keras.metrics.Metric]) -> Direction:
    # With several outputs a metric is called after its output as well.
    metric = metrics.get(name) or next(
        (part for known, part in metrics.items() if name.endswith(f"_{known}")), None
    )
    kind = "" if metric is None else type(metric).__name__
    if kind in _LARGER_IS_BETTER:
        return "max"
    if kind in _SMALLER_IS_BETTER or name.endswith("loss"):
        return "min"
    for what in (metric, name):
        # A mean of anything is no direction.
        if what is None or type(what) is keras.metrics.Mean:
            continue
        direction = infer_metric_direction(what)
        if direction is not None:
            return "max" if direction == "max" else "min"
    return "max" if any(word in name.lower() for word in _WORDS_OF_MORE) else "min"


def _task(model: keras.Model) -> Task:
    """What a model is for, by its loss."""
    loss = getattr(model, "loss", None)
    if loss is None or isinstance(loss, list | tuple | dict):
        return "other"
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or type(loss).__name__
    name = getattr(loss, "__name__", name).lower()
    if "crossentropy" in name.replace("_", "") or "hinge" in name:
        return "classification"
    measures = ("mean_", "mse", "mae", "msle", "mape", "huber", "log_cosh", "logcosh", "poisson")
    return "regression" if name.startswith(measures) else "other"
