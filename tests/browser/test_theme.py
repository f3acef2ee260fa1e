"""A page that is open when the user's system changes its theme follows in all its parts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, until
from tests.browser.test_journeys import CHART

pytestmark = pytest.mark.browser

SECONDS = 10
INK = """() => [...document.querySelectorAll(
  '[data-testid=stVegaLiteChart] svg line[stroke], [data-testid=stVegaLiteChart] svg text[fill]'
)].map(mark => mark.getAttribute('stroke') + mark.getAttribute('fill')).join()"""
"""The colours of a picture's lines and letters."""


def test_a_picture_follows_a_change_of_theme(page: Page, server: Server):
    address = f"{server.address}/learn?lesson=scales"
    page.emulate_media(color_scheme="light")
    page.goto(address)
    expect(page.locator(CHART).first).to_be_visible()
    until(lambda: page.evaluate(INK) != "", SECONDS)
    light = page.evaluate(INK)
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    until(lambda: page.evaluate(INK) not in ("", light), SECONDS)
    page.emulate_media(color_scheme="light")
    until(lambda: page.evaluate(INK) == light, SECONDS)
