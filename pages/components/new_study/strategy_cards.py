"""The strategies as cards, and the settings of the chosen one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.new_study.strategy_settings import Searched, render_settings
from pages.components.shared import html
from pages.components.shared.sketches import strategy_square
from pages.components.shared.study_draft import aside, key
from tuning_core.catalog import STRATEGIES
from tuning_core.spec.study import DEFAULT_STRATEGY

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
