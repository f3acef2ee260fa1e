"""A formula of x and y that a user writes down: read, computed and written as NumPy code.

Nothing is ever evaluated but by walking the tree of what is allowed below: numbers, x, y, pi, e,
arithmetic, comparisons, and, or, not, and a few functions.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Literal

import numpy as np

from tuning_core.catalog.planes import LONGEST_FORMULA

LARGEST = 1_000.0
"""How far from 0 the values of a formula for regression may be."""

_DEEPEST = 30
_EXAMPLE = "y > 0.3*sin(3*x)"
_TYPED = str.maketrans(
    {"²": "**2", "³": "**3", "^": "**", "·": "*", "\u00d7": "*", "\u2212": "-"}
    | {"π": "pi", "≤": "<=", "≥": ">="}
)
"""What one writes on paper, or in other programs, as Python writes it."""

_CONSTANTS = {"pi": (math.pi, "np.pi"), "e": (math.e, "np.e")}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    function.__name__: function
    for function in (np.sin, np.cos, np.tan, np.tanh, np.exp, np.log, np.sqrt, np.sign, np.floor)
} | {"abs": np.abs}
_OF_SEVERAL: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "min": (np.minimum, "np.minimum"),
    "max": (np.maximum, "np.maximum"),
}
_KNOWN = ("x", "y", *_CONSTANTS, *_FUNCTIONS, *_OF_SEVERAL)
_ARITHMETIC: dict[type[ast.operator], tuple[Callable[[Any, Any], Any], str]] = {
    ast.Add: (np.add, "+"),
    ast.Sub: (np.subtract, "-"),
    ast.Mult: (np.multiply, "*"),
    ast.Div: (np.divide, "/"),
    ast.Mod: (np.mod, "%"),
    ast.Pow: (np.power, "**"),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[Callable[[Any, Any], Any], str]] = {
    ast.Lt: (np.less, "<"),
    ast.LtE: (np.less_equal, "<="),
    ast.Gt: (np.greater, ">"),
    ast.GtE: (np.greater_equal, ">="),
}


class FormulaError(ValueError):
    """What is no formula, or has no value somewhere; ``str()`` is one sentence."""


@dataclass(frozen=True)
class _Term:
    """A part of a formula: what it computes of x and y, and its code.

    ``truth`` says that it is true or false, not a number.
    """

    compute: Callable[[np.ndarray, np.ndarray], Any]
    code: str
    truth: bool = False


@dataclass(frozen=True)
class Formula:
    """A formula that was read; ``code`` computes it with NumPy from arrays ``x`` and ``y``."""

    task: Literal["classification", "regression"]
    code: str
    _term: _Term

    def answers(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The class (0 or 1, int64) or the value (float64) of each point (n,).

        Raises FormulaError where a part of it has no value, or values are beyond LARGEST.
        """
        with np.errstate(all="ignore"):
            found = np.broadcast_to(self._term.compute(x, y), x.shape)
        if self.task == "classification":
            return found.astype(np.int64)
        beyond = np.abs(found).max()
        if beyond > LARGEST:
            raise FormulaError(
                f"expected values from -{LARGEST:,.0f} to {LARGEST:,.0f}, it reaches {beyond:.3g}."
            )
        return found.astype(np.float64)


