"""Colours and sizes of every chart, in light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LABEL_SIZE = 13
"""Pixels: the smallest text of a chart, readable when the page is projected."""
TITLE_SIZE = 14
"""Pixels: axis titles and labels that name something."""


@dataclass(frozen=True)
class Theme:
    """Colours of one appearance.

    ``series`` is Okabe and Ito's colour-blind-safe palette (https://jfly.uni-koeln.de/color/) led
    by the accent; ``ramp`` runs from the worst score to the best and gets darker (on white) or
    brighter (on black) all the way, so it reads without seeing hue. ``halo`` is the page's
    background: an outline in it keeps text legible on top of lines.
    """

    accent: str
    series: tuple[str, ...]
    ramp: tuple[str, ...]
    text: str
    muted: str
    soft: str
    grid: str
    faded: str
    bad: str
    halo: str


LIGHT = Theme(
    accent="#0f766e",
    series=(
        "#0f766e",
        "#d55e00",
        "#0072b2",
        "#cc79a7",
        "#e69f00",
        "#56b4e9",
        "#7a5195",
        "#8a8d00",
    ),
    ramp=("#e8b04a", "#b5b565", "#6fae88", "#2f9488", "#0f766e", "#06453f"),
    text="#16211f",
    muted="#5f6f6b",
    soft="#9daca8",
    grid="#e3e9e7",
    faded="#c9d2cf",
    bad="#c2410c",
    halo="#ffffff",
)

DARK = Theme(
    accent="#3cb8ac",
    series=(
        "#3cb8ac",
        "#f0883e",
        "#5aa9e6",
        "#e59fc4",
        "#f2c14e",
        "#9bd3f5",
        "#b79bd9",
        "#c5c84a",
    ),
    ramp=("#8a5f22", "#7d7a3c", "#4f8a67", "#35a596", "#5cd0c2", "#b9fff4"),
    text="#e3ebe9",
    muted="#9db0ab",
    soft="#71837d",
    grid="#26322f",
    faded="#3d4a47",
    bad="#ff8a5c",
    halo="#0f1615",
)


def theme(dark: bool) -> Theme:
    """The colours for a light or dark page."""
    return DARK if dark else LIGHT


def styled(chart: Any, colours: Theme) -> Any:
    """The chart with the sizes and axis colours that all charts share.

    Configuration is allowed at the top alone, so this is the last step of each chart.
    """
    return (
        chart.configure(background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=LABEL_SIZE,
            titleFontSize=TITLE_SIZE,
            titleFontWeight="normal",
            labelColor=colours.muted,
            titleColor=colours.text,
            gridColor=colours.grid,
            domain=False,
            ticks=False,
            labelPadding=5,
            titlePadding=6,
            labelLimit=160,
        )
        .configure_legend(
            labelFontSize=LABEL_SIZE,
            titleFontSize=LABEL_SIZE,
            labelColor=colours.text,
            titleColor=colours.muted,
            symbolStrokeWidth=2.5,
            offset=6,
            padding=0,
        )
    )


def series_colours(numbers: list[int], colours: Theme) -> dict[int, str]:
    """One colour per trial: the accent for the first, steady ones for the others.

    A trial's place in the palette follows from its number, so that it keeps its colour while the
    list around it changes; when that place is taken it gets the next free one. Beyond the
    palette's length colours repeat.
    """
    palette = colours.series[1:]
    chosen = dict.fromkeys(numbers[:1], colours.series[0])
    free = list(palette)
    for number in sorted({*numbers} - {*chosen}):
        if not free:
            free = list(palette)
        start = (number - 1) % len(palette)
        order = palette[start:] + palette[:start]
        colour = next(c for c in order if c in free)
        free.remove(colour)
        chosen[number] = colour
    return chosen


def blend(ramp: tuple[str, ...], share: float) -> str:
    """The colour at ``share`` (0 to 1) of the way along a ramp of hex colours."""
    place = min(max(share, 0.0), 1.0) * (len(ramp) - 1)
    index = min(int(place), len(ramp) - 2)
    weight = place - index
    pairs = zip(_channels(ramp[index]), _channels(ramp[index + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * weight):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
