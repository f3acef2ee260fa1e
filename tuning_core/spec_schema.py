"""The JSON Schema of a spec, with every id, type, default and limit of the catalog."""

from __future__ import annotations

from typing import Any

from tuning_core.catalog import (
    DATASETS,
    FAMILIES,
    HYPERPARAMETERS,
    OBJECTIVES,
    STRATEGIES,
    Hyperparameter,
)
from tuning_core.space.entries import MAX_CHOICES, SCALES
from tuning_core.spec import StudySpec


def spec_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a spec."""
    schema = StudySpec.model_json_schema()
    properties = schema["properties"]
    for refused in ("cross_validation", "early_termination"):
        del properties[refused]
    definitions = schema["$defs"]
    definitions["DatasetSpec"]["properties"]["id"]["enum"] = list(DATASETS)
    definitions["ModelSpec"]["properties"]["family"]["enum"] = list(FAMILIES)
    definitions["StrategySpec"] = {
        "type": "object",
        "description": definitions["StrategySpec"]["description"],
        "oneOf": [_strategy(identifier) for identifier in STRATEGIES],
    }
    properties["objective"] = {
        "enum": list(OBJECTIVES),
        "description": "Default: val_accuracy for classification, val_mae for regression.",
    }
    properties["space"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _entry(h) for name, h in HYPERPARAMETERS.items()},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _strategy(identifier: str) -> dict[str, Any]:
    settings = {
        setting.id: {
            "type": "integer" if setting.kind == "integer" else "number",
            "minimum": setting.low,
            "maximum": setting.high,
            "default": setting.default,
            "description": setting.help,
        }
        for setting in STRATEGIES[identifier].settings
    }
    return {
        "description": STRATEGIES[identifier].sentence,
        "properties": {
            "id": {"const": identifier},
            "settings": {
                "type": "object",
                "additionalProperties": False,
                "properties": settings,
            },
        },
        "additionalProperties": False,
    }


def _entry(hyperparameter: Hyperparameter) -> dict[str, Any]:
    value = _value(hyperparameter)
    when = {"type": "object", "additionalProperties": {"type": "array"}}
    forms: list[dict[str, Any]] = [
        value,
        _object({"choices": _choices(value), "when": when}, "choices"),
        _object({"value": value, "when": when}, "value"),
    ]
    if hyperparameter.kind in ("integer", "float"):
        step = {"type": "number", "exclusiveMinimum": 0}
        ends = {"low": value, "high": value, "step": step, "scale": {"enum": list(SCALES)}}
        forms.append(_object({**ends, "when": when}, "low", "high"))
    return {
        "title": hyperparameter.label,
        "description": hyperparameter.help,
        "default": hyperparameter.default,
        "examples": [dict(hyperparameter.suggested)],
        "anyOf": forms,
    }


def _choices(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_CHOICES,
        "uniqueItems": True,
        "items": value,
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _value(hyperparameter: Hyperparameter) -> dict[str, Any]:
    if hyperparameter.kind == "boolean":
        return {"type": "boolean"}
    if hyperparameter.kind == "choice":
        return {"enum": list(hyperparameter.choices)}
    kind = "integer" if hyperparameter.kind == "integer" else "number"
    return {"type": kind, "minimum": hyperparameter.low, "maximum": hyperparameter.high}
