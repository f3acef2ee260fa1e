"""The settings of a strategy or of a rule of early termination, a field for each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.new_study.configurations_editor import render_configurations
from pages.components.shared.formatting import label
from pages.components.shared.study_draft import plain_key
from tuning_core.catalog import Setting
from tuning_core.catalog.settings import Configurable
from tuning_core.space import SpecError, build_space
from tuning_core.spec.plan import sweep_groups


@dataclass(frozen=True)
class Searched:
    """What settings that name hyperparameters can name."""

    family: str
    task: str
    space: Mapping[str, Any]

    def names(self) -> list[str] | None:
        """The hyperparameters searched, as tuning takes them; None while the space is wrong."""
        try:
            space = build_space(self.family, self.space, self.task)
        except SpecError:
            return None
        return [name for group in sweep_groups(space, None, ()) for name in group]


def render_settings(
    info: Configurable,
    given: Mapping[str, Any],
    searched: Searched | None = None,
    *,
    per_row: int = 4,
) -> dict[str, Any]:
    """Draw a field per setting; return those that differ from their defaults.

    ``searched`` is needed by settings that name hyperparameters.
    """
    values: dict[str, Any] = {}
    for setting in info.settings:
        if searched is not None and not setting.is_number:
            values[setting.id] = _render_list(info.id, setting, given.get(setting.id), searched)
    numbers = [setting for setting in info.settings if setting.is_number]
    columns = [
        column
        for _ in range(0, len(numbers), per_row)
        for column in st.columns(per_row, gap="medium", vertical_alignment="bottom")
    ]
    for column, setting in zip(columns, numbers, strict=False):
        with column:
            first = given.get(setting.id, setting.default)
            values[setting.id] = _render_number(info.id, setting, first)
    defaults = {setting.id: setting.default for setting in info.settings}
    return {
        name: value
        for name, value in values.items()
        if value not in (None, []) and value != defaults[name]
    }


def _render_number(owner: str, setting: Setting, first: Any) -> Any:
    kind: Any = int if setting.kind == "integer" else float
    return st.number_input(
        setting.label,
        value=None if first is None else kind(first),
        min_value=kind(setting.low),
        max_value=kind(setting.high),
        placeholder="chosen for you",
        format=None if kind is int else "%g",
        key=plain_key(f"{owner}-{setting.id}"),
        help=setting.help,
    )


def _render_list(owner: str, setting: Setting, given: Any, searched: Searched) -> Any:
    if setting.kind == "configurations":
        fixed = {n: entry for n, entry in searched.space.items() if not isinstance(entry, dict)}
        return render_configurations(given or [], searched.family, searched.task, fixed)
    names = searched.names()
    if names is None:
        return given
    put = _render_order if setting.kind == "names" else _render_groups
    return put(owner, setting, given or [], names)


def _pick(
    owner: str,
    setting: Setting,
    first: Sequence[str],
    names: Sequence[str],
    *,
    words: str,
    empty: str,
    part: str = "",
) -> list[str]:
    """A list of hyperparameters in the order in which they are picked."""
    # Other choices are another widget: it must not hold what can no longer be chosen.
    full = f"{owner}-{setting.id}{part}-{'-'.join(sorted(names))}"
    return st.multiselect(
        words,
        names,
        [name for name in first if name in names],
        format_func=label,
        key=plain_key(full),
        placeholder=empty,
        help=setting.help,
    )


def _render_order(
    owner: str, setting: Setting, given: Sequence[str], names: Sequence[str]
) -> list[str] | None:
    """The hyperparameters in an order of one's own; None for the usual one.

    Those left out come last, as usual.
    """

    def whole(order: Sequence[str]) -> list[str]:
        return [*order, *(name for name in names if name not in order)]

    words = f"{setting.label}, as picked"
    first = [name for name in whole(given) if name in names]
    picked = _pick(owner, setting, first, names, words=words, empty="the usual order")
    if whole(picked) == names:
        return None
    return list(given) if whole(picked) == first else picked


def _render_groups(
    owner: str, setting: Setting, given: Sequence[Sequence[str]], names: Sequence[str]
) -> list[list[str]]:
    """Groups of hyperparameters, none of them in two; a group of one is not one yet."""
    groups: list[list[str]] = []
    left = list(names)
    while len(left) > 1:
        place = len(groups)
        words = setting.label if not groups else f"{setting.label}, group {place + 1}"
        first = given[place] if place < len(given) else []
        empty = "none: pick two or more"
        picked = _pick(owner, setting, first, left, words=words, empty=empty, part=str(place))
        if len(picked) < 2:
            break
        groups.append(picked)
        left = [name for name in left if name not in picked]
    return groups
