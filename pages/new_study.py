"""New study: data, model family, search space, strategy and budget, with the plan beside."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.new_study.budget_section import render_budget
from pages.components.new_study.configurations_editor import render_listed_space
from pages.components.new_study.data_section import render_data
from pages.components.new_study.evaluation_section import render_evaluation
from pages.components.new_study.plan_panel import render_plan
from pages.components.new_study.space_editor import render_space
from pages.components.new_study.strategy_section import Searched, chosen_strategy, render_strategy
from pages.components.shared.study_draft import draft, keep_draft, key
from pages.components.shared.table_cache import dataset_info
from tuning_core.catalog import FAMILIES, STRATEGIES, Extent


def render_rest(document: dict[str, Any], before: dict[str, Any]) -> None:
    """Draw what depends on the data, and fill the document with it."""
    info = dataset_info(document["dataset"])
    st.subheader("2  Model family")
    families = [name for name, family in FAMILIES.items() if info.kind in family.kinds]
    wanted = before.get("model", {}).get("family", "mlp")
    family = st.radio(
        "Model family",
        families,
        format_func=lambda name: FAMILIES[name].title,
        captions=[FAMILIES[name].sentence for name in families],
        horizontal=True,
        key=key(f"family-{len(families)}", wanted if wanted in families else "mlp"),
        label_visibility="collapsed",
    )
    document["model"] = {"family": family}

    st.subheader("3  Search space")
    entries = dict(before.get("space", {}))
    strategy = before.get("strategy", {})
    chosen = chosen_strategy(strategy)
    if STRATEGIES[chosen].extent is Extent.LIST:
        document["space"] = render_listed_space(entries, keep_ranges=strategy.get("id") == chosen)
    else:
        document["space"] = render_space(family, info.task, entries)

    st.subheader("4  Strategy")
    searched = Searched(family, info.task, document["space"])
    document["strategy"] = render_strategy(strategy, searched)
    document |= render_evaluation(before)

    st.subheader("5  Budget")
    document |= render_budget(document, before, info)


guard("pages/new_study.py")
before = draft()
document: dict[str, Any] = {"version": 1}

st.title("New study")
with st.container(key="new-study"):
    form, beside = st.columns([3.6, 1], gap="large")
with form:
    st.subheader("1  Data")
    data = render_data(before["dataset"])
    document["dataset"] = data.document
    if data.missing:
        document = {**before, "dataset": data.document}
    else:
        render_rest(document, before)
keep_draft(document)

with beside, st.container(key="plan"):
    render_plan(document, data.missing or data.wrong)
