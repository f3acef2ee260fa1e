"""What the documents name is there: files, functions, and the other ends of links."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tuning_core.cli.main import _parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), ROOT / "examples" / "README.md"]
MAPS = [DOCS / "architecture.md", ROOT / "CONTRIBUTING.md"]
LONGEST_README = 120

FILE = re.compile(r"`([\w./-]+(?:/|\.(?:py|md|txt|lock|toml|css|csv|sh)))`")
FUNCTION = re.compile(r"`([\w/]+\.py)`: `(\w+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)")
FOLDERS = [
    ROOT,
    ROOT / "pages" / "components",
    ROOT / "tuning_core" / "datasets" / "tables",
    *(ROOT / "tuning_core" / room for room in ("manager", "worker", "training", "charts")),
]
"""Where a path may begin: in a sentence that has named the folder, it begins there."""
BUNDLE = {"train.py"}
"""Files that exist in a bundle only."""


def names(path: Path) -> set[str]:
    """Functions, methods, classes and constants of a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("page", MAPS, ids=lambda page: page.name)
def test_every_file_that_a_map_of_the_code_names_is_there(page: Path) -> None:
    named = set(FILE.findall(page.read_text(encoding="utf-8"))) - BUNDLE
    lost = [name for name in named if not any((folder / name).exists() for folder in FOLDERS)]
    assert len(named) > 40
    assert lost == []


@pytest.mark.parametrize("page", MAPS, ids=lambda page: page.name)
def test_every_function_that_a_map_of_the_code_names_is_in_its_file(page: Path) -> None:
    named = FUNCTION.findall(page.read_text(encoding="utf-8"))
    assert [(file, name) for file, name in named if name not in names(ROOT / file)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_front_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_every_command_is_described() -> None:
    page = (DOCS / "command_line.md").read_text(encoding="utf-8")
    commands = next(action.choices for action in _parser()._actions if action.choices)
    assert [name for name in commands if f"| `{name}" not in page] == []
