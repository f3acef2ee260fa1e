"""Parallel coordinates: a line per trial over true axes, with a brush on each of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import TEMPLATES, Chart, named, specification, trial_clicks
from tuning_core.charts.parts.theme import LABEL_SIZE, TITLE_SIZE, Theme, theme
from tuning_core.charts.study.parallel_frames import (
    BOTTOM,
    SCORE,
    STUDY,
    TOP,
    axis_frame,
    axis_ticks,
    brush_name,
    line_field,
    place_field,
    score_axis,
    score_strip,
    text_field,
    trial_lines,
)

REACH = 24
"""Pixels left and right of an axis in which a drag draws its brush."""

MARGIN = 0.3
"""Room left of the first and right of the last axis, in distances of axes."""

LETTER = 7
"""Pixels that a letter of a tick's text takes."""

LINE_HEIGHT = 17
"""Pixels from one line of a title to the next."""


def parallel_coordinates(
    trials: pd.DataFrame,
    axes: Sequence[Axis],
    objective: Objective,
    *,
    selected: Collection[int] = (),
    dark: bool = False,
    height: int = 460,
    brushes: Mapping[str, tuple[float, float]] | None = None,
) -> Chart:
    """Lines of all ended trials over the axes and, last, the score.

    ``trials`` has ``number``, ``status``, ``score`` and a column per axis in which a missing value
    means that the hyperparameter was not used. Good scores have the strongest colour, ``selected``
    trials are thick, and what lies outside a brush turns grey. The brushes are called
    :func:`brush_names`; a click on a line changes the selection
    :data:`PICKED`. It begins with ``brushes``, an interval of places by the column of its axis. The
    chart fills any width.
    Trials of several studies also have columns :data:`STUDY`, ``tint`` (a colour) and ``trial``.
    """
    colours = theme(dark)
    score = score_axis(trials, objective)
    frames = {
        "lines": trial_lines(trials, axes, score, objective, colours, selected),
        "ticks": axis_ticks(trials, axes, score),
        "axes": axis_frame(axes, score),
        "strip": score_strip(trials, score, objective, colours),
    }
    names = tuple((axis.name, axis.label) for axis in [*axes, score])
    title_lines = int(frames["axes"]["title"].str.count("\n").max()) + 1
    template = _specification(names, title_lines, STUDY in trials, dark, height)
    return Chart(_brushed(template, brushes) if brushes else template, frames)


def _brushed(specification: str, brushes: Mapping[str, tuple[float, float]]) -> str:
    """The specification with brushes that are there from the start."""
    document = json.loads(specification)
    drawn = {brush_name(axis): [*ends] for axis, ends in brushes.items()}
    for parameter in document["params"]:
        if parameter["name"] in drawn:
            parameter["value"] = {"y": drawn[parameter["name"]]}
    return json.dumps(document)


@lru_cache(TEMPLATES)
def _specification(
    names: tuple[tuple[str, str], ...], title_lines: int, several: bool, dark: bool, height: int
) -> str:
    """The specification for axes of these names and labels, the score's last."""
    colours = theme(dark)
    picture = _Picture(names, several, colours)
    chart = alt.layer(
        alt.layer(picture.rails(), picture.strip()),
        *picture.brush_layers(),
        alt.layer(*picture.lines(), *picture.ticks(), picture.titles(title_lines)),
    )
    # The score's brush has a scale of its own, in scores; the others share the heights.
    chart = chart.resolve_scale(y="independent").properties(
        height=height,
        width="container",
        padding={"top": 8 + LINE_HEIGHT * title_lines, "left": 5, "right": 5, "bottom": 5},
    )
    description = (
        f"Parallel coordinates: a line for each trial{' of several studies' * several} across "
        f"{', '.join(label for _, label in names)}."
    )
    return specification(chart, colours, description)


