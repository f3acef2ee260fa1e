"""The plan beside the form: what will be done, what is wrong, and Launch."""

from __future__ import annotations

import json
import math
import time
from html import escape
from typing import Any

import streamlit as st

from pages.components.new_study.plan_warnings import measured_warnings, warnings
from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import draft, generation, replace_draft
from pages.components.shared.table_cache import checked, described
from pages.components.shared.user import person
from tuning_core.datasets import DataError
from tuning_core.findings.earlier_words import beginning_words
from tuning_core.findings.formatting import compact, count, duration, memory, spell, spelled
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.searches.earlier import with_first
from tuning_core.planning.estimate import Estimate, parameter_span
from tuning_core.planning.limits import check_limits
from tuning_core.planning.side_by_side import lanes_here
from tuning_core.space import SpecError
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import decode

_PASTED = "pasted_spec"
_LAUNCHED = "launched_spec"
_DOUBLE_SECONDS = 3.0
_REFUSED = "pasted_spec_refused"
_DRAWN = "launch_drawn"

REST_SECONDS = 0.8
"""How long a form must not have changed before it is measured, and between two looks."""


def render_plan(document: dict[str, Any], missing: str = "", model: str = "") -> None:
    """Draw the plan of the form's document, or the sentence that says what it lacks yet.

    ``model`` is the key of a model of one's own among those that the server offers.
    """
    notes: list[str] = []
    try:
        spec, error = None if missing else parse_spec(document), ""
        if spec is not None:
            spec = with_first(manager().store, spec)
            check_limits(spec, described(spec.dataset), added=len(spec.first or ()))
            notes = checked(spec)
    except (DataError, ManagerError, SpecError) as refused:
        spec, error = None, str(refused)
    st.subheader("Plan")
    engine = manager()
    if missing:
        st.html(html.text(missing, "ts-muted"))
    elif spec is not None:
        estimate = engine.costs.estimate(spec)
        _render_figures(spec, _cost_lines(spec, engine, estimate))
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
        if st.button(
            "Race strategies",
            type="tertiary",
            width="stretch",
            disabled=spec is None or spec.model.own,
            key="race",
            help="The same search under several strategies at equal epochs, over several seeds.",
        ):
            st.switch_page("pages/compare.py", query_params={"race": "new"})
    # A click on the page as it was before a paste is not one on what was pasted.
    drawn, st.session_state[_DRAWN] = st.session_state.get(_DRAWN), generation()
    if launched and spec is not None and drawn == generation():
        _launch(spec, engine, model)
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


def _launch(spec: StudySpec, engine: Manager, model: str = "") -> None:
    document, now = spec.to_json(), time.monotonic()
    launched, study_id, moment = st.session_state.get(_LAUNCHED, ("", "", -math.inf))
    # The second click of two runs the page again before the first has left it.
    if launched != document or now - moment > _DOUBLE_SECONDS:
        try:
            chosen = engine.own_models.offered.get(model)
            study_id = engine.launch(spec, by=person(), model=chosen)
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
    parameters = "unknown until a trial is built" if spec.model.own else _parameters(spec)
    st.html(html.facts([(name, f"{amount:,}") for name, amount in figures]))
    aim = "highest" if spec.objective_info.direction == "max" else "lowest"
    lines = [
        ("Searched", count(len(spec.search_space.searched), "hyperparameter")),
        ("Possible configurations", "without end" if size is None else f"{size:,}"),
        ("Parameters of a network", parameters),
        ("Aim", f"{aim} {spec.objective_info.label}"),
    ]
    if spec.parallel > 1:
        lines.append(("Trials at once", _lanes(spec, manager().device)))
    if spec.budget.seconds is not None:
        lines.append(("Ends at the latest after", duration(spec.budget.seconds)))
    lines += [("Begins with", escape(beginning_words(spec)))] if spec.first else []
    lines += [("Ends once", words) for words in earlier_ends(spec)]
    lines += costs
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in lines)
    st.html(f'<dl class="ts-plan">{rows}</dl>')


