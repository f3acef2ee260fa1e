"""Drawing a digit for the best model, with the mouse and with the keys, in a real browser."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.pages.drawn_digits import DIGITS, draw
from tests.browser.conftest import Server
from tests.browser.test_journeys import launch, state

pytestmark = pytest.mark.browser

SPEC = {
    "name": "Digits to try",
    "dataset": {"id": "digits"},
    "space": {"learning_rate": 0.003, "units": 64},
    "budget": {"trials": 1, "epochs": 30},
}

WHITE = """canvas => canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.some((v, i) => i % 4 === 0 && v > 200)"""
"""Whether anything is drawn on the pad."""

SCRIPTS = Path(__file__).resolve().parents[2] / "pages/components/shared/try_it"
PLACE = """<canvas tabindex="0" style="width: 300px; height: 300px"></canvas>
<button class="undo">Undo</button><button class="clear">Clear</button>"""
READ = """async ([script, data]) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  window.read ??= (await import(url)).default;
  window.sent ??= [];
  const setStateValue = (name, value) => window.sent.push(structuredClone(value));
  window.read({ data, parentElement: document.body, setStateValue });
}"""
"""What Streamlit does for new data: it reads a script anew, and ends nothing."""


def read_anew(page: Page, script: str, data: dict[str, Any]) -> None:
    page.evaluate(READ, [(SCRIPTS / script).read_text("utf-8"), data])


def test_a_pad_that_is_read_anew_draws_each_line_once(page: Page):
    page.set_content(PLACE)
    for label in ("one", "two", "three"):
        read_anew(page, "pad.js", {"id": "a", "label": label})
    for x in (100, 200):
        page.locator("canvas").click(position={"x": x, "y": 150})
    page.get_by_role("button", name="Undo").click()
    assert [len(strokes) for strokes in page.evaluate("sent")] == [1, 2, 1]


def test_a_plane_that_is_read_anew_keeps_what_the_server_has_not_heard_of(page: Page):
    page.set_content(PLACE)
    data = {"x": [0, 1], "y": [0, 1], "points": [], "ground": "#fff", "label": "", "picture": ""}

    def answered(at: list[float], asked: list[float]) -> None:
        read_anew(page, "plane.js", {**data, "at": at, "asked": asked})

    answered([0.2, 0.2], [])
    page.locator("canvas").click(position={"x": 150, "y": 150})
    page.keyboard.press("ArrowRight")
    # The answer to the click comes after the key.
    answered([0.5, 0.5], [0.5, 0.5])
    page.keyboard.press("ArrowRight")
    steps = [x for x, _ in page.evaluate("sent")]
    assert steps == pytest.approx([0.5, 0.5 + 1 / 30, 0.5 + 2 / 30], abs=0.01)
    # Once it has heard of all, what the form says holds.
    answered([0.1, 0.1], page.evaluate("sent.at(-1)"))
    page.keyboard.press("ArrowUp")
    assert page.evaluate("sent.at(-1)") == pytest.approx([0.1, 0.1 + 1 / 30])


def answer(page: Page) -> Locator:
    return page.locator(".ts-classes .ts-winner").first


def test_drawn_digits_are_recognised_and_the_pad_works_by_keys(page: Page, server: Server):
    launch(page, server, SPEC)
    expect(state(page)).to_have_text("Finished", timeout=150_000)
    page.get_by_role("tab", name="Best model").click()
    pad = page.get_by_role("application", name="A pad to draw on")
    expect(page.get_by_role("button", name="A training picture")).to_be_enabled()
    page.get_by_text("Draw or upload something").wait_for()
    clear = page.get_by_role("button", name="Clear")
    seen = page.locator(".ts-seen img")
    right = 0
    for digit, strokes in DIGITS.items():
        draw(page, pad, strokes)
        seen.wait_for()
        expect(page.locator(".ts-near figure")).to_have_count(6)
        # Each stroke is answered, and what counts is the answer to the last.
        with suppress(AssertionError):
            expect(answer(page)).to_have_text(str(digit), timeout=5_000)
            right += 1
        clear.click()
        page.get_by_text("The pad is empty").wait_for()
    assert right >= len(DIGITS) - 1
    pad.focus()
    for key in (*["ArrowUp"] * 9, " ", *["ArrowDown"] * 18, " "):
        pad.press(key)
    expect(answer(page)).to_have_text("1")
    pad.press("Backspace")
    page.get_by_text("The pad is empty").wait_for()
    # What was drawn is still there after a look at another tab.
    draw(page, pad, DIGITS[0])
    expect(answer(page)).to_have_text("0")
    page.get_by_role("tab", name="Overview").click()
    page.get_by_role("tab", name="Best model").click()
    expect(answer(page)).to_have_text("0")
    assert pad.evaluate(WHITE)
