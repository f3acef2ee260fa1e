"""The strategies as cards, and the settings of the chosen one, a field for each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components.new_study.configurations_editor import render_configurations
from pages.components.shared import html
from pages.components.shared.sketches import strategy_square
from pages.components.shared.study_draft import aside, key, plain_key
from tuning_core.catalog import STRATEGIES, StrategySetting
from tuning_core.catalog.settings import Configurable
from tuning_core.findings.formatting import label
from tuning_core.space import SpecError, space_of
from tuning_core.spec.model import ModelSpec
from tuning_core.spec.parts import DEFAULT_STRATEGY
from tuning_core.spec.plan import sweep_groups

PER_ROW = 5
_SETTINGS = "strategies"


def chosen_strategy(strategy: dict[str, Any]) -> str:
    """The id of the strategy whose card is chosen; ``strategy`` is that part of the draft."""
    chosen: str = st.session_state[_chosen_key(strategy)]
    return chosen


def _chosen_key(strategy: dict[str, Any]) -> str:
    # A key that belongs to no widget, so that the choice lives on while other pages are open.
    return key("strategy", strategy.get("id", DEFAULT_STRATEGY))


def render_strategy(strategy: dict[str, Any], searched: Searched) -> dict[str, Any]:
    """Draw the cards and settings; return the ``strategy`` part of the spec."""
    chosen = chosen_strategy(strategy)
    columns = [
        column
        for _ in range(0, len(STRATEGIES), PER_ROW)
        for column in st.columns(PER_ROW, gap="small")
    ]
    for column, info in zip(columns, STRATEGIES.values(), strict=False):
        mark = "-chosen" if info.id == chosen else ""
        name = f"strategy-card{mark}-{info.id}"
        with column, st.container(border=True, height="stretch", key=name, gap="xxsmall"):
            st.html(strategy_square(info.sketch))
            st.button(
                info.title,
                key=f"choose-{info.id}",
                width="stretch",
                type="tertiary",
                help="Chosen" if mark else f"Use {info.title.lower()}",
                on_click=st.session_state.__setitem__,
                args=(_chosen_key(strategy), info.id),
            )
            st.html(html.text(info.sentence, "ts-muted ts-small"))
    kept = aside(_SETTINGS)
    if strategy.get("id") == chosen:
        kept[chosen] = strategy.get("settings", {})
    kept[chosen] = render_settings(STRATEGIES[chosen], kept.get(chosen, {}), searched)
    return {"id": chosen, "settings": kept[chosen]}


@dataclass(frozen=True)
class Searched:
    """What settings that name hyperparameters can name."""

    model: ModelSpec
    task: str
    space: Mapping[str, Any]

    def names(self) -> list[str] | None:
        """The hyperparameters searched, as tuning takes them; None while the space is wrong."""
        known = self.model.known(self.task)
        try:
            space = space_of(known, self.space, self.model.family, self.task)
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


def _render_number(owner: str, setting: StrategySetting, first: Any) -> Any:
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


def _render_list(owner: str, setting: StrategySetting, given: Any, searched: Searched) -> Any:
    if setting.kind == "configurations":
        fixed = {n: entry for n, entry in searched.space.items() if not isinstance(entry, dict)}
        return render_configurations(given or [], searched.model.known(searched.task), fixed)
    names = searched.names()
    if names is None:
        return given
    put = _render_order if setting.kind == "names" else _render_groups
    return put(owner, setting, given or [], names)


def _pick(
    owner: str,
    setting: StrategySetting,
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
    owner: str, setting: StrategySetting, given: Sequence[str], names: Sequence[str]
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
    owner: str, setting: StrategySetting, given: Sequence[Sequence[str]], names: Sequence[str]
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
