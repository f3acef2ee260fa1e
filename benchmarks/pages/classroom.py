"""A class of thirty on one server: 30 light users, two real browsers, five of them searching.

One browser is the teacher's, with the board; the other is a student's. Everybody joins the class,
opens pages, moves a knob of What-if, thinks for some seconds, and looks at studies live. After a
third of the time the server is ended and started again. Measured are page answers (from the request
to the end of the script's run), the answers to live ticks, how soon the board shows where somebody
has gone, faults, who is back after the restart, and the memory of the process that serves, after a
warm-up and at the end. ``--quick`` takes two minutes instead of ten.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from statistics import fmean

from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks.pages.browser import CHROMIUM, FLAGS, Server, free_port, percentiles, serving
from benchmarks.pages.light_user import Deed, LightUser, Notes

USERS, SEARCHING = 30, 5
MINUTES, QUICK_MINUTES = 10.0, 2.0
PAGE_BAR, BOARD_BAR = 1.0, 5.0
RESTART, WARM = 0.33, 0.6
"""When the server is restarted, and from when on its memory has to be flat: shares of the time."""
FLAT = 1.05
"""By how much memory may grow after the warm-up."""
SIZE = {"width": 1280, "height": 720}
_BOARD = """() => [...document.querySelectorAll(".ts-board .places > div")].map(place =>
  [place.firstChild.textContent,
   [...place.querySelectorAll("bdi")].map(name => name.textContent)])"""


class Lesson:
    """How long it lasts, what its memory was, and what the board showed at which moment.

    It begins once its class has a code.
    """

    def __init__(self, seconds: float) -> None:
        self.begin = float("inf")
        self.seconds = seconds
        self.memory: list[tuple[float, float]] = []
        self.shown: list[tuple[float, dict[str, str]]] = []
        self.code = ""
        self.open = threading.Event()
        self.begun = threading.Event()

    def start(self, code: str) -> None:
        """Let the class begin."""
        self.code, self.begin = code, time.monotonic()
        self.begun.set()

    @property
    def over(self) -> bool:
        """Whether the lesson has ended."""
        return self.share >= 1

    @property
    def share(self) -> float:
        """How much of it is over."""
        return (time.monotonic() - self.begin) / self.seconds

    async def wait(self, seconds: float) -> bool:
        """Pause; whether the lesson goes on."""
        left = self.begin + self.seconds - time.monotonic()
        await asyncio.sleep(max(0.0, min(seconds, left)))
        return not self.over


async def attend(port: int, lesson: Lesson, notes: Notes) -> None:
    """All light users at once."""

    async def arrive(number: int) -> None:
        await asyncio.sleep(0.3 * number)
        user = LightUser(port, notes, f"student {number + 1}", lesson.code)
        await user.attend(lesson.wait, launches=number < SEARCHING)

    await asyncio.gather(*(arrive(number) for number in range(USERS)))


def serve(home: Path, port: int, lesson: Lesson) -> None:
    """The server, ended and started again in the middle; its memory is looked at every second."""

    def while_it_serves(server: Server, until: float) -> None:
        lesson.open.set()
        lesson.begun.wait()
        while lesson.share < until:
            lesson.memory.append((lesson.share, server.memory_mb))
            time.sleep(1.0)

    for until in (RESTART, 1.0):
        with serving(home, spare=True, port=port) as server:
            while_it_serves(server, until)


def browse(address: str, lesson: Lesson, notes: Notes, *, teaches: bool) -> None:
    """A real browser; errors that its pages throw are faults."""
    program = next((name for name in CHROMIUM if any(_found(name))), CHROMIUM[0])
    path = next(iter(_found(program)), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            page = _page(browser, notes)
            (_project if teaches else _study)(page, address, lesson)
            browser.close()
    except Error as error:
        notes.faults.append(f"browser: {error.message.splitlines()[0]}"[:200])


def _page(browser: Browser, notes: Notes) -> Page:
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: notes.faults.append(str(error)[:200]))
    return page


def _project(page: Page, address: str, lesson: Lesson) -> None:
    """Open a class, and note what its board shows, four times a second."""
    page.goto(f"{address}/class_room")
    page.get_by_role("button", name="Open a class").click()
    page.wait_for_url("**code=*")
    lesson.start(page.url.partition("code=")[2][:4])
    page.goto(f"{address}/class_room?code={lesson.code}&board=1")
    while not lesson.over:
        places = page.evaluate(_BOARD)
        shown = {name: place for place, names in places for name in names}
        lesson.shown.append((time.monotonic(), shown))
        page.wait_for_timeout(250)


def _study(page: Page, address: str, lesson: Lesson) -> None:
    """Join, and move a knob of What-if every few seconds, through the restart."""
    page.goto(f"{address}/class_room?code={lesson.code}")
    page.get_by_role("textbox", name="Nickname").fill("browser")
    page.get_by_role("button", name="Join", exact=True).click()
    page.get_by_text("You are browser.").wait_for()
    while not lesson.over:
        # While the server is away there is nothing to go to; the next round goes on.
        with suppress(Error):
            page.goto(f"{address}/what_if?dataset=digits&epochs=10")
            slider = page.get_by_role("slider", name="Learning rate")
            slider.wait_for(timeout=20_000)
            for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
                slider.press(key, timeout=5_000)
                page.wait_for_timeout(5_000)


def _found(name: str) -> list[str]:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return [path for folder in folders if os.path.exists(path := os.path.join(folder, name))]


def growth(lesson: Lesson) -> tuple[float, float]:
    """Memory after the warm-up and at the end: means over some of the lesson, megabytes."""
    after = [mb for share, mb in lesson.memory if share >= WARM]
    part = max(1, len(after) // 4)
    return fmean(after[:part]), fmean(after[-part:])


def board_seconds(lesson: Lesson, deeds: list[Deed]) -> list[float]:
    """From each deed to the moment at which the board has shown it.

    Left out are those who were there before, have gone on since, or asked about the time of the
    restart.
    """
    found = []
    restart = lesson.begin + RESTART * lesson.seconds
    for deed in deeds:
        following = min(
            (d.asked for d in deeds if d.nickname == deed.nickname and d.asked > deed.asked),
            default=lesson.begin + lesson.seconds,
        )
        before = [s.get(deed.nickname, "") for t, s in lesson.shown if t < deed.asked][-1:]
        if any(place.startswith(deed.place) for place in before):
            continue
        if restart - 15 < deed.asked < restart + 45:
            continue
        seen = next(
            (
                moment
                for moment, shown in lesson.shown
                if moment >= deed.asked and shown.get(deed.nickname, "").startswith(deed.place)
            ),
            float("inf"),
        )
        if seen <= following or following - deed.asked > 2 * BOARD_BAR:
            found.append(seen - deed.asked)
    return found


def main() -> int:
    """Print the figures; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pages.classroom", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="two minutes")
    minutes = QUICK_MINUTES if parser.parse_args().quick else MINUTES
    notes, load, port = Notes(), os.getloadavg()[0], free_port()
    address = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as place:
        lesson = Lesson(60 * minutes)
        server = threading.Thread(target=serve, args=(Path(place), port, lesson))
        server.start()
        lesson.open.wait()
        browsers = [
            threading.Thread(target=browse, args=(address, lesson, notes), kwargs={"teaches": role})
            for role in (True, False)
        ]
        browsers[0].start()
        lesson.begun.wait()
        browsers[1].start()
        asyncio.run(attend(port, lesson, notes))
        for thread in (*browsers, server):
            thread.join()
    return _report(notes, lesson, minutes, load)


