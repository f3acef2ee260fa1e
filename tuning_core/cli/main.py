"""The command line: all commands, and those that run, resume or edit a study."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tuning_core.catalog import StudyStatus
from tuning_core.catalog.limits import LimitsError
from tuning_core.child_process import StartedWorker
from tuning_core.cli.assess import add_assess_commands
from tuning_core.cli.output import (
    PROGRAM,
    Progress,
    complain,
    list_datasets,
    list_strategies,
    planned_words,
    print_schema,
    print_study,
)
from tuning_core.cli.own_model import Change, add_model_option, chosen_model, with_model
from tuning_core.cli.race import add_race_command
from tuning_core.cli.recorded_studies import (
    Command,
    add_recorded_commands,
    add_study_command,
    open_manager,
)
from tuning_core.datasets import check_own, reading_once, resolve
from tuning_core.home.home import server_script
from tuning_core.manager import HomeError, Manager, ManagerError, default_home
from tuning_core.planning.limits import check_limits
from tuning_core.resources import RAY_VARIABLE, ray_address, ray_trouble
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import decode
from tuning_core.store import StoreError

FINISHED, FAILED, BAD_SPEC = 0, 1, 2

_READ_LIMIT = 16_000_000
_TICK_SECONDS = 0.2
_STOP_SECONDS = 15.0


def main(arguments: Sequence[str] | None = None, *, worker: StartedWorker | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 not done, 2 bad spec or usage.

    A ``worker`` that was started before trains what the command starts.
    """
    options = _parser().parse_args(arguments)
    cluster: str | None = getattr(options, "ray", None)
    if cluster and worker is not None:
        worker.process.kill()  # It has begun without the cluster's address.
        worker = None
    options.worker = worker
    command: Command = options.command
    # A service manager's or a closing terminal's request to end is treated like Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        if "ray" in options:
            _use_cluster(cluster)
        status = command(options)
        sys.stdout.flush()
        return status
    except SpecError as error:
        complain(error)
        return BAD_SPEC
    except (HomeError, LimitsError, ManagerError, StoreError) as error:
        complain(error)
        return FAILED
    except KeyboardInterrupt:
        complain("Interrupted.")
        return FAILED
    except BrokenPipeError:
        # The reader of our output, such as head, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _use_cluster(address: str | None) -> None:
    """Send trials to a Ray cluster, that of the environment where None is given.

    Raises ManagerError, before anything is made, if it is none.
    """
    if address is None and not ray_address():
        return
    if trouble := ray_trouble(ray_address() if address is None else address):
        raise ManagerError(trouble)
    if address is not None:
        os.environ[RAY_VARIABLE] = address  # Workers inherit it.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Searches hyperparameters without a page."
    )
    cluster = (
        "send the trials to the Ray cluster whose head is at ADDRESS (HOST:PORT), or `local` to "
        "start one here"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, help: str) -> Any:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(command=command)
        added.add_argument("--json", action="store_true", help="answer with JSON")
        return added

    run = add("run", _run, "Run the study that a spec describes.")
    run.add_argument("spec", metavar="SPEC.json", help="file with the spec, - for standard input")
    resume = "Continue a study that was stopped, interrupted or has failed."
    race = add_race_command(add, _checked_spec)
    resumed = add_study_command(add, "resume", _resume, resume)
    for command in (run, resumed, race):
        command.add_argument("--ray", metavar="ADDRESS", help=cluster)
    for command in (run, resumed):
        add_model_option(command)
    add_recorded_commands(add)
    add_assess_commands(add)
    _add_edit_commands(add)
    add("datasets", list_datasets, "List the datasets.")
    add("strategies", list_strategies, "List the strategies and their settings.")
    add("spec-schema", print_schema, "Print the JSON Schema of a spec.")
    serve = commands.add_parser("serve", help="Serve the app.", description="Serve the app.")
    serve.set_defaults(command=_serve)
    serve.add_argument("--port", type=int, help="port to listen on, 8501 by default")
    serve.add_argument("--host", help="address to listen on; 0.0.0.0 lets other machines in")
    return parser


def _checked_spec(name: str, change: Change = dict) -> StudySpec:
    """The spec of a file. Nothing is made on the disk before it, and its table, are good."""
    return checked_spec(decode(_read(name)), default_home(), complain, change)


def checked_spec(
    document: dict[str, Any], home: Path, warn: Callable[[str], None], change: Change = dict
) -> StudySpec:
    """The spec of a document, once it and its table are good; ``warn`` of what is doubtful.

    ``change`` is made to its document once its data is known. Raises SpecError.
    """
    with reading_once(document):
        document = change(resolve(document, home, local_files=True, warn=warn))
        spec = parse_spec(document, local_files=True)
        check_limits(spec)
        for warning in check_own(spec.dataset, spec.folds, home):
            warn(warning)
    return spec


