"""The loss around trained weights: planes through them, with paths on them, and how flat it is.

Li, Xu, Taylor, Studer and Goldstein 2018, "Visualizing the Loss Landscape of Neural Nets".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tuning_core.training.inside.sight import base64_of
from tuning_core.training.inside.weight_path import Weights

SIDE = 31
"""Points along each side of a plane: odd, so that the trained weights are one of them."""

DISTANCES = (0.1, 0.25, 0.5)
DIRECTIONS = 32
"""How flatness is measured: how far from the trained weights, and in how many directions."""

ROOM = 0.2
"""How far a plane goes beyond the path on it, as a share of the path's extent."""

THINNEST = 0.05
"""The least extent of a plane along its second direction, as a share of that along its first."""

STILL_REACH = 1.0
"""How far a random plane goes that stands for the path of weights that never moved."""

STRAIGHT = 1e-6
"""A direction that explains less of a path than this is none of it."""


class Losses(Protocol):
    """The loss at any weights; ``trained`` says of each weight whether it is trained."""

    trained: list[bool]

    def at(
        self, centre: Weights, directions: Weights | None = None, places: np.ndarray | None = None
    ) -> np.ndarray:
        """The losses (n,) at the centre + ``places`` (n, k) times directions (k, ...)."""


@dataclass(frozen=True)
class Line:
    """A run: the kept epochs of its path, the last being the trained weights, and its losses."""

    stops: Sequence[tuple[int, Weights]]
    losses: Losses

    @property
    def end(self) -> Weights:
        """The trained weights."""
        return self.stops[-1][1]


def random_directions(weights: Weights, count: int, random: np.random.Generator) -> list[Any]:
    """Filter-normalised directions (count, ...) for each weight (section 4).

    Each is drawn from a normal distribution; then what leads into one unit or filter (the last
    axis) is made as long as its weights. Biases and normalisations have no filters and stay.
    """
    found = []
    for array in weights:
        if array.ndim < 2:
            found.append(np.zeros((count, *array.shape), np.float32))
            continue
        drawn = random.standard_normal((count, *array.shape))
        length = np.sqrt((drawn**2).sum(axis=tuple(range(1, array.ndim)), keepdims=True))
        wanted = filter_lengths(array)
        found.append((drawn * (wanted / np.maximum(length, 1e-12))).astype(np.float32))
    return found


def filter_lengths(weights: np.ndarray) -> np.ndarray:
    """The lengths of what leads into each unit or filter, (units,)."""
    squares = weights.astype(np.float64) ** 2
    return np.asarray(np.sqrt(squares.sum(axis=tuple(range(weights.ndim - 1)))))


@dataclass(frozen=True)
class Basis:
    """Two directions from a centre: ``directions`` (2, ...) for each weight.

    ``explained`` is the share of the path's squared distances from the centre along each; a share
    of 0 belongs to a direction that is random, because the path has none left.
    """

    directions: list[np.ndarray]
    explained: tuple[float, float]


def path_basis(
    centre: Weights, points: Sequence[Weights], trained: Sequence[bool], seed: int
) -> tuple[Basis, np.ndarray]:
    """The plane through the centre that comes nearest to the points, and their places (n, 2) on it.

    The two main directions of all points less the centre, orthonormal, by their principal
    components (section 7.2); not centred, so that the plane holds the trained weights. The first
    point lies to the left. Moving statistics are no part of it.
    """
    steps = np.array([_step(point, centre, trained) for point in points])
    values, vectors = np.linalg.eigh(steps @ steps.T)
    # However few points there are, two directions are needed.
    values = np.concatenate([np.maximum(values[::-1], 0.0), [0.0, 0.0]])
    total = float(values.sum())
    random = _flat(random_directions(centre, 2, np.random.default_rng([seed, 1])))
    found: list[np.ndarray] = []
    shares: list[float] = []
    for number in range(2):
        share = float(values[number]) / total if total > 0 else 0.0
        shares.append(share if share >= STRAIGHT else 0.0)
        along = vectors[:, -1 - number] @ steps if shares[number] else random[number]
        for other in found:
            along = along - (along @ other) * other
        along = along / max(float(np.linalg.norm(along)), 1e-30)
        found.append(-along if steps[0] @ along > 0 else along)
    flat = np.array(found)
    return Basis(_shaped(flat, centre), (shares[0], shares[1])), steps @ flat.T


