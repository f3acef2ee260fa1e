"""Pictures of one's own in a real browser: from a zip or the camera to thumbnails of mistakes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.pages.browser import CHROMIUM, FLAGS
from benchmarks.parts.shapes import zipped
from tests.browser.conftest import SIZE, Server
from tests.browser.test_journeys import state

UNREAL_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def choose_pictures(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/new_study")
    page.get_by_role("radio", name="Your own pictures").click()


def upload(page: Page, name: str, body: bytes) -> None:
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(
        {"name": name, "mimeType": "application/zip", "buffer": body}
    )


def test_a_zip_becomes_a_study_whose_mistakes_are_seen(page: Page, server: Server) -> None:
    choose_pictures(page, server)
    upload(page, "shapes.zip", zipped(40))
    expect(page.locator(".ts-class-rows img")).to_have_count(30)
    expect(page.locator(".ts-fact", has_text="in all")).to_contain_text("200")
    page.locator("label", has_text="CNN").first.click()
    page.get_by_role("spinbutton", name="Trials").fill("2")
    page.get_by_role("spinbutton", name="Trials").press("Enter")
    page.get_by_role("spinbutton", name="Epochs of a trial").fill("2")
    page.get_by_role("spinbutton", name="Epochs of a trial").press("Enter")
    page.get_by_text("As a JSON document").click()
    expect(page.get_by_test_id("stCode")).to_contain_text('"epochs": 2')
    expect(page.get_by_test_id("stCode")).to_contain_text('"side": 32')
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/study?id=*")
    expect(state(page)).to_have_text("Finished", timeout=120_000)
    page.get_by_role("tab", name="Best model").click()
    expect(page.locator(".ts-images.large figure.wrong").first).to_be_visible(timeout=150_000)
    # The thumbnails are the pictures themselves, in colour.
    size = page.locator(".ts-images.large img").first.evaluate("image => image.naturalWidth")
    assert size == 32


@pytest.fixture
def camera(browser: Browser) -> Iterator[Page]:
    """A page of a browser whose camera shows a moving test picture and is never refused."""
    path = next(path for name in CHROMIUM if (path := shutil.which(name)))
    launched = browser.browser_type.launch(executable_path=path, args=[*FLAGS, *UNREAL_CAMERA])
    opened = launched.new_context(viewport=SIZE).new_page()
    opened.set_default_timeout(90_000)
    yield opened
    launched.close()


def test_photographs_of_two_classes_become_a_dataset(camera: Page, server: Server) -> None:
    choose_pictures(camera, server)
    camera.get_by_role("radio", name="With the camera").click()
    use = camera.get_by_role("button", name="Use these photographs")
    expect(use).to_be_disabled()
    for label in ("cup", "pen"):
        camera.get_by_role("textbox", name="Class of the next").fill(label)
        camera.get_by_role("textbox", name="Class of the next").press("Enter")
        for taken in range(1, 7):
            camera.wait_for_function(
                "document.querySelector('[data-testid=stCameraInput] video')?.readyState >= 2"
            )
            camera.get_by_role("button", name="Take Photo").click()
            expect(camera.locator(".ts-rows", has_text=label)).to_contain_text(
                f"{label}{taken}" if label == "cup" else f"cup6pen{taken}"
            )
    use.click()
    expect(camera.locator(".ts-fact", has_text="in all")).to_contain_text("12")
    expect(camera.get_by_role("button", name="Launch")).to_be_enabled()


def test_a_camera_that_is_refused_leaves_the_zip(page: Page, server: Server) -> None:
    choose_pictures(page, server)
    page.get_by_role("radio", name="With the camera").click()
    page.get_by_role("textbox", name="Class of the next").fill("cup")
    page.get_by_role("textbox", name="Class of the next").press("Enter")
    expect(page.get_by_text("when you allow it; without one, a zip does the same")).to_be_visible()
    page.get_by_role("radio", name="From a zip").click()
    upload(page, "shapes.zip", zipped(8))
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
