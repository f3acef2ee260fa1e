"""Pictures of one's own in a real browser, with a camera that is refused."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from benchmarks.parts.shapes import zipped
from tests.browser.conftest import Server


def choose_pictures(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/new_study")
    page.get_by_role("radio", name="Your own pictures").click()


def upload(page: Page, name: str, body: bytes) -> None:
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": body}
    )


def test_a_camera_that_is_refused_leaves_the_zip(page: Page, server: Server) -> None:
    choose_pictures(page, server)
    page.get_by_role("radio", name="With the camera").click()
    page.get_by_role("textbox", name="Class of the next").fill("cup")
    page.get_by_role("textbox", name="Class of the next").press("Enter")
    expect(page.get_by_text("when you allow it; without one, a zip does the same")).to_be_visible()
    page.get_by_role("radio", name="From a zip").click()
    upload(page, "shapes.zip", zipped(8))
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
