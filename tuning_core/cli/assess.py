"""Commands that find out about a study what its search has not recorded."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from tuning_core.cli.nested import add_nested_command
from tuning_core.cli.output import print_json
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


def _assess(options: argparse.Namespace) -> int:
    given = decode(options.options)
    with open_manager() as manager:
        result = manager.assessments.run(options.id, options.name, given)
    document = {"study_id": options.id, "assessment": options.name, "result": result}
    print_json(document) if options.json else print(json.dumps(result, indent=2))
    return 0
