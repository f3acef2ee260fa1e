"""Painting points in What-if by pointer and by keys: each stroke trains."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, until
from tests.browser.test_lessons import LONG

pytestmark = pytest.mark.browser

SECONDS = 10


def painted(page: Page) -> list[bytes]:
    """The points in the address, three bytes each."""
    address = page.evaluate("location.search")
    data = parse_qs(address[1:]).get("data", ["{}"])[0]
    content = base64.urlsafe_b64decode(json.loads(data).get("points", ""))
    return [content[n : n + 3] for n in range(0, len(content), 3)]


def test_points_are_painted_erased_and_taken_back(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/what_if?dataset=painted&units=4&learning_rate=0.01&epochs=3")
    network = page.locator(".network .picture")
    expect(network).to_have_attribute("aria-label", re.compile("epoch 3 of 3"), timeout=LONG)
    page.get_by_role("button", name="Paint points").click()
    canvas = page.get_by_role("application", name="A plane to paint points on")
    expect(canvas).to_have_attribute("aria-label", re.compile("60 points, 30 of class 0, 30 of"))
    page.get_by_role("button", name="2", exact=True).click()
    canvas.hover(position={"x": 20, "y": 20})
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 20, steps=20)
    page.mouse.up()
    until(lambda: Counter(point[2] for point in painted(page))[2] >= 8, SECONDS)
    assert all(point[1] > 200 for point in painted(page) if point[2] == 2)
    # A stroke is a new dataset, which is trained at once: the network has a third class.
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=re.compile(r"Paint \(1 changed\)"))).to_be_visible()
    expect(page.get_by_test_id("stMain")).to_contain_text("Run 2", timeout=LONG)
    expect(network).to_have_attribute("aria-label", re.compile("epoch 3 of 3"), timeout=LONG)
    page.get_by_role("button", name=re.compile("Paint")).click()
    before = len(painted(page))
    canvas.focus()
    for key in ("0", "ArrowUp", "ArrowRight", "Space"):
        page.keyboard.press(key)
    until(lambda: len(painted(page)) == before + 1, SECONDS)
    assert painted(page)[-1] == bytes((136, 136, 0))
    page.keyboard.press("e")
    page.keyboard.press("Space")
    until(lambda: bytes((136, 136, 0)) not in painted(page), SECONDS)
    page.get_by_role("button", name="Undo").click()
    until(lambda: painted(page)[-1] == bytes((136, 136, 0)), SECONDS)
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Clear").click()
    expect(page.get_by_text("paint more")).to_be_visible()
    assert len(painted(page)) == before + 1
