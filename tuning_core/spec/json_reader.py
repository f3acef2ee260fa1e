"""Reading JSON that a stranger wrote: bounded, strict, and every refusal one sentence."""

from __future__ import annotations

import json
from typing import Any

from tuning_core.space import SpecError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20


def decode(document: str | bytes) -> dict[str, Any]:
    """The JSON object in ``document``.

    Raises SpecError for more than 1 MB, text that is not UTF-8 or JSON, more than 20 levels,
    a name given twice, and anything but an object. NaN and infinity are left for the spec to
    refuse, which knows the field's name.
    """
    size = len(document)
    if size > MAX_BYTES:
        raise SpecError("spec", f"expected at most 1 MB of JSON, received {size / 1e6:.1f} MB.")
    if isinstance(document, bytes):
        try:
            document = document.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SpecError("spec", f"expected UTF-8 text, byte {error.start} is not.") from None
    try:
        content = json.loads(document, object_pairs_hook=_pairs)
    except RecursionError:
        raise SpecError("spec", f"expected at most {MAX_DEPTH} levels of nesting.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SpecError("spec", f"expected JSON: {error.msg} at {where}.") from None
    except SpecError:
        raise
    except ValueError:
        raise SpecError("spec", "expected JSON with numbers of a usual length.") from None
    if not isinstance(content, dict):
        raise SpecError("spec", f"expected a JSON object, received {_kind(content)}.")
    check_depth(content)
    return content


def check_depth(content: Any) -> None:
    """Raise SpecError when ``content`` is nested more than 20 levels deep."""
    level: list[Any] = [content]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise SpecError("spec", f"expected at most {MAX_DEPTH} levels of nesting.")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name, value in pairs:
        if name in names:
            raise SpecError(name[:60], "is given twice.")
        names[name] = value
    return names


def _kind(value: Any) -> str:
    names = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
