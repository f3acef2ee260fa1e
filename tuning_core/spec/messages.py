"""What pydantic says of a spec, as one sentence that names the field."""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel, ValidationError

from tuning_core.space import SpecError, expected
from tuning_core.space.entries import unknown_name


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
