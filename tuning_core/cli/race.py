"""The command that races strategies: the same search under each, at equal epochs, over seeds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from tuning_core.catalog import STRATEGIES, StudyStatus
from tuning_core.catalog.objectives import objective_of
from tuning_core.cli.output import PROGRAM, complain, number, planned_words, print_json, table
from tuning_core.cli.recorded_studies import Command, open_manager
from tuning_core.manager import Manager
from tuning_core.manager.searches.races import RaceRecord
from tuning_core.planning.equal_epochs import can_race, race_of
from tuning_core.space import expected
from tuning_core.spec.plan import Plan
from tuning_core.spec.study import StudySpec

if TYPE_CHECKING:
    from tuning_core.analysis.race import Race

DEFAULT_SEEDS = 5
_TICK_SECONDS, _STOP_SECONDS = 0.2, 15.0


def add_race_command(
    add: Callable[[str, Command, str], Any], read: Callable[[str], StudySpec]
) -> Any:
    """Add the command and return it; ``read`` makes a checked spec of a file's name."""
    command = add("race", partial(_race, read), "Race strategies at equal epochs over seeds.")
    command.add_argument(
        "spec", metavar="SPEC.json", help="file with the spec, - for standard input"
    )
    racing = ",".join(filter(can_race, STRATEGIES))
    command.add_argument(
        "--strategies", required=True, metavar="A,B", help=f"two or more of {racing}"
    )
    command.add_argument(
        "--seeds", default=str(DEFAULT_SEEDS), metavar="N", help="searches of each strategy"
    )
    return command


def _race(read: Callable[[str], StudySpec], options: argparse.Namespace) -> int:
    strategies = [name.strip() for name in options.strategies.split(",") if name.strip()]
    try:
        seeds = int(options.seeds)
    except ValueError:
        raise expected("seeds", "a whole number", options.seeds) from None
    spec = read(options.spec)
    plans = [racer.spec.plan() for racer in race_of(spec, strategies, seeds)]
    with open_manager(options.worker) as manager:
        whole = Plan(*(sum(part) for part in zip(*map(_figures, plans), strict=True)))
        words = planned_words(whole, None)
        print(f"{words} in {len(plans)} studies", file=sys.stderr, flush=True)
        record = manager.races.race(manager.races.start(spec, strategies, seeds))
        _follow(manager, record)
        return _answer(manager, record, options.json)


def _figures(plan: Plan) -> tuple[int, int, int]:
    return plan.trials, plan.trainings, plan.epochs


def _follow(manager: Manager, record: RaceRecord) -> None:
    """Say what each study has reached as it ends, until all have; Ctrl-C ends them."""
    said: set[str] = set()
    try:
        while len(said) < len(record.studies):
            for entry in record.studies:
                if entry.study in said:
                    continue
                row = manager.wait(entry.study, _TICK_SECONDS)
                if entry.study in (*manager.running(), *manager.queued()):
                    break  # The others wait behind it.
                said.add(entry.study)
                title = STRATEGIES[entry.strategy].title
                print(
                    f"{len(said)}/{len(record.studies)} {title}, seed {entry.seed}: {row.status}, "
                    f"best {number(row.best_score)} ({row.seconds:.1f} s)",
                    file=sys.stderr,
                    flush=True,
                )
    except KeyboardInterrupt:
        print("Stopping; what was trained is kept.", file=sys.stderr, flush=True)
        manager.races.stop(record.id)
        for entry in record.studies:
            manager.wait(entry.study, _STOP_SECONDS)


def _answer(manager: Manager, record: RaceRecord, as_json: bool) -> int:
    """Print what the race shows; 0 where all of it has finished."""
    rows = manager.races.rows(record)
    unfinished = [row for row in rows if row is None or row.status is not StudyStatus.FINISHED]
    for row in filter(None, unfinished):
        complain(
            f"Study {row.id} is {row.status}. {row.message} "
            f"Continue it with: {PROGRAM} resume {row.id}"
        )
    found = race_so_far(manager, record)
    if as_json:
        print_json(_document(found, record))
    else:
        print(_summary(found, str(record.spec["objective"])))
    return 1 if unfinished else 0


def race_so_far(manager: Manager, record: RaceRecord) -> Race:
    """What the searches of a race say of its strategies by now."""
    # Its statistics take longer to import than most commands to run.
    from tuning_core.analysis.race import race, search_of

    direction = objective_of(record.spec).direction
    known = [(entry, manager.progress.of(entry.study)) for entry in record.studies]
    searches = [
        search_of(e.strategy, e.seed, p, direction, over=p is None or not p.study.status.active)
        for e, p in known
    ]
    resolution = max((p.resolution for _, p in known if p is not None), default=0.0)
    return race(searches, record.strategies, direction, resolution)


def _document(found: Race, record: RaceRecord) -> dict[str, Any]:
    lanes = [asdict(lane) for lane in found.lanes]
    return {
        "race_id": record.id,
        "strategies": [{"id": lane.pop("strategy"), **lane} for lane in lanes],
        "verdict": found.sentence,
        "epochs": found.epochs,
        "studies": [asdict(entry) for entry in record.studies],
    }


def _summary(found: Race, objective: str) -> str:
    """The same for a person."""
    rows = [
        {
            "strategy": STRATEGIES[lane.strategy].title,
            f"median {objective}": number(lane.median),
            "lowest": number(lane.low),
            "highest": number(lane.high),
            "searches": sum(score is not None for score in lane.scores),
            "epochs": round(lane.epochs),
            "seconds": number(lane.seconds),
        }
        for lane in found.lanes
    ]
    return f"{table(rows)}\n\n{found.sentence}"