def _run(options: argparse.Namespace) -> int:
    model = chosen_model(options)
    change: Change = dict if model is None else partial(with_model, options, model, default_home())
    spec = _checked_spec(options.spec, change)
    with open_manager(options.worker) as manager:
        print(planned_words(spec.plan(), manager.costs.estimate(spec)), file=sys.stderr, flush=True)
        study_id = manager.launch(spec, model=model)
        return _follow(manager, study_id, options.json)


def _resume(options: argparse.Namespace) -> int:
    model = chosen_model(options)
    with open_manager(options.worker) as manager:
        row = manager.study(options.id)
        if model is not None:
            manager.own_models.adopt(row.id, model)
        if row.status is not StudyStatus.FINISHED:
            manager.resume(row.id)
        return _follow(manager, row.id, options.json)


def _follow(manager: Manager, study_id: str, as_json: bool) -> int:
    """Show the progress of a study until its end, then its result."""
    progress = Progress(study_id, manager.editing.spec(study_id).plan())
    try:
        while study_id in (*manager.running(), *manager.queued()):
            row = manager.wait(study_id, _TICK_SECONDS)
            progress.show(row)
    except KeyboardInterrupt:
        progress.say("Stopping; the running trial is kept for later.")
        manager.stop(study_id)
        manager.wait(study_id, _STOP_SECONDS)
    row = manager.study(study_id)
    progress.end(row)
    finished = row.status is StudyStatus.FINISHED
    if finished and row.best_trial is not None:
        try:
            manager.reveal_test(study_id)
        except ManagerError as error:
            complain(error)
        row = manager.study(study_id)
    if not finished:
        reason = "" if row.status is StudyStatus.STOPPED else row.message
        complain(
            f"Study {study_id} is {row.status}. {reason} "
            f"Continue it with: {PROGRAM} resume {study_id}"
        )
    print_study(manager.store, row, as_json=as_json)
    return FINISHED if finished else FAILED


def _add_edit_commands(add: Callable[[str, Command, str], Any]) -> None:
    """Commands that change a study that has begun."""

    def named(name: str, change: Callable[[Manager, argparse.Namespace], None], help: str) -> Any:
        return add_study_command(add, name, partial(_edit, change), help)

    trial = named("add-trial", _add_trial, "Add a trial of your own, beside the budget.")
    trial.add_argument("values", metavar="VALUES", help="such as '{\"units\": 64}'")
    trial.add_argument("--outside", action="store_true", help="also outside the study's ranges")
    budget = named("extend", _extend, "Raise the budget of a study, or change its target.")
    budget.add_argument("--trials", type=int, help="trials in all")
    budget.add_argument("--seconds", type=float, help="seconds in all, 0 for no limit")
    budget.add_argument("--target", type=_target, help="a score that ends the search, or none")
    budget.add_argument(
        "--settled",
        choices=("yes", "no"),
        help="whether it ends once more trials gain less than seeds make",
    )
    ranges = named("change-ranges", _change_ranges, "Search other ranges from the next trial on.")
    ranges.add_argument("space", metavar="SPACE.json", help="the space part of a spec")
    named("retry", _retry, "Run the trials that failed or diverged again.")


def _edit(
    change: Callable[[Manager, argparse.Namespace], None], options: argparse.Namespace
) -> int:
    with open_manager() as manager:
        change(manager, options)
        row = manager.study(options.id)
        if row.id in (*manager.running(), *manager.queued()):
            return _follow(manager, row.id, options.json)
        when = "at its next trial" if row.status is StudyStatus.RUNNING else "once it is resumed"
        answer = {"study_id": row.id, "status": str(row.status), "waiting": when}
        print(json.dumps(answer) if options.json else f"Noted; it takes effect {when}.")
        return FINISHED


def _add_trial(manager: Manager, options: argparse.Namespace) -> None:
    manager.editing.add_trial(options.id, decode(options.values), outside=options.outside)


def _extend(manager: Manager, options: argparse.Namespace) -> None:
    names = ("trials", "seconds", "target", "settled")
    asked = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if not asked:
        raise ManagerError("extend: give --trials, --seconds, --target or --settled.")
    if "settled" in asked:
        asked["settled"] = asked["settled"] == "yes"
    manager.editing.extend(options.id, **asked)


def _target(text: str) -> float | str:
    return text if text == "none" else float(text)


def _change_ranges(manager: Manager, options: argparse.Namespace) -> None:
    try:
        document = decode(Path(options.space).read_bytes())
    except OSError as error:
        raise ManagerError(f"{options.space} cannot be read ({error.strerror}).") from error
    manager.editing.change_ranges(options.id, document)


def _retry(manager: Manager, options: argparse.Namespace) -> None:
    manager.editing.retry_lost(options.id)


def _serve(options: argparse.Namespace) -> int:
    """Become the server: this process goes on as it, with its own defaults."""
    named = {"--port": options.port, "--host": options.host}
    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    os.execv(sys.executable, [sys.executable, str(server_script()), *given])


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
