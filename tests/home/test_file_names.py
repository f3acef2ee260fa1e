"""The names of a study's and a home's files stand in the room of the home, nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuning_core.home.home import HomeFiles
from tuning_core.home.study_files import StudyFiles

ROOT = Path(__file__).parents[2]
FORMATS = {
    "tuning_core/study_export/archive/members.py": {
        *("spec.json", "events.jsonl", "plan.json", "best.npz", "marks.json"),
    },
    "tuning_core/catalog/model_formats.py": {"model.keras"},
    "tuning_core/model_export/model.py": {"model.keras"},
    "tuning_core/model_export/bundle.py": {"model.keras", "spec.json"},
    "tuning_core/model_export/card.py": {"model.keras", "spec.json"},
    "tuning_core/model_export/ensemble.py": {"spec.json"},
    "tuning_core/model_export/own_model.py": {"spec.json"},
    "tuning_core/model_export/own_card.py": {"model.keras", "spec.json"},
    "tuning_core/model_export/custom_objects.py": {"model.keras"},
    "tuning_core/model_export/score_script.py": {"model.keras"},
    # A spec on its way to the command line, in no study's folder.
    "benchmarks/robustness/import_bombs.py": {"spec.json"},
    "benchmarks/robustness/kills.py": {"spec.json"},
    "benchmarks/speed/command_line.py": {"spec.json"},
    # What a stranger asks the server for.
    "benchmarks/robustness/walls.py": {
        *("spec.json", "events.jsonl", "reader.txt", "name.txt", "share.json"),
    },
}
"""Names of what a file of several parts holds, which is that format's own."""


def paths_of(owner: object) -> list[Path]:
    names = [name for name, kind in vars(type(owner)).items() if isinstance(kind, property)]
    return [path for name in names if isinstance(path := getattr(owner, name), Path)]


NAMES = {
    path.name
    for owner in (StudyFiles(Path("study")), HomeFiles(Path("home")))
    for path in paths_of(owner)
    if path.suffix
}


def texts(path: Path) -> Iterator[str]:
    """Texts of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def modules() -> list[Path]:
    rooms = ("tuning_core", "pages", "benchmarks")
    found = [path for room in rooms for path in (ROOT / room).glob("**/*.py")]
    return [path for path in found if path.parent != ROOT / "tuning_core" / "home"]


def test_the_names_are_those_of_the_files() -> None:
    assert {"events.jsonl", "best.npz", "owner.json", "tunescape.db", "bundle.zip"} <= NAMES


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_module_names_a_file_of_a_home(path: Path) -> None:
    own = FORMATS.get(path.relative_to(ROOT).as_posix(), set())
    found = {name for text in texts(path) for name in NAMES - own if name in text.split("/")[-1]}
    assert found == set()
