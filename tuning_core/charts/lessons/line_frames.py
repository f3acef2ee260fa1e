"""The frames behind labelled lines: their points, and where their names stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tuning_core.charts.parts.labels import number_text
from tuning_core.charts.parts.shaping import dodged

LABEL_HEIGHT = 20.0
"""Pixels from one name to the next."""
AROUND = 70
"""Pixels of the height that the x axis and the legend take."""

POINTS = {
    "name": "str",
    "part": "str",
    "line": "str",
    "colour": "str",
    "width": "float64",
    "x": "float64",
    "y": "float64",
    "text": "str",
}
NAMES = {"x": "float64", "y": "float64", "name": "str", "colour": "str"}


@dataclass(frozen=True)
class Line:
    """A line called ``name`` through ``y`` at ``x``; ``part`` chooses its dashes, if any.

    Only lines of the first part carry their names. A ``quiet`` line is grey and carries its
    ``word``, if any.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    part: str = ""
    quiet: bool = False
    word: str = ""


def line_points(
    lines: Sequence[Line], own: Mapping[str, str], faded: str, limits: tuple[float, float]
) -> pd.DataFrame:
    """A row per point, drawn inside ``limits``; ``own`` has the colour of each name."""
    rows = [
        {
            "name": line.name,
            "part": line.part,
            "line": f"{line.name} {line.part}",
            "colour": own.get(line.name, faded),
            "width": 1.2 if line.quiet else 2.8,
            "x": float(x),
            "y": float(np.clip(y, *limits)),
            "text": number_text(float(y)),
        }
        for line in lines
        for x, y in zip(line.x, line.y, strict=False)
        if not np.isnan(y)
    ]
    return pd.DataFrame(rows, columns=list(POINTS)).astype(POINTS)


def line_names(
    lines: Sequence[Line],
    own: Mapping[str, str],
    muted: str,
    limits: tuple[float, float],
    *,
    log: bool,
    height: float,
) -> pd.DataFrame:
    """Where each name stands: at the last point of its first part, with a gap to the others."""
    first: dict[str, Line] = {}
    for line in lines:
        if len(line.y) and (line.word or not line.quiet) and not np.isnan(line.y[-1]):
            first.setdefault(line.name, line)
    to = np.log10 if log else np.asarray
    floor, ceiling = (float(to(end)) for end in limits)
    ends = [float(to(np.clip(line.y[-1], *limits))) for line in first.values()]
    gap = LABEL_HEIGHT / max(height - AROUND, 60) * (ceiling - floor)
    rows = [
        {
            "x": float(line.x[len(line.y) - 1]),
            "y": 10.0**place if log else place,
            "name": line.word or name,
            "colour": own.get(name, muted),
        }
        for (name, line), place in zip(
            first.items(), dodged(ends, gap, floor, ceiling), strict=True
        )
    ]
    return pd.DataFrame(rows, columns=list(NAMES)).astype(NAMES)
