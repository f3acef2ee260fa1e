"""New study: data, model family, search space, strategy and budget, with the plan beside."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.budget_section import put_budget
from pages.components.data_section import put_data
from pages.components.draft import draft, keep_draft, key
from pages.components.guard import guard
from pages.components.plan_panel import put_plan
from pages.components.space_editor import put_space
from pages.components.strategy_cards import put_strategy
from tuning_core.catalog import DATASETS, FAMILIES

guard("pages/new_study.py")
before = draft()
document: dict[str, Any] = {"version": 1}

st.title("New study")
form, beside = st.columns([3.6, 1], gap="large")
with form:
    st.subheader("1  Data")
    document["dataset"] = put_data(before["dataset"])

    st.subheader("2  Model family")
    info = DATASETS[document["dataset"]["id"]]
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
    document["space"] = put_space(family, info.task, dict(before.get("space", {})))

    st.subheader("4  Strategy")
    document["strategy"] = put_strategy(before.get("strategy", {}))

    st.subheader("5  Budget")
    document |= put_budget(document, before)
keep_draft(document)

with beside, st.container(key="plan"):
    put_plan(document)
