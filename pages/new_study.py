"""New study: data, model family, search space, strategy and budget, with the plan beside."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.app.navigation import guard
from pages.components.new_study.budget_section import render_budget
from pages.components.new_study.configurations_editor import render_listed_space
from pages.components.new_study.data_section import DataPart, render_data
from pages.components.new_study.earlier_section import render_earlier
from pages.components.new_study.evaluation_section import render_evaluation
from pages.components.new_study.model_section import (
    ModelPart,
    render_file_data,
    render_model,
    same_model,
)
from pages.components.new_study.plan_panel import render_plan
from pages.components.new_study.space_editor import render_space
from pages.components.new_study.strategy_section import Searched, chosen_strategy, render_strategy
from pages.components.shared.study_draft import aside, draft, keep_draft
from pages.components.shared.table_cache import Document, dataset_info
from tuning_core.catalog import STRATEGIES, Extent


def render_rest(data: DataPart, document: Document, before: Document) -> ModelPart:
    """Draw what depends on the data, and fill the document with it."""
    info = dataset_info(document["dataset"])
    st.subheader("2  Model family")
    part = render_model(info, document["dataset"], before)
    if part.missing:
        return part
    document |= part.document
    document["dataset"] = document["dataset"] | part.data
    info = dataset_info(document["dataset"])
    with data.facts:
        render_file_data(info, part)

    st.subheader("3  Search space")
    # What another model's hyperparameters of these names may have says nothing of this one's.
    same = same_model(before.get("model", {}), part.model)
    entries = dict(before.get("space", {})) if same else {}
    if not same:
        aside().clear()
    strategy = before.get("strategy", {})
    chosen = chosen_strategy(strategy)
    if STRATEGIES[chosen].extent is Extent.LIST:
        document["space"] = render_listed_space(entries, keep_ranges=strategy.get("id") == chosen)
    else:
        document["space"] = render_space(part.model, info.task, entries)

    st.subheader("4  Strategy")
    searched = Searched(part.model, info.task, document["space"])
    document["strategy"] = render_strategy(strategy, searched)
    document |= render_evaluation(before)
    if STRATEGIES[chosen].extent is not Extent.LIST:
        document |= render_earlier(document, before)

    st.subheader("5  Budget")
    document |= render_budget(document, before, info)
    return part


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
    part = None if data.missing else render_rest(data, document, before)
missing = data.missing or data.wrong or (part.missing if part else "")
if missing and not data.wrong:
    document = {**before, "dataset": data.document}
keep_draft(document)

with beside, st.container(key="plan"):
    render_plan(document, missing, part.key if part else "")
