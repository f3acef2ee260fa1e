"""How an answer goes with a column: the average, curves of single rows, where rows lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification
from tuning_core.charts.parts.labels import AXIS_NUMBERS, number_text
from tuning_core.charts.parts.theme import LABEL_SIZE, theme

MISSING = "missing"
_DAY = 86_400_000
_FLOOR = 0.18
"""Share of the height that the counts of rows take at most."""
_SHORT = "length(datum.label) > 14 ? slice(datum.label, 0, 13) + '\u2026' : datum.label"


def dependence(
    found: Mapping[str, Any],
    title: str,
    *,
    centred: bool = False,
    dark: bool = False,
    height: int = 360,
) -> Chart:
    """The picture of an assessment's result: of numbers or dates, of categories, of two columns."""
    share, average, counts = bool(found["class"]), found["average"], found["counts"]
    if "second" in found:
        grids, titles = found["grids"], (found["column"], found["second"])
        return dependence_map(
            (grids[0], grids[1]), average, counts, titles, title,
            percent=share, dark=dark, height=height,
        )  # fmt: skip
    common: Any = {"centred": centred, "percent": share, "dark": dark, "height": height}
    column, curves = found["column"], found["curves"]
    if found["numbers"] is None:
        return dependence_words(found["grid"], average, curves, counts, column, title, **common)
    bins = pd.DataFrame(counts, columns=["low", "high", "rows"])
    dates = found["kind"] == "date"
    return dependence_curves(
        found["numbers"], average, curves, bins, column, title, dates=dates, **common
    )


def dependence_curves(
    grid: Sequence[float],
    average: Sequence[float],
    curves: Sequence[Sequence[float]],
    counts: pd.DataFrame,
    x_title: str,
    y_title: str,
    *,
    dates: bool = False,
    centred: bool = False,
    percent: bool = False,
    dark: bool = False,
    height: int = 360,
) -> Chart:
    """Lines over a column of numbers or ``dates`` in days: ``grid`` (g,), ``curves`` (k, g).

    ``counts`` has ``low``, ``high`` and ``rows`` of the bins of a histogram. ``centred`` curves
    begin at 0, so that their shapes can be compared (Goldstein et al. 2015, section 3.2).
    """
    at = [*grid]
    unit = _DAY if dates else 1
    lines, thin = np.array([average]), np.array(curves).reshape(len(curves), len(at))
    if centred:
        lines, thin = lines - lines[:, :1], thin - thin[:, :1]
    bins = counts.assign(low=counts["low"] * unit, high=counts["high"] * unit)
    frames = {
        "counts": _with_floor(bins),
        "curves": _long(thin, at, unit, percent),
        "average": _long(lines, at, unit, percent),
    }
    key = (x_title, y_title, dates, centred, percent, dark, height)
    return Chart(_curves(*key), frames)


def dependence_words(
    words: Sequence[str | None],
    average: Sequence[float],
    curves: Sequence[Sequence[float]],
    rows: Sequence[int],
    x_title: str,
    y_title: str,
    *,
    centred: bool = False,
    percent: bool = False,
    dark: bool = False,
    height: int = 360,
) -> Chart:
    """A point for each category, the most frequent first, and a pale tick for each single row."""
    names = [MISSING if word is None else word for word in words]
    mean, thin = np.array(average), np.array(curves).reshape(len(curves), len(names))
    if centred:
        mean, thin = mean - mean[0], thin - thin[:, :1]
    places = np.tile(np.arange(len(names)), len(thin))
    ticks = pd.DataFrame({"place": places, "y": thin.ravel()})
    ticks["word"] = [names[place] for place in places]
    points = pd.DataFrame({"word": names, "y": mean, "rows": list(rows)})
    points["place"] = range(len(points))
    points["top"] = max(1, *rows, 1) / _FLOOR
    points["y_text"] = [_text(value, percent) for value in mean]
    frames = {"curves": ticks, "average": points}
    return Chart(_words(x_title, y_title, percent, dark, height), frames)


def dependence_map(
    grids: tuple[Sequence[Any], Sequence[Any]],
    average: Sequence[Sequence[float]],
    rows: Sequence[Sequence[int]],
    titles: tuple[str, str],
    y_title: str,
    *,
    percent: bool = False,
    dark: bool = False,
    height: int = 400,
) -> Chart:
    """The average over two columns as colour; cells that no row lies in are pale.

    ``average`` and ``rows`` are (g, h) for grids of g values across and h upwards.
    """
    across, up = map(_labels, grids)
    places = np.indices((len(across), len(up))).reshape(2, -1)
    flat, counts = np.array(average).ravel(), np.array(rows).ravel()
    cells = pd.DataFrame({"x": places[0], "y": places[1], "average": flat, "rows": counts})
    cells["x_text"] = [across[place] for place in cells["x"]]
    cells["y_text"] = [up[place] for place in cells["y"]]
    cells["text"] = [_text(value, percent) for value in flat]
    return Chart(_map(*titles, y_title, percent, dark, height), {"cells": cells})


def _text(value: float, percent: bool) -> str:
    return f"{100 * value:.1f} %" if percent else number_text(float(value))


def _labels(grid: Sequence[Any]) -> list[str]:
    """A text for each value, as short as tells them apart."""
    for digits in (3, 4, 6, 15):
        texts = [MISSING if value is None else number_text(value, digits) for value in grid]
        if len(set(texts)) == len(texts):
            break
    return texts


