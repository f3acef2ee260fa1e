"""Try it: from the pen that is lifted to the answer on the screen, in a real browser.

A study of digits, or of MNIST where it is among the home's data, is trained, its best model opened,
and digits are drawn with the mouse on the pad, each a little elsewhere; then the same for a network
of What-if. Measured is what a user waits for: from the event of the last line's end to the first
frame with the picture as the model got it and the probabilities, which come together.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from benchmarks.pages.browser import launch, serving, timed_row, until, user_page
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home, scratch_home

BAR = 0.3
LONGEST = 120.0
Strokes = list[list[tuple[float, float]]]


def _arc(x: float, y: float, radius: float, start: float, end: float) -> list[tuple[float, float]]:
    angles = np.linspace(start, end, 24)
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


DIGITS: dict[int, Strokes] = {
    0: [_arc(0.5, 0.5, 0.28, 0, 2 * math.pi)],
    1: [[(0.5, 0.15), (0.5, 0.85)]],
    2: [[*_arc(0.5, 0.33, 0.2, -3, 0.6), (0.3, 0.85), (0.76, 0.85)]],
    3: [_arc(0.45, 0.3, 0.18, -2.5, 1.4) + _arc(0.45, 0.68, 0.22, -1.4, 2.5)],
    4: [[(0.35, 0.15), (0.25, 0.55), (0.75, 0.55)], [(0.6, 0.15), (0.6, 0.9)]],
    7: [[(0.2, 0.2), (0.8, 0.2), (0.4, 0.9)]],
    8: [_arc(0.5, 0.3, 0.16, 0, 2 * math.pi), _arc(0.5, 0.65, 0.2, 0, 2 * math.pi)],
    9: [[*_arc(0.5, 0.33, 0.17, 0, 2 * math.pi), (0.64, 0.9)]],
}
"""Lines of digits, from 0 to 1 on the pad."""

WATCH = """
window.answered = [];
let lifted = 0, shown = "";
document.addEventListener("pointerup", () => { lifted = performance.now(); }, true);
new MutationObserver(() => {
  const now = document.querySelector(".ts-seen img")?.src ?? "";
  if (now === shown) return;
  shown = now;
  const from = lifted;
  lifted = 0;
  if (now && from) requestAnimationFrame(() => window.answered.push(performance.now() - from));
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    drawings = 8 if quick else 50
    datasets = ["digits", *(["mnist"] if (data_home() / "data" / "mnist").is_dir() else [])]
    rows = []
    with scratch_home() as home, serving(home, spare=True) as server, user_page() as page:
        page.add_init_script(WATCH)
        for dataset in datasets:
            launch(page, server, _spec(dataset))
            finished = page.get_by_text("Finished", exact=True)
            until(lambda: finished.count() > 0, 2 * LONGEST, "a model")  # noqa: B023
            page.get_by_role("tab", name="Best model").click()
            rows.append(_row(page, f"a model of {dataset}", drawings))
        page.goto(f"{server.address}/what_if?dataset=digits&epochs=30")
        page.get_by_role("button", name="Keep these runs").wait_for()
        page.get_by_text("Try it: draw").click()
        rows.append(_row(page, "What-if's network", drawings))
    return rows


def _row(page: Page, whose: str, drawings: int) -> Row:
    seconds, right = drawn(page, drawings)
    what = f"a digit drawn for {whose}, {right} of {drawings} recognised"
    return timed_row(what, seconds, BAR)


def drawn(page: Page, drawings: int) -> tuple[list[float], int]:
    """(seconds of each answer, how many digits were recognised)."""
    pad = page.get_by_role("application", name="A pad to draw on")
    pad.scroll_into_view_if_needed()
    page.locator("button:enabled", has_text="A training picture").wait_for()
    random, right, lines = np.random.default_rng(0), 0, 0
    for number in range(drawings):
        digit = list(DIGITS)[number % len(DIGITS)]
        for place, line in enumerate(_elsewhere(DIGITS[digit], random)):
            draw(page, pad, [line], clear=not place)
            lines += 1
            until(lambda: _answers(page) == lines, LONGEST, "an answer")  # noqa: B023
        right += page.locator(".ts-classes .ts-winner").first.inner_text() == str(digit)
    return [milliseconds / 1000 for milliseconds in page.evaluate("window.answered")], right


def _answers(page: Page) -> int:
    return int(page.evaluate("window.answered.length"))


def _spec(dataset: str) -> dict[str, Any]:
    return {
        "name": f"{dataset} to draw for",
        "dataset": {"id": dataset},
        "space": {"learning_rate": 0.003, "units": 64},
        "budget": {"trials": 1, "epochs": 30 if dataset == "digits" else 3},
    }


def _elsewhere(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """The lines at another size and place of the pad."""
    size = random.uniform(0.5, 0.9)
    x, y = random.uniform(0.02, 0.98 - size, 2)
    return [[(x + size * across, y + size * down) for across, down in line] for line in strokes]


def draw(page: Page, pad: Locator, strokes: Strokes, *, clear: bool = False) -> None:
    """Draw lines with the mouse, on an empty pad where it is to be cleared before."""
    if clear and page.locator(".ts-seen img").count():
        page.get_by_role("button", name="Clear").click()
        page.get_by_text("The pad is empty").wait_for()
    box = pad.bounding_box()
    assert box is not None
    for line in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


if __name__ == "__main__":
    run("Try it: from a drawing to its answer", __doc__, measure)
