"""A CSV of one's own, from the file to a model that scores new rows, in a real browser."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, TimeoutError, expect

from tests.browser.conftest import Server, serving, until
from tests.browser.test_journeys import state
from tests.pages.recorded import record
from tests.pages.study.test_best_model import STUDY, keep_flowers
from tuning_core.manager import Manager

pytestmark = pytest.mark.browser

UPLOADS = "**/_stcore/upload_file/**"
LINES = "age,price,colour,shop,sold\n"
ALONE = """
import csv, sys, keras, tensorflow as tf
model = keras.saving.load_model(sys.argv[1])
rows = list(csv.DictReader(open(sys.argv[2], encoding="utf-8")))
inputs = {
    "age": tf.constant([[float(row["age"] or "nan")] for row in rows]),
    "price": tf.constant([[float(row["price"])] for row in rows]),
    "colour": tf.constant([[row["colour"]] for row in rows]),
    "shop": tf.constant([[row["shop"]] for row in rows]),
}
print(",".join(("no", "yes")[place] for place in model.predict(inputs, verbose=0).argmax(axis=1)))
assert not any(name.startswith("tuning_core") for name in sys.modules)
"""


def cars(rows: int, sold: bool = True) -> str:
    """Mixed columns with missing values; the shop is a number that stands for a name."""
    rng = random.Random(2)
    lines = [LINES if sold else LINES.replace(",sold", "")]
    for _ in range(rows):
        age = rng.randint(0, 20)
        cells = [
            age if rng.random() > 0.1 else "",
            f"{rng.random() * 900:.2f}",
            rng.choice(("red", "green", "")),
            rng.randint(1, 4),
        ]
        lines.append(",".join(map(str, cells + ["yes" if age < 8 else "no"] * sold)) + "\n")
    return "".join(lines)


def drop(page: Page, name: str, body: str | bytes) -> None:
    """Give a file to the page's uploader."""
    content = body.encode() if isinstance(body, str) else body
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def choose_own_table(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/new_study")
    page.get_by_text("Your own table", exact=True).click()
    page.get_by_test_id("stFileUploader").wait_for()


def hold(page: Page) -> list[Route]:
    """Keep files on their way to the server until ``let_go``."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(UPLOADS, keep)
    return held


def let_go(page: Page, held: list[Route]) -> None:
    while held:
        held.pop().continue_()
    page.unroute(UPLOADS)


def set_kind(page: Page, row: int, kind: str) -> None:
    """Choose the kind of a column, in the editor's second column."""
    option = page.get_by_role("option", name=kind, exact=True)

    def open_cell() -> bool:
        # The page may move under the pointer as long as what else was read of the table appears.
        box = page.locator('[class*="st-key-columns-"]').bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 130, box["y"] + 35 * (row + 1) + 17)
        page.keyboard.press("Enter")
        try:
            option.wait_for(timeout=2000)
        except TimeoutError:
            page.keyboard.press("Escape")
            return False
        return True

    until(open_cell, 20)
    option.click()
    page.keyboard.press("Enter")


