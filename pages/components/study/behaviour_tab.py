"""The tab of the search's behaviour: what it tried when, what it cost and what came of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.session import one_chosen
from pages.components.study.explanation import render_explanation
from pages.components.study.hindsight_block import render_replay, render_short_trainings
from pages.components.study.tab_parts import (
    Part,
    Within,
    chart_part,
    enough_scores,
)
from pages.components.study.trained_again import render_rows_curve
from tuning_core.charts.study.brackets import brackets
from tuning_core.charts.study.cost import Cost, score_cost
from tuning_core.charts.study.edf import edf
from tuning_core.charts.study.rank import rank
from tuning_core.charts.study.timeline import timeline
from tuning_core.findings.axes import axes_of
from tuning_core.findings.hindsight_words import lack
from tuning_core.findings.live import LiveStudy
from tuning_core.spec.model import Ability

ORDER = "the order of the trials"
COSTS: dict[Cost, str] = {"parameters": "Parameters", "seconds": "Time"}
TOO_FEW = "This begins with the second trial that has a score."


def _has_brackets(live: LiveStudy, within: Within) -> bool:
    return any(trial.bracket is not None for trial in live.trials.values())


def _costs(live: LiveStudy) -> list[Cost]:
    """What is known of the cost of its trials; another tool may say nothing of it."""
    if live.spec.source is None:
        return [*COSTS]
    trials = live.trials.values()
    return [cost for cost in COSTS if any(getattr(trial, cost) for trial in trials)]


def _has_costs(live: LiveStudy, within: Within) -> bool:
    return bool(_costs(live))


def _has_times(live: LiveStudy, within: Within) -> bool:
    return "seconds" in _costs(live)


def _rank_options(live: LiveStudy, trials: pd.DataFrame) -> dict[str, Any] | None:
    """The hyperparameter upwards, and what it is ranked over."""
    axes = {axis.name: axis for axis in axes_of(live)}
    if not axes:
        say("Every hyperparameter is fixed in this study.")
        return None
    upwards, across = st.columns(2)
    one_chosen(f"rank-y-{live.study.id}", [*axes])
    with upwards:
        y = st.selectbox(
            "Hyperparameter",
            list(axes),
            format_func=lambda name: axes[name].label,
            key=f"rank-y-{live.study.id}",
        )
    others = [ORDER, *(name for name in axes if name != y)]
    one_chosen(f"rank-x-{live.study.id}", others)
    with across:
        x = st.selectbox(
            "Over",
            others,
            format_func=lambda name: axes[name].label if name in axes else ORDER,
            key=f"rank-x-{live.study.id}",
        )
    if not enough_scores(trials, "A rank needs two trials with a score."):
        return None
    return {"y": axes[y], "x": axes.get(x)}


def _cost_options(live: LiveStudy, trials: pd.DataFrame) -> dict[str, Any] | None:
    """What counts as the cost of a trial."""
    switch, hint = st.columns([1, 1.4], vertical_alignment="bottom")
    costs = _costs(live)
    one_chosen("cost", costs)
    with switch:
        picked = st.segmented_control(
            "Cost",
            costs,
            required=True,
            format_func=COSTS.__getitem__,
            key="cost",
        )
    cost: Cost = picked or costs[0]
    known = trials[trials[cost] > 0]
    if not enough_scores(known, TOO_FEW):
        return None
    if known[cost].nunique() == 1:
        amount = f"{known[cost].iloc[0]:,.0f} parameters"
        say(f"All trials {f'have {amount}' if cost == 'parameters' else 'took the same time'}.")
        return None
    with hint:
        say("No trial is both cheaper and better than those on the line.")
    return {"cost": cost}


def _edf_options(live: LiveStudy, trials: pd.DataFrame) -> dict[str, Any] | None:
    return {} if enough_scores(trials, TOO_FEW) else None


BEHAVIOUR: tuple[Part, ...] = (
    chart_part(
        "brackets",
        "Brackets",
        brackets,
        frame=LiveStudy.search_frame,
        applies=_has_brackets,
        height=440,
        hint="Each round trains longer; lines follow the trials that went on.",
        brushed=False,
    ),
    Part(
        "explanation",
        "Why this configuration next?",
        lambda live, seen, within: render_explanation(live, seen),
        applies=lambda live, within: bool(live.trials) and Ability.TRAIN in live.spec.abilities,
    ),
    chart_part("rank", "What was tried when", rank, options=_rank_options, place="half"),
    chart_part(
        "cost",
        "Score against cost",
        score_cost,
        frame=LiveStudy.search_frame,
        options=_cost_options,
        applies=_has_costs,
        place="half",
    ),
    chart_part(
        "timeline",
        "Timeline",
        timeline,
        applies=_has_times,
        frame=LiveStudy.search_frame,
        place="half",
        brushed=False,
        clock=True,
    ),
    chart_part("edf", "Distribution of scores", edf, options=_edf_options, place="half"),
    Part("replay", "Had trials been ended early", render_replay, place="half"),
    Part(
        "short",
        "Short against full trainings",
        render_short_trainings,
        applies=lambda live, within: not lack(live),
        place="half",
    ),
    Part(
        "rows",
        "Would more rows help?",
        render_rows_curve,
        applies=lambda live, within: live.best is not None,
    ),
)
