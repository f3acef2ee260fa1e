"""``python -m tuning_core.analysis NAME FILE``: a document on standard input, result to FILE."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tuning_core.analysis import importance
from tuning_core.analysis.hindsight import records
from tuning_core.analysis.observations import from_json
from tuning_core.files import write_whole

ANALYSES: dict[str, Callable[[str], str]] = {
    importance.NAME: lambda document: importance.importances_json(
        importance.importances(from_json(document))
    ),
    records.NAME: lambda document: records.hindsight_json(
        records.hindsight(records.records_from(document))
    ),
}


def main(arguments: list[str]) -> int:
    """Compute, and write the result whole or not at all."""
    if len(arguments) != 2 or arguments[0] not in ANALYSES:
        expected = f"{' or '.join(ANALYSES)} FILE"
        print(f"Expected: {expected}. Received: {' '.join(arguments)}.", file=sys.stderr)
        return 2
    os.nice(10)
    result = ANALYSES[arguments[0]](sys.stdin.read())
    write_whole(Path(arguments[1]), result, durable=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
