"""Small pictures made of plain HTML, so that they follow the theme: histograms and squares."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from tuning_core.catalog.strategy import StrategySketch
from tuning_core.findings.formatting import number
from tuning_core.space import Parameter, Range

BINS = 24
DRAWS = 480


def draw_histogram(parameter: Parameter) -> str:
    """What a search will draw, as bars over the plain axis, and a word on it.

    A log range piles up at its low end: that is what it is for.
    """
    amount = parameter.count
    curved = isinstance(parameter, Range) and parameter.scale != "linear"
    if isinstance(parameter, Range) and curved and parameter.low < parameter.high:
        draws = [float(parameter.quantile((i + 0.5) / DRAWS)) for i in range(DRAWS)]
        bins = min(BINS, round(parameter.high - parameter.low) + 1) if parameter.integer else BINS
        counts, _ = np.histogram(draws, bins=bins, range=(parameter.low, parameter.high))
        return _bars(counts / counts.max(), f"half below {number(parameter.quantile(0.5), 3)}")
    if amount is None:
        return _bars(np.ones(BINS), "any value, evenly")
    words = f"{amount:,} values, evenly" if amount > 1 else "one value"
    return _bars(np.ones(min(amount, BINS)), words)


def value_histogram(values: np.ndarray, name: str) -> str:
    """How the values of a regression target are spread."""
    counts, edges = np.histogram(values, bins=BINS)
    low, middle, high = (number(float(v), 3) for v in (edges[0], np.median(values), edges[-1]))
    return _bars(counts / counts.max(), f"{name} from {low} to {high}, half below {middle}")


def image_strip(images: Sequence[np.ndarray] | np.ndarray, names: tuple[str, ...]) -> str:
    """Pictures (k, height, width[, 3]), 0 to 255, in a row, each with its name underneath."""
    cells = [
        f"<figure>{_picture(pixels, name)}<figcaption>{escape(name)}</figcaption></figure>"
        for pixels, name in zip(images, names, strict=True)
    ]
    return f'<div class="ts-images">{"".join(cells)}</div>'


def _picture(pixels: np.ndarray, name: str) -> str:
    return f'<img src="{picture_address(pixels)}" alt="{escape(name)}">'


def picture_address(pixels: np.ndarray) -> str:
    """A picture uint8 (height, width) or (height, width, 3) as the address of an image."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()


def class_rows(counts: Mapping[str, int], images: np.ndarray, names: Sequence[str]) -> str:
    """A line per class: its name, a bar with its number of pictures, and some of them.

    ``images`` are as in ``image_strip``, ``names`` their classes. A class without any is left out.
    """
    most = max(counts.values(), default=1)
    lines = []
    of_class: dict[str, list[str]] = {}
    for image, name in zip(images, names, strict=True):
        of_class.setdefault(name, []).append(_picture(image, name))
    for label, amount in counts.items():
        shown = of_class.get(label)
        if shown:
            lines.append(
                f'<span title="{escape(label)}">{escape(label)}</span>'
                f'<div class="ts-bar"><i style="width:{100 * amount / most:.1f}%"></i></div>'
                f'<span>{amount:,}</span><div class="ts-images">{"".join(shown)}</div>'
            )
    return f'<div class="ts-class-rows">{"".join(lines)}</div>'


def _bars(heights: np.ndarray, words: str) -> str:
    bars = "".join(f'<i style="height:{100 * height:.0f}%"></i>' for height in heights)
    return (
        f'<div class="ts-hist" role="img" aria-label="{escape(words)}">{bars}</div>'
        f'<div class="ts-hist-words">{escape(words)}</div>'
    )


def strategy_square(sketch: StrategySketch) -> str:
    """How a strategy covers a square of two hyperparameters: a dot per trial.

    The best place is right of the middle, near the top; a larger dot was trained for longer.
    """
    dots = "".join(
        f'<i style="left:{100 * x:.1f}%;bottom:{100 * y:.1f}%;width:{size}px;height:{size}px;'
        f'opacity:{0.35 + 0.065 * size:.2f}"></i>'
        for x, y, size in _dots(sketch)
    )
    return f'<div class="ts-square" aria-hidden="true">{dots}</div>'


def _dots(sketch: StrategySketch) -> list[tuple[float, float, int]]:
    """Places and sizes of the dots."""
    rng = np.random.default_rng(4)
    best = np.array([0.66, 0.7])
    anywhere = rng.uniform(0.05, 0.95, (25, 2))
    if sketch.pattern == "halving":
        order = np.argsort(np.linalg.norm(anywhere - best, axis=1))
        rounds = [10] * 2 + [7] * 5 + [4] * 18
        return [(*anywhere[index], size) for index, size in zip(order, rounds, strict=True)]
    points: Iterable[Sequence[float]] = anywhere
    if sketch.pattern == "lattice":
        points = itertools.product(np.linspace(0.12, 0.88, 5), repeat=2)
    elif sketch.pattern == "chosen":
        points = [(0.2, 0.25), (0.2, 0.75), (0.5, 0.5), (0.66, 0.75), (0.85, 0.35)]
    elif sketch.pattern == "cross":
        # The first sweep at the default of the other, the second at the best of the first.
        default, steps = 0.3, np.linspace(0.08, 0.92, 8)
        found = steps[np.abs(steps - best[0]).argmin()]
        points = [*((x, default) for x in steps), *((found, y) for y in steps)]
    elif sketch.pattern == "evenly":
        # The sequence of Roberts (2018): each point as far as can be from those before it.
        points = 0.05 + 0.9 * (np.outer(np.arange(1, 26), [0.7549, 0.5698]) % 1)
    elif sketch.pattern == "narrowing":
        points = _narrowing(rng, best)
    elif sketch.pattern == "around_best":
        near = best + rng.normal(0, sketch.width, (25 - sketch.first, 2))
        points = np.vstack([anywhere[: sketch.first], near.clip(0.05, 0.95)])
    return [(x, y, 6) for x, y in points]


def _narrowing(rng: np.random.Generator, best: np.ndarray) -> np.ndarray:
    """Three rounds, each drawn from the box around the best quarter of all so far."""
    points = np.empty((0, 2))
    low, high = np.full(2, 0.05), np.full(2, 0.95)
    for amount in (12, 8, 8):
        points = np.vstack([points, rng.uniform(low, high, (amount, 2))])
        order = np.argsort(np.linalg.norm(points - best, axis=1))
        kept = points[order[: max(2, round(len(points) / 4))]]
        low, high = kept.min(axis=0), kept.max(axis=0)
    return points


def share_rows(names: list[str], amounts: list[int]) -> str:
    """A bar per class with its number of rows."""
    most = max(amounts, default=1)
    rows = "".join(
        f"<span>{escape(name)}</span>"
        f'<div class="ts-bar"><i style="width:{100 * amount / most:.1f}%"></i></div>'
        f"<span>{amount:,}</span>"
        for name, amount in zip(names, amounts, strict=True)
    )
    return f'<div class="ts-rows">{rows}</div>'


def split_bar(train: int, validation: int, test: int) -> str:
    """The three parts of the data as one bar and in words."""
    parts = "".join(f'<i style="flex:{amount}"></i>' for amount in (train, validation, test))
    words = f"{train:,} training · {validation:,} validation · {test:,} test, kept back"
    return (
        f'<div class="ts-split" aria-hidden="true">{parts}</div>'
        f'<div class="ts-small ts-muted" style="margin-top:.3rem">{words}</div>'
    )
