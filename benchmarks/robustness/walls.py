"""A stranger with a browser of their own against another's studies and table, on a real server.

Every attempt is one page, address, cookie or message that a client may send. One has succeeded when
a cell of the table reaches the stranger, when they are offered a button that changes a study, or
when a study is another than before.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection

from benchmarks.pages.browser import serving
from benchmarks.parts.table import Row, run
from benchmarks.robustness.light_socket import Shown, ask, open_page, send, session
from pages.components.shared.user import COOKIE, named
from tuning_core.datasets import resolve, store_upload
from tuning_core.home.home import Home
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

LEAST = 200
ALICE, MALLORY = "a" * 32, "b" * 32
SECRET = "kahlenberg"
"""A cell of Alice's table, and nothing else on any page."""

TABS: tuple[str, ...] = ("Overview", "Learning curves", "Parallel coordinates", "Hyperparameters")
TABS += ("Search behaviour", "Best model")
CHANGES = ("Pause", "Stop", "Resume", "Skip trial", "Confirm", "Reveal the test score")
MENU = ("Extend the budget", "Change the ranges", "Retry lost trials", "Share")


class Stranger:
    """Makes attempts and counts them."""

    def __init__(self, port: int, home: Path, studies: list[str], table: str) -> None:
        self.port, self.home, self.studies, self.table = port, home, studies, table
        self.made = 0
        self.succeeded: list[str] = []

    def judge(self, what: str, shown: Shown | str) -> None:
        """Count an attempt, and whether it has shown or offered what it must not."""
        said = shown if isinstance(shown, str) else shown.said
        offered = [] if isinstance(shown, str) else [b for b in shown.buttons if b in CHANGES]
        self.made += 1
        if SECRET in said or offered:
            self.succeeded.append(f"{what}: {', '.join(offered) or 'a row'}")

    def addresses(self) -> None:
        """Pages that show studies and tables, with everything forged that an address may hold."""
        hash, own = self.table.partition(":")[2], {"target": "sold", "task": "classification"}
        tables = [self.table, self.table.upper(), f"csv:{self.home}/data/uploads/{hash}.csv"]
        tables += [f"upload:{'0' * 64}", f"upload:../{hash}", f"images:{self.home}/data/uploads"]
        queries = [("what_if", _query(dataset=t, **own)) for t in tables]
        for study in self.studies:
            queries += [("study", _query(id=study, share=guess)) for guess in _guesses()]
            queries += [("study", _query(id=study, tab=tab)) for tab in TABS]
        queries += [(page, _query(key=guess)) for page in ("", "library") for guess in _guesses()]
        queries += [("library", ""), ("status", ""), ("compare", _query(studies=self.studies[0]))]
        with self.session() as opened:
            for page, query in queries:
                self.judge(f"/{page}?{query}", open_page(opened, page, query))
        for forged in tables:
            with self.session() as opened:
                self.judge(f"pasted {forged}", _pasted(opened, forged))

    def messages(self, widgets: dict[str, dict[str, str]]) -> None:
        """What Alice's browser would send for each of her buttons, sent by another."""
        with self.session() as opened:
            for study in self.studies:
                here = open_page(opened, "study", _query(id=study))
                for label, identity in widgets[study].items():
                    self.judge(label, send(opened, here, {"id": identity, "trigger": True}))
                for widget in self._forged(widgets[study], study):
                    self.judge(str(widget), send(opened, here, widget))

    def _forged(self, known: dict[str, str], study: str) -> Iterator[dict[str, Any]]:
        """Ids of widgets as the pages would make them, of what a stranger is not shown."""
        begin = next(iter(known.values())).rpartition("-")[0]
        for key in ("pause", "stop", "resume", "skip trial", "reveal", "confirmation-begin"):
            yield {"id": f"{begin}-{key}", "trigger": True}
        for key in (f"do-delete-{study}", f"do-rename-{study}", "remove-uploads", "share-begin"):
            yield {"id": f"{begin}-{key}", "trigger": True}
        for option in MENU:
            yield {"id": f"{begin}-study-menu", "text": option}
            yield {"id": "study_panel", "text": option}

    def cookies(self) -> None:
        """Cookies and headers that claim to be Alice, by what a stranger may know of her."""
        user = named(f"browser:{ALICE}")
        claims = [
            f"{COOKIE}={user}",
            f"{COOKIE}={user}{user[:8]}",
            f"{COOKIE}={MALLORY}; user={user}",
        ]
        claims += [f"{COOKIE}={text}" for text in ("*" * 32, "%61" * 32, '"', "../" + MALLORY, "")]
        for claim in claims:
            for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-User": user}):
                with session(self.port, Cookie=claim, **headers) as opened:
                    for study in self.studies:
                        shown = open_page(opened, "study", _query(id=study))
                        self.judge(f"{claim} {headers}", shown)

    def paths(self) -> None:
        """Requests for the files themselves."""
        name = self.table.partition(":")[2] + ".csv"
        for path in ("", "/media/", "/app/static/", "/static/", "/_stcore/", "/component/"):
            for up in ("", "../", "%2e%2e/", "..%2f..%2f", f"{self.home}/"):
                body = ask(self.port, f"{path}{up}data/uploads/{name}".replace("//", "/")).body
                self.judge(path + up, body.decode("utf-8", "replace"))

    def session(self) -> Any:
        """A connection of the stranger's own browser."""
        return session(self.port, Cookie=f"{COOKIE}={MALLORY}")


