"""A drawing made to look like the pictures of a dataset: its pen, its size, its place.

As MNIST was made (LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
section III.A): fitted into a box, then placed by its centre of mass. How large the box is, where
the centre lies and how thick the pen is are measured on training rows, so that it holds for others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from tuning_core.datasets.raw import DataError

PAD = 1_000
"""Length of a side of the pad, in the units of a stroke's points."""
MOST_STROKES, MOST_POINTS = 200, 4_000
_MEASURED = 2_000
_INK = 0.25
"""Share of full brightness above which a pixel belongs to what is drawn."""
_LARGE = 95
"""Percentile of heights and of widths that a drawing may have."""
_FINE = 256
"""Pixels of a side, at least, in which a drawing is made before it is reduced."""


@dataclass(frozen=True)
class DrawingStyle:
    """How a dataset's pictures are drawn, bright on dark, in their pixels.

    What is drawn fits into ``box`` (height, width) and fills it one way; ``pen`` is its thickness,
    ``centre`` (row, column) where its mass lies, ``level`` its brightness, at most 1.
    """

    box: tuple[float, float]
    pen: float
    centre: tuple[float, float]
    level: float


def style_of(pictures: np.ndarray) -> DrawingStyle | None:
    """The style of grey pictures (n, height, width) from 0 to 1; None where the ground is no dark.

    A line of length l and thickness w has the area lw and the outline 2l, so that w is twice the
    area over the outline, which is the total variation but for a factor 4 / pi: that counts
    diagonals along both axes.
    """
    grey = pictures[np.linspace(0, len(pictures) - 1, min(_MEASURED, len(pictures))).astype(int)]
    edges = (grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1])
    drawn = (grey > _INK).any(axis=(1, 2))
    if float(np.median(np.concatenate([edge.ravel() for edge in edges]))) > _INK or not drawn.any():
        return None
    grey = grey[drawn].astype(np.float64)
    mass = grey.sum(axis=(1, 2))
    framed = np.pad(grey, ((0, 0), (1, 1), (1, 1)))
    outline = sum(np.abs(np.diff(framed, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))
    heights, widths = (_length((grey > _INK).any(axis=axis)) for axis in (2, 1))
    rows = grey.sum(axis=2) @ (np.arange(grey.shape[1]) + 0.5) / mass
    columns = grey.sum(axis=1) @ (np.arange(grey.shape[2]) + 0.5) / mass
    return DrawingStyle(
        box=(float(np.percentile(heights, _LARGE)), float(np.percentile(widths, _LARGE))),
        pen=float(np.median(8 / math.pi * mass / outline)),
        centre=(float(rows.mean()), float(columns.mean())),
        level=float(np.median(grey.max(axis=(1, 2)))),
    )


def _scales(extent: np.ndarray, box: np.ndarray) -> np.ndarray:
    """By what (height, width) are multiplied: the same, but for what would not fit so."""
    longer = float(extent.max())
    return np.minimum(box.max() / longer, box / np.maximum(extent, longer / _FINE))


def _length(marked: np.ndarray) -> np.ndarray:
    """From the first to the last that is marked (n, k), in each of n."""
    return marked.shape[1] - marked.argmax(axis=1) - marked[:, ::-1].argmax(axis=1)


def read_strokes(value: object) -> list[np.ndarray]:
    """The strokes (points, 2) that a browser says were drawn; raises DataError.

    Each comes as a flat list x, y, x, y, ... of numbers from 0 to ``PAD``.
    """
    if not isinstance(value, list) or len(value) > MOST_STROKES:
        raise _unreadable()
    strokes = []
    for stroke in value:
        if not isinstance(stroke, list) or len(stroke) % 2 or len(stroke) > 2 * MOST_POINTS:
            raise _unreadable()
        if not all(type(number) in (int, float) and 0 <= number <= PAD for number in stroke):
            raise _unreadable()
        if stroke:
            strokes.append(np.array(stroke, dtype=np.float64).reshape(-1, 2))
    if sum(map(len, strokes)) > MOST_POINTS:
        raise DataError("This drawing has too many lines: clear the pad and draw fewer.")
    if not strokes:
        raise DataError("The pad is empty: draw on it.")
    return strokes


def _unreadable() -> DataError:
    return DataError("What came from the pad is no drawing: clear it and draw again.")


def drawn(strokes: list[np.ndarray], shape: tuple[int, int], style: DrawingStyle) -> np.ndarray:
    """A drawing as a picture (height, width) from 0 to 1.

    Its lines are moved and scaled before the pen draws them, so that it is as thick in small
    drawings as in large ones.
    """
    fine = max(4, _FINE // max(shape))
    points = np.concatenate(strokes)
    corner, extent = points.min(axis=0), np.ptp(points, axis=0)
    room = np.maximum(0.0, np.array(style.box) - style.pen)
    # A dot stays one.
    scale = _scales(extent[::-1], room)[::-1] if extent.max() > PAD / 50 else np.zeros(2)
    pen = style.pen * fine
    size = np.ceil((points.max(axis=0) - corner) * scale * fine + pen).astype(int) + 2
    canvas = Image.new("L", (int(size[0]), int(size[1])))
    brush = ImageDraw.Draw(canvas)
    for stroke in strokes:
        line = [(float(x), float(y)) for x, y in (stroke - corner) * scale * fine + pen / 2]
        if len(line) > 1:
            brush.line(line, fill=255, width=max(1, round(pen)), joint="curve")
        for x, y in line:
            # Round ends, and round corners where the points lie far apart.
            brush.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return _placed(np.asarray(canvas, np.float64) / 255, shape, style, fine)


def resembling(grey: np.ndarray, style: DrawingStyle, shape: tuple[int, int]) -> np.ndarray:
    """A photograph (height, width) from 0 to 1 of something drawn, as ``drawn`` would have made it.

    Dark on bright is turned round; what is hardly brighter than its edge is ground.
    """
    edge = float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    ink = np.abs(grey - edge)
    if ink.max() < 0.1:
        raise DataError("The picture is of one brightness: there is nothing to be seen on it.")
    ink = np.clip((ink / ink.max() - _INK) / (1 - 2 * _INK), 0, 1)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    fine = max(4, _FINE // max(shape))
    scale = _scales(np.array(ink.shape), np.array(style.box)) * fine
    height, width = (max(1, round(float(length))) for length in ink.shape * scale)
    image = Image.fromarray(np.rint(ink * 255).astype(np.uint8))
    large = image.resize((width, height), Image.Resampling.BILINEAR)
    return _placed(np.asarray(large, np.float64) / 255, shape, style, fine)


def _placed(ink: np.ndarray, shape: tuple[int, int], style: DrawingStyle, fine: int) -> np.ndarray:
    """Ink with its mass at the centre, as far as all of it is in the picture; then reduced."""
    mass = ink.sum()
    canvas = np.zeros((shape[0] * fine, shape[1] * fine))
    starts, cuts = [], []
    for axis in (0, 1):
        length, room = ink.shape[axis], canvas.shape[axis]
        middle = float(ink.sum(axis=1 - axis) @ (np.arange(length) + 0.5) / mass)
        start = round(style.centre[axis] * fine - middle)
        starts.append(min(max(start, 0), max(0, room - length)))
        cuts.append(min(length, room))
    target = canvas[starts[0] : starts[0] + cuts[0], starts[1] : starts[1] + cuts[1]]
    target[:] = ink[: cuts[0], : cuts[1]]
    reduced = canvas.reshape(shape[0], fine, shape[1], fine).mean(axis=(1, 3))
    return np.asarray(style.level * reduced)
