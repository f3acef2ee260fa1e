"""The command line: studies without a page, and what can be chosen in them."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.catalog.limits import LimitsError
from tuning_core.cli.catalog import list_datasets, list_strategies, print_schema
from tuning_core.cli.edits import add_edit_commands
from tuning_core.cli.output import (
    Progress,
    planned_words,
    print_json,
    result,
    summary,
    table,
)
from tuning_core.cli.reading import reading, study_in
from tuning_core.datasets import check_table, resolve
from tuning_core.home.export_targets import written_to
from tuning_core.manager import HomeError, Manager, ManagerError, default_home
from tuning_core.planning.limits import check_limits
from tuning_core.space import SpecError
from tuning_core.spec.json_reader import decode
from tuning_core.spec.study import parse_spec
from tuning_core.store import Store, StoreError, StudyRow

FINISHED, FAILED, BAD_SPEC = 0, 1, 2

_TARGETS = {
    "export": "FILE.zip",
    "tensorboard": "DIR",
    "optuna": "FILE.db",
    "export-study": "FILE",
}
_READ_LIMIT = 16_000_000
_TICK_SECONDS = 0.2
_STOP_SECONDS = 15.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 not done, 2 bad spec or usage."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    # A service manager's or a closing terminal's request to end is treated like Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        status = command(options)
        sys.stdout.flush()
        return status
    except SpecError as error:
        _complain(error)
        return BAD_SPEC
    except (HomeError, LimitsError, ManagerError, StoreError) as error:
        _complain(error)
        return FAILED
    except KeyboardInterrupt:
        _complain("Interrupted.")
        return FAILED
    except BrokenPipeError:
        # The reader of our output, such as head, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tuning_core", description="Searches hyperparameters without a page."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], help: str) -> Any:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(command=command)
        added.add_argument("--json", action="store_true", help="answer with JSON")
        return added

    add("run", _run, "Run the study that a spec describes.").add_argument(
        "spec", metavar="SPEC.json", help="file with the spec, - for standard input"
    )
    for name, command, help in (
        ("resume", _resume, "Continue a study that was stopped, interrupted or has failed."),
        ("show", _show, "Show a study and its trials."),
        ("export", _export, "Write the best model with its spec and history to a zip file."),
        ("tensorboard", _tensorboard, "Write a study as TensorBoard's HParams plugin shows it."),
        ("optuna", _optuna, "Write a study as a storage that Optuna and its dashboard open."),
        ("delete", _delete, "Delete a study that does not run, with its files."),
        ("export-study", _export_study, "Write a whole study to a file that import-study reads."),
    ):
        added = add(name, command, help)
        added.add_argument("id", metavar="ID", help="id of a study, as list shows it")
        if name in _TARGETS:
            added.add_argument("--to", metavar=_TARGETS[name], required=True, help="what to write")
    add("import-study", _import_study, "Take in a study file as a new study.").add_argument(
        "file", metavar="FILE", help="file that export-study or the Library has written"
    )
    add_edit_commands(add, _manager, _follow)
    add("list", _list, "List the studies, newest first.")
    add("datasets", list_datasets, "List the datasets.")
    add("strategies", list_strategies, "List the strategies and their settings.")
    add("spec-schema", print_schema, "Print the JSON Schema of a spec.")
    return parser


def _run(options: argparse.Namespace) -> int:
    # Nothing is made on the disk before the spec is known to be good.
    home = default_home()
    document = resolve(decode(_read(options.spec)), home, local_files=True, say=_complain)
    spec = parse_spec(document, local_files=True)
    check_limits(spec)
    for warning in check_table(spec.dataset, spec.folds, home):
        _complain(warning)
    manager = _manager()
    try:
        print(planned_words(spec.plan(), manager.costs.estimate(spec)), file=sys.stderr, flush=True)
        study_id = manager.launch(spec)
        return _follow(manager, study_id, options.json)
    finally:
        manager.close()


def _resume(options: argparse.Namespace) -> int:
    manager = _manager()
    try:
        row = _row(manager, options.id)
        if row.status is not StudyStatus.FINISHED:
            manager.resume(row.id)
        return _follow(manager, row.id, options.json)
    finally:
        manager.close()


def _follow(manager: Manager, study_id: str, as_json: bool) -> int:
    """Show the progress of a study until its end, then its result."""
    row = _row(manager, study_id)
    progress = Progress(study_id, parse_spec(row.spec, local_files=True).plan())
    try:
        while study_id in (*manager.running(), *manager.queued()):
            row = manager.wait(study_id, _TICK_SECONDS)
            progress.show(row)
    except KeyboardInterrupt:
        progress.say("Stopping; the running trial is kept for later.")
        manager.stop(study_id)
        manager.wait(study_id, _STOP_SECONDS)
    row = _row(manager, study_id)
    progress.end(row)
    finished = row.status is StudyStatus.FINISHED
    if finished and row.best_trial is not None:
        try:
            manager.reveal_test(study_id)
        except ManagerError as error:
            _complain(error)
        row = _row(manager, study_id)
    if not finished:
        reason = "" if row.status is StudyStatus.STOPPED else row.message
        _complain(
            f"Study {study_id} is {row.status}. {reason} "
            f"Continue it with: python -m tuning_core resume {study_id}"
        )
    _answer(manager.store, row, as_json)
    return FINISHED if finished else FAILED


def _show(options: argparse.Namespace) -> int:
    with reading() as store:
        _answer(store, study_in(store, options.id), options.json)
    return FINISHED


def _answer(store: Store, row: StudyRow, as_json: bool) -> None:
    answer = result(row, store.trials(row.id))
    if as_json:
        print_json(answer)
    else:
        print(summary(row, answer))


def _list(options: argparse.Namespace) -> int:
    with reading() as store:
        rows = store.studies()
    keys = ("study_id", "name", "status", "trials")
    studies = [dict(zip(keys, (r.id, r.name, str(r.status), r.trials), strict=True)) for r in rows]
    if options.json:
        print_json(studies)
    elif studies:
        print(table(studies))
    else:
        print("No study yet. Start one with: python -m tuning_core run SPEC.json")
    return FINISHED


def _export(options: argparse.Namespace) -> int:
    manager = _manager()
    try:
        study_id = _row(manager, options.id).id
        with written_to(Path(options.to)) as draft:
            shutil.copyfile(manager.export_bundle(study_id), draft)
    finally:
        manager.close()
    return _say_written(options)


def _tensorboard(options: argparse.Namespace) -> int:
    return _exchanged(options, lambda manager: manager.exchanges.tensorboard)


def _optuna(options: argparse.Namespace) -> int:
    return _exchanged(options, lambda manager: manager.exchanges.optuna)


def _exchanged(options: argparse.Namespace, write_of: Callable[[Manager], Any]) -> int:
    manager = _manager()
    try:
        write_of(manager)(_row(manager, options.id).id, Path(options.to))
    finally:
        manager.close()
    return _say_written(options)


def _export_study(options: argparse.Namespace) -> int:
    manager = _manager()
    try:
        manager.archive.export_study(_row(manager, options.id), Path(options.to))
    finally:
        manager.close()
    return _say_written(options)


def _import_study(options: argparse.Namespace) -> int:
    manager = _manager()
    try:
        study_id = manager.archive.import_study(Path(options.file))
    finally:
        manager.close()
    if options.json:
        print_json({"study_id": study_id})
    else:
        print(study_id)
    return FINISHED


def _delete(options: argparse.Namespace) -> int:
    manager = _manager()
    try:
        manager.delete(options.id)
        # Undo is on the pages, for what was deleted there: kept, its files would never go.
        manager.home.discard(manager.home.trash / options.id)
    finally:
        manager.close()
    print_json({"study_id": options.id, "deleted": True}) if options.json else print(options.id)
    return FINISHED


def _say_written(options: argparse.Namespace) -> int:
    if options.json:
        print_json({"study_id": options.id, "file": options.to})
    else:
        print(options.to)
    return FINISHED


def _manager() -> Manager:
    return Manager(default_home(), spare=False)


def _row(manager: Manager, study_id: str) -> StudyRow:
    return manager.wait(study_id, 0.0)


def _read(name: str) -> bytes:
    """The bytes of a spec file, as many as it takes to see that it is too large."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(_READ_LIMIT)
        with open(name, "rb") as file:
            return file.read(_READ_LIMIT)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SpecError(
            "spec", f"expected a file that can be read, received {name!r} ({reason})."
        ) from error


def _complain(text: object) -> None:
    # One line whatever the text holds: scripts read it so.
    print(" ".join(str(text).split()), file=sys.stderr)
