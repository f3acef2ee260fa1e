"""The budget part of New study: trials, epochs, time, objective, seed, repeats and name."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.draft import key
from tuning_core.catalog import DATASETS, OBJECTIVES, STRATEGIES
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE
from tuning_core.spec import (
    DEFAULT_TRIALS,
    MAX_EPOCHS,
    MAX_NAME,
    MAX_SECONDS,
    MAX_SEED,
    MAX_TRIALS,
)

WHOLE = {"grid": "all of the grid", "hyperband": "all brackets"}
"""What leaving the number of trials empty means, for strategies with a size of their own."""


def put_budget(document: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Draw the section; return the parts of the spec that it decides.

    ``document`` has the dataset and the strategy already; ``before`` is the draft.
    """
    strategy = document["strategy"]["id"]
    given = before.get("budget", {})
    same = before.get("strategy", {}).get("id", "random") == strategy
    edited: dict[str, Any] = {"budget": {}}
    trials_column, epochs_column, time_column, objective_column = st.columns(4, gap="medium")
    with trials_column:
        first = given.get("trials") if same or strategy not in WHOLE else None
        trials = st.number_input(
            "Trials",
            value=None,
            min_value=1,
            max_value=MAX_TRIALS,
            placeholder=WHOLE.get(strategy, str(DEFAULT_TRIALS)),
            key=key(f"trials-{strategy}", first),
            help="Configurations to try at most.",
        )
    if trials is not None:
        edited["budget"]["trials"] = trials
    with epochs_column:
        edited["budget"]["epochs"] = st.number_input(
            "Most epochs of a trial" if strategy == "hyperband" else "Epochs of a trial",
            min_value=1,
            max_value=MAX_EPOCHS,
            key=key("epochs", given.get("epochs", 10)),
            help="Passes over the training part.",
        )
    with time_column:
        minutes = given["seconds"] / 60 if given.get("seconds") else None
        limit = st.number_input(
            "Time limit, minutes",
            value=None,
            min_value=0.1,
            max_value=MAX_SECONDS / 60,
            placeholder="none",
            format="%g",
            key=key("minutes", minutes),
            help="The search ends at this time even if trials are left.",
        )
    if limit is not None:
        edited["budget"]["seconds"] = round(limit * 60, 3)
    with objective_column:
        edited["objective"] = _put_objective(document["dataset"]["id"], before)
    repeats_column, seed_column, name_column = st.columns([1, 1, 2], gap="medium")
    with repeats_column:
        repeats = st.number_input(
            "Trainings per trial",
            min_value=1,
            max_value=20,
            key=key("repeats", before.get("repeats", 1)),
            help="Each from other initial weights; the score is their mean.",
        )
    if repeats > 1:
        edited["repeats"] = repeats
    with seed_column:
        edited["seed"] = st.number_input(
            "Seed",
            min_value=0,
            max_value=MAX_SEED,
            key=key("seed", before.get("seed", 0)),
            help="The same spec and seed on the same machine give the same trials.",
        )
    with name_column:
        title = f"{DATASETS[document['dataset']['id']].title}, {STRATEGIES[strategy].title.lower()}"
        name = st.text_input(
            "Name",
            max_chars=MAX_NAME,
            placeholder=title,
            key=key("name", before.get("name", "")),
        )
    if name.strip():
        edited["name"] = name.strip()
    return edited


def _put_objective(dataset: str, before: dict[str, Any]) -> str:
    task = DATASETS[dataset].task
    fitting = [objective.id for objective in OBJECTIVES.values() if task in objective.tasks]
    first = before.get("objective") or DEFAULT_OBJECTIVE[task]
    chosen: str = st.selectbox(
        "Objective",
        fitting,
        format_func=lambda name: OBJECTIVES[name].label,
        key=key(f"objective-{task}", first if first in fitting else DEFAULT_OBJECTIVE[task]),
        help="What makes one trial better than another.",
    )
    return chosen