def _report(notes: Notes, lesson: Lesson, minutes: float, load: float) -> int:
    middle, high = percentiles(notes.pages)
    tick_middle, tick_high = percentiles(notes.ticks or [0.0])
    board = board_seconds(lesson, notes.deeds)
    board_middle, board_high = percentiles(board)
    warm, end = growth(lesson)
    good = not notes.faults and high <= PAGE_BAR and board_high <= BOARD_BAR and notes.back == USERS
    good = good and end <= warm * FLAT
    print(
        f"## A class of {USERS + 2} for {minutes:g} minutes, {notes.launched} of them searching\n"
    )
    print(f"load before {load:.1f}, after {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores\n")
    print("| what | measured | bar |\n|---|---|---|")
    print(f"| faults | {len(notes.faults)} | 0 |")
    print(f"| back after the restart | {notes.back} of {USERS} | {USERS} |")
    print(
        f"| page answers ({len(notes.pages):,}, {notes.moved:,} of them a training) | median "
        f"{middle:.2f} s, 95th percentile {high:.2f} s | {PAGE_BAR:g} s |"
    )
    print(
        f"| from a deed to the board ({len(board):,}) | median {board_middle:.2f} s, 95th "
        f"percentile {board_high:.2f} s | {BOARD_BAR:g} s |"
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