@lru_cache(256)
def parse_formula(text: str) -> Formula:
    """The formula in ``text``; raises FormulaError."""
    if not text.strip():
        raise FormulaError(f"is empty; expected something like {_EXAMPLE}.")
    if len(text) > LONGEST_FORMULA:
        raise FormulaError(
            f"expected at most {LONGEST_FORMULA} characters, received {len(text):,}."
        )
    typed = text.strip().translate(_TYPED)
    for sign in typed:
        if not (sign.isascii() and (sign.isprintable() or sign.isspace())):
            raise FormulaError(
                f"expected letters, digits and signs of a plain keyboard, received {sign!a}."
            )
    try:
        tree = ast.parse(" ".join(typed.split()), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise _unread(typed, error) from None
    term = _read(tree, _DEEPEST)
    return Formula("classification" if term.truth else "regression", term.code, term)


def _unread(typed: str, error: Exception) -> FormulaError:
    place = getattr(error, "offset", None) or 0
    if "=" in typed and not any(sign in typed for sign in ("<", ">", "==", "!=")):
        return FormulaError(f"cannot be read: compare with > or <, as in {_EXAMPLE}.")
    if place > len(typed) or typed[-1:] in "<>+-*/%=(,":
        return FormulaError(f"ends too early; expected something like {_EXAMPLE}.")
    where = f" at {typed[place - 1 : place + 9]!r}" if place else ""
    return FormulaError(f"cannot be read{where}; expected something like {_EXAMPLE}.")


def _read(node: ast.AST, depth: int) -> _Term:
    if not depth:
        raise FormulaError(f"expected at most {_DEEPEST} levels of brackets and signs.")
    reader = _READERS.get(type(node))
    if reader is None:
        raise FormulaError(
            f"{_shown(node)} is not understood; expected numbers, x, y, + - * / % **, comparisons, "
            "and, or, not, and functions such as sin."
        )
    return reader(node, depth - 1)


def _number(node: ast.AST, depth: int) -> _Term:
    term = _read(node, depth)
    if term.truth:
        raise FormulaError(f"expected a number, received the comparison {_shown(node)}.")
    return term


def _truth(node: ast.AST, depth: int) -> _Term:
    term = _read(node, depth)
    if not term.truth:
        raise FormulaError(f"expected a comparison, received {_shown(node)}.")
    return term


def _constant(node: Any, _: int) -> _Term:
    value = node.value
    if type(value) not in (int, float):
        raise FormulaError(f"expected a number, received {_shown(node)}.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FormulaError(f"{_shown(node)} is too large.")
    # Whole numbers of Python are another arithmetic: too large, or without negative powers.
    return _Term(lambda x, y: np.float64(number), repr(number))


def _name(node: Any, _: int) -> _Term:
    name = node.id
    if name == "x":
        return _Term(lambda x, y: x, "x")
    if name == "y":
        return _Term(lambda x, y: y, "y")
    if name in _CONSTANTS:
        number, code = _CONSTANTS[name]
        return _Term(lambda x, y: np.float64(number), code)
    if name in _KNOWN:
        raise FormulaError(f"{name} is a function; expected something like {name}(x).")
    raise FormulaError(f"{name[:30]!r} is unknown; expected {', '.join(_KNOWN)}.")


def _call(node: Any, depth: int) -> _Term:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in (*_FUNCTIONS, *_OF_SEVERAL):
        shown = _shown(node.func)
        known = ", ".join((*_FUNCTIONS, *_OF_SEVERAL))
        raise FormulaError(f"{shown} is no function here; expected one of {known}.")
    if node.keywords or any(isinstance(given, ast.Starred) for given in node.args):
        raise FormulaError(f"expected {name}(x), received {_shown(node)}.")
    terms = [_number(given, depth) for given in node.args]
    if name in _OF_SEVERAL:
        if len(terms) < 2:
            raise FormulaError(f"expected {name}(x, y), two numbers at least.")
        combine, written = _OF_SEVERAL[name]
        return reduce(
            lambda a, b: _joined(node, combine, (a, b), f"{written}({a.code}, {b.code})"), terms
        )
    if len(terms) != 1:
        raise FormulaError(f"expected {name}(x), one number, received {len(terms)}.")
    return _joined(node, _FUNCTIONS[name], terms, f"np.{name}({terms[0].code})")


def _joined(node: ast.AST, function: Callable[..., Any], terms: Any, code: str) -> _Term:
    """A number made of numbers, which must have a value everywhere."""
    shown = _shown(node)

    def compute(x: np.ndarray, y: np.ndarray) -> Any:
        found = function(*(term.compute(x, y) for term in terms))
        bad = ~np.isfinite(found)
        if bad.any():
            where = int(np.argmax(np.broadcast_to(bad, x.shape)))
            raise FormulaError(
                f"{shown} has no finite value at x={x[where]:.3g}, y={y[where]:.3g}."
            )
        return found

    return _Term(compute, code)


def _arithmetic(node: Any, depth: int) -> _Term:
    if type(node.op) not in _ARITHMETIC:
        raise FormulaError(f"{_shown(node)} is not understood; expected + - * / % or **.")
    function, sign = _ARITHMETIC[type(node.op)]
    terms = (_number(node.left, depth), _number(node.right, depth))
    return _joined(node, function, terms, f"({terms[0].code} {sign} {terms[1].code})")


def _sign(node: Any, depth: int) -> _Term:
    if isinstance(node.op, ast.Not):
        term = _truth(node.operand, depth)
        return _Term(
            lambda x, y: np.logical_not(term.compute(x, y)), f"np.logical_not({term.code})", True
        )
    if isinstance(node.op, ast.Invert):
        raise FormulaError(f"{_shown(node)} is not understood; expected not for the opposite.")
    term = _number(node.operand, depth)
    if isinstance(node.op, ast.UAdd):
        return term
    return _joined(node, np.negative, (term,), f"(-{term.code})")


def _comparison(node: Any, depth: int) -> _Term:
    for sign in node.ops:
        if type(sign) not in _COMPARISONS:
            raise FormulaError(
                f"{_shown(node)} is no boundary between areas; expected <, >, <= or >=."
            )
    terms = [_number(side, depth) for side in (node.left, *node.comparators)]
    pairs = [
        (_COMPARISONS[type(sign)], a, b)
        for sign, a, b in zip(node.ops, terms, terms[1:], strict=False)
    ]

    def compute(x: np.ndarray, y: np.ndarray) -> Any:
        return reduce(
            np.logical_and,
            (compare(a.compute(x, y), b.compute(x, y)) for (compare, _), a, b in pairs),
        )

    code = " & ".join(f"({a.code} {sign} {b.code})" for (_, sign), a, b in pairs)
    return _Term(compute, code if len(pairs) == 1 else f"({code})", True)


def _logic(node: Any, depth: int) -> _Term:
    both = isinstance(node.op, ast.And)
    join, sign = (np.logical_and, "&") if both else (np.logical_or, "|")
    terms = [_truth(value, depth) for value in node.values]
    return _Term(
        lambda x, y: reduce(join, (term.compute(x, y) for term in terms)),
        "(" + f" {sign} ".join(term.code for term in terms) + ")",
        True,
    )


_READERS: dict[type[ast.AST], Callable[[Any, int], _Term]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Call: _call,
    ast.BinOp: _arithmetic,
    ast.UnaryOp: _sign,
    ast.Compare: _comparison,
    ast.BoolOp: _logic,
}


def _shown(node: ast.AST) -> str:
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError):
        return "this"
    return text if len(text) <= 40 else f"{text[:37]}..."
