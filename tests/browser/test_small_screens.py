"""On a tablet, a projector and a phone nothing is cut off, and what one needs is in reach."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, until
from tests.browser.test_journeys import CHART
from tests.browser.test_lessons import LONG

pytestmark = pytest.mark.browser

OUTSIDE = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  const swiped = element => element.closest('.st-key-what-if-charts');
  const controls = main.querySelectorAll("button, th, td, label, [role=radio]");
  const found = [...controls].filter(element => {
    const box = element.getBoundingClientRect();
    let parent = element.parentElement, right = innerWidth;
    for (; parent && parent !== main; parent = parent.parentElement)
      if (getComputedStyle(parent).overflowX !== 'visible')
        right = Math.min(right, parent.getBoundingClientRect().right);
    return box.width && !swiped(element) && box.right > right + 2;
  });
  const cut = [...main.querySelectorAll('button p')].filter(
    element => element.clientWidth && element.scrollWidth > element.clientWidth + 1);
  return [...found, ...cut].map(element => element.textContent);
}"""
"""What sticks out of the window or of what clips it, and words on buttons that are cut."""


@pytest.mark.parametrize("width", [1024, 800])
def test_no_control_is_cut_off_on_a_tablet(width: int, page: Page, server: Server):
    page.set_viewport_size({"width": width, "height": 768})
    for address, sign in (
        ("what_if?train=ask", "What-if"),
        ("new_study", "New study"),
        ("learn?lesson=bayesian", "Bayesian search, step by step"),
    ):
        page.goto(f"{server.address}/{address}")
        expect(page.get_by_role("heading", name=sign, exact=True)).to_be_visible(timeout=LONG)
        page.locator(CHART).or_(page.get_by_role("button", name="Launch")).first.wait_for()
        with suppress(AssertionError):
            until(lambda: page.evaluate(OUTSIDE) == [], 5)
        assert page.evaluate(OUTSIDE) == []


def test_on_a_phone_the_picture_stays_in_sight_and_launch_in_reach(page: Page, server: Server):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.address}/what_if?epochs=3")
    chart = page.locator(".st-key-what-if-inside")
    expect(chart).to_be_in_viewport(ratio=0.9, timeout=LONG)
    knob = page.locator(".st-key-what-if-knobs").get_by_text("Dropout", exact=True)
    knob.scroll_into_view_if_needed()
    page.get_by_role("slider", name="Dropout").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: "dropout=" in page.evaluate("() => location.search"), 10)
    expect(knob).to_be_in_viewport()
    expect(chart).to_be_in_viewport(ratio=0.9, timeout=LONG)
    page.goto(f"{server.address}/new_study")
    launch = page.get_by_role("button", name="Launch")
    expect(launch).to_be_in_viewport(ratio=1, timeout=LONG)
    page.get_by_text("5 Budget").scroll_into_view_if_needed()
    expect(launch).to_be_in_viewport(ratio=1, timeout=LONG)