def earlier_ends(spec: StudySpec) -> list[str]:
    """What ends a search before its trials are done, in words."""
    words, objective = [], spec.objective_info
    if spec.budget.target is not None:
        side = "at least" if objective.direction == "max" else "at most"
        words.append(f"{side} {spec.budget.target:g} is reached")
    if spec.budget.settled is not None:
        least = count(spec.budget.settled.trials, "trial")
        words.append(f"more trials gain less than chance, after {least}")
    return words


def _parameters(spec: StudySpec) -> str:
    """How large the networks of a space are, from the smallest to the largest."""
    smallest, largest = parameter_span(spec, described(spec.dataset))
    span = compact(smallest)
    return span if largest == smallest else f"{span} to {compact(largest)}"


def _lanes(spec: StudySpec, device: str | None) -> str:
    """How many trials the study trains at once, and how many of them this machine can."""
    here = lanes_here(spec, device)
    return str(spec.parallel) + (f", here {here} side by side" if here < spec.parallel else "")


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


def _cost_lines(
    spec: StudySpec, engine: Manager, estimate: Estimate | None
) -> list[tuple[str, str]]:
    """Always the same three lines, so that nothing moves when their values come."""
    if spec.model.own:
        words = _two_lines("-", "unknown until the first trial has ended")
        return [("Time of the search", words), ("Disk, at most", "-"), ("Memory, at most", "-")]
    if estimate is None:
        words = _two_lines("-", _why_not(spec, engine))
        return [("Time of the search", words), ("Disk, at most", "-"), ("Memory, at most", "-")]
    return [
        ("Time of the search", _time(spec, estimate)),
        ("Disk, at most", memory(estimate.disk)),
        ("Memory, at most", memory(estimate.memory)),
    ]


def expected_time(spec: StudySpec, engine: Manager) -> str:
    """How long a study takes on this machine, in a sentence."""
    estimate = engine.costs.estimate(spec)
    if estimate is not None:
        guess = "" if estimate.same else ", at a first guess"
        return f"It takes about {spell(estimate.seconds)} on this machine{guess}."
    if engine.costs.automatic and not engine.costs.refused(spec):
        return "How long it takes is just being measured on this machine."
    return "How long it takes is said once it runs."


def render_measuring(spec: StudySpec, engine: Manager) -> None:
    """Have the form measured once it is at rest, and redraw the page when it has been.

    Draws nothing itself.
    """
    known = engine.costs.cached(spec) is not None or engine.costs.refused(spec)
    if known or spec.model.own:  # What a model of one's own costs, its trials will say.
        return
    looks = 0

    @st.fragment(run_every=REST_SECONDS)
    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            # The form has only just been drawn; whoever moves a slider draws it again.
            return
        if engine.costs.cached(spec) is not None or engine.costs.refused(spec):
            st.rerun()
        engine.costs.begin(spec)

    look()


def _time(spec: StudySpec, estimate: Estimate) -> str:
    """The expected time and its range."""
    limit = spec.budget.seconds
    if limit is not None and estimate.seconds >= limit:
        words, span = f"{spell(limit)}, the limit", "the plan would take longer"
    else:
        ends = spec.early_termination is not None or spec.budget.ends_early
        early = "at most " if ends else "about "
        words = early + spell(estimate.seconds)
        span = spelled(estimate.low, estimate.high)
    if not estimate.same:
        return _two_lines(words, f"{span}, first guess", "Measured on another form.")
    return _two_lines(words, span, f"Measured on {estimate.device}.")


def _two_lines(words: str, small: str, title: str = "") -> str:
    """A value and a remark on it that keep the same height whatever they say."""
    return (
        f'<span class="ts-cost" title="{escape(title)}">{escape(words)}'
        f'<span class="ts-muted ts-small">{escape(small)}</span></span>'
    )


def _why_not(spec: StudySpec, engine: Manager) -> str:
    if engine.costs.refused(spec):
        return "could not be measured, see below"
    if engine.running() or engine.queued():
        return "measured after the running search"
    if not engine.costs.automatic:
        return "not measured without a warm worker"
    return "measuring on this machine"
