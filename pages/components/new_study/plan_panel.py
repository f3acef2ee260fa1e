"""The plan beside the form: what will be done, what is wrong, and Launch."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import streamlit as st

from pages.components.new_study.plan_cost import cost_lines, render_measuring
from pages.components.new_study.plan_warnings import measured_warnings, warnings
from pages.components.shared import html
from pages.components.shared.formatting import compact, count, duration
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import draft, generation, replace_draft
from pages.components.shared.table_cache import checked, described
from pages.components.shared.user import user_id
from tuning_core.datasets import DataError
from tuning_core.manager import Manager, ManagerError
from tuning_core.planning.limits import check_limits
from tuning_core.planning.sampling import parameter_span
from tuning_core.space import SpecError
from tuning_core.spec.json_reader import decode
from tuning_core.spec.study import StudySpec, parse_spec

_PASTED = "pasted_spec"
_LAUNCHED = "launched_spec"
_DOUBLE_SECONDS = 3.0
_REFUSED = "pasted_spec_refused"
_DRAWN = "launch_drawn"


def render_plan(document: dict[str, Any], missing: str = "") -> None:
    """Draw the plan of the form's document, or the sentence that says what it lacks yet."""
    notes: list[str] = []
    try:
        spec, error = None if missing else parse_spec(document), ""
        if spec is not None:
            check_limits(spec, described(spec.dataset))
            notes = checked(spec)
    except (DataError, SpecError) as refused:
        spec, error = None, str(refused)
    st.subheader("Plan")
    engine = manager()
    if missing:
        st.html(html.text(missing, "ts-muted"))
    elif spec is not None:
        estimate = engine.costs.estimate(spec)
        _render_figures(spec, cost_lines(spec, engine, estimate))
    # On a small screen this stays in reach below the form, wherever one is in it.
    with st.container(key="launch-bar"):
        if error:
            st.error(html.plain(error))
        launched = st.button(
            "Launch",
            type="primary",
            width="stretch",
            disabled=spec is None,
            key="launch",
            help=None if spec else "Correct the form first: the sentence above says what.",
        )
    # A click on the page as it was before a paste is not one on what was pasted.
    drawn, st.session_state[_DRAWN] = st.session_state.get(_DRAWN), generation()
    if launched and spec is not None and drawn == generation():
        _launch(spec, engine)
    # Below the button, which stays where it is when a measurement adds a sentence. Always one
    # container, or the document below would be another element, and fold, whenever one comes.
    with st.container():
        if spec is not None:
            unmeasured = engine.costs.refused(spec)
            for warning in [*warnings(spec), *measured_warnings(spec, estimate, unmeasured)]:
                st.warning(warning)
            for note in notes:
                st.warning(html.plain(note))
            render_measuring(spec, engine)
    _render_document(document, spec)


def _launch(spec: StudySpec, engine: Manager) -> None:
    document, now = spec.to_json(), time.monotonic()
    launched, study_id, moment = st.session_state.get(_LAUNCHED, ("", "", -math.inf))
    # The second click of two runs the page again before the first has left it.
    if launched != document or now - moment > _DOUBLE_SECONDS:
        try:
            study_id = engine.launch(spec, user=user_id())
        except ManagerError as error:
            st.error(html.plain(str(error)))
            return
        st.session_state[_LAUNCHED] = (document, study_id, now)
    st.switch_page("pages/study.py", query_params={"id": study_id})


def _render_figures(spec: StudySpec, costs: list[tuple[str, str]]) -> None:
    plan = spec.plan()
    figures = [("trials", plan.trials), ("epochs", plan.epochs)]
    if plan.trainings != plan.trials:
        figures.insert(1, ("trainings", plan.trainings))
    size = spec.reachable()
    smallest, largest = parameter_span(spec, described(spec.dataset))
    parameters = compact(smallest)
    if largest != smallest:
        parameters += f" to {compact(largest)}"
    st.html(html.facts([(name, f"{amount:,}") for name, amount in figures]))
    aim = "highest" if spec.objective_info.direction == "max" else "lowest"
    lines = [
        ("Searched", count(len(spec.search_space.searched), "hyperparameter")),
        ("Possible configurations", "without end" if size is None else f"{size:,}"),
        ("Parameters of a network", parameters),
        ("Aim", f"{aim} {spec.objective_info.label}"),
    ]
    if spec.budget.seconds is not None:
        lines.append(("Ends at the latest after", duration(spec.budget.seconds)))
    lines += costs
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in lines)
    st.html(f'<dl class="ts-plan">{rows}</dl>')


def _render_document(document: dict[str, Any], spec: StudySpec | None) -> None:
    with st.expander("As a JSON document"):
        st.code(
            spec.to_json() if spec else json.dumps(document, indent=1), language="json", height=260
        )
        st.text_area(
            "Paste a spec",
            key=_PASTED,
            height=120,
            placeholder='{"dataset": {"id": "iris"}, ...}',
            help="The form takes all its values from it.",
        )
        st.button("Use this spec", key="use-spec", on_click=_take_pasted, width="stretch")
        if st.session_state.get(_REFUSED):
            st.error(html.plain(st.session_state[_REFUSED]))


def _take_pasted() -> None:
    """Make the form show the pasted document, or keep the sentence that refuses it."""
    written = st.session_state.get(_PASTED) or ""
    try:
        parse_spec(written)
    except SpecError as refused:
        st.session_state[_REFUSED] = str(refused)
        return
    st.session_state[_REFUSED] = ""
    st.session_state[_PASTED] = ""
    replace_draft({"dataset": draft()["dataset"], **decode(written)})
