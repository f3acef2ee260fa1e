"""Commands about studies that are recorded: to look at, export, take in or delete them."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from tuning_core.catalog.model_formats import KERAS, MODEL_FORMATS, comparison_in
from tuning_core.child_process import StartedWorker
from tuning_core.cli.output import (
    PROGRAM,
    complain,
    print_json,
    print_study,
    recorded_by,
    table,
)
from tuning_core.home.export_targets import written_to
from tuning_core.home.home import HomeFiles, no_study
from tuning_core.manager import HomeError, Manager, ManagerError, default_home
from tuning_core.manager.library.run_imports import RunsRefusedError
from tuning_core.manager.workers.worker_process import WorkerProcess
from tuning_core.store import Store, StoreError, StudyRow
from tuning_core.study_export import EXPORTERS, Exporter
from tuning_core.study_import import READERS, ReadOptions

Command = Callable[[argparse.Namespace], int]
Kept = Callable[[str], dict[str, dict[str, Any]]]
WRONG_OPTION = 2
"""The exit status of a wrong command line."""


def add_recorded_commands(add: Callable[[str, Command, str], Any]) -> None:
    """Add the commands with ``add(name, command, help)``."""
    add_study_command(add, "show", _show, "Show a study and its trials.")
    add_study_command(add, "history", _history, "Show what was done.")
    delete = "Delete a study that does not run, with its files."
    add_study_command(add, "delete", _delete, delete)
    bundle = "Write the best model with its spec and history to a zip file."
    export = add_study_command(add, "export", _export, bundle, target="FILE.zip")
    export.add_argument(
        "--format",
        choices=list(MODEL_FORMATS),
        default=KERAS.id,
        help=f"of a model file beside {KERAS.file}, which is compared with it first",
    )
    together = (
        "in place of the best model the mean of the K best trials, by default 8, as one model"
    )
    export.add_argument("--ensemble", metavar="K", nargs="?", type=int, const=8, help=together)
    for known in EXPORTERS:
        target = "DIR" if known.folder else f"FILE.{known.ending.rpartition('.')[2]}"
        if known.log is None:
            command = partial(_export_records, known)
            add_study_command(add, known.id, command, known.help, target=target)
            continue
        logging = add_study_command(add, known.id, partial(_log_records, known), known.help)
        logging.add_argument("--to", metavar="DIR|URL", default="", help=f"or {known.variable}")
    told = "Write a report of a study: one HTML file that needs no network."
    add_study_command(add, "report", _report, told, target="FILE.html")
    whole = "Write a whole study to a file that import-study reads."
    add_study_command(add, "export-study", _export_study, whole, target="FILE")
    add("import-study", _import_study, "Take in a study file as a new study.").add_argument(
        "file", metavar="FILE", help="file that export-study or the Library has written"
    )
    _add_import_runs(add)
    add("list", _list, "List the studies, newest first.")


def add_study_command(
    add: Callable[[str, Command, str], Any],
    name: str,
    command: Command,
    help: str,
    *,
    target: str = "",
) -> Any:
    """Add a command about one study, perhaps with a ``target`` that it writes."""
    added = add(name, command, help)
    added.add_argument("id", metavar="ID", help="id of a study, as list shows it")
    if target:
        added.add_argument("--to", metavar=target, required=True, help="what to write")
    return added


def open_manager(worker: StartedWorker | WorkerProcess | None = None) -> closing[Manager]:
    """The manager of the home, closed at the end of a ``with``; it may have a worker already."""
    return closing(Manager(default_home(), spare=False, first=worker))


@contextmanager
def _reading() -> Iterator[tuple[Store, Kept]]:
    """The store for commands that only read it, brought up to date where that can be.

    With it what assessments have found out about a study, by its id. A full disk or a home of
    others does not stop them. Raises HomeError where there is none to read.
    """
    try:
        manager = Manager(default_home(), spare=False)
    except HomeError as error:
        database = HomeFiles(default_home()).database
        try:
            store = Store(database, reading=True)
        except StoreError:
            raise error from None
        print(f"{error} What was recorded before is shown.", file=sys.stderr)
        with closing(store):
            yield store, lambda study_id: {}
        return
    with closing(manager):
        yield manager.store, manager.assessments.kept


def _study_in(store: Store, study_id: str) -> StudyRow:
    row = store.study(study_id)
    if row is None:
        raise no_study(study_id, store.path.parent)
    return row


def _show(options: argparse.Namespace) -> int:
    with _reading() as (store, kept):
        row = _study_in(store, options.id)
        print_study(store, row, as_json=options.json, known=kept(row.id))
    return 0


def _history(options: argparse.Namespace) -> int:
    with _reading() as (store, _):
        rows = store.history(_study_in(store, options.id).id)
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


def _list(options: argparse.Namespace) -> int:
    with _reading() as (store, _):
        rows = store.studies()
    studies = [
        {
            "study_id": row.id,
            "name": row.name,
            "status": str(row.status),
            "trials": row.trials,
            "source": recorded_by(row),
        }
        for row in rows
    ]
    if options.json:
        print_json(studies)
    elif studies:
        print(table([{**study, "source": study["source"] or ""} for study in studies]))
    else:
        print(f"No study yet. Start one with: {PROGRAM} run SPEC.json")
    return 0


def _export(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        study_id = manager.study(options.id).id
        if options.ensemble is not None and options.format != KERAS.id:
            raise ManagerError(f"--ensemble: expected --format {KERAS.id}, the only one it has.")
        with written_to(Path(options.to)) as draft:
            if options.ensemble is not None:
                manager.assessments.run(study_id, "ensemble", {"k": options.ensemble})
                bundle = manager.home.study(study_id).ensemble(options.ensemble)
            else:
                bundle = manager.best_model.export_bundle(study_id, options.format)
            shutil.copyfile(bundle, draft)
    compared = comparison_in(Path(options.to))
    if compared is None:
        return _say_written(options)
    if options.json:
        print_json({"study_id": options.id, "file": options.to, **asdict(compared)})
    else:
        print(f"{compared.words}\n{options.to}")
    return 0


def _export_records(exporter: Exporter, options: argparse.Namespace) -> int:
    with open_manager() as manager:
        study_id = manager.study(options.id).id
        manager.study_exports.write(exporter.id, study_id, Path(options.to))
    return _say_written(options)


def _log_records(exporter: Exporter, options: argparse.Namespace) -> int:
    with open_manager() as manager:
        study_id = manager.study(options.id).id
        done = manager.study_exports.log(exporter.id, study_id, options.to)
    if options.json:
        print_json({"study_id": options.id, "place": options.to or exporter.place, "done": done})
    else:
        print(done)
    return 0


def _report(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        manager.reports.write(options.id, Path(options.to))
    return _say_written(options)


def _export_study(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        manager.archive.export_study(manager.study(options.id), Path(options.to))
    return _say_written(options)


def _say_written(options: argparse.Namespace) -> int:
    if options.json:
        print_json({"study_id": options.id, "file": options.to})
    else:
        print(options.to)
    return 0


def _import_study(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        study_id = manager.archive.import_study(Path(options.file))
    print_json({"study_id": study_id}) if options.json else print(study_id)
    return 0


def _add_import_runs(add: Callable[[str, Command, str], Any]) -> None:
    kinds = ", ".join(reader.label for reader in READERS)
    runs = add("import-runs", _import_runs, f"Take in another tool's search as a study: {kinds}.")
    runs.add_argument("path", metavar="PATH", help="file, folder or zip that the tool has written")
    runs.add_argument("--objective", default="", metavar="NAME", help="metric or column to rank by")
    runs.add_argument("--direction", default="", choices=["min", "max"], help="which is better")
    runs.add_argument("--study", default="", metavar="NAME", help="one of several in a storage")
    runs.add_argument("--name", default="", help="name of the study here")
    runs.add_argument(
        "--parameters", default="", metavar="A,B", help="columns that are hyperparameters"
    )


def _import_runs(options: argparse.Namespace) -> int:
    given = ReadOptions(
        objective=options.objective,
        direction=options.direction,
        study=options.study,
        name=options.name,
        parameters=tuple(name for name in options.parameters.split(",") if name),
    )
    with open_manager() as manager:
        try:
            study_id, found = manager.run_imports.take_in(Path(options.path), given)
        except RunsRefusedError as error:
            if not error.needs:
                raise
            complain(error)
            return WRONG_OPTION
    words = f"{found.label}: {found.trials:,} trials, {found.objective} {found.direction}."
    print("\n".join([words, *found.notes]), file=sys.stderr)
    print_json({"study_id": study_id}) if options.json else print(study_id)
    return 0


def _delete(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        manager.delete(options.id)
        # Undo is on the pages, for what was deleted there: kept, its files would never go.
        manager.home.discard(manager.home.trash / options.id)
    print_json({"study_id": options.id, "deleted": True}) if options.json else print(options.id)
    return 0
