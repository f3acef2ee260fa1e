"""Drawing a digit for the best model, with the mouse and with the keys, in a real browser."""

from __future__ import annotations

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
        right += answer(page).inner_text() == str(digit)
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
