"""The JSON Schema of a spec, with every id, type, default and limit of the catalog."""

from __future__ import annotations

from typing import Any

from tuning_core.catalog import (
    DATASETS,
    FAMILIES,
    HYPERPARAMETERS,
    OBJECTIVES,
    STRATEGIES,
    TERMINATION_RULES,
    Hyperparameter,
    StrategySetting,
)
from tuning_core.catalog.planes import FEATURES
from tuning_core.catalog.settings import Configurable
from tuning_core.space.entries import MAX_CHOICES, SCALES
from tuning_core.spec.dataset import LOCAL, OWN_DATA, UPLOAD
from tuning_core.spec.manual import MAX_CONFIGURATIONS
from tuning_core.spec.study import StudySpec

OF_OWN_MODEL = "a name that a model of your own has"


def spec_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a spec."""
    schema = StudySpec.model_json_schema()
    properties = schema["properties"]
    definitions = schema["$defs"]
    dataset = definitions["DatasetSpec"]["properties"]
    features = {"type": "array", "items": {"enum": list(FEATURES)}, "uniqueItems": True}
    dataset["features"] = {**features, "minItems": 1, "description": "default: x and y"}
    dataset["id"] = {
        "anyOf": [
            {"enum": list(DATASETS)},
            {"const": OWN_DATA, "description": "what load_data of a model's own file gives"},
            {"type": "string", "pattern": f"^{UPLOAD}[0-9a-f]{{64}}$"},
            {
                "type": "string",
                "pattern": f"^({'|'.join(LOCAL)}).+",
                "description": "command line only",
            },
        ]
    }
    definitions["ModelSpec"]["properties"]["family"]["enum"] = list(FAMILIES)
    for name, field, choices in (
        ("StrategySpec", "id", STRATEGIES),
        ("EarlyTerminationSpec", "rule", TERMINATION_RULES),
    ):
        definitions[name] = {
            "type": "object",
            "description": definitions[name]["description"],
            "oneOf": [_configurable(field, choice) for choice in choices.values()],
        }
    properties["objective"] = {
        "anyOf": [{"enum": list(OBJECTIVES)}, {"type": "string", "description": OF_OWN_MODEL}],
        "description": "Default: val_accuracy for classification, val_mae for regression.",
    }
    properties["parallel"]["description"] = (
        "Trials that train side by side; strategies that learn from scores suggest in such rounds."
    )
    properties["space"] = {
        "type": "object",
        "additionalProperties": {"description": OF_OWN_MODEL},
        "properties": {name: _entry(h) for name, h in HYPERPARAMETERS.items()},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _configurable(field: str, choice: Configurable) -> dict[str, Any]:
    return {
        "description": choice.sentence,
        "properties": {
            field: {"const": choice.id},
            "settings": {
                "type": "object",
                "additionalProperties": False,
                "properties": {setting.id: _setting(setting) for setting in choice.settings},
            },
        },
        "additionalProperties": False,
    }


def _setting(setting: StrategySetting) -> dict[str, Any]:
    described = {"default": setting.default, "description": setting.help}
    if not setting.is_number:
        return {"type": "array", **_ITEMS[setting.kind], **described}
    kind = "integer" if setting.kind == "integer" else "number"
    return {"type": kind, "minimum": setting.low, "maximum": setting.high, **described}


_NAME = {"enum": list(HYPERPARAMETERS)}
_NAMES = {"type": "array", "minItems": 2, "uniqueItems": True, "items": _NAME}
_ITEMS: dict[str, dict[str, Any]] = {
    "names": {"items": _NAME, "uniqueItems": True},
    "groups": {"items": _NAMES},
    "configurations": {
        "items": {"type": "object", "propertyNames": _NAME},
        "minItems": 1,
        "maxItems": MAX_CONFIGURATIONS,
    },
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
