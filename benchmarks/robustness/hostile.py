"""What a hostile or hasty user does to a running server, and what the others see of it.

Each scenario acts on one server. After each, somebody else opens pages: what goes wrong there is a
fault. In the end nothing may have been called but this machine, and the memory of the process that
serves must be back. ``--quick`` uses fewer connections and less patience.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.pages.browser import Server, serving, until
from benchmarks.parts.table import Row, run
from benchmarks.robustness.hasty_users import (
    hung_worker,
    killed_worker,
    launches_at_once,
    resumes_at_once,
)
from benchmarks.robustness.hostile_requests import (
    client_messages,
    foreign_pages,
    garbage,
    import_bombs,
    silent_connections,
    uploads,
)
from benchmarks.robustness.hostile_target import Target
from benchmarks.robustness.light_socket import (
    open_page,
    session,
)
from benchmarks.robustness.outgoing import Outgoing

MEMORY_BAR = 1.10
LOG_BAR = 100_000
"""Bytes that the server may log about all of this."""


SCENARIOS: list[Callable[[Target], list[str]]] = [
    client_messages,
    garbage,
    foreign_pages,
    silent_connections,
    uploads,
    import_bombs,
    launches_at_once,
    resumes_at_once,
    killed_worker,
    hung_worker,
]


def others(target: Target) -> list[str]:
    """What somebody else is told on pages that should be fine."""
    pages = [("", ""), ("library", ""), ("status", ""), ("new_study", "")]
    pages += [("study", f"id={study_id}") for study_id in target.studies()[:1]]
    faults = []
    with session(target.port) as opened:
        for page, query in pages:
            faults += [f"/{page}: {error[:150]}" for error in open_page(opened, page, query).errors]
    return faults


def measure(quick: bool) -> list[Row]:
    """Rows of the table: one a scenario, then what all of them left behind."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="tunescape-bench-") as place:
        home, outgoing = Path(place) / "home", Outgoing(Path(place) / "hook")
        home.mkdir()
        variables = {
            "TUNESCAPE_SEARCHES": "2",
            "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "5",
            **outgoing.variables,
        }
        with serving(home, spare=False, variables=variables) as server:
            target = Target(server, home, quick)
            for _ in range(20):
                others(target)
            before, said = server.memory_mb, target.said()
            for scenario in SCENARIOS:
                rows.append(_row(scenario, target))
                print(rows[-1], file=sys.stderr, flush=True)
            rows += _left(server, before, target.said() - said)
        called = outgoing.seen()
    rows.append(_judged("outgoing connections", called))
    return rows


def _row(scenario: Callable[[Target], list[str]], target: Target) -> Row:
    try:
        faults = scenario(target)
    except Exception as error:
        faults = [f"{type(error).__name__}: {error}"[:200]]
    try:
        faults += others(target)
    except Exception as error:
        faults += [f"another user: {type(error).__name__}: {error}"[:200]]
    return _judged(scenario.__name__.replace("_", " "), faults)


def _judged(what: str, faults: list[str]) -> Row:
    shown = "; ".join(sorted(set(faults))[:4]).replace("\n", " ") or "0"
    return Row(what, "", shown, bar="0 faults", reached=not faults)


def _left(server: Server, before: float, said: int) -> list[Row]:
    with suppress(TimeoutError):
        until(lambda: server.memory_mb <= before * MEMORY_BAR, 60.0, "memory is back")
    after = server.memory_mb
    return [
        Row(
            "memory that serves",
            "",
            f"{before:.0f} MB before, {after:.0f} MB after",
            bar=f"x {MEMORY_BAR:g}",
            reached=after <= before * MEMORY_BAR,
        ),
        Row("log", "", f"{said:,} bytes", bar=f"{LOG_BAR:,}", reached=said <= LOG_BAR),
    ]


if __name__ == "__main__":
    run("Hostile and hasty users", __doc__, measure)
