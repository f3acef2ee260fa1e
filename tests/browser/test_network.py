"""The inside of a network on What-if: drawn, played, stepped, by pointer and by keys."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages.components.shared import network
from tests.browser.conftest import Server, until
from tests.browser.test_lessons import LONG
from tests.pages.what_if.test_network import snapshot
from tuning_core.manager import TrainingState

pytestmark = pytest.mark.browser

SECONDS = 10
PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture
def picture(page: Page, server: Server) -> Locator:
    """The canvas of a training of 30 epochs that has ended."""
    page.goto(f"{server.address}/what_if?dataset=moons&units=8&learning_rate=0.01&epochs=30")
    canvas = page.locator(".network .picture")
    expect(canvas).to_have_attribute("aria-label", re.compile("after epoch 30 of 30"), timeout=LONG)
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    expect(slider).to_have_attribute("max", "30", timeout=LONG)
    return canvas


def epoch(page: Page) -> int:
    words = page.locator(".network .words").inner_text()
    return int(words.split()[1])


def test_a_run_is_played_through_its_epochs_and_paused(page: Page, picture: Locator):
    end = picture.evaluate(PIXELS)
    page.get_by_role("button", name="Play").click()
    until(lambda: 3 <= epoch(page) < 29, SECONDS)
    page.get_by_role("button", name="Pause").click()
    paused = epoch(page)
    assert picture.evaluate(PIXELS) != end
    page.get_by_role("button", name="One epoch back").click()
    assert epoch(page) == paused - 1
    page.get_by_role("button", name="One epoch forward").click()
    assert epoch(page) == paused
    page.get_by_role("button", name="Play").click()
    until(lambda: epoch(page) == 30, SECONDS)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert picture.evaluate(PIXELS) == end


def test_keys_play_step_and_name_the_units(page: Page, picture: Locator):
    picture.focus()
    page.keyboard.press("ArrowLeft")
    assert epoch(page) == 29
    page.keyboard.press("Home")
    assert epoch(page) == 0
    expect(page.locator(".network .words")).to_contain_text("before training")
    page.keyboard.press("Space")
    until(lambda: epoch(page) > 1, SECONDS)
    page.keyboard.press("Space")
    page.keyboard.press("End")
    assert epoch(page) == 30
    page.keyboard.press("ArrowDown")
    facts = page.locator(".network .facts")
    expect(facts).to_contain_text("layer 1, unit 1")
    expect(facts).to_contain_text("bias")
    page.keyboard.press("ArrowUp")
    expect(facts).to_contain_text("the answer")
    page.keyboard.press("ArrowUp")
    expect(facts).to_contain_text("layer 2, unit 8")
    expect(page.locator(".network .spoken")).to_contain_text("layer 2, unit 8")
    page.keyboard.press("Escape")
    expect(facts).to_be_hidden()
    shades = picture.evaluate(PIXELS)
    page.keyboard.press("d")
    assert picture.evaluate(PIXELS) != shades
    page.keyboard.press("d")
    assert picture.evaluate(PIXELS) == shades


def test_the_pointer_asks_the_plane_and_the_slider_goes_back(page: Page, picture: Locator):
    box = picture.bounding_box()
    assert box is not None
    # In the upper right of the lower moon, which is class 1.
    picture.hover(position={"x": box["width"] - 65, "y": 150})
    expect(page.locator(".network .facts")).to_contain_text(re.compile(r"class 1: (9\d|100) %"))
    page.get_by_role("slider", name="Epoch", exact=True).fill("10")
    assert epoch(page) == 10
    expect(picture).to_have_attribute("aria-label", re.compile("after epoch 10 of 30"))


def test_another_setting_keeps_the_picture_and_shows_its_own_end(page: Page, picture: Locator):
    page.get_by_role("slider", name="Units per hidden layer").press("ArrowRight")
    expect(picture).to_have_attribute("aria-label", re.compile("of (9|1.) and"), timeout=LONG)
    expect(picture).to_have_attribute("aria-label", re.compile("after epoch 30 of 30"))


def test_a_run_is_restarted_from_the_epoch_that_is_shown(page: Page, picture: Locator):
    page.get_by_role("slider", name="Epoch", exact=True).fill("12")
    page.get_by_role("button", name="Restart from here").click()
    expect(page.get_by_text("The next one goes on from epoch 12.")).to_be_visible()
    expect(page.get_by_role("slider", name="Hidden layers")).to_be_disabled()
    page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"change=12\+learning_rate"))
    changed = re.compile("after epoch 30 of 30: .*changed after epoch 12")
    expect(picture).to_have_attribute("aria-label", changed, timeout=LONG)
    # What was seen before the change is that of both.
    page.get_by_role("slider", name="Epoch", exact=True).fill("11")
    assert epoch(page) == 11
    expect(page.locator(".ts-run")).to_have_count(2)
    # By keys: a unit, its bias, one of its weights, a number.
    picture.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    value = page.get_by_role("spinbutton", name="Its value")
    expect(value).to_be_focused()
    page.get_by_role("combobox", name="Weight or bias").select_option("weight of y")
    value.fill("2.5")
    value.press("Enter")
    expect(page).to_have_url(re.compile(r"change=11\+weight\.1\.1\.2\+2\.5"))
    expect(picture).to_be_focused()
    set_by_hand = re.compile("after epoch 30 of 30: .*changed after epoch 11")
    expect(picture).to_have_attribute("aria-label", set_by_hand, timeout=LONG)
    # And by pointer: the line from x into that unit is seen and found.
    box = picture.bounding_box()
    assert box is not None
    picture.hover(position={"x": 118, "y": 145.5})
    facts = page.locator(".network .facts")
    expect(facts).to_contain_text("x to layer 1, unit 1")
    picture.click(position={"x": 118, "y": 145.5})
    expect(value).to_be_focused()
    value.press("Escape")
    expect(value).to_be_hidden()
    page.keyboard.press("Enter")
    expect(value).to_be_focused()
    page.get_by_role("heading", name="What-if").click()
    expect(value).to_be_hidden()


def test_the_columns_of_a_table_are_weighed(page: Page, server: Server):
    page.goto(f"{server.address}/what_if?dataset=wine&epochs=5")
    canvas = page.locator(".network .picture")
    label = re.compile("weights of the columns.*after epoch 5 of 5")
    expect(canvas).to_have_attribute("aria-label", label, timeout=LONG)
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".network .facts")).to_contain_text("mean absolute weight 0.")


def test_the_maps_of_another_picture_are_a_click_away(page: Page, server: Server):
    page.goto(
        f"{server.address}/what_if?dataset=digits&family=cnn&blocks=2&filters=8&epochs=2&dropout=0"
    )
    canvas = page.locator(".network .picture")
    label = re.compile("8 filters of block 1, 8 feature maps of block 1.*after epoch 2 of 2")
    expect(canvas).to_have_attribute("aria-label", label, timeout=LONG)
    facts = page.locator(".network .facts")
    canvas.hover(position={"x": 20, "y": 115})
    expect(facts).to_contain_text("a picture of class 3")
    first = canvas.evaluate(PIXELS)
    canvas.click(position={"x": 20, "y": 115})
    until(lambda: canvas.evaluate(PIXELS) != first, SECONDS)
    canvas.hover(position={"x": 90, "y": 40})
    expect(facts).to_contain_text("filter 1")


READ = """async ([scripts, sent]) => {
  const url = URL.createObjectURL(new Blob([scripts], { type: "text/javascript" }));
  const { default: read } = await import(url);
  const anew = (letters) => read({ data: Uint8Array.from(atob(letters), (c) => c.charCodeAt(0)),
    parentElement: document.body, setTriggerValue: () => {} });
  const end = anew(sent[0]);
  anew(sent[1]);
  end();
  anew(sent[2]);
}"""
"""Streamlit ends a reading that another overtook while the script came."""


def test_what_was_seen_stays_when_a_reading_is_overtaken(page: Page):
    page.set_content(network._text("network.html"))
    sizes = base64.b64encode(np.ones(2, "<f4").tobytes()).decode()
    columns = {"kind": "columns", "columns": ["a", "b"]}
    sent = []
    for epochs in (2, 5, 8):
        training = replace(
            snapshot(epochs, TrainingState.RUNNING),
            network=columns,
            inside=dict.fromkeys(range(epochs + 1), sizes),
        )
        content = network.network_bytes(training, "loss", dark=False)
        sent.append(base64.b64encode(content).decode())
    page.evaluate(READ, ["".join(map(network._text, network._SCRIPTS)), sent])
    # Three epochs each, of which none was forgotten.
    expect(page.get_by_role("slider", name="Epoch", exact=True)).to_have_attribute("max", "8")