def _with_floor(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts with the top of an axis on which the highest bar takes the floor of the picture."""
    most = max(1, int(counts["rows"].max())) if len(counts) else 1
    return counts.assign(top=most / _FLOOR)


def _long(lines: np.ndarray, grid: list[float], unit: int, percent: bool) -> pd.DataFrame:
    count = len(lines)
    frame = pd.DataFrame(
        {
            "x": np.tile(np.array(grid, float) * unit, count),
            "y": lines.ravel(),
            "row": np.repeat(np.arange(count), len(grid)),
        }
    )
    frame["y_text"] = [_text(value, percent) for value in frame["y"]]
    return frame


@lru_cache(TEMPLATES)
def _curves(
    x_title: str, y_title: str, dates: bool, centred: bool, percent: bool, dark: bool, height: int
) -> str:
    colours = theme(dark)
    kind = "T" if dates else "Q"
    scale = alt.Scale(type="utc") if dates else alt.Scale(zero=False, nice=False)
    shape = (
        alt.Axis(tickCount=6, grid=False) if dates else alt.Axis(tickCount=6, format=AXIS_NUMBERS)
    )
    x = alt.X(f"x:{kind}", title=x_title, scale=scale, axis=shape)
    form = (".0%" if not centred else "+.0%") if percent else AXIS_NUMBERS
    y = alt.Y(
        "y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(format=form, tickCount=5)
    )
    thin = (
        named("curves")
        .mark_line(strokeWidth=1, opacity=0.35, color=colours.soft, tooltip=None)
        .encode(x=x, y=y, detail="row:N")
    )
    there = alt.Tooltip(f"x:{kind}", title=x_title, format="%Y-%m-%d" if dates else ",.4~g")
    line = named("average").mark_line(strokeWidth=3, color=colours.accent).encode(x=x, y=y)
    dots = (
        named("average")
        .mark_point(filled=True, size=120, opacity=0)
        .encode(x=x, y=y, tooltip=[there, alt.Tooltip("y_text:N", title="average")])
    )
    bars = (
        named("counts")
        .mark_bar(color=colours.faded, opacity=0.7, binSpacing=0)
        .encode(
            x=alt.X(f"low:{kind}", title=x_title, scale=scale),
            x2="high",
            y=_counted("counts"),
            y2=alt.datum(0),
            tooltip=[alt.Tooltip("rows:Q", title="rows here", format=",")],
        )
    )
    chart = alt.layer(bars, alt.layer(thin, line, dots)).resolve_scale(y="independent")
    description = (
        f"{y_title} over {x_title}: a thick line for the average, thin ones for single rows, bars "
        "where rows lie."
    )
    return specification(chart.properties(height=height, width="container"), colours, description)


@lru_cache(TEMPLATES)
def _words(x_title: str, y_title: str, percent: bool, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X(
        "word:N",
        title=f"{x_title}, the most frequent first",
        sort=alt.EncodingSortField("place", op="min"),
        axis=alt.Axis(labelExpr=_SHORT, labelAngle=-35, labelFontSize=LABEL_SIZE),
    )
    form = alt.Axis(format=".0%" if percent else AXIS_NUMBERS, tickCount=5)
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=form)
    ticks = (
        named("curves")
        .mark_tick(opacity=0.35, color=colours.soft, tooltip=None, thickness=1.5)
        .encode(x=x, y=y)
    )
    points = (
        named("average")
        .mark_point(filled=True, size=130, opacity=1, color=colours.accent)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("word:N", title=x_title),
                alt.Tooltip("y_text:N", title="average"),
                alt.Tooltip("rows:Q", title="rows that have it", format=","),
            ],
        )
    )
    bars = (
        named("average")
        .mark_bar(color=colours.faded, opacity=0.7, tooltip=None)
        .encode(x=x, y=_counted("average"), y2=alt.datum(0))
    )
    description = (
        f"{y_title} for each {x_title}: a point for the average, a tick for single rows, a bar "
        "for how many rows have it."
    )
    chart = alt.layer(bars, alt.layer(ticks, points)).resolve_scale(y="independent")
    return specification(chart.properties(height=height, width="container"), colours, description)


def _counted(frame: str) -> alt.Y:
    """How many rows there are, on the floor of a picture."""
    top = f"length(data('{frame}')) ? data('{frame}')[0]['top'] : 1"
    scale = alt.Scale(domainMin=0, domainMax={"expr": top})
    return alt.Y("rows:Q", title=None, axis=None, scale=scale)


@lru_cache(TEMPLATES)
def _map(first: str, second: str, y_title: str, percent: bool, dark: bool, height: int) -> str:
    colours = theme(dark)
    x = alt.X("x_text:N", title=first, sort=alt.EncodingSortField("x", op="min"),
              axis=alt.Axis(labelExpr=_SHORT, labelAngle=-35))  # fmt: skip
    y = alt.Y("y_text:N", title=second,
              sort=alt.EncodingSortField("y", op="min", order="descending"),
              axis=alt.Axis(labelExpr=_SHORT))  # fmt: skip
    legend = alt.Legend(title=y_title, orient="top", format=".0%" if percent else AXIS_NUMBERS,
                        gradientLength=220)  # fmt: skip
    cells = (
        named("cells")
        .mark_rect()
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "average:Q", scale=alt.Scale(range=list(colours.ramp), zero=False), legend=legend
            ),
            opacity=alt.condition("datum.rows > 0", alt.value(1), alt.value(0.3)),
            tooltip=[
                alt.Tooltip("x_text:N", title=first),
                alt.Tooltip("y_text:N", title=second),
                alt.Tooltip("text:N", title=y_title),
                alt.Tooltip("rows:Q", title="rows near here", format=","),
            ],
        )
    )
    description = f"{y_title} as colour over {first} and {second}; cells without a row are pale."
    return specification(cells.properties(height=height, width="container"), colours, description)
