"""Pictures that are drawn on the spot: five shapes, of any size, place, turn and colour."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw

Points = list[tuple[float, float]]


def _regular(corners: int, inner: float = 1.0) -> Callable[[float], Points]:
    def points(turn: float) -> Points:
        steps = corners if inner == 1.0 else 2 * corners
        lengths = [1.0 if inner == 1.0 or step % 2 == 0 else inner for step in range(steps)]
        angles = [turn + 2 * math.pi * step / steps for step in range(steps)]
        return [(r * math.cos(a), r * math.sin(a)) for r, a in zip(lengths, angles, strict=True)]

    return points


def _bar(turn: float) -> Points:
    corners = [(-1.0, -0.25), (1.0, -0.25), (1.0, 0.25), (-1.0, 0.25)]
    c, s = math.cos(turn), math.sin(turn)
    return [(x * c - y * s, x * s + y * c) for x, y in corners]


SHAPES: dict[str, Callable[[float], Points]] = {
    "bar": _bar,
    "circle": _regular(48),
    "square": _regular(4),
    "star": _regular(5, 0.45),
    "triangle": _regular(3),
}


def picture(shape: str, rng: np.random.Generator, side: int = 96) -> Image.Image:
    """A shape of a light colour on a dark, uneven ground."""
    ground = rng.integers(0, 70, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(ground).resize((side, side), Image.Resampling.BICUBIC)
    radius = side * rng.uniform(0.22, 0.4)
    x, y = (rng.uniform(radius, side - radius) for _ in range(2))
    points = SHAPES[shape](rng.uniform(0, 2 * math.pi))
    colour = tuple(int(level) for level in rng.integers(130, 256, 3))
    draw = ImageDraw.Draw(image)
    draw.polygon([(x + radius * a, y + radius * b) for a, b in points], fill=colour)
    return image


def pictures(each: int, seed: int = 0, side: int = 96) -> Iterator[tuple[str, Image.Image]]:
    """(path, picture) of so many of each shape: ``circle/003.png``."""
    rng = np.random.default_rng(seed)
    for shape in SHAPES:
        for number in range(each):
            yield f"{shape}/{number:03}.png", picture(shape, rng, side)


def zipped(each: int, seed: int = 0, side: int = 96) -> bytes:
    """A zip of them, with a folder for each shape."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for path, image in pictures(each, seed, side):
            archive.writestr(f"shapes/{path}", encoded(image, "PNG"))
    return body.getvalue()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as the bytes of a file of this kind."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
