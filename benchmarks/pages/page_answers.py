"""The Study page while its search trains at full speed: how fast it answers, how old it is.

A real server, a real Chromium. The first part watches the Overview and notes, for every epoch, the
time from its event in the journal to the frame in which the chart has it. The second part clicks
the page's tabs and measures from the press of the mouse to the frame in which the new tab is open
with all its charts (the answer), and to the one in which its learning curves have every epoch
that ended before the press (up to date: the tab, the next tick and its drawing).
Clicks are also measured while two trials train at once.
One search is of MNIST (of digits at the same number of epochs where MNIST is not among the home's
data), one of digits, where ten trials a second end and the table below the tabs changes as fast.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from benchmarks.pages.browser import (
    frame_script,
    launch,
    serving,
    timed_row,
    until,
    user_page,
)
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home, scratch_home
from pages.components.study.tabs import TABS
from tuning_core.catalog import StudyStatus
from tuning_core.home.home import HomeFiles
from tuning_core.store import Store, StudyRow

CLICK_BAR, EPOCH_BAR = 0.3, 1.5
LANES = 2
WITH_CURVES = TABS[:3]
ON_ITS_WAY = 0.1
"""Seconds before a click within which an epoch may have ended without the answer having it."""
LONGEST = 30.0
SEED = 0

WATCH = frame_script("watch_study.js")

Epoch = tuple[int, int]
"""Trial and epoch; what comes later is larger."""


@dataclass(frozen=True)
class Frame:
    """What the page showed from a moment on: the open tab, whether its charts are all there, and
    the last epoch in its learning curves."""

    time: float
    tab: str
    whole: bool
    last: Epoch


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    watched, clicks = (5, 4) if quick else (100, 100)
    large = "mnist" if (data_home() / "data" / "mnist").is_dir() else "digits"
    rows = []
    for document in (steady(large), fast()):
        epochs, answers, current = measured(document, watched, clicks)
        name = f"{document['dataset']['id']}, {document['budget']['epochs']} epochs a trial"
        rows += [
            timed_row(f"click on a tab to its charts, {name}", answers, CLICK_BAR),
            timed_row(f"the same, with all that is new, {name}", current, EPOCH_BAR),
            timed_row(f"end of an epoch to the chart, {name}", epochs, EPOCH_BAR),
        ]
    for document in (steady(large), fast()):
        _, answers, _ = measured({**document, "parallel": LANES}, 0, clicks)
        name = f"{document['dataset']['id']}, {LANES} trials at once"
        rows.append(timed_row(f"click on a tab to its charts, {name}", answers, CLICK_BAR))
    return rows


def steady(dataset: str) -> dict[str, Any]:
    """A study whose trials take a minute."""
    return {
        "name": "Steady",
        "dataset": {"id": dataset},
        "space": {
            "layers": 1,
            "units": 128,
            "learning_rate": {"low": 1e-4, "high": 1e-2, "scale": "log"},
            "dropout": {"low": 0.0, "high": 0.5},
            "batch_size": 128,
        },
        "budget": {"trials": 6, "epochs": 100 if dataset == "mnist" else 5000},
    }


def fast() -> dict[str, Any]:
    """A study whose trials take a tenth of a second."""
    return {
        "name": "Fast",
        "dataset": {"id": "digits"},
        "space": {
            "layers": 2,
            "units": {"low": 16, "high": 64, "step": 16},
            "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
            "dropout": {"low": 0.0, "high": 0.5},
            "batch_size": {"choices": [16, 32, 64]},
        },
        "budget": {"trials": 10_000, "epochs": 10},
    }


def measured(
    document: dict[str, Any], watched: int, clicks: int
) -> tuple[list[float], list[float], list[float]]:
    """Seconds from each of ``watched`` epochs or more to the chart, from each click to the tab,
    and to the tab with all that was new at the click."""
    with scratch_home() as home, serving(home, spare=True) as server, user_page() as page:
        page.add_init_script(WATCH)
        study_id = launch(page, server, document)
        store = Store(HomeFiles(home).database)
        until(lambda: _study(store, study_id).trials > 0, 300, "the first trial has ended")
        count = _study(store, study_id).epochs
        until(lambda: _study(store, study_id).epochs >= count + watched, 300, "epochs are watched")
        # An epoch counts once it has had the time to be drawn.
        page.wait_for_timeout(LONGEST * 100)
        pressed_after = float(page.evaluate("Date.now()")) / 1000
        for number in range(clicks):
            _click(page, number)
        training = _study(store, study_id).status is StudyStatus.RUNNING
        store.close()
        if not training:
            raise RuntimeError("The search has ended before the last click.")
        frames = [
            Frame(time / 1000, tab, whole, (trial, epoch))
            for time, tab, whole, trial, epoch in page.evaluate("window.studyFrames")
        ]
        presses = [(time / 1000, tab) for time, tab in page.evaluate("window.studyPresses")]
        ended = _ended(HomeFiles(home).study(study_id).journal)
    while_watched = [(time, epoch) for time, epoch in ended if time < pressed_after - LONGEST / 10]
    return (
        [_shown(frames, time, epoch) - time for time, epoch in while_watched[-watched:]],
        [_shown(frames, time, (0, 0), tab) - time for time, tab in presses],
        [
            _shown(frames, time, _last(ended, time), tab) - time
            for time, tab in presses
            if tab in WITH_CURVES
        ],
    )


def _study(store: Store, study_id: str) -> StudyRow:
    row = store.study(study_id)
    assert row is not None
    return row


def _click(page: Page, number: int) -> None:
    """Press another tab, the next in a fixed order that is not regular, and wait a while."""
    order = random.Random(SEED + number // len(TABS)).sample(TABS, len(TABS))
    tab = page.get_by_role("tab", name=order[number % len(TABS)])
    if tab.get_attribute("aria-selected") == "true":
        return
    box = tab.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(random.Random(number).uniform(600, 1600))


def _ended(journal: Path) -> list[tuple[float, Epoch]]:
    """When each epoch ended, in order."""
    events = map(json.loads, journal.read_text(encoding="utf-8").splitlines())
    return [(e["time"], (e["trial"], e["epoch"])) for e in events if e["kind"] == "epoch"]


def _shown(frames: Sequence[Frame], since: float, epoch: Epoch, tab: str = "Overview") -> float:
    """When a tab, open from ``since`` on, was whole and had an epoch; at the latest
    :data:`LONGEST` seconds later."""
    start = max(0, bisect_right(frames, since, key=lambda frame: frame.time) - 1)
    for frame in frames[start:]:
        if frame.tab == tab and frame.whole and frame.last >= epoch:
            return max(since, frame.time)
    return since + LONGEST


def _last(ended: Sequence[tuple[float, Epoch]], pressed: float) -> Epoch:
    """The last epoch that a page can know of when a tab is pressed."""
    known = bisect_right(ended, pressed - ON_ITS_WAY, key=lambda end: end[0])
    return ended[known - 1][1] if known else (0, 0)


if __name__ == "__main__":
    run("The Study page while a search trains", __doc__, measure)
