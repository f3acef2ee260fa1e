"""Losses, a number per row, and metrics: the sums a graph adds up and what they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from tuning_core.catalog.objectives import r_squared, total_squares
from tuning_core.datasets import TargetScale
from tuning_core.datasets.preprocessing import FARTHEST

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(y, predictions) to a loss per row; y are class numbers (n,) or standardised targets (n,)."""


def _on_classes(loss: Loss) -> Loss:
    """A loss of two distributions, the true one being certain of its class."""
    return lambda y, predictions: loss(tf.one_hot(y, tf.shape(predictions)[-1]), predictions)


def _on_values(loss: Loss) -> Loss:
    return lambda y, predictions: loss(y[:, tf.newaxis], predictions)


LOSSES: dict[str, dict[str, Loss]] = {
    "classification": {
        "cross_entropy": keras.losses.sparse_categorical_crossentropy,
        "kl_divergence": _on_classes(keras.losses.kl_divergence),
        "mse": _on_classes(keras.losses.mean_squared_error),
        "focal": _on_classes(keras.losses.categorical_focal_crossentropy),
        "hinge": _on_classes(keras.losses.categorical_hinge),
    },
    "regression": {
        "mse": _on_values(keras.losses.mean_squared_error),
        "mae": _on_values(keras.losses.mean_absolute_error),
        "huber": _on_values(keras.losses.huber),
        "log_cosh": _on_values(keras.losses.log_cosh),
    },
}


def smoothed_cross_entropy(y: tf.Tensor, predictions: tf.Tensor, smoothing: tf.Tensor) -> tf.Tensor:
    """Cross-entropy with a share of certainty spread evenly over all classes.

    Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """
    classes = tf.shape(predictions)[-1]
    certain = tf.one_hot(y, classes)
    targets = certain * (1.0 - smoothing) + smoothing / tf.cast(classes, tf.float32)
    return keras.losses.categorical_crossentropy(targets, predictions)


@dataclass(frozen=True)
class MetricSums:
    """What metrics are made of.

    ``sums`` over ``rows`` rows whose targets have ``total_squares`` (sum of squared distances from
    their mean), and the scale of the targets.
    """

    sums: Sequence[float]
    rows: int
    total_squares: float
    target: TargetScale


@dataclass(frozen=True)
class TaskMetrics:
    """How a task's metrics are measured.

    ``sums`` (y, predictions, scale) gives the sums of a batch beside its loss, ``count`` in all
    with it; ``scale`` holds mean and deviation of the targets, as ``scale_of`` gives them;
    ``metrics`` makes named numbers of them. ``ranks``: the order of validation rows by the
    probability of the second class is measured too.
    """

    target_type: tf.DType
    sums: Callable[[tf.Tensor, tf.Tensor, tf.Tensor], list[tf.Tensor]]
    count: int
    metrics: Callable[[MetricSums], dict[str, float]]
    ranks: bool = False


def _correct(y: tf.Tensor, predictions: tf.Tensor, _: tf.Tensor) -> list[tf.Tensor]:
    return [tf.reduce_sum(tf.cast(tf.argmax(predictions, -1, y.dtype) == y, tf.float64))]


def _class_metrics(sums: MetricSums) -> dict[str, float]:
    loss, correct = sums.sums
    return {"loss": loss / sums.rows, "accuracy": correct / sums.rows}


def _hits(y: tf.Tensor, predictions: tf.Tensor, _: tf.Tensor) -> list[tf.Tensor]:
    predicted = tf.argmax(predictions, -1, y.dtype)
    return [
        tf.reduce_sum(tf.cast(numbers, tf.float64))
        for numbers in (predicted == y, predicted * y, predicted + y)
    ]


def _two_class_metrics(sums: MetricSums) -> dict[str, float]:
    loss, correct, hits, positives = sums.sums
    common = _class_metrics(replace(sums, sums=(loss, correct)))
    return {**common, "f1": 2.0 * hits / positives if positives else 0.0}


def _errors(y: tf.Tensor, predictions: tf.Tensor, _: tf.Tensor) -> list[tf.Tensor]:
    error = tf.cast(predictions[:, 0] - y, tf.float64)
    return [tf.reduce_sum(tf.abs(error)), tf.reduce_sum(tf.square(error))]


def original_errors(log: str, y: tf.Tensor, predictions: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """Errors in original units of answers (n,) that were learnt on a scale of logarithms."""
    mean, std = tf.unstack(tf.cast(scale, tf.float64))
    back = tf.exp if log == "log" else tf.math.expm1

    def original(values: tf.Tensor) -> tf.Tensor:
        cut = tf.clip_by_value(tf.cast(values, tf.float64), -FARTHEST, FARTHEST)
        return back(cut * std + mean)

    return original(predictions) - original(y)


def _original_errors(
    log: str, y: tf.Tensor, predictions: tf.Tensor, scale: tf.Tensor
) -> list[tf.Tensor]:
    error = original_errors(log, y, predictions[:, 0], scale)
    return [tf.reduce_sum(tf.abs(error)), tf.reduce_sum(tf.square(error))]


def scale_of(target: TargetScale) -> tf.Tensor:
    """What metrics in original units need of the targets, float32 (2,)."""
    return tf.constant([target.mean, target.std], tf.float32)


def squares_of(y: np.ndarray, target: TargetScale) -> float:
    """The ``total_squares`` of standardised targets, in the unit in which errors are summed."""
    return total_squares(y if target.log is None else target.original(y))


def _regression_metrics(sums: MetricSums) -> dict[str, float]:
    loss, absolute, squared = sums.sums
    rows, std = sums.rows, 1.0 if sums.target.log else sums.target.std
    return {
        "loss": loss / rows,
        "mae": absolute / rows * std,
        "mse": squared / rows * std**2,
        "r2": r_squared(squared, sums.total_squares),
    }


def area_under_curve(y: np.ndarray, scores: np.ndarray) -> float:
    """The area under the ROC curve of ``scores`` (n,) for classes ``y`` (n,), 0 or 1.

    It is the share of pairs of both classes that the scores put in order, ties counting half
    (Hanley and McNeil 1982, "The Meaning and Use of the Area under a ROC Curve", equation 1);
    0.5 where there is no pair.
    """
    positive, negative = scores[y == 1], np.sort(scores[y == 0])
    pairs = len(positive) * len(negative)
    if not pairs:
        return 0.5
    below, up_to = (np.searchsorted(negative, positive, side).sum() for side in ("left", "right"))
    return float(below + up_to) / (2.0 * pairs)


_TASK_METRICS: dict[str, TaskMetrics] = {
    "classification": TaskMetrics(tf.int32, _correct, 2, _class_metrics),
    "two classes": TaskMetrics(tf.int32, _hits, 4, _two_class_metrics, ranks=True),
    "regression": TaskMetrics(tf.float32, _errors, 3, _regression_metrics),
    **{
        f"regression, {log}": TaskMetrics(
            tf.float32, partial(_original_errors, log), 3, _regression_metrics
        )
        for log in ("log", "log1p")
    },
}


def metrics_of_task(task: str, outputs: int, log: str | None = None) -> TaskMetrics:
    """What is measured in a task with so many outputs, values learnt on a scale of logarithms."""
    if log is not None:
        return _TASK_METRICS[f"{task}, {log}"]
    return _TASK_METRICS["two classes" if task == "classification" and outputs == 2 else task]
