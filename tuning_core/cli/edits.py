"""Commands that change a study that has begun, or tell what was done to it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.cli.reading import reading, study_in
from tuning_core.manager import Manager, ManagerError
from tuning_core.spec.json_reader import decode

Follow = Callable[[Manager, str, bool], int]
Open = Callable[[], Manager]


def add_edit_commands(add: Callable[..., Any], open_manager: Open, follow: Follow) -> None:
    """Add the commands with ``add(name, command, help)``; ``follow`` shows a study that goes on."""

    def command(change: Callable[[Manager, argparse.Namespace], None]) -> Any:
        return lambda options: _changed(open_manager, follow, change, options)

    def named(name: str, change: Callable[[Manager, argparse.Namespace], None], help: str) -> Any:
        added = add(name, command(change), help)
        added.add_argument("id", metavar="ID", help="id of a study, as list shows it")
        return added

    trial = named("add-trial", _add_trial, "Add a trial of your own, beside the budget.")
    trial.add_argument("values", metavar="VALUES", help="such as '{\"units\": 64}'")
    trial.add_argument("--outside", action="store_true", help="also outside the study's ranges")
    budget = named("extend", _extend, "Raise the budget of a study.")
    budget.add_argument("--trials", type=int, help="trials in all")
    budget.add_argument("--seconds", type=float, help="seconds in all, 0 for no limit")
    ranges = named("change-ranges", _change_ranges, "Search other ranges from the next trial on.")
    ranges.add_argument("space", metavar="SPACE.json", help="the space part of a spec")
    named("retry", _retry, "Run the trials that failed or diverged again.")
    history = add("history", _history, "Show what was done.")
    history.add_argument("id", metavar="ID", help="id of a study, as list shows it")


def _changed(
    open_manager: Open,
    follow: Follow,
    change: Callable[[Manager, argparse.Namespace], None],
    options: argparse.Namespace,
) -> int:
    manager = open_manager()
    try:
        change(manager, options)
        row = manager.wait(options.id, 0.0)
        if row.id in (*manager.running(), *manager.queued()):
            return follow(manager, row.id, options.json)
        when = "at its next trial" if row.status is StudyStatus.RUNNING else "once it is resumed"
        answer = {"study_id": row.id, "status": str(row.status), "waiting": when}
        print(json.dumps(answer) if options.json else f"Noted; it takes effect {when}.")
        return 0
    finally:
        manager.close()


def _add_trial(manager: Manager, options: argparse.Namespace) -> None:
    manager.editing.add_trial(options.id, decode(options.values), outside=options.outside)


def _extend(manager: Manager, options: argparse.Namespace) -> None:
    if options.trials is None and options.seconds is None:
        raise ManagerError("extend: give --trials, --seconds or both.")
    manager.editing.extend(options.id, trials=options.trials, seconds=options.seconds)


def _change_ranges(manager: Manager, options: argparse.Namespace) -> None:
    try:
        document = decode(Path(options.space).read_bytes())
    except OSError as error:
        raise ManagerError(f"{options.space} cannot be read ({error.strerror}).") from error
    manager.editing.change_ranges(options.id, document)


def _retry(manager: Manager, options: argparse.Namespace) -> None:
    manager.editing.retry_lost(options.id)


def _history(options: argparse.Namespace) -> int:
    with reading() as store:
        rows = store.history(study_in(store, options.id).id)
    events = [
        {"time": row.time, "after_trial": row.trial, "kind": row.kind, **row.details}
        for row in rows
    ]
    if options.json:
        print(json.dumps(events))
        return 0
    for event in events:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["time"]))
        about = {k: v for k, v in event.items() if k not in ("time", "kind", "asked")}
        print(f"{moment}  {event['kind']}  {json.dumps(about)}")
    return 0
