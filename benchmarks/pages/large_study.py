"""A study of 10,000 trials x 20 epochs: opening it, brushing it, and what it takes.

The study is recorded through the store as a manager does it, from the events of a worker that
trained nothing. A real Chromium opens its page, another study's page before it, so that the
imports of the first visit are not counted; then the parallel coordinates are opened and the
learning rate's axis is brushed with the mouse. Times run in the page: from the navigation to the
frame in which both charts of the Overview are drawn, and from the release of the mouse to the
frame in which the table below says what lies inside the brush.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page

from benchmarks.pages.browser import serving, timed_row, user_page
from benchmarks.pages.page_answers import WATCH
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import scratch_home
from tuning_core.home.home import HomeFiles
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import Store

OPEN_BAR, BRUSH_BAR, MEMORY_BAR = 3.0, 0.5, 200.0
OPENINGS, BRUSHES = 5, 10
BATCH = 20_000
"""Events in one transaction: a manager writes fewer, which takes longer and ends the same."""

OVERVIEW_DRAWN = "() => window.studyFrames.find(([, tab, whole]) => tab === 'Overview' && whole)"
SAID = """[...document.querySelectorAll('.ts-muted')].map((note) => note.textContent)
    .find((words) => words.includes('inside the brushes'))"""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    trials, epochs, openings, brushes = (200, 5, 1, 1) if quick else (10_000, 20, OPENINGS, BRUSHES)
    with scratch_home() as home:
        for study_id, count in (("small000", 20), ("large000", trials)):
            record(home, study_id, document(count, epochs))
        with serving(home, spare=False) as server, user_page() as page:
            page.add_init_script(WATCH)
            _open(page, f"{server.address}/study?id=small000")
            before = server.memory_mb
            address = f"{server.address}/study?id=large000"
            opened = [_open(page, address) for _ in range(openings)]
            page.get_by_role("tab", name="Parallel coordinates").click()
            brushed = [_brush(page, number) for number in range(brushes)]
            growth = server.memory_mb - before
    size = f"{trials:,} trials x {epochs} epochs"
    return [
        timed_row(f"opening {size}", opened, OPEN_BAR),
        timed_row(f"brush to table, {size}", brushed, BRUSH_BAR),
        Row(
            f"memory of the server, {size}",
            "",
            f"{growth:+.0f} MB after {openings} openings",
            None,
            f"at most {MEMORY_BAR:g} MB",
            growth <= MEMORY_BAR,
        ),
    ]


def document(trials: int, epochs: int) -> dict[str, Any]:
    """The spec of the study."""
    return {
        "name": f"{trials:,} trials",
        "dataset": {"id": "digits"},
        "space": {
            "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
            "layers": {"low": 1, "high": 3},
            "units": {"low": 16, "high": 128, "step": 16},
            "dropout": {"low": 0.0, "high": 0.5},
            "activation": {"choices": ["relu", "tanh", "sigmoid"]},
            "batch_size": {"choices": [16, 32, 64]},
        },
        "strategy": {"id": "random"},
        "objective": "val_accuracy",
        "budget": {"trials": trials, "epochs": epochs},
    }


def record(home: Path, study_id: str, document: dict[str, Any]) -> None:
    """Write a finished study into the store of a home."""
    spec = parse_spec(document)
    store = Store(HomeFiles(home).database)
    store.create_study(study_id, spec.name, spec.to_json(), time.time())
    batch: list[dict[str, Any]] = []
    for seq, event in enumerate(_events(spec), 1):
        batch.append({"seq": seq, "time": float(seq), **event})
        if len(batch) == BATCH:
            store.apply(study_id, batch)
            batch = []
    store.apply(study_id, batch)
    store.close()


def _events(spec: StudySpec) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    yield {"kind": "study_started", "device": "CPU", "rows": {"train": 1258}}
    epochs = spec.budget.epochs
    for trial in range(1, spec.trials + 1):
        config = spec.search_space.sample(rng)
        yield {"kind": "trial_started", "trial": trial, "config": config, "epochs": epochs}
        far = np.log10(float(config["learning_rate"])) + 2.5
        best = float(np.clip(0.97 - 0.1 * far**2 + rng.normal(0, 0.01), 0.1, 1.0))
        for epoch in range(1, epochs + 1):
            value = best * (1 - np.exp(-epoch / 3))
            metrics = {
                "loss": 2 - 2 * value,
                "accuracy": min(1.0, value + 0.01),
                "val_loss": 2.1 - 2 * value,
                "val_accuracy": value,
            }
            yield {"kind": "epoch", "trial": trial, "execution": 1, "epoch": epoch,
                   "metrics": metrics, "seconds": 0.01}  # fmt: skip
        yield {"kind": "trial_ended", "trial": trial, "status": "completed", "score": value,
               "best_epoch": epochs, "best_execution": 1, "seconds": 0.2,
               "parameters": 4810}  # fmt: skip
    yield {"kind": "study_ended", "status": "finished", "reason": "trials", "seconds": 2000.0}


def _open(page: Page, address: str) -> float:
    """Seconds from the navigation to the Overview with its charts."""
    page.goto(address, wait_until="commit")
    frame = page.wait_for_function(OVERVIEW_DRAWN).json_value()
    return (float(frame[0]) - float(page.evaluate("performance.timeOrigin"))) / 1000


def _brush(page: Page, number: int) -> float:
    """Seconds from the end of a drag along the first axis to the table's answer."""
    chart = page.locator('[class*="st-key-chart-440-parallel"] svg.marks')
    chart.wait_for()
    page.wait_for_timeout(1000)
    box = chart.bounding_box()
    assert box is not None
    # The first of seven axes stands 0.3 of their distance from the left edge.
    x = box["x"] + box["width"] * 0.3 / 6.6
    top = box["y"] + box["height"] * (0.3 + 0.02 * number)
    page.evaluate(
        f"""() => {{
        const said = () => {SAID};
        const before = said();
        window.brushAnswer = new Promise((done) => addEventListener("pointerup", () => {{
            const start = performance.now();
            const look = () => said() !== before
                ? done((performance.now() - start) / 1000) : requestAnimationFrame(look);
            requestAnimationFrame(look);
        }}, {{ capture: true, once: true }}));
    }}"""
    )
    page.mouse.move(x, top)
    page.mouse.down()
    page.mouse.move(x, top + box["height"] * 0.3, steps=8)
    page.mouse.up()
    seconds = float(page.evaluate("window.brushAnswer"))
    page.mouse.dblclick(x, top + box["height"] * 0.1)
    return seconds


if __name__ == "__main__":
    run("A study of ten thousand trials", __doc__, measure)
