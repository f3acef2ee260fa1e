"""What a spec says of points in a plane: how many, their noise, features, formula or painting."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tuning_core.catalog import DatasetInfo
from tuning_core.catalog.planes import (
    FEATURES,
    FEWEST_OF_CLASS,
    FEWEST_POINTS,
    MOST_POINTS,
    MOST_ROWS,
    PAINTED_CLASSES,
    PLAIN,
    SPAN,
)
from tuning_core.space import SpecError, expected
from tuning_core.spec.formula import FormulaError, parse_formula

if TYPE_CHECKING:
    from tuning_core.spec.dataset import DatasetSpec

SHAPE = ("amount", "noise", "draw", "features", "formula", "points")
"""The fields of a spec that say what the rows of a dataset of the catalog are."""

LONGEST_PAINTING = 4 * MOST_POINTS
POINTS_SEED = 20_240_229
_BYTES = 255
_STEP = 2 * SPAN / _BYTES


def check_shape(spec: DatasetSpec, info: DatasetInfo) -> dict[str, Any]:
    """The fields of the shape as they are kept: None where they are what they would be without.

    Raises SpecError for those that points of this kind do not have, and those that give none.
    """
    for field in SHAPE:
        if getattr(spec, field) is not None and field not in info.shapes:
            raise SpecError(f"dataset.{field}", f"is not for {info.title}; leave it out.")
    most = MOST_ROWS if info.kind == "plane" else info.rows
    if spec.amount is not None and spec.amount > most:
        raise expected("dataset.amount", f"at most {most:,} rows", spec.amount)
    plain = {"amount": info.rows, "noise": info.noise, "draw": 0, "task": info.task}
    kept: dict[str, Any] = {
        name: None
        for name, value in plain.items()
        if name in info.shapes and getattr(spec, name) == value
    }
    if spec.features is not None:
        kept["features"] = _features(spec.features)
    if "formula" in info.shapes:
        if spec.formula == info.example:
            kept["formula"] = None
        formula = info.example if spec.formula is None else spec.formula
        formula_rows(formula, spec.amount or info.rows, spec.draw or 0)
    if "points" in info.shapes:
        task = spec.task or info.task
        painted_rows(spec.points, info.example, task)
        # As values, the example is not what the same bytes of a painting are.
        if spec.points == info.example and task == info.task:
            kept["points"] = None
    return kept


def shaped(spec: DatasetSpec, info: DatasetInfo) -> DatasetInfo:
    """What is known of points once they are shaped as a spec says."""
    changes: dict[str, Any] = {}
    if spec.amount is not None:
        changes["rows"] = spec.amount
    if spec.features is not None:
        changes["features"] = tuple(spec.features)
    task = ""
    if "formula" in info.shapes:
        task = parse_formula(spec.formula or info.example).task
    if "points" in info.shapes:
        task = spec.task or info.task
        _, answers = painted_rows(spec.points, info.example, task)
        changes["rows"] = len(answers)
        if task == "classification":
            names = tuple(str(label) for label in range(int(answers.max()) + 1))
            changes |= {"classes": len(names), "class_names": names}
    if task == "regression":
        changes |= {"task": task, "classes": 0, "class_names": (), "target": "value"}
    made = replace(info, **changes)
    return info if made == info else made


def _features(given: list[str]) -> list[str] | None:
    if len(set(given)) < len(given):
        raise expected("dataset.features", "each feature once", given)
    unknown = [name for name in given if name not in FEATURES]
    if unknown or not given:
        raise expected("dataset.features", f"some of {', '.join(FEATURES)}", given)
    ordered = [name for name in FEATURES if name in given]
    return None if tuple(ordered) == PLAIN else ordered


@lru_cache(64)
def formula_rows(formula: str, amount: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (amount, 2) and the formula's answer to each, both read-only. Raises SpecError."""
    random = np.random.RandomState(POINTS_SEED + draw)
    points = random.uniform(-SPAN, SPAN, (amount, 2))
    try:
        answers = parse_formula(formula).answers(*points.T)
    except FormulaError as error:
        raise SpecError("dataset.formula", str(error)) from None
    if answers.dtype == np.int64:
        true = int(answers.sum())
        if min(true, amount - true) < FEWEST_OF_CLASS:
            raise SpecError(
                "dataset.formula",
                f"is true for {true:,} of {amount:,} points; expected {FEWEST_OF_CLASS} on each "
                f"side at least, with x and y from -{SPAN:g} to {SPAN:g}.",
            )
    elif answers.min() == answers.max():
        raise SpecError(
            "dataset.formula", f"is {answers[0]:g} everywhere; expected one of x or y in it."
        )
    for array in (points, answers):
        array.flags.writeable = False
    return points, answers


@lru_cache(64)
def painted_rows(points: str | None, example: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Painted points (n, 2) and the class or value of each, both read-only. Raises SpecError.

    In ``points``, three bytes a point are in base64url: x, y from -SPAN to SPAN, and the class or
    a value from -1 to 1.
    """
    content = _decoded(example if points is None else points)
    count = len(content)
    if not FEWEST_POINTS <= count <= MOST_POINTS:
        what = f"from {FEWEST_POINTS} to {MOST_POINTS} painted points"
        raise SpecError("dataset.points", f"expected {what}, received {count:,}; paint more.")
    places = content[:, :2] * _STEP - SPAN
    if task == "regression":
        # The example is of classes: its lowest becomes -1, its highest 1.
        most = _BYTES if points is not None else content[:, 2].max()
        answers = content[:, 2] * (2.0 / most) - 1
        if answers.min() == answers.max():
            raise SpecError("dataset.points", "have one value; paint points of another, too.")
    else:
        answers = content[:, 2].astype(np.int64)
        _check_classes(answers)
    for array in (places, answers):
        array.flags.writeable = False
    return places, answers


def recoded(points: str, *, values: bool) -> str:
    """A painting of classes as one of values, or the other way; "" where it is none.

    The lowest class becomes -1 and the highest 1; values below 0 become class 0, others class 1.
    """
    try:
        content = _decoded(points).copy()
    except SpecError:
        return ""
    label = content[:, 2].astype(int)
    if values:
        content[:, 2] = label * _BYTES // max(1, label.max(initial=0))
    else:
        content[:, 2] = label > _BYTES // 2
    return base64.urlsafe_b64encode(content.tobytes()).decode()


def _check_classes(answers: np.ndarray) -> None:
    if answers.max() >= PAINTED_CLASSES:
        known = ", ".join(map(str, range(PAINTED_CLASSES)))
        raise SpecError(
            "dataset.points", f"expected the classes {known}, received {answers.max()}."
        )
    labels, counts = np.unique(answers, return_counts=True)
    if len(labels) < 2:
        raise SpecError(
            "dataset.points", f"are all of class {labels[0]}; paint points of another, too."
        )
    if counts.min() < FEWEST_OF_CLASS:
        rare = labels[counts.argmin()]
        raise SpecError(
            "dataset.points",
            f"expected {FEWEST_OF_CLASS} points of a class at least, received {counts.min()} of "
            f"class {rare}; paint more of it.",
        )


def _decoded(points: str) -> np.ndarray:
    """Bytes (n, 3) of a painting."""
    try:
        if len(points) % 4 or not points.isascii():
            raise ValueError
        content = base64.b64decode(points, altchars=b"-_", validate=True)
        return np.frombuffer(content, np.uint8).reshape(-1, 3)
    except (ValueError, binascii.Error):
        raise expected(
            "dataset.points", "base64url of three bytes a point (x, y, class or value)", points
        ) from None
