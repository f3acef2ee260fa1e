"""The inside of a network on What-if: asked of the service, played and stepped in a real browser.

Moons, two layers of eight units, 30 epochs, each looked into. The service is asked for settings
that nobody has trained, of an architecture that was seen before. In Chromium the run is played at
the fastest speed, and the time between its frames is taken; then it is stepped back and forth, from
the press of the key to the frame after the picture has changed.
"""

from __future__ import annotations

import time
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page, expect

from benchmarks.pages.browser import READY_SECONDS, Server, serving, timed_row, user_page
from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import scratch_home, warm_manager
from tuning_core.manager import Manager
from tuning_core.spec.training_request import parse_training

SERVICE_BAR, STEP_BAR, FRAMES_BAR = 0.4, 0.15, 10.0
EPOCHS = 30

PLAYED = """words => new Promise(done => {
  const times = [];
  new MutationObserver(() => {
    times.push(performance.now());
    if (words.textContent.startsWith("epoch %d ")) done(times);
  }).observe(words, {childList: true, characterData: true, subtree: true});
  words.getRootNode().querySelector(".play").click();
})"""
"""The moments at which the epochs were shown, in milliseconds, when all have been played."""

STEPPED = """async (canvas, key) => {
  const started = performance.now();
  canvas.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return (performance.now() - started) / 1000;
}"""
"""Seconds until the browser has shown the epoch that a key asks for."""


def measure(quick: bool) -> list[Row]:
    """Rows of the table."""
    times = 5 if quick else 50
    with scratch_home() as home, warm_manager(home) as manager:
        rows = [timed_row("30 epochs asked of the service", asked(manager, times), SERVICE_BAR)]
    with scratch_home() as home, serving(home, spare=True) as server, user_page() as page:
        open_run(page, server)
        rates = [played(page) for _ in range(2 if quick else 10)]
        ours = f"{min(rates):.1f} a second (median {np.median(rates):.1f}, {len(rates)} times)"
        bar = f"at least {FRAMES_BAR:g} a second"
        rows.append(Row("frames played", "", ours, None, bar, min(rates) >= FRAMES_BAR))
        rows.append(timed_row("a step", stepped(page, times), STEP_BAR))
    return rows


def asked(manager: Manager, requests: int) -> list[float]:
    """Seconds from each request to its last epoch."""
    rng = np.random.default_rng(0)
    seconds = []
    for number in range(requests + 1):
        values = {"units": 8, "learning_rate": float(10 ** rng.uniform(-3, -1))}
        document = {"dataset": {"id": "moons"}, "values": values, "views": ["inside"]}
        request = parse_training({**document, "epochs": EPOCHS})
        started = time.perf_counter()
        [id] = manager.trainings.ask("benchmark", [request])
        training = manager.trainings.wait(id, 60.0)
        if len(training.inside) != EPOCHS + 1:
            raise RuntimeError(f"The training ended as {training.state}: {training.message}")
        if number:
            seconds.append(time.perf_counter() - started)
    return seconds


def open_run(page: Page, server: Server) -> None:
    """Open the run and wait for its end."""
    query = {"dataset": "moons", "units": 8, "learning_rate": 0.01, "epochs": EPOCHS}
    page.goto(f"{server.address}/what_if?{urlencode(query)}")
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    expect(slider).to_have_attribute("max", str(EPOCHS), timeout=READY_SECONDS * 1000)
    page.locator(".network .speed").select_option("25")


def played(page: Page) -> float:
    """Frames a second in which the run was played from its start to its end."""
    moments = page.locator(".network .words").evaluate(PLAYED % EPOCHS)
    return 1000 * (len(moments) - 1) / (moments[-1] - moments[0])


def stepped(page: Page, steps: int) -> list[float]:
    """Seconds of each step, half of them back."""
    canvas = page.locator(".network .picture")
    keys = ["ArrowLeft" if number // 10 % 2 == 0 else "ArrowRight" for number in range(steps)]
    return [float(canvas.evaluate(STEPPED, key)) for key in keys]


if __name__ == "__main__":
    run("The inside of a network", __doc__, measure)
