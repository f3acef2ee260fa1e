"""What a lesson reads off the inside of a network, as ``tuning_core.training.Inside`` saw it."""

from __future__ import annotations

import base64
import itertools

import numpy as np

from tuning_core.lessons.parts.curves import LessonCurve


def unit_maps(curve: LessonCurve, epoch: int) -> list[np.ndarray]:
    """What the shown units say over the plane, layer by layer: (units, side, side)."""
    network = curve.network
    units, side = [len(shown) for shown in network["shown"]], network["unit_side"]
    answers = network["classes"] if network["answers"] == "classes" else 1
    widths = [len(network["inputs"]) or 2, *units, answers]
    weights = sum((before + 1) * after for before, after in itertools.pairwise(widths))
    maps = sum(units) + (2 if network["answers"] == "classes" else 1)
    content = base64.b64decode(curve.inside[epoch])
    found = _maps(content, 4 * weights, maps, sum(units), (side, side))
    return np.split(found, np.cumsum(units)[:-1])


def first_filters(curve: LessonCurve, epoch: int) -> np.ndarray:
    """The shown filters of the first block, the mean over their channels: (filters, side, side)."""
    groups = curve.network["groups"]
    first, maps = groups[0], sum(len(group["names"]) for group in groups)
    content = base64.b64decode(curve.inside[epoch])
    return _maps(content, 0, maps, len(first["names"]), (first["height"], first["width"]))


def _maps(content: bytes, start: int, maps: int, wanted: int, shape: tuple[int, int]) -> np.ndarray:
    """The first ``wanted`` maps of those whose ends stand at ``start``, in their own values."""
    low, high = np.frombuffer(content, "<f4", 2 * maps, start).reshape(-1, 2)[:wanted].T
    count = wanted * shape[0] * shape[1]
    levels = np.frombuffer(content, np.uint8, count, start + 8 * maps).reshape(wanted, *shape)
    return low[:, None, None] + levels * ((high - low) / 255)[:, None, None]
