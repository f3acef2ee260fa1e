"""Pieces of Python as text."""

from __future__ import annotations

import textwrap
from pprint import pformat
from typing import Any

WIDTH = 92


class Code(str):
    """Text that stands in a script as it is, not as a string."""


def written(value: Any) -> str:
    """A value as Python writes it, floats without what rounding left over."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, float):
        short = f"{value:.12g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, str):
        return (
            '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
            if (value.isprintable())
            else repr(value)
        )
    if isinstance(value, list | tuple):
        inside = ", ".join(map(written, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def call(function: str, *arguments: Any, **named: Any) -> Code:
    """A call on one line, or with a line for each argument where it would be too long."""
    parts = [written(value) for value in arguments]
    parts += [f"{name}={written(value)}" for name, value in named.items()]
    line = f"{function}({', '.join(parts)})"
    if len(line) <= WIDTH - 12 and "\n" not in line:
        return Code(line)
    inside = textwrap.indent("\n".join(f"{part}," for part in parts), "    ")
    return Code(f"{function}(\n{inside}\n)")


def listed(name: str, values: list[Any]) -> str:
    """``name = [...]``, an item a line where one line would be too long."""
    line = f"{name} = {written(values)}"
    if len(line) <= WIDTH and "\n" not in line:
        return line
    inside = textwrap.indent("\n".join(f"{written(value)}," for value in values), "    ")
    return f"{name} = [\n{inside}\n]"


def assigned(name: str, value: Any) -> str:
    """``name = value`` of any length, as ``pprint`` lays it out."""
    return f"{name} = {pformat(value, width=WIDTH - len(name) - 3, sort_dicts=False)}".replace(
        "\n", "\n" + " " * (len(name) + 3)
    )


def indented(text: str) -> str:
    """The text as the body of something."""
    return textwrap.indent(text, "    ")
