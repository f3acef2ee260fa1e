"""What differs between the specs of studies, in words, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.compare.chosen import Compared
from pages.components.shared.chart_place import say
from tuning_core.catalog import FAMILIES, STRATEGIES, TERMINATION_RULES
from tuning_core.findings.formatting import (
    capitalized,
    count,
    label,
    number,
    parameter_words,
)
from tuning_core.spec.study import StudySpec

ABSENT = "\u2013"
_LEFT_OUT = ("name", "version", "space", "metrics", "source.notes", "model.declared")

_OF_A_FILE = ("dataset.task", "dataset.rows", "dataset.test_rows", "dataset.shape", "dataset.title")
"""Of data that is not here its title says enough."""
_NOT_RECORDED = ("seed", "strategy", "parallel", "dataset.")
"""What a spec has of a search that another tool made, and nobody knows."""

_WORDS = {
    "seed": "seed of the search",
    "dataset.id": "data",
    "dataset.seed": "seed of the split",
    "dataset.validation": "share for validation",
    "dataset.test": "share for the test",
    "dataset.outer.fold": "outer fold",
    "dataset.outer.folds": "outer folds",
    "model.family": "model family",
    "model.name": "model",
    "source.tool": "recorded from",
    "source.search": "its search",
    "strategy.id": "strategy",
    "objective": "objective",
    "budget.trials": "trials",
    "budget.epochs": "epochs of a trial",
    "budget.seconds": "limit of time, in seconds",
    "budget.target": "target",
    "budget.settled.trials": "fewest trials before it is settled",
    "repeats": "repeats",
    "parallel": "trials at once",
    "cross_validation.folds": "folds",
    "early_termination.rule": "early termination",
}
_TITLES: dict[str, Mapping[str, Any]] = {
    "model.family": FAMILIES,
    "strategy.id": STRATEGIES,
    "early_termination.rule": TERMINATION_RULES,
}


def differences(specs: Sequence[StudySpec]) -> list[tuple[str, list[str]]]:
    """A row per field in which the specs differ: its name in words, and the value of each.

    A hyperparameter that one spec leaves out and another fixes at its default is no difference.
    """
    known = [_fields(spec) for spec in specs]
    named = dict.fromkeys(path for fields in known for path in fields)
    paths = sorted(named, key=lambda path: path.startswith("space."))
    rows = [(path, [fields.get(path, ABSENT) for fields in known]) for path in paths]
    own, here = declared(specs), [spec.source is None for spec in specs]
    return [(_named(path, own), values) for path, values in rows if _differ(path, values, here)]


def _differ(path: str, values: Sequence[str], here: Sequence[bool]) -> bool:
    """Whether values differ; what nobody knows of a record differs from nothing."""
    if path.startswith(_NOT_RECORDED) and path != "dataset.id":
        values = [value for value, known in zip(values, here, strict=True) if known]
    return len(set(values)) > 1


def declared(specs: Sequence[StudySpec]) -> set[str]:
    """The hyperparameters that models or other tools have declared: they keep their names."""
    return {name for spec in specs for name in spec.model.declared or ()}


def render_differences(studies: Sequence[Compared]) -> None:
    """Draw the table of what differs."""
    specs = [one.live.spec for one in studies]
    rows, own = differences(specs), declared(specs)
    if not rows:
        say("Nothing: they are the same search with the same seed.")
        return
    head = "".join(f"<th>{escape(one.label)}</th>" for one in studies)
    body = "".join(
        f"<tr><th>{escape(name if name in own else capitalized(name))}</th>"
        + "".join(f"<td>{escape(value)}</td>" for value in values)
        + "</tr>"
        for name, values in rows
    )
    st.html(
        '<div class="ts-wide"><table class="ts-table ts-differences">'
        f"<tr><th></th>{head}</tr>{body}</table></div>"
    )


def comparability(studies: Sequence[Compared]) -> str:
    """What keeps scores from being compared, in sentences; "" where nothing does."""
    objectives = {one.live.spec.objective_info for one in studies}
    said = []
    if len(objectives) > 1:
        names = ", ".join(sorted(objective.label for objective in objectives))
        said.append(
            f"They go by different objectives ({names}), which have no common scale: each has a "
            "picture of its own."
        )
    divided = {(one.live.spec.folds, one.live.spec.dataset.model_dump_json()) for one in studies}
    if len({_data_of(one) for one in studies}) > 1:
        said.append(
            "They search different data, so a higher line is no better search: compare how the "
            "lines rise, what differs and what mattered."
        )
    elif len(divided) > 1:
        said.append(
            "Their rows are divided or shaped differently, so small differences of score may be "
            "those of the validation rows."
        )
    return " ".join(said)


def _data_of(one: Compared) -> tuple[str, str]:
    """Which data a study is of; what is not here is the same only where its name says so."""
    dataset = one.live.spec.dataset
    if not dataset.outside:
        return dataset.id, ""
    return dataset.id, dataset.title or one.live.spec.model.name or one.live.study.id


def _fields(spec: StudySpec) -> dict[str, str]:
    """Each field of a spec by its path, in words; hyperparameters as the search takes them."""
    document = spec.model_dump(mode="json", exclude_none=True)
    found = {
        path: _value(path, value, spec)
        for part in document.items()
        for path, value in _flat(*part)
        if not path.startswith(_left_out(spec)) or path == "dataset.id"
    }
    for parameter in spec.search_space.parameters:
        words = parameter_words(parameter)
        entry = spec.space.get(parameter.name)
        if isinstance(entry, dict) and "when" in entry:
            words += f", when {_when(parameter.when)}"
        found[f"space.{parameter.name}"] = words
    return found


def _left_out(spec: StudySpec) -> tuple[str, ...]:
    """The beginnings of paths that say nothing."""
    if spec.source is not None:
        return (*_LEFT_OUT, *_NOT_RECORDED)
    return (*_LEFT_OUT, *_OF_A_FILE) if spec.dataset.outside else _LEFT_OUT


def _flat(path: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [pair for name, inner in value.items() for pair in _flat(f"{path}.{name}", inner)]


def _value(path: str, value: Any, spec: StudySpec) -> str:
    if path == "dataset.id":
        return spec.dataset_info.title
    if path == "objective":
        return spec.objective_info.label
    if path == "source.tool" and spec.source is not None:
        return spec.source.label
    if path in _TITLES:
        return str(_TITLES[path][value].title)
    if isinstance(value, list):
        simple = all(not isinstance(item, dict | list) for item in value)
        few = ", ".join(map(number, value)) if simple else ""
        return few if few and len(few) <= 60 else count(len(value), "entry", "entries")
    words = number(value)
    return words if len(words) <= 60 else f"{words[:59]}\u2026"


def _named(path: str, own: set[str]) -> str:
    part, _, rest = path.partition(".")
    if part == "space":
        return rest if rest in own else label(rest)
    if path in _WORDS:
        return _WORDS[path]
    setting = rest.removeprefix("settings.").replace("_", " ")
    of = {"strategy": "of the strategy", "early_termination": "of early termination"}.get(part)
    return (
        f"{setting.replace('.', ' ')} {of or f'of the {part}'}" if rest else part.replace("_", " ")
    )


def _when(when: Mapping[str, Sequence[Any]]) -> str:
    return " and ".join(
        f"{label(name)} is {' or '.join(map(number, values))}" for name, values in when.items()
    )
