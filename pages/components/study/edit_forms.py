"""The forms that change a study under way, each open below the header until it is sent."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.user import person
from pages.components.study.budget_form import render_budget_form
from pages.components.study.controls import (
    BUDGET,
    KILL_ONE,
    PANEL,
    RANGES,
    SHARE_IT,
    TRIAL,
    render_panel_buttons,
    when_changed,
)
from pages.components.study.lane_strip import render_kill
from pages.components.study.share_panel import render_share
from tuning_core.catalog import Extent, Hyperparameter, StudyStatus
from tuning_core.findings.formatting import count, number
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager, ManagerError, Person
from tuning_core.space import Choice, Parameter, Range, SpecError
from tuning_core.space.parameters import same_value
from tuning_core.spec.edits import SpaceEdit, edited
from tuning_core.spec.parts import MAX_TRIALS
from tuning_core.spec.study import StudySpec

ACROSS = 4
"""Hyperparameters in a row of a form."""


def render_panel(live: LiveStudy, engine: Manager) -> None:
    """Draw the form that the menu opened, if any."""
    study_id, name, *_ = st.session_state.get(PANEL, ("", ""))
    draw = _FORMS.get(name) if engine.access.may_change(live.study.id, person()) else None
    if study_id != live.study.id or draw is None:
        return
    with st.container(border=True, key="study-panel"):
        st.subheader(name)
        try:
            draw(live, engine)
        except ManagerError as error:
            st.error(html.plain(str(error)))


def _render_trial(live: LiveStudy, engine: Manager) -> None:
    spec = engine.editing.spec(live.study.id)
    best = live.best.config if live.best else {}
    st.html(
        html.text(
            "It runs next, beside the budget: the strategy keeps all of its own trials. The "
            "values stand at those of the best trial.",
            "ts-muted ts-small",
        )
    )
    values: dict[str, Any] = {}
    columns = st.columns(ACROSS, gap="medium")
    for place, parameter in enumerate(spec.search_space.searched):
        with columns[place % ACROSS]:
            name = parameter.name
            values[name] = _render_value(parameter, spec.known[name], best.get(name))
    config, inside = engine.editing.own_trial(live.study.id, values)
    values = {name: value for name, value in values.items() if name in config}
    confirmed = False
    if not inside:
        known, space = spec.known, spec.search_space
        out = [known[n].name for n, v in config.items() if n in space and not space[n].contains(v)]
        confirmed = st.checkbox(
            f"Outside the ranges ({html.plain(', '.join(out))}): train it all the same. It is "
            "ranked with the others, and the strategy does not learn from it.",
            key="panel-outside",
        )
    render_panel_buttons(
        "Add the trial",
        f"The trial runs {'next' if live.study.status.active else when_changed(live)}.",
        engine.editing.add_trial,
        live.study.id,
        values,
        outside=confirmed,
        disabled=not inside and not confirmed,
    )


def _render_value(parameter: Parameter, known: Hyperparameter, first: Any) -> Any:
    """A control for one value; numbers may lie outside the range."""
    name, key = html.plain(known.name), f"own-{parameter.name}"
    choices = parameter.values()
    if known.kind in ("choice", "boolean"):
        options = list(known.choices) if known.kind == "choice" else [False, True]
        listed = list(choices or options)
        first = next((o for o in options if same_value(o, first)), listed[0])
        place = [same_value(option, first) for option in options].index(True)
        return st.selectbox(name, options, index=place, format_func=number, key=key)
    whole = known.kind == "integer"
    kind: Any = int if whole else float
    low, high = _ends(parameter)
    first = parameter.quantile(0.5) if first is None else first
    if not whole:
        # Nobody reads seventeen digits.
        first = float(f"{first:.4g}")
    return kind(
        st.number_input(
            name,
            value=kind(first),
            min_value=None if known.low is None else kind(known.low),
            max_value=None if known.high is None else kind(known.high),
            step=1 if whole else 0.001,
            format=None if whole else "%g",
            help=f"The study searches {number(low)} to {number(high)}.",
            key=key,
        )
    )


def _ends(parameter: Parameter) -> tuple[Any, Any]:
    if isinstance(parameter, Range):
        return parameter.low, parameter.high
    values = parameter.values() or (0,)
    return min(values), max(values)


def _render_ranges(live: LiveStudy, engine: Manager) -> None:
    spec = engine.editing.spec(live.study.id)
    space = dict(spec.space)
    # Ends that another button proposes; they are other widgets, which take them as first values.
    _, _, *proposed = st.session_state[PANEL]
    ends = proposed[0] if proposed else {}
    for parameter in spec.search_space.searched:
        name, known = parameter.name, spec.known[parameter.name]
        # A model of one's own is searched as it declares where its space says nothing.
        before = space.get(name, dict(known.suggested))
        entry = _render_range(parameter, known, before, ends.get(name))
        space |= {name: entry} if entry != before else {}
    changed = space != spec.space
    try:
        after = edited(spec, SpaceEdit(space=space))
    except SpecError as error:
        st.error(html.plain(str(error)))
        render_panel_buttons("Change", "", engine.editing.change_ranges, disabled=True)
        return
    inside, of = engine.editing.inside(live.study.id, after)
    if changed and of:
        words = _accounting(inside, of, learns=spec.strategy.info.learns)
        st.html(html.text(words, "ts-small"))
    if changed and spec.strategy.info.extent in (Extent.GRID, Extent.SWEEPS):
        st.html(
            html.text(
                f"The new ranges make {count(after.reachable() or 0, 'trial')} in all, of which "
                f"those inside are not repeated; the budget allows {spec.trials:,}, the "
                f"{of:,} so far among them. Extend it as well if that is too few.",
                "ts-muted ts-small",
            )
        )
    trials = _render_more_trials(spec) if live.study.status is StudyStatus.FINISHED else spec.trials

    def change(study_id: str, *, by: Person) -> None:
        engine.editing.change_ranges(study_id, space, by=by)
        if trials > spec.trials:
            engine.editing.extend(study_id, trials=trials, by=by)

    done = f"The new ranges hold {when_changed(live)}."
    render_panel_buttons("Change", done, change, live.study.id, disabled=not changed)


_FORMS = {
    TRIAL: _render_trial,
    BUDGET: render_budget_form,
    RANGES: _render_ranges,
    KILL_ONE: render_kill,
    SHARE_IT: render_share,
}


def _render_more_trials(spec: StudySpec) -> int:
    """The budget of a search that has used up its own: new ranges alone would try nothing."""
    return int(
        st.number_input(
            "Trials in all",
            min_value=spec.trials,
            max_value=MAX_TRIALS,
            value=min(spec.trials + 10, MAX_TRIALS),
            help=f"The {count(spec.trials, 'trial')} of the present budget are done.",
            key="range-trials",
            width=180,
        )
    )


def _accounting(inside: int, of: int, *, learns: bool) -> str:
    """What becomes of the trials so far."""
    what = "go on informing the strategy" if learns else "are not tried again"
    words = f"{inside:,} of the {count(of, 'trial')} so far lie inside the new ranges and {what}."
    if inside < of:
        words += f" The other {of - inside:,} stay in the table and the ranking" + (
            ", and the strategy forgets them." if learns else "."
        )
    return words


def _render_range(
    parameter: Parameter,
    known: Hyperparameter,
    entry: Any,
    proposal: tuple[float, float] | None = None,
) -> Any:
    """Controls for what a hyperparameter is searched over; its entry as they say.

    They start with the ``proposal`` where there is one.
    """
    name = known.name
    key = f"range-{parameter.name}{'-proposed' * bool(proposal)}"
    if isinstance(parameter, Choice):
        listed = list(known.choices) or list(parameter.choices)
        options = [False, True] if known.kind == "boolean" else listed
        chosen = st.multiselect(
            html.plain(name), options, list(parameter.choices), format_func=number, key=key
        )
        return {**entry, "choices": chosen}
    assert isinstance(parameter, Range)
    kind: Any = int if parameter.integer else float
    words, low_column, high_column, _ = st.columns([1.4, 1, 1, 3], vertical_alignment="center")
    scale = "" if parameter.scale == "linear" else f", {parameter.scale.replace('_', ' ')} scale"
    step = "" if parameter.step is None else f", steps of {parameter.step:g}"
    extra = html.text(f"{scale}{step}".lstrip(", "), "ts-muted ts-small")
    words.html(f"<b>{escape(name)}</b>{extra}")
    limits: dict[str, Any] = {
        "min_value": None if known.low is None else kind(known.low),
        "max_value": None if known.high is None else kind(known.high),
        "step": 1 if parameter.integer else 0.001,
        "format": None if parameter.integer else "%g",
    }
    first, last = proposal or (parameter.low, parameter.high)
    low = low_column.number_input("From", value=kind(first), key=f"{key}-low", **limits)
    high = high_column.number_input("To", value=kind(last), key=f"{key}-high", **limits)
    return {**entry, "low": kind(low), "high": kind(high)}
