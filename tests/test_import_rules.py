"""Who may import whom: the table that keeps pages, engine and Keras apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BASE = {"spec", "space", "catalog"}
SYSTEM = {"child_process", "resources"}
KERAS_PARTS = {"models", "strategies", "training", "worker", "export"}
MAY_IMPORT: dict[str, set[str]] = {
    "resources": set(),
    "child_process": set(),
    "catalog": set(),
    "journal": {"catalog"},
    "space": {"catalog"},
    "spec": {"space", "catalog"},
    "datasets": BASE,
    "store": {"catalog"},
    "charts": {"catalog"},
    "analysis": {"child_process", "space", "catalog"},
    "exchange": {"store", "datasets", *BASE},
    "manager": {*SYSTEM, "journal", "exchange", "store", "datasets", *BASE},
    "lessons": {"charts", "datasets", *BASE},
    "pages": {"resources", "lessons", "charts", "analysis", "manager", "store", "datasets", *BASE},
    "models": {"datasets", *BASE},
    "strategies": {"datasets", *BASE},
    "training": {"resources", "models", "datasets", *BASE},
    "worker": {
        "resources",
        "journal",
        "models",
        "strategies",
        "training",
        "export",
        "analysis",
        "datasets",
        *BASE,
    },
    "export": {"models", "training", "analysis", "datasets", *BASE},
    "cli": {"manager", "store", "datasets", *BASE},
}
HEAVY = {"keras", "tensorflow", "keras_tuner"}


def part_of(path: Path) -> str:
    """The part of the house that a file belongs to."""
    relative = path.relative_to(ROOT)
    if relative.parts[0] != "tuning_core":
        return "pages"
    return part_named(relative.parts[1].removesuffix(".py"))


def part_named(name: str) -> str:
    """The part that a module or package directly under tuning_core belongs to."""
    if name.startswith(("spec_", "cli_")):
        return name.partition("_")[0]
    return "cli" if name == "__main__" else name


def sources() -> list[Path]:
    found = [*ROOT.glob("*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("tuning_core/**/*.py")]
    return sorted(path for path in found if path != ROOT / "tuning_core" / "__init__.py")


def imports(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield node.module
            if node.module == "tuning_core":
                yield from (f"tuning_core.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_part_may(path: Path) -> None:
    part = part_of(path)
    for module in imports(path):
        top, *rest = module.split(".")
        if top == "tuning_core" and rest:
            allowed = {part, *MAY_IMPORT[part]}
            assert part_named(rest[0]) in allowed, f"{part} may not import {module}"
        if top in HEAVY:
            assert part in KERAS_PARTS, f"{part} may not import {module}"
        if top == "streamlit":
            assert part == "pages", f"{part} may not import Streamlit"
        if top == "pages":
            assert part == "pages", f"{part} may not import pages"
