"""500 pictures in 5 classes, drawn on the spot: from their zip to an epoch, and what is learnt.

A real Chromium opens New study, gives it the zip, chooses the CNN and launches; the time runs from
the file's choice to the first epoch in the study's journal, the user's clicks included. Then ten
trials of 15 epochs run, and the best validation accuracy stands
beside that of always answering with the largest class.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.pages.browser import READY_SECONDS, serving, timed_row, until, user_page
from benchmarks.parts.shapes import SHAPES, zipped
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import run_study
from tuning_core.datasets import resolve
from tuning_core.datasets.pictures.resolving import store_pictures
from tuning_core.home.home import HomeFiles

EACH, EPOCH_BAR, TRIALS, EPOCHS = 100, 15.0, 10, 15
SCORE_BAR = 0.6


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    each = 10 if quick else EACH
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as folder:
        home = Path(folder)
        path = home / "shapes.zip"
        path.write_bytes(zipped(each))
        with serving(home, spare=True) as server, user_page() as page:
            page.goto(f"{server.address}/new_study")
            page.get_by_role("radio", name="Your own pictures").click()
            page.get_by_test_id("stFileUploader").wait_for()
            started = time.perf_counter()
            page.get_by_test_id("stFileUploader").locator("input").set_input_files(path)
            page.locator(".ts-class-rows img").first.wait_for()
            shown = time.perf_counter() - started
            page.locator("label", has_text="CNN").first.click()
            page.get_by_role("button", name="Launch").click()
            page.wait_for_url("**/study?id=*")
            study_id = page.url.split("id=")[1][:8]
            journal = HomeFiles(home).study(study_id).journal
            until(lambda: _has_epoch(journal), READY_SECONDS, "the first epoch")
            first = time.perf_counter() - started
        study = run_study(_document(home, path, quick), home)
    best, majority = max(study.scores), 1 / len(SHAPES)
    what = f"{each * len(SHAPES)} pictures of {len(SHAPES)} classes"
    return [
        timed_row(f"{what}: uploaded and shown", [shown], EPOCH_BAR),
        timed_row(f"{what}: uploaded, launched, first epoch", [first], EPOCH_BAR),
        Row(
            f"{what}: best of {len(study.scores)} trials, validation accuracy",
            f"{majority:.2f} (largest class)",
            f"{best:.2f} in {study.seconds:.0f} s",
            None,
            f"at least {SCORE_BAR:g}",
            best >= SCORE_BAR,
        ),
    ]


def _document(home: Path, path: Path, quick: bool) -> dict[str, Any]:
    """The spec of the search."""
    document = {
        "name": "shapes",
        "dataset": {"id": store_pictures(path, home, path.name), "side": 32},
        "model": {"family": "cnn"},
        "space": {
            "learning_rate": {"low": 3e-4, "high": 1e-2, "scale": "log"},
            "filters": {"choices": [8, 16, 24]},
            "blocks": {"choices": [2, 3]},
            "rotation": {"choices": [0.0, 0.1, 0.5]},
            "flip": {"choices": ["none", "horizontal"]},
        },
        "budget": {"trials": 2 if quick else TRIALS, "epochs": 2 if quick else EPOCHS},
    }
    return resolve(document, home)


def _has_epoch(journal: Path) -> bool:
    return journal.exists() and '"kind":"epoch"' in journal.read_text("utf-8")


if __name__ == "__main__":
    run("Pictures of one's own", __doc__, measure)
