"""``python -m tuning_core.analysis NAME FILE``: observations on standard input, result to FILE."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tuning_core.analysis.importance import NAME, importances, importances_json
from tuning_core.analysis.observations import from_json
from tuning_core.files import write_whole


def main(arguments: list[str]) -> int:
    """Compute, and write the result whole or not at all."""
    if len(arguments) != 2 or arguments[0] != NAME:
        print(f"Expected: {NAME} FILE. Received: {' '.join(arguments)}.", file=sys.stderr)
        return 2
    os.nice(10)
    path = Path(arguments[1])
    result = importances_json(importances(from_json(sys.stdin.read())))
    write_whole(path, result, durable=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
