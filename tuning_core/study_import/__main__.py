"""Reads files of strangers in a process of its own, with limits on memory, time and disk.

``python -m tuning_core.study_import PATH OPTIONS [STUDY_FILE]``: ``OPTIONS`` are those of
``ReadOptions`` as JSON. Writes the study file, and prints one JSON object: what was found, or the
``error``.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from tuning_core.space import SpecError
from tuning_core.study_import import ReadOptions, RunsError, read_runs
from tuning_core.study_import.study_file import write_study_file

_LIMITS = {
    resource.RLIMIT_AS: 6 << 30,
    resource.RLIMIT_CPU: 300,
    resource.RLIMIT_FSIZE: 4 << 30,
    resource.RLIMIT_CORE: 0,
}
_MOST_LISTED, _LONGEST = 1_000, 1_000
"""Of what is told to the process that serves pages: how many, and how long each text."""


def main(place: str, options: str, target: str = "") -> dict[str, Any]:
    """What was found at a place, once its study file is written."""
    path = Path(place)
    try:
        given = json.loads(options)
        given["parameters"] = tuple(given.get("parameters", ()))
        reader, search = read_runs(path, ReadOptions(**given))
        if target:
            write_study_file(search, Path(target))
    except RunsError as error:
        choices = [choice for choice in error.choices if len(choice) <= _LONGEST][:_MOST_LISTED]
        return {"error": _told(error), "needs": error.needs, "choices": choices}
    except SpecError as error:
        return {"error": f"No study can be made of this search: {_told(error)}"}
    except MemoryError:
        return {"error": f"{path.name} needs more memory than one import may take."}
    except OSError as error:
        return {"error": f"{path.name} cannot be read ({error.strerror or error})."}
    except Exception as error:
        # A file that anybody may have written: whatever it provokes ends here, as a sentence.
        what = f"{type(error).__name__}: {str(error)[:80]}"
        return {"error": f"{path.name} is not as its tool writes it ({what})."}
    return {
        "label": reader.label,
        "name": _told(search.name),
        "trials": len(search.trials),
        "objective": search.objective,
        "direction": search.direction,
        "hyperparameters": len({*search.declared, *(n for t in search.trials for n in t.config)}),
        "notes": [_told(note) for note in search.notes[:_MOST_LISTED]],
    }


def _told(words: object) -> str:
    """A text that may hold anything of a file, no longer than anybody reads."""
    text = str(words)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


for kind, most in _LIMITS.items():
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
print(json.dumps(main(*sys.argv[1:])))
