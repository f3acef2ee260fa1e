"""The strategies as cards, and the settings of the chosen one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import look
from pages.components.draft import key
from pages.components.sketches import strategy_square
from tuning_core.catalog import STRATEGIES, Setting

PER_ROW = 4


def put_strategy(strategy: dict[str, Any]) -> dict[str, Any]:
    """Draw the cards and settings; return the ``strategy`` part of the spec."""
    chosen_key = key("strategy", strategy.get("id", "random"))
    chosen: str = st.session_state[chosen_key]
    # A key that belongs to no widget, so that the choice lives on while other pages are open.
    columns = [column for _ in range(0, len(STRATEGIES), PER_ROW) for column in st.columns(PER_ROW)]
    for column, info in zip(columns, STRATEGIES.values(), strict=False):
        mark = "-chosen" if info.id == chosen else ""
        with column, st.container(border=True, key=f"strategy-card{mark}-{info.id}", gap="xxsmall"):
            st.html(strategy_square(info.id))
            st.button(
                info.title,
                key=f"choose-{info.id}",
                width="stretch",
                type="tertiary",
                help="Chosen" if mark else f"Use {info.title.lower()}",
                on_click=st.session_state.__setitem__,
                args=(chosen_key, info.id),
            )
            st.html(look.text(info.sentence, "ts-muted ts-small"))
    settings = strategy.get("settings", {}) if strategy.get("id") == chosen else {}
    return {"id": chosen, "settings": _put_settings(chosen, settings)}


def _put_settings(strategy: str, given: dict[str, Any]) -> dict[str, Any]:
    info = STRATEGIES[strategy]
    values: dict[str, Any] = {}
    if not info.settings:
        return values
    columns = st.columns(4, gap="medium")
    for column, setting in zip(columns, info.settings, strict=False):
        with column:
            value = _put_setting(strategy, setting, given.get(setting.id, setting.default))
        if value is not None and value != setting.default:
            values[setting.id] = value
    return values


def _put_setting(strategy: str, setting: Setting, first: Any) -> Any:
    kind: Any = int if setting.kind == "integer" else float
    return st.number_input(
        setting.label,
        value=None if setting.default is None else "min",
        min_value=kind(setting.low),
        max_value=kind(setting.high),
        placeholder="chosen for you",
        format=None if kind is int else "%g",
        key=key(f"{strategy}-{setting.id}", None if first is None else kind(first)),
        help=setting.help,
    )
