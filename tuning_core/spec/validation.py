"""What a spec must hold to, from its first byte to its last setting, each refusal one sentence."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tuning_core.catalog import FAMILIES, DatasetInfo, StrategyInfo, StrategySetting
from tuning_core.catalog.settings import Configurable
from tuning_core.space import SearchSpace, SpecError, expected, shown
from tuning_core.space.entries import unknown_name

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


def first_problem(error: ValidationError, spec: type[BaseModel]) -> SpecError:
    """The first problem that pydantic found in a ``spec``, as a SpecError."""
    problem = error.errors(include_url=False)[0]
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, SpecError):
        return cause
    field = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
    field = field or "spec"
    if isinstance(cause, ValueError):
        return SpecError(field, str(cause))
    kind, value = problem["type"], problem.get("input")
    if kind == "missing":
        return SpecError(field, "is missing.")
    if kind == "extra_forbidden":
        *parents, name = (str(part) for part in problem["loc"])
        return SpecError(field, unknown_name("field", name, _part(spec, parents).model_fields))
    return expected(
        field, _WHAT.get(kind, "").format(**problem.get("ctx", {})) or problem["msg"], value
    )


def _part(model: type[BaseModel], path: list[str]) -> type[BaseModel]:
    """The model of the part at ``path``."""
    for name in path:
        if name.isdigit():
            continue  # A place in a list.
        annotation = model.model_fields[name].annotation
        parts = [p for p in (annotation, *get_args(annotation)) if isinstance(p, type)]
        model = next(part for part in parts if issubclass(part, BaseModel))
    return model


_WHAT = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "string_unicode": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} character",
    "string_pattern_mismatch": "64 hexadecimal digits",
    "too_short": "at least {min_length} items",
    "too_long": "at most {max_length} items",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
}


_KINDS = {
    "image": "pictures",
    "table": "a table",
    "plane": "points in a plane",
    "other": "data of a model of your own",
}


def known_family(value: str, families: Iterable[str]) -> str:
    """The id of a model family; raises ValueError for none of those."""
    if value not in families:
        raise ValueError(unknown_name("model family", value, families))
    return value


def check_family(family: str, info: DatasetInfo) -> None:
    """Raises SpecError when a model family cannot read the rows of a dataset."""
    accepted = FAMILIES[family].kinds
    if info.kind in accepted or FAMILIES[family].declares:
        return
    others = [n for n, other in FAMILIES.items() if info.kind in other.kinds or other.declares]
    raise SpecError(
        "model.family",
        f"{family} needs {' or '.join(_KINDS[kind] for kind in accepted)}, and {info.title} is "
        f"{_KINDS[info.kind]}. Accepted with it: {', '.join(others)}.",
    )


def check_clashes(space: SearchSpace, strategy: StrategyInfo, objective: str) -> None:
    """Raises SpecError for hyperparameters that a strategy or an objective leaves no sense."""
    if "epochs" in space and strategy.decides_epochs:
        what = "leave it out and set budget.epochs, its maximum."
        if space.known["epochs"].declared:
            what = "choose another strategy, or give it another name in the model's file."
        raise SpecError(
            "space.epochs", f"{strategy.id} decides the epochs of each trial itself; {what}"
        )
    if objective == "val_loss" and "loss" in space and space["loss"].count != 1:
        raise SpecError(
            "space.loss",
            "values of different losses cannot be compared; fix the loss, or choose another "
            "objective than val_loss.",
        )


def check_settings(info: Configurable, settings: Mapping[str, Any], part: str) -> None:
    """Raises SpecError for settings that ``info`` does not have or cannot take.

    ``part`` is the field of the spec that they stand in. What lists name is checked with the
    space, later.
    """
    names = [setting.id for setting in info.settings]
    for name, value in settings.items():
        field = f"{part}.settings.{name}"
        if name not in names:
            if not names:
                raise SpecError(field, f"unknown setting; {info.id} has no settings.")
            raise SpecError(field, unknown_name("setting", name, names))
        setting = info.setting(name)
        if value is not None or setting.default is not None:
            _check_value(setting, value, field)


def _check_value(setting: StrategySetting, value: Any, field: str) -> None:
    if not setting.is_number:
        good, what = _LISTS[setting.kind]
        if not isinstance(value, list) or not all(map(good, value)):
            raise expected(field, what, value)
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = setting.kind == "float" or isinstance(value, int)
    if not (number and whole and setting.low <= value <= setting.high):
        kind = "an integer" if setting.kind == "integer" else "a number"
        raise expected(field, f"{kind} from {setting.low:g} to {setting.high:g}", value)


def _is_names(item: Any) -> bool:
    return isinstance(item, list) and len(item) > 1 and all(isinstance(name, str) for name in item)


_LISTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "names": (lambda item: isinstance(item, str), "a list of hyperparameters"),
    "groups": (_is_names, "a list of lists of two or more hyperparameters"),
    "configurations": (
        lambda item: isinstance(item, dict),
        "a list of objects {hyperparameter: value}",
    ),
}


MAX_NAME = 200
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
"""What joins the parts of an emoji, and letters of some scripts."""


def study_name(text: str) -> str:
    """The name without blanks around it.

    Raises ValueError for one that is empty, too long, or does not show as what it is: line ends,
    characters without a width, and those that turn the direction of what follows.
    """
    name = text.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise ValueError(f"expected 1 to {MAX_NAME} characters, received {len(name):,}.")
    if not _shows(name):
        raise ValueError(
            f"expected printable text on one line, received {shown(name)}; leave out line ends and "
            "characters that do not show."
        )
    return name


def shown_name(text: str, otherwise: str) -> str:
    """A name that an earlier version took, as ``study_name`` would have it."""
    kept = "".join(c if c.isprintable() or ord(c) in _JOINERS else " " for c in text)
    name = " ".join(kept.split())[:MAX_NAME].strip()
    return name if name and _shows(name) else otherwise


def _shows(name: str) -> bool:
    bare = name.translate(_JOINERS)
    return bare.isprintable() and any(unicodedata.category(c)[0] in "LNPS" for c in bare)
