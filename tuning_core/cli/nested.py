"""The command that repeats a study's search on outer folds: what tuning itself is worth."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from tuning_core.catalog import Value
from tuning_core.cli.output import PROGRAM, complain, number, print_json, table
from tuning_core.cli.recorded_studies import Command, add_study_command, open_manager
from tuning_core.manager import Manager
from tuning_core.manager.questions.nested import USUAL_FOLDS

_TICK_SECONDS, _STOP_SECONDS = 0.2, 15.0


def add_nested_command(add: Callable[[str, Command, str], Any]) -> None:
    """Add the command with ``add(name, command, help)``."""
    help = "Repeat the search of a study on outer folds (nested cross-validation)."
    nested = add_study_command(add, "nested", _nested, help)
    nested.add_argument("--folds", type=int, default=USUAL_FOLDS, help="outer folds, 5 by default")


def _nested(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        study_id = manager.study(options.id).id
        plan = manager.nested.planned(study_id, options.folds)[0].plan()
        print(
            f"{options.folds} searches of {plan.trials:,} trials, "
            f"{options.folds * plan.epochs:,} epochs at most",
            file=sys.stderr,
            flush=True,
        )
        manager.nested.begin(study_id, options.folds)
        _follow(manager, study_id)
        return _answer(manager, study_id, options.json)


def _follow(manager: Manager, study_id: str) -> None:
    """Say what each search has reached, and score its model on its fold; Ctrl-C ends them."""
    rows = [search.row for search in manager.nested.get(study_id).searches]
    try:
        for fold, row in enumerate(rows, start=1):
            while row is not None and row.id in (*manager.running(), *manager.queued()):
                row = manager.wait(row.id, _TICK_SECONDS)
            row = row and manager.study(row.id)
            if row is None or row.best_trial is None or row.status.resumable:
                continue
            score = manager.reveal_test(row.id)
            metric = str(row.spec["objective"]).removeprefix("val_")
            print(
                f"{fold}/{len(rows)} {row.status}, best {number(row.best_score)}, on its fold "
                f"{number(score.get(metric))} ({row.seconds:.1f} s)",
                file=sys.stderr,
                flush=True,
            )
    except KeyboardInterrupt:
        print("Stopping; what was trained is kept.", file=sys.stderr, flush=True)
        manager.nested.stop(study_id)
        for row in filter(None, rows):
            manager.wait(row.id, _STOP_SECONDS)


def _answer(manager: Manager, study_id: str, as_json: bool) -> int:
    """Print what the outer folds say; 0 where all have their score."""
    # Its statistics take longer to import than most commands to run.
    from tuning_core.findings.nested_words import (
        agreement_words,
        outer_rows,
        worth_of,
        worth_words,
    )

    found, spec = manager.nested.get(study_id), manager.editing.spec(study_id)
    promised = manager.study(study_id).best_score
    rows, told = outer_rows(found, spec, manager.store), worth_of(found, spec)
    words = worth_words(found, spec, promised)
    if as_json:
        print_json(
            {
                "study_id": study_id,
                "folds": [asdict(row) for row in rows],
                "mean": None if told is None else told.mean,
                "low": None if told is None else told.low,
                "high": None if told is None else told.high,
                "promised": promised,
                "optimism": None
                if told is None or promised is None
                else told.optimism(promised, spec.objective_info),
                "sentence": words,
            }
        )
    else:
        shown = [
            {
                "fold": row.fold,
                "study": row.study,
                "status": row.status,
                "best validation": number(row.promised),
                "on the fold": number(row.score),
                **{name: _shown(value) for name, value in row.config.items()},
            }
            for row in rows
        ]
        print(f"{table(shown)}\n\n{words}\n{agreement_words(rows, spec)}".rstrip())
    if not found.done:
        complain(f"Not all folds have their score. Go on with: {PROGRAM} nested {study_id}")
    return 0 if found.done else 1


def _shown(value: Value) -> Value:
    return f"{value:.4g}" if isinstance(value, float) else value
