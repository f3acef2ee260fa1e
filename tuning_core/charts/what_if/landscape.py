"""The loss around trained weights as bands of colour, with the paths that led there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
from scipy.ndimage import zoom

from tuning_core.charts.parts.chart import TEMPLATES, Chart, end_labels, named, specification
from tuning_core.charts.parts.theme import blend, theme

BANDS = 14
FINER = 6
"""Strips of a picture to each row of points, so that bands have smooth edges."""

NEAR = 0.02
"""How fine the bands are near the least loss: a share of its distance to the middle one."""


@dataclass(frozen=True)
class Surface:
    """Losses (rows, columns) over the coordinates ``y`` (rows,) and ``x`` (columns,)."""

    x: np.ndarray
    y: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True)
class Trail:
    """A run on the plane: its ``stops`` are (epoch, x, y, loss), the last the trained weights.

    ``place`` is that of its colour.
    """

    name: str
    stops: Sequence[Sequence[float]]
    place: int = 0


@dataclass(frozen=True)
class Bands:
    """The ``edges`` of bands of loss, even in the logarithm of what the loss is above ``floor``."""

    floor: float
    edges: tuple[float, ...]


def loss_bands(surfaces: Sequence[Surface]) -> Bands:
    """Bands that serve several pictures: the lower the loss, the finer they are."""
    losses = np.concatenate([surface.loss.ravel() for surface in surfaces]).astype(np.float64)
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return Bands(0.0, (1.0,))
    least, middle, most = (float(np.quantile(losses, share)) for share in (0.0, 0.5, 0.99))
    near = max(NEAR * (middle - least), 1e-6 * max(1.0, abs(least)))
    steps = np.geomspace(near, max(most - least, near) + near, BANDS)
    edges = [float(f"{least - near + step:.5g}") for step in steps[1:]]
    return Bands(least - near, tuple(sorted({edge for edge in edges if edge > least - near})))


def landscape(
    surface: Surface,
    trails: Sequence[Trail],
    bands: Bands,
    titles: tuple[str, str],
    *,
    compact: bool = False,
    dark: bool = False,
    height: int = 380,
) -> Chart:
    """The bands, a line through the epochs of each run, its start and its end.

    Where a loss is not finite there is no colour. ``titles`` are those of both axes. A ``compact``
    picture leaves its whole width to the plane.
    """
    series = theme(dark).series[1:]
    stops = pd.DataFrame(
        [
            (trail.name, series[trail.place % len(series)], *stop)
            for trail in trails
            for stop in trail.stops
        ],
        columns=["run", "colour", "epoch", "x", "y", "loss"],
    )
    first, last = (~stops["run"].duplicated(keep=keep) for keep in ("first", "last"))
    frames = {
        "view": pd.DataFrame({"x": surface.x[[0, -1]], "y": surface.y[[0, -1]]}),
        "field": _strips(surface, bands),
        "stops": stops,
        "starts": stops[first & ~last],
        "ends": stops[last],
    }
    return Chart(_specification(bands.edges, titles, compact, dark, height), frames)


def _strips(surface: Surface, bands: Bands) -> pd.DataFrame:
    """Spots of one band beside each other: from ``x`` to ``x_end``, from ``y`` to ``y_end``.

    ``loss`` lies in the band, ``words`` says where that is.
    """
    whole = np.isfinite(surface.loss)
    edges = np.log(np.array(bands.edges) - bands.floor)
    above = np.where(whole, surface.loss, bands.edges[-1]).astype(np.float64) - bands.floor
    above = np.log(np.maximum(above, 1e-12))
    fine = np.clip(zoom(above, FINER, order=3, mode="nearest"), above.min(), above.max())
    level = np.searchsorted(edges, fine, side="right")
    level[zoom(whole.astype(np.float32), FINER, order=0, mode="nearest") < 0.5] = -1
    rows, columns = level.shape
    changed = np.ones((rows, columns), bool)
    changed[:, 1:] = level[:, 1:] != level[:, :-1]
    row, start = np.nonzero(changed)
    stop = np.append(np.where(start[1:] > 0, start[1:], columns), columns)
    x = np.linspace(surface.x[0], surface.x[-1], columns + 1)
    y = np.linspace(surface.y[0], surface.y[-1], rows + 1)
    band = level[row, start]
    # They reach under the next, so that no hairline shows between them.
    tall, wide = y[1] - y[0], x[1] - x[0]
    ends = [-np.inf, *bands.edges, np.inf]
    found = pd.DataFrame(
        {
            "x": x[start],
            "x_end": np.minimum(x[stop] + wide, x[-1]),
            "y": y[row],
            "y_end": np.minimum(y[row + 1] + tall, y[-1]),
            "loss": np.array([bands.floor, *bands.edges])[band],
            "words": [_between(ends[number], ends[number + 1]) for number in band],
        }
    )
    return found[band >= 0].reset_index(drop=True)


def _between(low: float, high: float) -> str:
    if np.isinf(low):
        return f"below {high:.3g}"
    return f"above {low:.3g}" if np.isinf(high) else f"{low:.3g} to {high:.3g}"


@lru_cache(TEMPLATES)
def _specification(
    edges: tuple[float, ...], titles: tuple[str, str], compact: bool, dark: bool, height: int
) -> str:
    colours = theme(dark)
    x, y = (
        channel(
            f"{field}:Q",
            title=title,
            scale=alt.Scale(nice=False, zero=False),
            axis=alt.Axis(grid=False, tickCount=5, format="~g"),
        )
        for channel, field, title in zip((alt.X, alt.Y), "xy", titles, strict=True)
    )
    ramp = colours.ramp[::-1]
    shades = [blend(ramp, number / len(edges)) for number in range(len(edges) + 1)]
    place = {"orient": "bottom", "gradientLength": 150} if compact else {"orient": "right"}
    legend = alt.Legend(title="loss", format=".2~g" if compact else ".3~g", **place)
    scale = alt.Scale(type="threshold", domain=list(edges), range=shades)
    colour = alt.Color("loss:Q", scale=scale, legend=legend)
    view = named("view").mark_point(opacity=0, tooltip=None).encode(x=x, y=y)
    field = (
        named("field")
        .mark_rect(strokeWidth=0)
        .encode(x=x, x2="x_end:Q", y=y, y2="y_end:Q", color=colour)
        .encode(tooltip=[alt.Tooltip("words:N", title="loss")])
    )
    own = alt.Color("colour:N", scale=None, legend=None)
    places = {"x": x, "y": y, "detail": "run:N", "order": "epoch:Q"}
    told = [
        alt.Tooltip("run:N"),
        alt.Tooltip("epoch:Q", format=","),
        alt.Tooltip("loss:Q", title="loss after it", format=".4~g"),
    ]
    line = named("stops").encode(**places)
    trails = [
        line.mark_line(color=colours.halo, strokeWidth=5, opacity=0.75, tooltip=None),
        line.mark_line(strokeWidth=2.5, tooltip=None).encode(color=own),
    ]
    dots = named("stops").mark_circle(size=34, opacity=1, stroke=colours.halo, strokeWidth=0.8)
    spots = {"filled": True, "opacity": 1, "stroke": colours.halo, "strokeWidth": 1.5}
    marks = [
        dots.encode(x=x, y=y, color=own, tooltip=told),
        named("starts").mark_point(shape="square", size=110, **spots),
        named("ends").mark_point(shape="cross", size=220, **spots),
    ]
    marks[1:] = [mark.encode(x=x, y=y, color=own, tooltip=told) for mark in marks[1:]]
    names = named("ends").transform_calculate(strong="true").encode(x=x, y=y, text="run:N")
    labels = end_labels(names, colours, "colour", align="center", dy=-18)
    layers = alt.layer(view, field, *trails, *marks, *labels).resolve_scale(color="independent")
    chart = layers.properties(height=height, width="container")
    description = (
        f"The loss as bands of colour over {titles[0]} and {titles[1]}, with the path of each run "
        "from its start (a square) to its end (a cross)."
    )
    return specification(chart, colours, description)
