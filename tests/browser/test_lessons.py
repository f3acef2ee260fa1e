"""Lessons in a real browser: the address follows, and a presenter sees all of the picture."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from pages.components.learn import present
from tests.browser.conftest import Server, until
from tests.browser.test_journeys import CHART
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Lesson

pytestmark = pytest.mark.browser

LONG = 60_000
"""Milliseconds that a busy machine may take."""

FIRST = all_lessons()["grid_random"]
SECOND = all_lessons()["bayesian"]
"""The lesson after the first."""


def address(page: Page) -> dict[str, str]:
    query: str = page.evaluate("() => location.search")
    return {name: values[0] for name, values in parse_qs(query[1:]).items()}


def shows(page: Page, lesson: Lesson) -> None:
    """Wait until a lesson is shown, in full or presented, and nothing else any more."""
    expect(page.locator("h1, .ts-present-title")).to_have_text([lesson.title], timeout=LONG)


def test_the_address_is_that_of_the_lesson_shown(page: Page, server: Server):
    page.goto(f"{server.address}/learn")
    page.get_by_role("link", name=FIRST.title).click()
    shows(page, FIRST)
    until(lambda: address(page) == {"lesson": FIRST.id}, 10)
    page.get_by_role("link", name=f"Next: {SECOND.title}").click()
    shows(page, SECOND)
    until(lambda: address(page) == {"lesson": SECOND.id}, 10)
    page.get_by_role("link", name="Present").click()
    until(lambda: address(page) == {"lesson": SECOND.id, "present": "1"}, 10)
    presented = page.locator(".ts-present-title")
    expect(presented).to_be_visible(timeout=LONG)
    shows(page, SECOND)
    # For a moment the browser shows what the page before left, too.
    fresh = page.locator('.st-key-present-knobs [data-stale="false"]')
    fresh.get_by_role("button", name="Next step").click()
    until(lambda: address(page).get("trials") == "5", 10)
    assert address(page)["present"] == "1"
    page.reload()
    expect(presented).to_be_visible(timeout=LONG)
    shows(page, SECOND)


def test_a_link_within_a_page_moves_the_address_at_the_click(page: Page, server: Server):
    """A widget that is used before the next lesson is drawn sends the address along."""
    page.goto(f"{server.address}/learn?lesson={FIRST.id}&present=1")
    shows(page, FIRST)
    following = page.get_by_role("link", name="Next")
    expect(following).to_be_visible(timeout=LONG)
    expect(page.locator('.stApp[data-links="followed"]')).to_be_attached(timeout=LONG)
    moved = following.evaluate("link => { link.click(); return location.search; }")
    assert parse_qs(moved[1:]) == {"lesson": [SECOND.id], "present": ["1"]}
    shows(page, SECOND)
    page.go_back()
    shows(page, FIRST)


def test_a_key_of_a_presenter_is_one_step_also_after_the_window_has_changed(page: Page):
    page.set_content('<div class="st-key-present-next"><a href="#next">Next</a></div>')
    page.evaluate(
        """async (script) => {
          const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
          const { default: read } = await import(url);
          window.steps = 0;
          document.querySelector("a").onclick = () => { window.steps += 1; };
          for (const data of [[1280, 720], [1440, 900], [1920, 1080]])
            read({ data, parentElement: document.body, setStateValue: () => {} });
        }""",
        present._SCRIPT,
    )
    page.keyboard.press("PageDown")
    assert page.evaluate("steps") == 1


def test_a_presenter_goes_on_by_keys_and_sees_all_of_the_picture(page: Page, server: Server):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{server.address}/learn?lesson={FIRST.id}&present=1")
    shows(page, FIRST)
    heights: list[float] = []
    for width, height in ((1280, 720), (1920, 1080), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        # Nothing to scroll to, and the picture takes most of the window.
        until(lambda: _fits(page) and _picture(page) > 0.6 * height, 20)  # noqa: B023
        heights.append(_letter(page))
    assert heights[1] == pytest.approx(1.5 * heights[0], rel=0.01)
    page.set_viewport_size({"width": 390, "height": 844})
    until(lambda: _fits(page) and _picture(page) > 0.4 * 844, 20)
    assert _letter(page) >= 11
    page.set_viewport_size({"width": 1024, "height": 768})
    knob = page.get_by_role("slider", name="Trials")
    expect(knob).to_be_visible(timeout=LONG)
    knob.focus()
    page.keyboard.press("ArrowRight")
    until(lambda: "trials" in address(page), 10)
    shows(page, FIRST)
    page.keyboard.press("PageDown")
    shows(page, SECOND)
    page.keyboard.press("ArrowLeft")
    shows(page, FIRST)
    until(lambda: address(page)["lesson"] == FIRST.id, 10)
    assert address(page)["present"] == "1"
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=FIRST.title)).to_be_visible(timeout=LONG)


def _fits(page: Page) -> bool:
    whole: bool = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        " return main.scrollHeight <= innerHeight && main.scrollWidth <= innerWidth; }"
    )
    return whole


def _picture(page: Page) -> float:
    box = page.locator(CHART).first.bounding_box()
    return box["height"] if box else 0.0


def _letter(page: Page) -> float:
    size: float = page.evaluate(
        "() => parseFloat(getComputedStyle(document.querySelector("
        "'.st-key-present-knobs [data-testid=stWidgetLabel] p')).fontSize)"
    )
    return size
