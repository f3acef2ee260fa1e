"""A class in real browsers: the teacher's, the board, and a student's that follows and plays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, until
from tuning_core.classroom.challenge import PRESETS
from tuning_core.lessons import all_lessons

pytestmark = pytest.mark.browser

LESSON = next(iter(all_lessons().values()))
CHALLENGE = next(iter(PRESETS.values()))


def smallest(page: Page) -> float:
    """Pixels of the smallest letters that the page shows."""
    size: float = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll(".stMain *")]
          .filter(one => one.checkVisibility({visibilityProperty: true}) &&
            [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
          .map(one => parseFloat(getComputedStyle(one).fontSize)))"""
    )
    return size


def set_next(teacher: Page, kind: str) -> None:
    """Have everybody taken to what the widgets offer first of a kind."""
    teacher.locator(".st-key-task-kind").get_by_text(kind, exact=True).click()
    everybody = teacher.get_by_role("switch", name="Take everybody there")
    if not everybody.is_checked():
        teacher.locator(".st-key-task-everybody label").click()
    teacher.get_by_role("button", name="Set as next").click()
    expect(teacher.get_by_text("everybody is taken there")).to_be_visible()


def test_a_class_follows_its_teacher_and_sees_what_luck_did(
    page: Page, browser: Browser, server: Server
):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{server.address}/class_room")
    page.get_by_role("button", name="Open a class").click()
    page.wait_for_url("**code=*")
    code = page.url.partition("code=")[2][:4]
    board = page.context.new_page()
    board.goto(f"{server.address}/class_room?code={code}&board=1")
    expect(board.get_by_text("Nobody has joined yet")).to_be_visible()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    student = context.new_page()
    student.goto(f"{server.address}/c/{code}")
    student.get_by_role("textbox", name="Nickname").fill("elk")
    student.get_by_role("button", name="Join", exact=True).click()
    expect(board.locator(".ts-board bdi")).to_have_text(["elk"])

    set_next(page, "Lesson")
    expect(student.locator("h1")).to_have_text(LESSON.title)
    expect(board.locator(".places div", has_text=LESSON.title)).to_contain_text("elk")
    assert smallest(board) >= 18

    set_next(page, "Challenge")
    expect(student.get_by_text(f"{CHALLENGE.budget} of {CHALLENGE.budget} epochs")).to_be_visible()
    student.get_by_role("button", name="Train (").click()
    left = CHALLENGE.budget - CHALLENGE.run_epochs
    expect(student.get_by_text(f"{left} of {CHALLENGE.budget} epochs")).to_be_visible()
    expect(board.locator("svg.marks text", has_text="elk").first).to_be_visible()
    assert smallest(board) >= 18
    board.get_by_role("button", name="Reveal the test part").click()
    board.get_by_role("button", name="Reveal it").click()
    expect(board.locator(".said.luck")).to_be_visible()
    until(lambda: smallest(board) >= 18, 5)
    context.close()
