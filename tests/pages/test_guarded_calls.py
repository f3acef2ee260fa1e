"""Pages say by whom a study is changed, wherever they ask the manager to change one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.manager.test_access import guarded
from tests.test_import_rules import ROOT

GUARDED = {name for _, name in guarded()} | {"launch", "import_study", "decide", "content"}
PARTS: tuple[str, ...] = ("engine", "manager()", "editing", "confirmations", "interrupted")
PARTS += ("live_tensorboard", "logs", "storage", "trash", "races")
PARTS += ("trainings", "new_rows", "access", "archive", "assessments", "nested")
PARTS += ("decisions", "marks", "reports")
"""What pages call the manager, and those of its parts that change studies."""

FOUND_IN_PAGES = 34
"""Places at least where pages name such a method: fewer, and this test looks past them."""


def _named(tree: ast.Module) -> Iterator[tuple[ast.Attribute, bool]]:
    """Each guarded method of the manager that a page names, and whether it says ``by`` whom."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in GUARDED:
            continue
        if ast.unparse(node.value).rpartition(".")[2] not in PARTS:
            continue
        around: ast.AST | None = node
        while around is not None and not (isinstance(around, ast.Call) and _says_by(around)):
            around = parents.get(around)
        yield node, around is not None


def _says_by(call: ast.Call) -> bool:
    for keyword in call.keywords:
        if keyword.arg in ("by", "user"):
            return True
        if keyword.arg == "kwargs" and isinstance(keyword.value, ast.Dict):
            return any(isinstance(k, ast.Constant) and k.value == "by" for k in keyword.value.keys)
    return False


def test_a_page_names_who_asks_for_a_change() -> None:
    found = 0
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for node, says_by in _named(ast.parse(path.read_text("utf-8"))):
            found += 1
            # Named to be handed on: what takes it says by whom.
            assert says_by or path.name in HANDED_ON, f"{path}:{node.lineno} names no by="
    assert found >= FOUND_IN_PAGES


HANDED_ON = {"controls.py", "edit_forms.py", "budget_form.py"}


@pytest.mark.parametrize("helper", ["_button", "render_panel_buttons"])
def test_what_takes_a_change_from_a_page_says_by_whom(helper: str) -> None:
    for name in HANDED_ON:
        tree = ast.parse((ROOT / "pages/components/study" / name).read_text("utf-8"))
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            if function.name == helper:
                calls = [n for n in ast.walk(function) if isinstance(n, ast.Call)]
                assert any(_says_by(call) for call in calls)
