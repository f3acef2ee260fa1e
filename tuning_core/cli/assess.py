"""Commands that find out about a study what its search has not recorded."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tuning_core.cli.nested import add_nested_command
from tuning_core.cli.output import number, print_json, table
from tuning_core.cli.recorded_studies import Command, add_study_command, open_manager
from tuning_core.spec.assessments import ASSESSMENTS
from tuning_core.spec.validation import decode


def add_assess_commands(add: Callable[[str, Command, str], Any]) -> None:
    """Add the commands with ``add(name, command, help)``."""
    listed = ", ".join(f"{info.id} ({info.question})" for info in ASSESSMENTS.values())
    help = "Find out about a study what its search has not recorded, once; then show it."
    assess = add_study_command(add, "assess", _assess, help)
    assess.add_argument("name", metavar="NAME", help=listed.replace("%", "%%") or "none yet")
    assess.add_argument("--options", metavar="JSON", default="{}", help="what can be chosen of it")
    add_nested_command(add)
    asked = ASSESSMENTS["baselines"].question
    add_study_command(add, "baselines", _baselines, f"{asked} Computed once, then shown.")


def _baselines(options: argparse.Namespace) -> int:
    with open_manager() as manager:
        found = manager.assessments.run(options.id, "baselines")
    if options.json:
        print_json({"study_id": options.id, **found})
        return 0
    for part in (found, found["test"]):
        if part is not None:
            print(_table_of(part["baselines"]), part["sentence"], sep="\n")
    return 0


def _assess(options: argparse.Namespace) -> int:
    given = decode(options.options)
    with open_manager() as manager:
        result = manager.assessments.run(options.id, options.name, given)
    document = {"study_id": options.id, "assessment": options.name, "result": result}
    print_json(document) if options.json else print(json.dumps(result, indent=2))
    return 0


def _table_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """The references of a study with their scores, for a person."""
    return table(
        [
            {
                "reference": row["label"],
                "score": number(row["score"]),
                "from": number(row.get("low")),
                "to": number(row.get("high")),
                "note": row["note"],
            }
            for row in rows
        ]
    )