@dataclass(frozen=True)
class _Picture:
    """Makes the layers; ``names`` are the columns and labels of the axes, the score's last."""

    names: tuple[tuple[str, str], ...]
    several: bool
    colours: Theme

    @property
    def x(self) -> Any:
        domain = [-MARGIN, len(self.names) - 1 + MARGIN]
        return alt.X("axis:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=None)

    def y(self, field: str, name: str | None = None) -> Any:
        """Heights, or scores on the score's axis.

        Its domain comes with the data: the specification stays the same while scores arrive.
        """
        domain = alt.Undefined if name == SCORE else [BOTTOM, TOP]
        scale = alt.Scale(domain=domain, nice=False, zero=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=None)

    def rails(self) -> Any:
        mark = named("axes").mark_rule(
            color=self.colours.muted, strokeWidth=1.5, opacity=0.7, tooltip=None
        )
        return mark.encode(x=self.x, y=self.y("foot"), y2="head:Q")

    def strip(self) -> Any:
        last = len(self.names) - 1
        mark = named("strip").transform_calculate(axis=str(last)).mark_bar(size=8, tooltip=None)
        return mark.encode(
            x=self.x,
            y=self.y("bottom"),
            y2="top:Q",
            color=alt.Color("colour:N", scale=None, legend=None),
        )

    def brush_layers(self) -> list[Any]:
        return [
            alt.layer(self._handle(index, name), self._band(index, name))
            for index, (name, _) in enumerate(self.names)
        ]

    def lines(self) -> list[Any]:
        """All lines in grey, then those inside every brush in their colour."""
        inside = named("lines")
        for name, _ in self.names:
            inside = inside.transform_filter(alt.param(brush_name(name)))
        ordered = [self.names[-1], *self.names[:-1]]
        tooltip = [
            *([alt.Tooltip(f"{STUDY}:N", title="study")] if self.several else []),
            alt.Tooltip("trial_text:N" if self.several else "number:Q", title="trial"),
            alt.Tooltip("status:N", title="status"),
            *(alt.Tooltip(f"{text_field(name)}:N", title=label) for name, label in ordered),
        ]
        return [
            self._folded(named("lines")).mark_line(
                color=self.colours.faded, strokeWidth=1, opacity=0.8, tooltip=None
            ),
            self._folded(inside)
            .mark_line(strokeJoin="round", tooltip=None)
            .encode(
                color=alt.Color("colour:N", scale=None, legend=None),
                strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None),
                opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
            ),
            # The lines once more, wide enough to be hit.
            self._folded(inside.transform_calculate(trial="datum.number"))
            .mark_line(strokeWidth=8, opacity=0, cursor="pointer")
            .encode(tooltip=tooltip)
            .add_params(trial_clicks()),
        ]

    def ticks(self) -> list[Any]:
        """Ticks and their texts on a plate that keeps the lines off.

        Those of the first axis stand outside the picture, where no lines are.
        """
        base = named("ticks").encode(x=self.x, y=self.y("height"))
        inner = base.transform_filter("datum.axis > 0")
        font = {"baseline": "middle", "fontSize": LABEL_SIZE, "color": self.colours.text}
        plate = inner.mark_rect(
            xOffset=7,
            x2Offset={"expr": f"14 + {LETTER} * length(datum.text)"},
            yOffset=-8,
            y2Offset=8,
            cornerRadius=4,
            color=self.colours.halo,
            opacity=0.86,
            tooltip=None,
        )
        return [
            base.mark_point(
                shape="stroke", size=80, color=self.colours.muted, strokeWidth=1.5, tooltip=None
            ),
            plate.encode(x2="axis:Q", y2="height:Q"),
            inner.mark_text(**font, align="left", dx=9, tooltip=None).encode(text="text:N"),
            base.transform_filter("datum.axis === 0")
            .mark_text(**font, align="right", dx=-9, tooltip=None)
            .encode(text="text:N"),
        ]

    def titles(self, lines: int) -> Any:
        mark = named("axes").mark_text(
            baseline="bottom",
            lineBreak="\n",
            lineHeight=LINE_HEIGHT,
            dy=-LINE_HEIGHT * (lines - 1),
            fontSize=TITLE_SIZE,
            fontWeight=600,
            color=self.colours.text,
            tooltip=None,
        )
        return mark.encode(x=self.x, y=alt.value(-2), text="title:N")

    def _folded(self, chart: Any) -> Any:
        fields = [line_field(index) for index in range(len(self.names))]
        return (
            chart.transform_fold(fields, as_=["crossing", "height"])
            .transform_calculate(axis="toNumber(replace(datum.crossing, 'line_', ''))")
            .encode(x=self.x, y=self.y("height"), detail="number:Q")
        )

    def _handle(self, index: int, name: str) -> Any:
        """The invisible mark that owns an axis' brush."""
        field = place_field(name)
        mark = (
            named("axes")
            .transform_filter(f"datum.axis === {index}")
            .transform_calculate(**{field: "datum.low"})
            .mark_rule(strokeWidth=2 * REACH, opacity=0, cursor="ns-resize", tooltip=None)
        )
        encoded = mark.encode(x=self.x, y=self.y(field, name), y2="high:Q")
        return encoded.add_params(self._brush(index, name))

    def _brush(self, index: int, name: str) -> Any:
        """The interval selection of an axis: drags, moves and clears only near that axis."""
        # Vega evaluates an event's filter without the chart's signals: no "width" there, but the
        # group under the pointer knows its own.
        distance = 1 / (len(self.names) - 1 + 2 * MARGIN)
        place = (index + MARGIN) * distance
        near = (
            f"abs(x() - {place:.6f} * group().width)"
            f" < min({REACH}, {0.45 * distance:.6f} * group().width)"
        )
        drag = f"[pointerdown[{near}], window:pointerup] > window:pointermove!"
        return alt.selection_interval(
            name=brush_name(name),
            encodings=["y"],
            on=drag,
            translate=drag,
            clear=f"dblclick[{near}]",
            zoom=False,
            # The brush's own mark is as wide as the chart: the band shows it instead.
            mark=alt.BrushConfig(fillOpacity=0, strokeOpacity=0, cursor="default"),
        )

    def _band(self, index: int, name: str) -> Any:
        """The brushed interval as a box on the axis."""
        field = place_field(name)
        brush = f"{brush_name(name)}.{field}"
        # Always inside the picture, or the box would stretch the score's scale.
        end = "isArray({0}) ? clamp({0}[{1}], datum.low, datum.high) : datum.low"
        return (
            named("axes")
            .transform_filter(f"datum.axis === {index}")
            .transform_calculate(**{field: end.format(brush, 0), "until": end.format(brush, 1)})
            .mark_bar(
                size=20,
                fill=self.colours.accent,
                fillOpacity=0.2,
                stroke=self.colours.accent,
                strokeWidth=1.5,
                tooltip=None,
            )
            .encode(
                x=self.x,
                y=self.y(field, name),
                y2="until:Q",
                opacity=alt.condition(f"isArray({brush})", alt.value(1), alt.value(0)),
            )
        )
