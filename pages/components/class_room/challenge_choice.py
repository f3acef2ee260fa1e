"""The widgets with which a teacher chooses a challenge."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic import ValidationError

from pages.components.shared import html
from pages.components.shared.players import challenge_words
from tuning_core.catalog import DATASETS, OBJECTIVES, STRATEGIES
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE
from tuning_core.classroom.challenge import MOST_BUDGET, MOST_MINUTES, PRESETS, Challenge
from tuning_core.findings.formatting import joined
from tuning_core.spec.validation import first_problem

OWN = "own"
SPLIT = {"validation": 0.15, "test": 0.5, "seed": 1}
"""Few validation rows for luck to play with, many test rows to show it."""


AIMS = {
    "score": "Best score",
    "parameters": "Fewest parameters to a score",
    "epochs": "Fewest epochs to a loss",
}
TARGETS = {"val_accuracy": 0.9, "val_loss": 0.4}
"""What is to be reached, where the teacher says nothing else."""


def choose_challenge() -> Challenge | None:
    """A challenge that is ready to begin; None, with a sentence, where the widgets make none."""
    id = st.selectbox(
        "Challenge",
        [*PRESETS, OWN],
        format_func=lambda id: PRESETS[id].title if id in PRESETS else "Another one\u2026",
        key="challenge-preset",
    )
    document = _own() if id == OWN else PRESETS[id].model_dump(mode="json", exclude_none=True)
    unit, least = document["unit"], document["run_epochs"]
    budget, minutes = st.columns(2)
    with budget:
        document["budget"] = st.number_input(
            f"{unit.capitalize()} for each",
            min_value=least if unit == "epochs" else 1,
            max_value=MOST_BUDGET,
            value=document["budget"],
            step=20 if unit == "epochs" else 1,
            key=f"challenge-budget-{unit if id == OWN else id}",
            help="A run takes as many as it trains; another setting pays anew."
            if unit == "epochs"
            else f"A run has at most {least} epochs.",
        )
    with minutes:
        limit = st.number_input(
            "Minutes",
            min_value=0.0,
            max_value=MOST_MINUTES,
            value=float(document.get("minutes", 0.0)),
            step=5.0,
            format="%g",
            key=f"challenge-minutes-{id}",
            help="0 for no limit. What trains when the time is up counts as far as it came; you "
            "reveal the test part on the board.",
        )
    document["minutes"] = limit or None
    if not _machines_play(document.get("machines", [])):
        document["machines"] = []
    try:
        chosen = Challenge.model_validate(document)
    except ValidationError as error:
        st.warning(html.plain(str(first_problem(error, Challenge))))
        return None
    st.html(html.text(challenge_words(chosen), "ts-muted ts-small"))
    return chosen


def _machines_play(machines: list[str]) -> bool:
    titles = joined([STRATEGIES[strategy].title for strategy in machines])
    return st.toggle(
        "The machine plays, too",
        value=True,
        key="challenge-machines",
        help=f"{titles} search with the same budget, as dotted lines on the board.",
    )


def _own() -> dict[str, Any]:
    """A challenge on data and with an aim of the teacher's choice."""
    data, counted = st.columns(2)
    with data:
        here = [id for id, info in DATASETS.items() if info.embedded]
        dataset = st.selectbox(
            "Data", here, format_func=lambda id: DATASETS[id].title, key="challenge-data"
        )
    with counted:
        unit = st.segmented_control(
            "The budget counts",
            ["epochs", "runs"],
            default="epochs",
            required=True,
            key="challenge-unit",
        )
    task = DATASETS[dataset].task
    aim = st.selectbox("Aim", [*AIMS], format_func=lambda aim: AIMS[aim], key="challenge-aim")
    document = Challenge.model_validate(
        {"title": DATASETS[dataset].title, "dataset": {"id": dataset, **SPLIT}}
    ).model_dump(mode="json", exclude_none=True)
    objective = DEFAULT_OBJECTIVE[task]
    if aim == "epochs" or (aim == "parameters" and objective not in TARGETS):
        objective = "val_loss"
    document |= {"unit": unit, "aim": aim, "objective": objective}
    if unit == "runs":
        document["budget"] = 12
    if aim != "score":
        document["target"] = st.number_input(
            f"{OBJECTIVES[objective].label.capitalize()} to reach",
            value=TARGETS[objective],
            format="%g",
            key=f"challenge-target-{objective}",
            help="Try it on What-if first: it should take a good run, and not the first.",
        )
    return document
