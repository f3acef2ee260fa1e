"""A class of thirty on one server: 28 light users, two real browsers, five of them searching.

Every user opens pages, thinks for some seconds, and looks at studies live. Measured are page
answers (from the request to the end of the script's run), the answers to live ticks, faults, and
the memory of the process that serves, after the first third (warm-up) and at the end.
``--quick`` takes a minute instead of ten.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import fmean

from playwright.sync_api import Error, sync_playwright

from benchmarks.pages.browser import CHROMIUM, FLAGS, SIZE, Server, percentiles, serving
from benchmarks.pages.light_user import LightUser, Notes

USERS, BROWSERS, SEARCHING = 30, 2, 5
MINUTES, QUICK_MINUTES = 10.0, 1.0
PAGE_BAR = 1.0
FLAT = 1.05
"""By how much memory may grow after the warm-up."""


class Lesson:
    """How long it lasts, and what its memory was meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.warm = self.end - seconds * 2 / 3
        self.memory: list[tuple[float, float]] = []

    @property
    def over(self) -> bool:
        """Whether the lesson has ended."""
        return time.monotonic() >= self.end

    async def wait(self, seconds: float) -> bool:
        """Pause; whether the lesson goes on."""
        await asyncio.sleep(max(0.0, min(seconds, self.end - time.monotonic())))
        return not self.over


async def attend(server: Server, port: int, lesson: Lesson, notes: Notes) -> None:
    """All light users at once, and a look at the memory every second."""

    async def weigh() -> None:
        while await lesson.wait(1.0):
            lesson.memory.append((time.monotonic(), server.memory_mb))

    async def arrive(number: int) -> None:
        await asyncio.sleep(0.3 * number)
        await LightUser(port, notes).attend(lesson.wait, launches=number < SEARCHING)

    await asyncio.gather(weigh(), *(arrive(number) for number in range(USERS - BROWSERS)))


def browse(address: str, lesson: Lesson, notes: Notes) -> None:
    """A real browser that goes from page to page; its console's errors are faults."""
    program = next((name for name in CHROMIUM if any(_found(name))), CHROMIUM[0])
    path = next(iter(_found(program)), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(60_000)
            page.on(
                "console",
                lambda said: notes.faults.append(said.text) if said.type == "error" else None,
            )
            while not lesson.over:
                for place in ("", "library", "study", "status", "new_study"):
                    if lesson.over:
                        break
                    page.goto(f"{address}/{place}")
                    page.locator("h1").first.wait_for()
                    page.wait_for_timeout(3_000)
            browser.close()
    except Error as error:
        notes.faults.append(f"browser: {error.message.splitlines()[0]}"[:200])


def _found(name: str) -> list[str]:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return [path for folder in folders if os.path.exists(path := os.path.join(folder, name))]


def growth(lesson: Lesson) -> tuple[float, float]:
    """Memory after the warm-up and at the end: means over a tenth of the lesson, megabytes."""
    after = [mb for moment, mb in lesson.memory if moment >= lesson.warm]
    part = max(1, len(after) // 6)
    return fmean(after[:part]), fmean(after[-part:])


def main() -> int:
    """Print the figures; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pages.classroom", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="one minute")
    minutes = QUICK_MINUTES if parser.parse_args().quick else MINUTES
    notes, load = Notes(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place, serving(Path(place), spare=True) as server:
        lesson = Lesson(60 * minutes)
        threads = [
            threading.Thread(target=browse, args=(server.address, lesson, notes))
            for _ in range(BROWSERS)
        ]
        for thread in threads:
            thread.start()
        port = int(server.address.rpartition(":")[2])
        asyncio.run(attend(server, port, lesson, notes))
        for thread in threads:
            thread.join()
    return _report(notes, lesson, minutes, load)


def _report(notes: Notes, lesson: Lesson, minutes: float, load: float) -> int:
    middle, high = percentiles(notes.pages)
    tick_middle, tick_high = percentiles(notes.ticks or [0.0])
    warm, end = growth(lesson)
    good = not notes.faults and high <= PAGE_BAR and end <= warm * FLAT
    print(f"## A class of {USERS} for {minutes:g} minutes, {notes.launched} of them searching\n")
    print(f"load before {load:.1f}, after {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores\n")
    print("| what | measured | bar |\n|---|---|---|")
    print(f"| faults | {len(notes.faults)} | 0 |")
    print(
        f"| page answers ({len(notes.pages):,}) | median {middle:.2f} s, 95th percentile "
        f"{high:.2f} s | {PAGE_BAR:g} s |"
    )
    print(
        f"| live ticks ({len(notes.ticks):,}) | median {tick_middle:.2f} s, 95th percentile "
        f"{tick_high:.2f} s | |"
    )
    print(f"| memory that serves | {warm:.0f} MB warm, {end:.0f} MB at the end | x {FLAT:g} |")
    for fault in sorted(set(notes.faults))[:10]:
        print(f"- {notes.faults.count(fault)} x {fault}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
