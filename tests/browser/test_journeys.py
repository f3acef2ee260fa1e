"""What a newcomer does, in a real browser against a real server and a real worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from tests.browser.conftest import PROJECT, Server, serving, until
from tests.pages.recorded import record
from tuning_core.store import Store

pytestmark = pytest.mark.browser

CHART = '[data-testid="stVegaLiteChart"] :is(svg, canvas)'
LONG: dict[str, Any] = {
    "name": "A long search",
    "dataset": {"id": "digits"},
    "space": {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "units": {"low": 16, "high": 64, "step": 16},
        "dropout": {"low": 0.0, "high": 0.5},
    },
    "budget": {"trials": 2_000, "epochs": 20},
}


def state(page: Page) -> Locator:
    """The line that says how the study is doing."""
    return page.get_by_test_id("stApp").locator(".ts-status").first


def ended_trials(page: Page) -> int:
    """How many trials have ended, as the page says."""
    fact = page.locator(".ts-fact", has_text="trials ended").locator("b")
    return int(fact.inner_text().split(" of ")[0].replace(",", ""))


def launch(page: Page, server: Server, spec: Mapping[str, Any]) -> str:
    """Paste a spec into the form, launch it and return the study's id."""
    page.goto(f"{server.address}/new_study")
    page.get_by_text("As a JSON document").click()
    page.get_by_role("textbox", name="Paste a spec").fill(json.dumps(spec))
    page.get_by_role("button", name="Use this spec").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value(str(spec["name"]))
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/study?id=*")
    return page.url.split("id=")[1][:8]


def stop(page: Page) -> None:
    """Stop the search that the page shows."""
    page.get_by_role("button", name="Stop").click()
    expect(state(page)).to_have_text("Stopped", timeout=150_000)


def test_watch_a_search_down_to_a_model_that_keras_loads(
    page: Page, server: Server, tmp_path: Path
):
    page.goto(server.address)
    page.get_by_role("button", name="Watch a search").click()
    page.wait_for_url("**/study?id=*")
    page.locator(CHART).first.wait_for()
    if "TUNESCAPE_SCREENSHOT" in os.environ:
        until(lambda: ended_trials(page) >= 25, 60)
        (PROJECT / "docs").mkdir(exist_ok=True)
        page.screenshot(path=PROJECT / "docs" / "screenshot.png")
    expect(state(page)).to_have_text("Finished", timeout=150_000)
    page.get_by_role("tab", name="Best model").click()
    page.get_by_role("button", name="Reveal the test score").click()
    revealed = page.locator(".ts-fact", has_text="test accuracy").locator("b")
    accuracy = float(revealed.inner_text(timeout=120_000))
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Download best model").click()
    model = tmp_path / "best.keras"
    download.value.save_as(model)
    study = page.url.split("id=")[1][:8]
    assert abs(accuracy_alone(model, server.home, study) - accuracy) < 1e-4


def accuracy_alone(model: Path, home: Path, study: str) -> float:
    """Accuracy of a .keras file on the test part, in a process that knows Keras and not us."""
    script = f"""
import json, sys
from pathlib import Path
from tuning_core.datasets import test_part
from tuning_core.spec.study import parse_spec
spec = parse_spec(Path({str(home / "studies" / study / "spec.json")!r}).read_text())
part = test_part(spec.dataset, Path({str(home)!r}))
import keras
predicted = keras.saving.load_model({str(model)!r}).predict(part.x_raw, verbose=0)
print((predicted.argmax(axis=1) == part.y).mean())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def test_a_deep_link_is_the_first_request_on_a_fresh_server(
    browser: Browser, page: Page, tmp_path: Path
):
    home = tmp_path / "home"
    home.mkdir()
    store = Store(home / "tunescape.db")
    record(store, "deeplink", name="Linked study")
    store.close()
    with serving(home, spare=False) as server:
        page.goto(f"{server.address}/study?id=deeplink")
        expect(page.get_by_text("Linked study")).to_be_visible()
        expect(page.get_by_test_id("stSidebarNav").get_by_text("Library")).to_be_visible()
        assert page.url.endswith("/study?id=deeplink")
        expect(page).to_have_title("Linked study · Tunescape")
        page.goto("about:blank")


def test_enter_renames_a_study(page: Page, server: Server):
    store = Store(server.home / "tunescape.db")
    record(store, "renaming", name="Before")
    store.close()
    page.goto(f"{server.address}/library")
    page.locator(".st-key-actions-renaming").get_by_role("button").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("After Enter")
    name.press("Enter")
    expect(page.get_by_role("link", name="After Enter")).to_be_visible()


def brush(page: Page, chart: Locator, note: Locator) -> None:
    """Drag along the chart's first axis until the page says so; new data can end a drag."""

    def said() -> bool:
        box = chart.bounding_box()
        assert box is not None
        # The first of four axes stands 0.3 of a distance from the left edge.
        x = box["x"] + box["width"] * 0.3 / 3.6
        page.mouse.move(x, box["y"] + box["height"] * 0.25)
        page.mouse.down()
        page.mouse.move(x, box["y"] + box["height"] * 0.75, steps=5)
        page.mouse.up()
        try:
            note.wait_for(timeout=5_000)
        except TimeoutError:
            return False
        return True

    until(said, 60)


