"""The budget part of New study: trials, epochs, time, objective, seed and name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.study_draft import aside, key, plain_key
from tuning_core.catalog import STRATEGIES, DatasetInfo, StrategyInfo
from tuning_core.catalog.objectives import (
    DEFAULT_OBJECTIVE,
    Objective,
    objective_named,
    objectives_for,
    usual_objective,
)
from tuning_core.findings.formatting import aim
from tuning_core.spec.dataset import MAX_SEED
from tuning_core.spec.parts import (
    DEFAULT_STRATEGY,
    LEAST_SETTLED,
    MAX_EPOCHS,
    MAX_SECONDS,
    MAX_TRIALS,
    MOST_LANES,
    SettledSpec,
)
from tuning_core.spec.plan import DEFAULT_TRIALS
from tuning_core.spec.validation import MAX_NAME


def render_budget(
    document: dict[str, Any], before: dict[str, Any], info: DatasetInfo
) -> dict[str, Any]:
    """Draw the section; return the parts of the spec that it decides.

    ``document`` has the strategy already; ``before`` is the draft, ``info`` its dataset.
    """
    strategy = STRATEGIES[document["strategy"]["id"]]
    given = before.get("budget", {})
    edited: dict[str, Any] = {"budget": {}}
    trials_column, epochs_column, time_column, lanes_column = st.columns(4, gap="medium")
    with trials_column:
        trials = _render_trials(strategy, given, before.get("strategy", {}).get("id"))
    if trials is not None:
        edited["budget"]["trials"] = trials
    with epochs_column:
        edited["budget"]["epochs"] = st.number_input(
            "Most epochs of a trial" if strategy.decides_epochs else "Epochs of a trial",
            min_value=1,
            max_value=MAX_EPOCHS,
            key=key("epochs", given.get("epochs", 10)),
            help="Passes over the training part.",
        )
    with time_column:
        limit = _render_time_limit(given.get("seconds"))
    if limit is not None:
        edited["budget"]["seconds"] = round(limit * 60, 3)
    with lanes_column:
        edited["parallel"] = _render_lanes(before.get("parallel", 1))
    seed_column, objective_column, target_column, name_column = st.columns(
        [0.9, 1.5, 0.9, 1.2], gap="medium"
    )
    with seed_column:
        edited["seed"] = st.number_input(
            "Seed",
            min_value=0,
            max_value=MAX_SEED,
            key=key("seed", before.get("seed", 0)),
            help="The same spec and seed on the same machine give the same trials.",
        )
    with objective_column:
        edited["objective"] = _render_objective(info, document.get("metrics"), before)
        direction = (document.get("metrics") or {}).get(edited["objective"])
    with target_column:
        objective = objective_named(edited["objective"], direction)
        edited["budget"] |= _render_target(objective, given.get("target"))
    with name_column:
        name = st.text_input(
            "Name",
            max_chars=MAX_NAME,
            placeholder=f"{info.title}, {strategy.title.lower()}",
            key=key("name", before.get("name", "")),
        )
    if name.strip():
        edited["name"] = name.strip()
    edited["budget"] |= _render_settled(strategy, given.get("settled"))
    if edited["parallel"] > 1 and strategy.side_by_side:
        st.html(html.text(strategy.side_by_side, "ts-muted ts-small"))
    return edited


def _render_trials(
    strategy: StrategyInfo, given: dict[str, Any], drafted: str | None
) -> int | None:
    """Draw the number of trials, which each strategy has of its own; None for the natural one."""
    entered = aside("trials")
    same = (drafted or DEFAULT_STRATEGY) == strategy.id
    first = given.get("trials") if same or not strategy.whole else None
    entered[strategy.id] = st.number_input(
        "Trials",
        value=first if same else entered.get(strategy.id, first),
        min_value=1,
        max_value=MAX_TRIALS,
        placeholder=strategy.whole or str(DEFAULT_TRIALS),
        key=plain_key(f"trials-{strategy.id}"),
        help="Configurations to try at most.",
    )
    return entered[strategy.id]


def _render_time_limit(seconds: float | None) -> float | None:
    """Draw the time limit; return it in minutes."""
    return st.number_input(
        "Time limit, minutes",
        value=None,
        min_value=0.1,
        max_value=MAX_SECONDS / 60,
        placeholder="none",
        format="%g",
        key=key("minutes", seconds / 60 if seconds else None),
        help="The search ends at this time even if trials are left.",
    )


def _render_target(objective: Objective, given: float | None) -> dict[str, float]:
    """Draw the score that ends the search."""
    known = given is not None and objective.low <= given <= objective.high
    target = st.number_input(
        "Target",
        value=None,
        min_value=None if math.isinf(objective.low) else objective.low,
        max_value=None if math.isinf(objective.high) else objective.high,
        step=0.01,
        placeholder="none",
        format="%g",
        # Another objective has another range.
        key=key(f"target-{objective.id}", given if known else None),
        help=f"The search ends when a trial's {objective.label} is as good as this.",
    )
    return {} if target is None else {"target": target}


def _render_settled(strategy: StrategyInfo, given: Any) -> dict[str, Any]:
    """Draw the end of a search that has little left to gain, and the fewest trials before it."""
    kept = aside("settled")
    switch_column, trials_column, _ = st.columns([2, 1, 1], gap="medium")
    with switch_column:
        on = st.toggle(
            "End once more trials gain less than chance makes",
            value=bool(given) and not strategy.never_settles,
            key=plain_key(f"switch-settled-{bool(strategy.never_settles)}"),
            disabled=bool(strategy.never_settles),
            help=strategy.never_settles
            or "After each trial it is estimated what half as many trials again would gain at "
            "most. The search ends once that is less than what seeds alone make of a score, by the "
            "repeats of a trial or its folds; of an accuracy without them, by the number of "
            "validation rows.",
        )
    if not on:
        return {}
    first = given.get("trials") if isinstance(given, dict) else kept.get("trials")
    with trials_column:
        kept["trials"] = st.number_input(
            "Trials before that, at least",
            value=first or SettledSpec().trials,
            min_value=LEAST_SETTLED,
            max_value=MAX_TRIALS,
            key=plain_key("settled-trials"),
        )
    return {"settled": {"trials": int(kept["trials"])}}


def _render_lanes(first: int) -> int:
    """Draw how many trials train at once."""
    return int(
        st.number_input(
            "Trials at once",
            min_value=1,
            max_value=MOST_LANES,
            key=key("parallel", first),
            help="Trials that train side by side, each in a process of its own with one thread. "
            "The trials do not depend on the cores of the machine. Bayesian and TPE suggest them "
            "without the results of those beside: with four at once, TPE lost a fifth of its lead "
            "over random search in one of eight comparisons; in the others nothing was lost.",
        )
    )


def _render_objective(
    info: DatasetInfo, metrics: Mapping[str, Any] | None, before: dict[str, Any]
) -> str:
    """Draw the choice; ``metrics`` are those of a model of one's own, with their directions."""
    task, fitting = info.task, [*(metrics or objectives_for(info.task, info.classes))]
    usual = usual_objective(metrics) if metrics else DEFAULT_OBJECTIVE[task]
    chosen_before, metrics_before = before.get("objective"), before.get("metrics")
    if metrics_before and chosen_before == usual_objective(metrics_before):
        chosen_before = None  # Nobody chose it: another model has an aim of its own.
    first = chosen_before or usual
    mark = "-".join(fitting) if metrics else str(len(fitting))
    chosen: str = st.selectbox(
        "Objective",
        fitting,
        format_func=lambda name: aim(objective_named(name, (metrics or {}).get(name))),
        # Other choices are another widget: it must not hold what can no longer be chosen.
        key=key(f"objective-{task}-{mark}", first if first in fitting else usual),
        help="What makes one trial better than another.",
    )
    return chosen
