"""Points in a plane, made on the spot: by what they are shaped, and what is seen of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuning_core.catalog.dataset import DatasetInfo

PLANE_ROWS = 1_000
FEWEST_ROWS, MOST_ROWS = 20, 5_000
MOST_NOISE = 1.0
SPAN = 3.0
"""Painted points, and those of a formula, have x and y from -SPAN to SPAN."""
FEWEST_POINTS, MOST_POINTS = 10, 500
"""Painted points: less cannot be split, more are too many for a link."""
PAINTED_CLASSES = 3
FEWEST_OF_CLASS = 3
"""Points that a class must have, so that each part of the rows can have one."""
LONGEST_FORMULA = 200


@dataclass(frozen=True)
class Feature:
    """What a network may see of a point.

    ``of(x, y, sin)`` computes it with any library's numbers; ``code`` is the same for NumPy.
    """

    label: str
    code: str
    of: Callable[[Any, Any, Callable[[Any], Any]], Any]


FEATURES: dict[str, Feature] = {
    "x": Feature("x", "x", lambda x, y, sin: x),
    "y": Feature("y", "y", lambda x, y, sin: y),
    "x2": Feature("x²", "x * x", lambda x, y, sin: x * x),
    "y2": Feature("y²", "y * y", lambda x, y, sin: y * y),
    "xy": Feature("xy", "x * y", lambda x, y, sin: x * y),
    "sin_x": Feature("sin x", "np.sin(x)", lambda x, y, sin: sin(x)),
    "sin_y": Feature("sin y", "np.sin(y)", lambda x, y, sin: sin(y)),
}
PLAIN = ("x", "y")
"""The features of points where a spec names none."""

DRAWN = ("amount", "noise", "draw", "features")


def _plane(
    id: str,
    title: str,
    description: str,
    *,
    noise: float = 0.0,
    shapes: tuple[str, ...] = DRAWN,
    example: str = "",
    class_names: tuple[str, ...] = ("0", "1"),
    rows: int = PLANE_ROWS,
) -> DatasetInfo:
    return DatasetInfo(
        id=id,
        title=title,
        description=description,
        task="classification",
        kind="plane",
        rows=rows,
        input_shape=(2,),
        target="class",
        classes=len(class_names),
        class_names=class_names,
        feature_names=PLAIN,
        licence="made on the spot",
        shapes=shapes,
        example=example,
        noise=noise,
    )


PAINTING = (
    "oVUAnVgA2W0BgVQAjVcAb6kBaYQAv6YBYWwAm0sATbIBlGQATUwAq7kBPqkBvqgB0o0B2H8Bdb8B1lMBk1IA"
    "aE4ALkkBkFoAXFAAIV8BXLwBtGEAnVAANJ0B1G4BmF4AhFEALmgB1UsBgV0AHlYBg4QAqKoBczgAklYAwZcB"
    "qq0BZ7gBgFIAJ2oBNZoB0VcBa18AgUoAdVYAhkUAj2cAnLIBLpMBjVUAkLIBbGIAKoYBq2IA"
)
"""An arc of class 1 around a heap of class 0, as ``DatasetSpec.points`` writes it."""

PLANES = (
    _plane("moons", "Moons", "Two interleaved half circles: not separable by a line.", noise=0.15),
    _plane("circles", "Circles", "A ring around a disc.", noise=0.08),
    _plane(
        "spirals",
        "Spirals",
        "Two arms wound around each other: hard for small networks.",
        noise=0.025,
    ),
    _plane("xor", "XOR", "Four blobs in two classes, opposite corners alike.", noise=0.4),
    _plane(
        "formula",
        "A formula of your own",
        "Points on both sides of a boundary, or with values, that you write down.",
        shapes=("formula", *DRAWN),
        example="y > sin(2*x)",
        class_names=("false", "true"),
    ),
    _plane(
        "painted",
        "Points of your own",
        "Points of two or three classes, or with values, that you paint.",
        shapes=("points", "task", "features"),
        example=PAINTING,
        rows=len(PAINTING) // 4,
    ),
)
