"""Words stand out from their ground by at least 4.5 to 1 (WCAG 2.2, 1.4.3), light and dark."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.pages.conftest import APP
from tuning_core.charts.parts.theme import theme

LEAST = 4.5
WHITE = "#ffffff"
THEMES = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text())["theme"]
STYLE = (APP.parent / "pages" / "assets" / "style.css").read_text()
FADED = 0.6
"""Opacity of Streamlit's captions."""


def channels(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour)]
    return sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def over(colour: str, opacity: float, ground: str) -> str:
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(f"{round(255 * (a * opacity + b * (1 - opacity))):02x}" for a, b in pairs)


def named(name: str, dark: bool) -> str:
    """A colour that the style sheet gives a name."""
    found = re.search(rf"--ts-{name}: light-dark\((#\w+), (#\w+)\)", STYLE)
    assert found is not None
    return found[2 if dark else 1]


def tint(kind: str) -> tuple[str, float]:
    """The tint behind a status: its colour and opacity."""
    found = re.search(rf"\.ts-status\.{kind}\b.*?rgba\((\d+),(\d+),(\d+),(\.\d+)\)", STYLE)
    assert found is not None
    red, green, blue = (int(found[place]) for place in (1, 2, 3))
    return f"#{red:02x}{green:02x}{blue:02x}", float(found[4])


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_stand_out_from_their_ground(name: str):
    colours = THEMES[name]
    dark = name == "dark"
    page, field = colours["backgroundColor"], colours["secondaryBackgroundColor"]
    side = colours["sidebar"]["backgroundColor"]
    text, primary = colours["textColor"], colours["primaryColor"]
    assert named("page", dark) == page
    quiet = min(float(o) for o in re.findall(r"^\.ts-(?:muted|fact span|group).*opacity: (0\.\d+)",
                                             STYLE, re.MULTILINE))  # fmt: skip
    # Streamlit writes white on the primary colour; in the dark theme the style sheet replaces it.
    filled = page if dark else WHITE
    pairs = {
        "text": (text, page),
        "text of the sidebar": (text, side),
        "link": (colours["linkColor"], page),
        "quiet": (over(text, quiet, page), page),
        "quiet in the sidebar": (over(text, quiet, side), side),
        "caption": (over(text, FADED, page), page),
        "chosen": (primary, over(primary, 0.1, page)),
        "value of a slider": (primary, page),
        "in a field": (primary, field),
        "filled button": (filled, primary),
        **{
            f"status {kind}": (named(word, dark), over(*tint(kind), page))
            for kind, word in (("running", "good"), ("failed", "bad"))
        },
        **{
            f"{part} of a chart": (getattr(theme(dark), part), page)
            for part in ("text", "muted", "accent", "bad")
        },
    }
    found = {pair: round(contrast(*colours), 2) for pair, colours in pairs.items()}
    assert {pair: value for pair, value in found.items() if value < LEAST} == {}