def test_brush_row_and_zoom_outlive_fifty_updates(page: Page, server: Server):
    launch(page, server, LONG)
    page.get_by_role("tab", name="Parallel coordinates").click()
    until(lambda: ended_trials(page) >= 5, 60)
    parallel = page.locator('[class*="st-key-parallel-0"]').locator(CHART)
    parallel.wait_for()
    note = page.get_by_text("inside the brushes", exact=False).filter(has_text=" of ")
    brush(page, parallel, note)
    page.get_by_role("tab", name="Learning curves").click()
    table = page.get_by_test_id("stDataFrame")
    # The row's cells are there for screen readers; the first is the trial's number.
    chosen = table.locator('tr[aria-selected="true"] td').first

    def selects() -> bool:
        # The chart above may just be drawn for the first time and move the table.
        box = table.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 18, box["y"] + 48)
        try:
            expect(chosen).to_be_attached(timeout=5_000)
        except AssertionError:
            return False
        return True

    until(selects, 20)
    chart = page.locator('[class*="st-key-chart-440-curves"]')
    scores = chart.get_by_label("Y-axis titled")
    zoom(page, chart, scores)
    # On a busy machine the page may still be taking in the click.
    ended = ended_trials(page)
    until(lambda: ended_trials(page) >= ended + 2, 60)
    zoomed, trial = scores.get_attribute("aria-label"), chosen.text_content()
    assert trial is not None
    updates: set[int] = set()

    def fifty() -> bool:
        updates.add(ended_trials(page))
        return len(updates) > 50

    until(fifty, 120)
    assert scores.get_attribute("aria-label") == zoomed
    # A new order is drawn a moment before the row's new place in it.
    expect(chosen).to_have_text(trial)
    inside, _, everything = note.inner_text().partition(" of ")
    assert 0 < int(inside) < int(everything.split()[0])
    page.get_by_role("button", name="Clear brushes").click()
    expect(note).to_be_hidden()
    expect(page.get_by_role("tab", name="Learning curves")).to_have_attribute(
        "aria-selected", "true"
    )
    stop(page)


def zoom(page: Page, chart: Locator, axis: Locator) -> None:
    """Turn the wheel over a chart until its axis shows less; a chart that has just been built
    may not listen yet."""

    def shows_less() -> bool:
        before = span(axis)
        chart.locator(CHART).hover()
        page.keyboard.down("Control")
        page.mouse.wheel(0, -600)
        page.keyboard.up("Control")
        try:
            until(lambda: span(axis) < 0.8 * before, 2)
        except AssertionError:
            return False
        return True

    until(shows_less, 30)


def span(axis: Locator) -> float:
    """How far an axis reaches, as it tells screen readers."""
    words = (axis.get_attribute("aria-label") or "").split()
    return float(words[-1]) - float(words[-3])


def test_stop_and_resume_and_a_killed_worker_are_said_on_the_page(page: Page, server: Server):
    study = launch(page, server, LONG)
    expect(state(page)).to_have_text("Running", timeout=150_000)
    stop(page)
    kept = ended_trials(page) if page.locator(".ts-fact").count() else 0
    page.get_by_role("button", name="Resume").click()
    expect(state(page)).to_have_text("Running", timeout=150_000)
    until(lambda: ended_trials(page) > kept, 60)
    owner = json.loads((server.home / "studies" / study / "owner.json").read_text())
    os.kill(owner["pid"], signal.SIGKILL)
    expect(page.get_by_test_id("study-state")).to_contain_text("another goes on", timeout=60_000)
    # By itself: nobody presses Resume.
    done = ended_trials(page)
    until(lambda: ended_trials(page) > done, 150)
    expect(state(page)).to_have_text("Running")
    stop(page)


def test_reload_and_a_second_tab_show_the_same_study(page: Page, browser: Browser, server: Server):
    page.goto(f"{server.address}/library")
    page.get_by_text("Digits, a search to watch").first.click()
    page.wait_for_url("**/study?id=*")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_test_id("stDataFrame")).to_be_visible()