def test_a_table_becomes_a_model_that_scores_new_rows(page: Page, server: Server, tmp_path: Path):
    choose_own_table(page, server)
    drop(page, "cars.csv", cars(200))
    expect(page.get_by_text("Read with a comma")).to_be_visible(timeout=150_000)
    page.locator('[class*="st-key-columns-"] canvas').first.wait_for()
    set_kind(page, 3, "category")
    page.get_by_text("As a JSON document").click()
    expect(page.get_by_test_id("stCode")).to_contain_text('"shop": "category"')
    page.get_by_role("spinbutton", name="Trials", exact=True).fill("3")
    page.get_by_role("spinbutton", name="Trials", exact=True).press("Enter")
    page.get_by_role("spinbutton", name="Epochs of a trial").fill("2")
    page.get_by_role("spinbutton", name="Epochs of a trial").press("Enter")
    expect(page.get_by_test_id("stCode")).to_contain_text('"epochs": 2')
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/study?id=*")
    expect(state(page)).to_have_text("Finished", timeout=120_000)
    page.get_by_role("tab", name="Best model").click()
    page.get_by_role("button", name="Reveal the test score").click()
    expect(page.locator(".ts-fact", has_text="test accuracy")).to_be_visible(timeout=120_000)
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Download best model").click()
    model = tmp_path / "best.keras"
    download.value.save_as(model)

    new = tmp_path / "new.csv"
    new.write_text(cars(12, sold=False))
    # The file is under way until all that may still come above the uploader has come.
    held = hold(page)
    with page.expect_request(UPLOADS):
        drop(page, "new.csv", new.read_bytes())
    expect(page.get_by_text("This takes some seconds")).to_have_count(0, timeout=150_000)
    let_go(page, held)
    page.get_by_role("button", name="Score new").click()
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Download predictions").click(timeout=120_000)
    with Path(download.value.path()).open(newline="", encoding="utf-8") as file:
        scored = [row["predicted sold"] for row in csv.DictReader(file)]
    alone = subprocess.run(
        [sys.executable, "-c", ALONE, str(model), str(new)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert alone.stdout.splitlines()[-1].split(",") == scored

    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Report", exact=True).click()
    report = tmp_path / "report.html"
    download.value.save_as(report)
    _check_report(page, report)
    page.get_by_text("References", exact=True).click()
    expect(page.get_by_role("cell", name="Gradient-boosted trees")).to_be_visible(timeout=120_000)


def _check_report(page: Page, report: Path) -> None:
    """It opens without a network, asks for nothing, and draws its charts."""
    assert page.context.browser is not None
    context = page.context.browser.new_context(offline=True)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("request", lambda request: complaints.append(request.url))
    opened.goto(report.as_uri())
    expect(opened.get_by_text("What won")).to_be_visible()
    expect(opened.locator("canvas, svg").nth(2)).to_be_visible()
    assert complaints == [report.as_uri()]
    context.close()


def test_a_file_on_its_way_outlives_answers_that_come_above_it(page: Page, tmp_path: Path):
    engine = Manager(tmp_path / "home", spare=False)
    record(engine.store, STUDY, dataset={"id": "iris"})
    with serving(engine.home.path, spare=False) as server:
        page.goto(f"{server.address}/study?id={STUDY}")
        page.get_by_role("tab", name="Best model").click()
        page.get_by_role("button", name="Ask the best model").wait_for()
        page.get_by_test_id("stFileUploader").wait_for()
        held = hold(page)
        with page.expect_request(UPLOADS):
            drop(page, "new.csv", "a,b\n1,2\n")
        keep_flowers(engine)
        page.get_by_text("Write TensorBoard logs while it runs").click()
        expect(page.get_by_text("1 of 3 validation rows wrong")).to_be_visible()
        let_go(page, held)
        expect(page.get_by_role("button", name="Score new")).to_be_visible()
        page.goto("about:blank")
    engine.close()


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("empty.csv", b"\n", "The file is empty"),
        ("table.csv", b"PK\x03\x04" + b"\x00" * 100, "zip or Excel"),
        ("wide.csv", ",".join(f"c{n}" for n in range(10_000)).encode(), "columns"),
    ],
)
def test_a_refused_file_is_answered_and_another_can_follow(
    name: str, body: bytes, said: str, page: Page, server: Server
):
    choose_own_table(page, server)
    drop(page, name, body)
    expect(page.get_by_test_id("stAlert")).to_contain_text(said, timeout=150_000)
    expect(page.get_by_role("button", name="Launch")).to_be_disabled()
    if page.get_by_role("button", name="Another file").count():
        page.get_by_role("button", name="Another file").click()
    drop(page, "cars.csv", cars(60))
    expect(page.get_by_role("button", name="Launch")).to_be_enabled(timeout=120_000)


def test_a_large_body_does_not_freeze_the_page(page: Page, server: Server, tmp_path: Path):
    large = tmp_path / "large.csv"
    row = b"12.5,3,red,yes\n13.25,4,green,no\n"
    large.write_bytes(b"a,b,c,d\n" + row * (100_000_000 // len(row)))
    choose_own_table(page, server)
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(large)
    other = page.context.new_page()
    other.goto(f"{server.address}/library")
    expect(other.get_by_role("heading", name="Library")).to_be_visible(timeout=10_000)
    other.close()
    until(
        lambda: (
            page.get_by_test_id("stAlert").count() > 0
            or page.get_by_role("button", name="Launch").is_enabled()
        ),
        120,
    )
