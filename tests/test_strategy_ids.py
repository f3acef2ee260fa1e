"""How a strategy behaves is on its catalog entry: nothing else goes by the name of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_import_rules import ROOT, room_of, sources
from tuning_core.catalog import STRATEGIES

AT_HOME = {"catalog", "strategies", "lessons"}
"""Rooms that may name strategies; a lesson knows the one that it teaches."""


def goes_by_the_id(node: ast.AST) -> bool:
    """Whether an expression decides by the id of a strategy: a comparison or a table of ids."""
    parts: list[ast.expr | None]
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
        return any(isinstance(part, ast.Constant) and part.value in STRATEGIES for part in parts)
    if isinstance(node, ast.MatchValue):
        return isinstance(node.value, ast.Constant) and node.value.value in STRATEGIES
    if isinstance(node, ast.Dict):
        parts = [*node.keys]
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        parts = [*node.elts]
    else:
        return False
    return bool(parts) and all(
        isinstance(part, ast.Constant) and part.value in STRATEGIES for part in parts
    )


def decisions(source: str) -> Iterator[int]:
    """Lines of a source that decide by the id of a strategy."""
    return (node.lineno for node in ast.walk(ast.parse(source)) if goes_by_the_id(node))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if room_of(path) not in AT_HOME],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_file_decides_by_the_id_of_a_strategy(path: Path) -> None:
    assert not list(decisions(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "source",
    [
        'strategy.id == "grid"',
        'strategy in ("manual", "hyperband")',
        'LEARNING = {"tpe", "evolution"}',
        'WORDS = {"grid": "all of the grid"}',
        'match strategy:\n    case "random":\n        pass',
    ],
)
def test_such_a_decision_is_found(source: str) -> None:
    assert list(decisions(source))


def test_an_id_as_data_is_none() -> None:
    assert not list(decisions('document = {"strategy": {"id": "random"}}'))
