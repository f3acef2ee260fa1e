"""Who may import whom, which keeps pages, engine and Keras apart; and how long files may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BASE = {"spec", "space", "catalog"}
TOOLS = {"files", "child_process", "resources"}
"""Modules beside the rooms that every room may use, and that use none."""
RECORDS = {"home", "journal", "store", "planning"}
KERAS_ROOMS = {"models", "strategies", "training", "own_models", "worker", "model_export"}
MAY_IMPORT: dict[str, set[str]] = {
    "catalog": set(),
    "space": {"catalog"},
    "spec": {"space", "catalog"},
    "planning": BASE,
    "datasets": BASE,
    "journal": {"spec", "catalog"},
    "home": {"planning", *BASE},
    "store": {"journal", "catalog"},
    "classroom": {"journal", "home", *BASE},
    "charts": {"catalog"},
    "analysis": {"space", "catalog"},
    "study_export": {"datasets", *RECORDS, *BASE},
    "study_import": {"study_export", "datasets", *RECORDS, *BASE},
    "manager": {"classroom", "study_export", "study_import", "datasets", *RECORDS, *BASE},
    "findings": {"charts", "analysis", "manager", *RECORDS, *BASE},
    "report": {"findings", "charts", "analysis", "manager", *RECORDS, *BASE},
    "lessons": {"charts", "datasets", *BASE},
    "pages": {
        *(
            "lessons",
            "findings",
            "charts",
            "analysis",
            "manager",
            "classroom",
            "study_export",
            "study_import",
        ),
        *("datasets", *RECORDS, *BASE),
    },
    "models": {"datasets", *BASE},
    "strategies": {"datasets", *BASE},
    "training": {"models", "datasets", "planning", *BASE},
    "own_models": {"models", "training", "datasets", "planning", *BASE},
    "model_export": {"models", "training", "own_models", "analysis", "datasets", *BASE},
    "worker": {
        *("models", "strategies", "training", "own_models", "model_export", "analysis", "datasets"),
        *("journal", "home", "planning", *BASE),
    },
    "watching": {"study_import", *RECORDS, *BASE},
    "api": {"cli", "charts", "manager", "own_models", "datasets", *RECORDS, *BASE},
    "cli": {
        "manager",
        "findings",
        "analysis",
        "study_export",
        "study_import",
        "datasets",
        *RECORDS,
        *BASE,
    },
}
WITHIN: dict[str, dict[str, set[str]]] = {
    "tuning_core/manager": {
        "workers": set(),
        "searches": {"workers", "access"},
        "trainings": {"workers", "access"},
        "questions": {"searches", "trainings", "workers", "access"},
        "library": {"searches", "trainings", "workers", "access"},
        "classroom": {"trainings", "workers", "access"},
    },
    "tuning_core/worker": {
        "lanes": {"device", "pipes", "limited_trainer"},
        "search": {"lanes", "study_rows", "device", "pipes", "limited_trainer"},
        "requests": {"search", "study_rows", "device", "pipes", "limited_trainer"},
        "assessments": {"requests", "search", "study_rows", "pipes", "limited_trainer"},
    },
    "tuning_core/charts": {
        "parts": set(),
        "study": {"parts"},
        "hyperparameters": {"parts"},
        "explanations": {"parts"},
        "lessons": {"parts"},
        "models": {"parts"},
        "what_if": {"parts", "study"},
        "compare": {"parts"},
    },
    "pages/components": {
        "shared": set(),
        "compare": {"shared", "study"},
        **{
            page: {"shared"}
            for page in ("app", "new_study", "study", "what_if", "learn", "library", "status")
        },
        "class_room": {"shared", "app", "what_if"},
        "home": {"shared"},
    },
}
"""What the rooms of a package may import of each other."""
HEAVY = {"keras", "tensorflow", "keras_tuner", "ray"}
LONGEST_FILE, LONGEST_FUNCTION, MOST_FILES = 300, 60, 703
"""In lines."""


def room_of(path: Path) -> str:
    """The room of the house that a file belongs to."""
    relative = path.relative_to(ROOT)
    if relative.parts[0] != "tuning_core":
        return "pages"
    name = relative.parts[1].removesuffix(".py")
    return "cli" if name == "__main__" else name


def sources() -> list[Path]:
    found = [*ROOT.glob("*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("tuning_core/**/*.py")]
    return sorted(path for path in found if path != ROOT / "tuning_core" / "__init__.py")


def imports(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _names(node)


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    assert node.level == 0, f"relative import of {node.module}"
    assert node.module is not None
    yield node.module
    yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    for module in imports(path):
        top, *rest = module.split(".")
        if top == "tuning_core" and rest:
            allowed = set() if room in TOOLS else {room, *MAY_IMPORT[room], *TOOLS}
            assert rest[0] in allowed, f"{room} may not import {module}"
        if top in HEAVY:
            assert room in KERAS_ROOMS | {"api", "watching"}, f"{room} may not import {module}"
        if top == "streamlit":
            assert room == "pages", f"{room} may not import Streamlit"
        if top == "pages":
            assert room == "pages", f"{room} may not import pages"


def test_ray_is_imported_by_what_joins_a_cluster_alone() -> None:
    for path in sources():
        at_once = ast.parse(path.read_text(encoding="utf-8")).body
        imported = [node for node in at_once if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {name.partition(".")[0] for node in imported for name in _names(node)}
        assert "ray" not in names, f"{path.relative_to(ROOT)} imports Ray when it is imported"


@pytest.mark.parametrize("package", WITHIN)
def test_rooms_of_a_package_import_only_what_they_may(package: str) -> None:
    rooms = WITHIN[package]
    for room, allowed in rooms.items():
        for path in (ROOT / package / room).glob("**/*.py"):
            for module in imports(path):
                inside = module.removeprefix(package.replace("/", ".") + ".")
                if inside == module:
                    continue
                other = inside.partition(".")[0]
                assert other in {room, *allowed}, (
                    f"{path.relative_to(ROOT)} may not import {module}"
                )


@pytest.mark.parametrize("package", WITHIN)
def test_every_room_of_a_package_has_its_rules(package: str) -> None:
    folders = {path.parent.name for path in (ROOT / package).glob("*/*.py")}
    assert folders == set(WITHIN[package])


def test_no_module_imports_itself_through_others() -> None:
    names = {_module(path) for path in sources()}
    graph = {_module(path): names.intersection(_loaded_by(path, names)) for path in sources()}
    list(TopologicalSorter(graph).static_order())  # Raises CycleError, which names the modules.


def test_no_module_is_imported_by_a_string() -> None:
    for path in sources():
        assert "importlib.import_module" not in imports(path), path
        assert not {"import_module", "__import__"} & {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute | ast.Name)
        }, path


def _loaded_by(path: Path, names: set[str]) -> Iterator[str]:
    """The modules that are loaded before a file is; not what its functions import when they run."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from _names(node)
        elif isinstance(node, ast.ImportFrom):
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            # A module of a package is loaded without what the package brings together.
            yield from full & names
            if full - names:
                yield str(node.module)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_folder_is_too_full_to_find_a_file_in() -> None:
    for folder in {path.parent for path in sources()}:
        assert len(list(folder.glob("*.py"))) <= 25, folder.relative_to(ROOT)


def test_a_long_file_says_why_it_is_long() -> None:
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONGEST_FILE:
            reason = ast.get_docstring(ast.parse(text)) or ""
            assert f"{LONGEST_FILE} lines" in reason, path.relative_to(ROOT)


def test_a_function_can_be_seen_whole() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert lines <= LONGEST_FUNCTION, f"{path.relative_to(ROOT)}: {node.name}"


def test_no_more_files_than_a_newcomer_can_find_their_way_in() -> None:
    assert len([path for path in sources() if path.parent != ROOT]) <= MOST_FILES
