"""What-if: from a knob to the whole curve, asked of the service and seen in a real browser.

The first part asks ``Manager.trainings`` for digits, 10 epochs, with other values each time, and
waits for the last epoch's event. The second opens the page in a Chromium and moves a slider by a
key: from the press to the frame in which the chart has the last epoch of the new run, or of MNIST
(where it is among the home's data) its first. "Architecture seen" moves the learning rate,
"new" the number of hidden layers, each time with another activation, optimizer or normalisation;
"under way" the learning rate of a run that then goes on, to the first epoch that follows.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page

from benchmarks.pages.browser import (
    Server,
    frame_script,
    serving,
    timed_row,
    until,
    user_page,
)
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home, scratch_home, warm_manager
from tuning_core.manager import Manager
from tuning_core.spec.training_request import parse_training

SERVICE_BAR, SEEN_BAR, NEW_BAR, FIRST_BAR = 0.4, 1.0, 1.6, 1.5
EPOCHS = 10
LONGEST = 60.0

WATCH = frame_script("watch_what_if.js")

NEW: tuple[dict[str, str], ...] = tuple(
    {"activation": activation, "batch_normalization": normalised, "optimizer": optimizer}
    for activation in ("tanh", "elu", "gelu", "swish")
    for normalised in ("no", "yes")
    for optimizer in ("sgd", "rmsprop")
)
"""Settings whose architectures no worker has traced ahead; the slider adds the depth."""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    moves = 5 if quick else 50
    with scratch_home() as home, warm_manager(home) as manager:
        rows = [timed_row("asked of the service", asked(manager, moves), SERVICE_BAR)]
    with scratch_home() as home, serving(home, spare=True) as server, user_page() as page:
        page.add_init_script(WATCH)
        seen = moved(page, server, {"dataset": "digits"}, "Learning rate", moves)
        rows.append(timed_row("slider in a browser, architecture seen", seen, SEEN_BAR))
        new = [
            seconds
            for setting in NEW[: 1 if quick else len(NEW)]
            for seconds in moved(page, server, {"dataset": "digits", **setting}, "Hidden layers", 2)
        ]
        rows.append(timed_row("slider in a browser, architecture new", new, NEW_BAR))
        on = [gone_on(page, server, str(seed)) for seed in range(moves)]
        rows.append(timed_row("slider in a browser, under way", on, SEEN_BAR))
        if (data_home() / "data" / "mnist").is_dir():
            first = moved(page, server, {"dataset": "mnist"}, "Learning rate", moves // 5, epoch=1)
            row = timed_row("slider in a browser to the first epoch", first, FIRST_BAR)
            rows.append(Row(row.what.replace("digits", "MNIST"), *_rest(row)))
    return rows


def asked(manager: Manager, requests: int) -> list[float]:
    """Seconds from each request to its last epoch, in an architecture that was seen before."""
    rng = np.random.default_rng(0)
    seconds = []
    for number in range(requests + 1):
        request = parse_training(document(rng))
        started = time.perf_counter()
        [id] = manager.trainings.ask("benchmark", [request])
        training = manager.trainings.wait(id, LONGEST)
        if len(training.epochs) != EPOCHS:
            raise RuntimeError(f"The training ended as {training.state}: {training.message}")
        if number:
            seconds.append(time.perf_counter() - started)
    return seconds


def document(rng: np.random.Generator) -> dict[str, Any]:
    """One training."""
    return {
        "dataset": {"id": "digits"},
        "epochs": EPOCHS,
        "values": {
            "units": int(rng.integers(1, 9) * 16),
            "learning_rate": float(10 ** rng.uniform(-4, -2)),
            "dropout": float(rng.uniform(0.05, 0.5)),
            "batch_size": int(rng.choice([16, 32, 64])),
        },
    }


def moved(
    page: Page,
    server: Server,
    query: dict[str, str],
    label: str,
    moves: int,
    *,
    epoch: int = EPOCHS,
    pause: float = 0.3,
) -> list[float]:
    """Seconds from each press of an arrow on a slider to the epoch of the new run on screen.

    Every stop is new to the server: at the end of the slider it goes back with another seed.
    """
    seconds: list[float] = []
    for seed in range(moves):
        opened(page, server, {**query, "epochs": str(EPOCHS), "seed": str(seed)}, epoch)
        slider = page.get_by_role("slider", name=label)
        while len(seconds) < moves:
            if slider.input_value() == slider.get_attribute("max"):
                break
            slider.focus()
            slider.press("ArrowRight")
            pressed = float(page.evaluate("window.whatIfPresses.at(-1)"))

            def shown(pressed: float = pressed) -> float | None:
                return _renewed(_frames(page), pressed, epoch)

            until(lambda: shown() is not None, LONGEST, "the new curve")
            seconds.append(((shown() or 0) - pressed) / 1000)
            page.wait_for_timeout(pause * 1000)
        if len(seconds) >= moves:
            break
    return seconds


def gone_on(page: Page, server: Server, seed: str) -> float:
    """Seconds from the press of an arrow to the epoch after those that were trained before it."""
    query = {"dataset": "digits", "epochs": str(EPOCHS), "seed": f"9{seed}", "knobs": "go on"}
    opened(page, server, query, EPOCHS)
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    slider.press("ArrowRight")
    pressed = float(page.evaluate("window.whatIfPresses.at(-1)"))

    def shown() -> float | None:
        return next((t for t, _, last in _frames(page) if t > pressed and last > EPOCHS), None)

    until(lambda: shown() is not None, LONGEST, "the next epoch")
    return ((shown() or 0) - pressed) / 1000


def opened(page: Page, server: Server, query: dict[str, str], epoch: int) -> None:
    """Open a setting and wait for its first curve."""
    page.goto(f"{server.address}/what_if?{urlencode(query)}")

    def drawn() -> bool:
        return any(last >= epoch for _, _, last in _frames(page)[-1:])

    until(drawn, 2 * LONGEST, "a first curve")


def _renewed(frames: list[tuple[float, int, int]], after: float, epoch: int) -> float | None:
    """When the epoch of the next run was drawn; a run that was abandoned leaves it its number."""
    renewed = False
    for (_, old, before), (t, new, last) in pairwise(frames):
        renewed = renewed or (t > after and (new != old or last < before))
        if renewed and last >= epoch:
            return t
    return None


def _frames(page: Page) -> list[tuple[float, int, int]]:
    return [(t, run, last) for t, run, last in page.evaluate("window.whatIfFrames")]


def _rest(row: Row) -> tuple[Any, ...]:
    return row.peer, row.ours, row.ratio, row.bar, row.reached


if __name__ == "__main__":
    run("What-if: from a knob to the curve", __doc__, measure)
