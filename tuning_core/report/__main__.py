"""Writes a report in a process of its own, away from the one that serves pages.

``python -m tuning_core.report HOME STUDY FACTS TARGET``; FACTS is a file with what the manager
alone knows, as JSON (:func:`tuning_core.report.told.read_told`).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tuning_core.home.home import HomeFiles
from tuning_core.report.document import report
from tuning_core.report.told import read_told


def main(home: str, study_id: str, facts: str, target: str) -> None:
    """Write the file of one study."""
    os.nice(10)
    known = json.loads(Path(facts).read_text(encoding="utf-8"))
    told = read_told(HomeFiles(Path(home)), study_id, known)
    try:
        Path(target).write_text(report(told), encoding="utf-8")
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