def flatness(line: Line, check: Callable[[], None] = lambda: None) -> list[dict[str, float | None]]:
    """How much the loss rises around the trained weights, by the ``distance`` from them.

    The ``mean`` of L(w + r d) - L(w) over random filter-normalised directions d, and its standard
    deviation (``spread``) among them; nothing where a loss is not finite. Each unit's weights
    are then changed by the share r of their length. The directions are the same for all networks
    of one shape.
    """
    random = np.random.default_rng(0)
    here = float(line.losses.at(line.end)[0])
    away = np.array(DISTANCES)[:, np.newaxis]
    rises = np.zeros((DIRECTIONS, len(DISTANCES)))
    for number in range(DIRECTIONS):
        check()
        direction = random_directions(line.end, 1, random)
        rises[number] = line.losses.at(line.end, direction, away) - here
    found: list[dict[str, float | None]] = []
    for distance, values in zip(DISTANCES, rises.T, strict=True):
        whole = bool(np.isfinite(values).all())
        mean, spread = (float(values.mean()), float(values.std(ddof=1))) if whole else (None, None)
        found.append({"distance": distance, "mean": mean, "spread": spread})
    return found


def plane(
    lines: Sequence[Line],
    *,
    reach: float | None,
    seed: int,
    side: int = SIDE,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """The loss on a plane through the end of the first run, as plain JSON.

    With a ``reach`` the directions are random and filter-normalised, and the plane goes so far
    along each; without, they are the main ones of the paths of all ``lines``, which must be of
    one shape. ``x`` and ``y`` are the ends of the plane, ``side`` the points along each, ``centre``
    the numbers (column, row) of that of the trained weights, ``loss`` their losses in base64,
    float32, row by row from the lowest y; ``explained`` says what the directions explain of
    the paths, and ``paths`` has an (epoch, x, y, loss) for each kept epoch of each run, the loss
    being that of the epoch's own weights. ``check`` is called now and then, and may raise.
    """
    centre, losses = lines[0].end, lines[0].losses
    if reach is None:
        points = [weights for line in lines for _, weights in line.stops]
        basis, places = path_basis(centre, points, losses.trained, seed)
        if not any(basis.explained):
            still = plane(lines, reach=STILL_REACH, seed=seed, side=side, check=check)
            return {**still, "explained": [0.0, 0.0]}
        x, y = _axes(places, basis, side)
    else:
        random = np.random.default_rng([seed, 1])
        basis = Basis(random_directions(centre, 2, random), (0.0, 0.0))
        places = np.zeros((1, 2))
        x = y = np.linspace(-reach, reach, side)
        x = y = x - x[side // 2]
    paths, left = [], iter(places.tolist())
    for line in lines:
        stops = line.stops if reach is None else line.stops[-1:]
        path = []
        for epoch, weights in stops:
            check()
            path.append([epoch, *next(left), float(line.losses.at(weights)[0])])
        paths.append(path)
    return {
        "x": [float(x[0]), float(x[-1])],
        "y": [float(y[0]), float(y[-1])],
        "side": side,
        "centre": [int(np.flatnonzero(axis == 0)[0]) for axis in (x, y)],
        "loss": base64_of(_grid(losses, centre, basis, x, y, check)),
        "explained": list(basis.explained) if reach is None else [],
        "paths": paths,
    }


def _grid(
    losses: Losses,
    centre: Weights,
    basis: Basis,
    x: np.ndarray,
    y: np.ndarray,
    check: Callable[[], None],
) -> np.ndarray:
    found = []
    for row in np.stack(np.meshgrid(x, y), axis=-1):
        check()
        found.append(losses.at(centre, basis.directions, row))
    return np.concatenate(found)


def _axes(places: np.ndarray, basis: Basis, side: int) -> list[np.ndarray]:
    """Coordinates (side,) along both directions that hold all places, the centre being one."""
    low, high = np.minimum(places.min(axis=0), 0.0), np.maximum(places.max(axis=0), 0.0)
    extent = high - low
    # A random direction is looked along as far as the path goes along the other.
    extent[1] = max(extent[1], (THINNEST if basis.explained[1] else 1.0) * extent[0])
    found = []
    for number in range(2):
        middle, wide = (low[number] + high[number]) / 2, extent[number] * (1 + 2 * ROOM)
        step = wide / (side - 1)
        before = round((wide / 2 - middle) / step)
        found.append((np.arange(side) - before) * step)
    return found


def _step(point: Weights, centre: Weights, trained: Sequence[bool]) -> np.ndarray:
    """The way (weights,) from the centre to a point; moving statistics stay."""
    return np.concatenate(
        [
            (a.astype(np.float64) - b).ravel() if moves else np.zeros(a.size)
            for a, b, moves in zip(point, centre, trained, strict=True)
        ]
    )


def _flat(directions: Weights) -> np.ndarray:
    """(k, weights) of (k, ...) for each weight."""
    return np.concatenate([d.reshape(len(d), -1) for d in directions], axis=1).astype(np.float64)


def _shaped(flat: np.ndarray, like: Weights) -> list[np.ndarray]:
    found, start = [], 0
    for array in like:
        part = flat[:, start : start + array.size]
        found.append(part.reshape(len(flat), *array.shape).astype(np.float32))
        start += array.size
    return found