def measure(_: bool) -> list[Row]:
    """One row: how many attempts were made, and which succeeded."""
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as place:
        home = Path(place) / "home"
        home.mkdir()
        table, studies = _prepare(home)
        before = _files(home, studies)
        with serving(home, spare=False) as server:
            with session(server.port, Cookie=f"{COOKIE}={ALICE}") as opened:
                widgets = {study: _buttons(opened, study) for study in studies}
            with session(server.port, Cookie=f"{COOKIE}={ALICE}") as opened:
                # What nobody is shown would prove nothing.
                assert SECRET in _pasted(opened, table).said
            stranger = Stranger(server.port, home, studies, table)
            stranger.addresses()
            stranger.messages(widgets)
            stranger.cookies()
            stranger.paths()
            if _files(home, studies) != before:
                stranger.succeeded.append("a study has changed")
            # The same message from Alice does what it says.
            with session(server.port, Cookie=f"{COOKIE}={ALICE}") as opened:
                query, resume = _query(id=studies[1]), widgets[studies[1]]["Resume"]
                send(opened, open_page(opened, "study", query), {"id": resume, "trigger": True})
                assert "Stop" in open_page(opened, "study", query).buttons
    wrong = "; ".join(stranger.succeeded[:4])
    return [
        Row(
            f"{stranger.made} attempts on another's study or table",
            "",
            f"{len(stranger.succeeded)} succeeded{': ' if wrong else ''}{wrong}",
            bar=f"0 of at least {LEAST}",
            reached=not stranger.succeeded and stranger.made >= LEAST,
        )
    ]


def _prepare(home: Path) -> tuple[str, list[str]]:
    """Alice's table, a study of it that has ended, and one that she stopped."""
    rows = [f"{n % 9},{SECRET if n % 3 else 'elsewhere'},{n % 2}" for n in range(90)]
    user = named(f"browser:{ALICE}")
    table = store_upload("\n".join(["area,place,sold", *rows]).encode(), home, "a.csv", user=user)
    document: dict[str, Any] = {
        "dataset": {"id": table, "target": "sold", "task": "classification"},
        "space": {"units": {"low": 4, "high": 8}},
        "budget": {"trials": 2, "epochs": 2},
    }
    manager = Manager(home, spare=False)
    try:
        spec = parse_spec(resolve(document, home))
        studies = [manager.launch(spec, user=user) for _ in range(2)]
        manager.stop(studies[1])
        for study in studies:
            manager.wait(study, 300)
    finally:
        manager.close()
    return table, studies


def _files(home: Path, studies: list[str]) -> dict[Path, bytes]:
    """What the studies are, without what is made of them on demand."""
    paths: list[Path] = []
    for study in studies:
        files = Home(home).study(study)
        paths += [files.spec, files.journal, files.reader, files.name, files.share]
        paths += files.edits.glob("*")
    return {path: path.read_bytes() for path in paths if path.is_file()}


def _buttons(opened: ClientConnection, study: str) -> dict[str, str]:
    """Alice's buttons by label: what she may press, another may not."""
    shown = open_page(opened, "study", _query(id=study))
    assert any(label in CHANGES for label in shown.buttons), shown.buttons
    return shown.buttons


def _guesses() -> list[str]:
    return ["", "a", "0" * 32, "../share", "%00", "' or 1=1", "*", "null", "ключ", "true"] + [
        "-" * n for n in (1, 8, 32, 43, 64)
    ]


def _pasted(opened: ClientConnection, table: str) -> Shown:
    """New study once a spec of a table was pasted."""
    shown = open_page(opened, "new_study")
    [text] = [id for id in shown.texts.values() if id.endswith("pasted_spec")]
    [use] = [id for id in shown.buttons.values() if id.endswith("use-spec")]
    dataset = {"id": table, "target": "sold", "task": "classification"}
    document = {"id": text, "value": json.dumps({"dataset": dataset})}
    return send(opened, shown, document, {"id": use, "trigger": True})


def _query(**parts: str) -> str:
    return urlencode(parts)


if __name__ == "__main__":
    run("Walls between users", __doc__, measure)
