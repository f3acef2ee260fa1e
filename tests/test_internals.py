"""The listed internals of libraries are where they were, and no other is used."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit

from tests.internals import INTERNALS, MODULES, Internal

ROOT = Path(__file__).parents[1]
SOURCES = [*ROOT.glob("*.py"), *ROOT.glob("pages/**/*.py"), *ROOT.glob("tuning_core/**/*.py")]


UNDOCUMENTED = re.compile(
    r"streamlit\.(?!testing\.)|uvicorn|websockets|keras\.src|keras_tuner\.(src|engine)"
    r"|tensorflow\.(python|compiler)|optuna\.(\w+\.)*_"
)
LISTED = {*MODULES, *(internal.owner.partition(":")[0] for internal in INTERNALS)}
DOCUMENTED = {"os._exit"}


def owner_of(internal: Internal) -> Any:
    module, _, name = internal.owner.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


def has(owner: Any, name: str) -> bool:
    """Whether a module or a class has a name, or its instances are given it."""
    if hasattr(owner, name):
        return True
    if not inspect.isclass(owner):
        return False
    if name in getattr(getattr(owner, "DESCRIPTOR", None), "fields_by_name", ()):
        return True
    sources = (inspect.getsource(kind) for kind in owner.__mro__ if kind is not object)
    given = re.compile(rf"\bself\.{name}\b(:[^=\n]+)? = |^    {name}: ", re.MULTILINE)
    return any(given.search(source) for source in sources)


@pytest.mark.parametrize("internal", INTERNALS, ids=lambda item: f"{item.owner} {item.names}")
def test_an_internal_is_where_it_was(internal: Internal) -> None:
    owner = owner_of(internal)
    assert [name for name in internal.names.split() if not has(owner, name)] == []


@pytest.mark.parametrize("internal", INTERNALS, ids=lambda item: f"{item.owner} {item.names}")
def test_an_internal_that_is_listed_is_used_there(internal: Internal) -> None:
    texts = {user: (ROOT / user).read_text(encoding="utf-8") for user in internal.users.split()}
    words = {user: {*re.findall(r"\w+", text)} for user, text in texts.items()}
    names = {*internal.names.split()}
    assert names - set().union(*words.values()) == set()
    assert [user for user, used in words.items() if not used & names] == []


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All that is in a file of ours."""
    return [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Module and full name of what a file imports."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, f"{node.module}.{alias.name}") for alias in node.names)


def test_an_undocumented_module_that_is_imported_is_listed() -> None:
    imported = {path: [*imports(path)] for path in SOURCES}
    unlisted = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, pairs in imported.items()
        for module, name in pairs
        if UNDOCUMENTED.match(name) and not {module, name} & LISTED
    ]
    assert unlisted == []
    everything = {name for pairs in imported.values() for pair in pairs for name in pair}
    assert [module for module in MODULES if module not in everything] == []


def room(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).parts[:2]


def defined(path: Path) -> Iterator[str]:
    """Names that a file gives to functions, classes, variables and to its own objects."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from [node.attr] if getattr(node.value, "id", "") in ("self", "cls") else []


def private_names(path: Path) -> Iterator[tuple[str, str]]:
    """Attributes that begin with one underscore: the name, and the expression."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "setattr"):
            name = str(getattr(node.args[1], "value", ""))
        else:
            continue
        if re.match(r"_[^_]", name) and (shown := ast.unparse(node)) not in DOCUMENTED:
            yield name, shown


def test_a_private_name_of_a_library_is_listed_with_its_user() -> None:
    ours: dict[tuple[str, ...], set[str]] = {}
    for path in SOURCES:
        ours.setdefault(room(path), set()).update(defined(path))
    listed = {
        (user, name)
        for internal in INTERNALS
        for user in internal.users.split()
        for name in internal.names.split()
    }
    unlisted = [
        f"{path.relative_to(ROOT)}: {shown}"
        for path in SOURCES
        for name, shown in private_names(path)
        if name not in ours[room(path)] and (str(path.relative_to(ROOT)), name) not in listed
    ]
    assert unlisted == []


def test_the_browsers_side_of_streamlit_has_what_style_and_scripts_find_things_by() -> None:
    static = Path(streamlit.__file__).parent / "static"
    page = (static / "index.html").read_text(encoding="utf-8")
    assert "<title>Streamlit</title>" in page
    assert "</body>" in page
    ours = "".join(
        path.read_text(encoding="utf-8")
        for path in (*ROOT.glob("pages/**/*.py"), *ROOT.glob("pages/assets/*.css"))
    )
    wanted = {*re.findall(r"(?:data-testid\^?=\\?\"|\.)(st[A-Z]\w+)", ours)}
    assert {"stSidebar", "stColumn", "stPageLink"} <= wanted
    client = "".join(path.read_text(encoding="utf-8") for path in static.glob("static/js/*.js"))
    assert "BACKEND_BASE_URL" in client
    assert [name for name in sorted(wanted) if name not in client] == []
