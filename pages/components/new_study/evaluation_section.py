"""What can stand beside any strategy: cross-validation, repeats and early termination."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.new_study.strategy_section import render_settings
from pages.components.shared import html
from pages.components.shared.study_draft import aside, plain_key
from tuning_core.catalog import TERMINATION_RULES

FOLDS, MOST_FOLDS = 5, 20
REPEATS, MOST_REPEATS = 3, 20


def render_evaluation(before: dict[str, Any]) -> dict[str, Any]:
    """Draw a switch for each; return the parts of the spec that are on."""
    edited: dict[str, Any] = {}
    folds_column, repeats_column, rule_column = st.columns([1, 1, 2], gap="medium")
    with folds_column:
        folds = _render_amount(
            "Cross-validation",
            "Folds",
            (before.get("cross_validation") or {}).get("folds"),
            (FOLDS, MOST_FOLDS),
            "Each configuration is trained once per fold and validated on it. The share for "
            "validation above is then ignored.",
        )
    if folds:
        edited["cross_validation"] = {"folds": folds}
    with repeats_column:
        repeats = _render_amount(
            "Repeats",
            "Trainings of each configuration",
            before.get("repeats"),
            (REPEATS, MOST_REPEATS),
            "Each from other initial weights; the score is their mean.",
        )
    if repeats:
        edited["repeats"] = repeats
    with rule_column:
        rule = _render_termination(before.get("early_termination") or {})
    if rule:
        edited["early_termination"] = rule
    return edited


def _render_amount(
    title: str, words: str, given: int | None, usual: tuple[int, int], sentence: str
) -> int | None:
    """A switch and, while it is on, how many; ``usual`` is what it starts with, and the most."""
    kept = aside("switches")
    given = given if given and given > 1 else None
    on = st.toggle(title, value=given is not None, key=plain_key(f"switch-{title}"))
    if not on:
        return None
    first, most = given or kept.get(title, usual[0]), usual[1]
    amount = st.number_input(
        words, value=first, min_value=2, max_value=most, key=plain_key(f"amount-{title}")
    )
    st.html(html.text(sentence, "ts-muted ts-small"))
    kept[title] = amount
    return int(amount)


def _render_termination(given: dict[str, Any]) -> dict[str, Any] | None:
    """The switch of early termination, its rule and the rule's settings."""
    kept = aside("rules")
    if not st.toggle("Early termination", value=bool(given), key=plain_key("switch-termination")):
        return None
    first = given.get("rule") or kept.get("last") or next(iter(TERMINATION_RULES))
    rules = list(TERMINATION_RULES)
    rule = st.selectbox(
        "Rule",
        rules,
        rules.index(first),
        format_func=lambda name: TERMINATION_RULES[name].title,
        key=plain_key("rule"),
    )
    info = TERMINATION_RULES[rule]
    if given.get("rule") == rule:
        kept[rule] = given.get("settings", {})
    st.html(html.text(info.sentence, "ts-muted ts-small"))
    kept[rule] = render_settings(info, kept.get(rule, {}), per_row=3)
    kept["last"] = rule
    return {"rule": rule, "settings": kept[rule]}
