"""The plan beside the form: what will be done, what is wrong, and Launch."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import streamlit as st

from pages.components import look
from pages.components.draft import draft, replace_draft
from pages.components.engine import manager
from pages.components.formatting import compact, count, duration
from tuning_core.catalog.plan import parameter_count
from tuning_core.manager import ManagerError
from tuning_core.space import SpecError
from tuning_core.spec import StudySpec, parse_spec
from tuning_core.spec_json import decode

MANY_EPOCHS = 100_000
"""Epochs beyond which the plan asks whether that many are meant."""

_PASTED = "pasted_spec"
_REFUSED = "pasted_spec_refused"


def put_plan(document: dict[str, Any]) -> None:
    """Draw the plan of the form's document."""
    try:
        spec, error = parse_spec(document), ""
    except SpecError as refused:
        spec, error = None, str(refused)
    st.subheader("Plan")
    if spec is not None:
        _put_figures(spec)
    else:
        st.error(error)
    launched = st.button(
        "Launch",
        type="primary",
        width="stretch",
        disabled=spec is None,
        key="launch",
        help=None if spec else "Correct the form first: the sentence above says what.",
    )
    if launched and spec is not None:
        _launch(spec)
    _put_document(document, spec)


def _launch(spec: StudySpec) -> None:
    try:
        study_id = manager().launch(spec)
    except ManagerError as error:
        st.error(str(error))
        return
    st.switch_page("pages/study.py", query_params={"id": study_id})


def _put_figures(spec: StudySpec) -> None:
    plan = spec.plan()
    figures = [("trials", plan.trials), ("epochs", plan.epochs)]
    if plan.trainings != plan.trials:
        figures.insert(1, ("trainings", plan.trainings))
    size = spec.reachable()
    smallest, largest = parameter_span(spec)
    parameters = compact(smallest)
    if largest != smallest:
        parameters += f" to {compact(largest)}"
    st.html(look.facts([(name, f"{amount:,}") for name, amount in figures]))
    aim = "highest" if spec.objective_info.direction == "max" else "lowest"
    lines = [
        ("Searched", count(len(spec.search_space.searched), "hyperparameter")),
        ("Possible configurations", "without end" if size is None else f"{size:,}"),
        ("Parameters of a network", parameters),
        ("Aim", f"{aim} {spec.objective_info.label}"),
    ]
    if spec.budget.seconds is not None:
        lines.append(("Ends at the latest after", duration(spec.budget.seconds)))
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in lines)
    st.html(f'<dl class="ts-plan">{rows}</dl>')
    for warning in warnings(spec):
        st.warning(warning)


def warnings(spec: StudySpec) -> list[str]:
    """What a reader should know before launching, a sentence each."""
    plan, size, said = spec.plan(), spec.reachable(), []
    if not spec.search_space.searched:
        said.append(
            "Nothing is searched: every trial would be the same. Give a hyperparameter "
            "a range or a list."
        )
    if spec.strategy.id == "grid" and size is not None and size > plan.trials:
        said.append(
            f"The whole grid has {size:,} configurations; the budget ends it after "
            f"{plan.trials:,}. Fewer values, or random search, cover it better."
        )
    elif size is not None and spec.trials > size and spec.strategy.id != "hyperband":
        said.append(
            f"There are only {count(size, 'configuration')}: the search ends when all "
            "have been tried."
        )
    if plan.epochs > MANY_EPOCHS:
        said.append(
            f"{plan.trainings:,} trainings and {plan.epochs:,} epochs take long: hours, "
            "on large data days. A time limit ends the search when you want."
        )
    return said


def parameter_span(spec: StudySpec) -> tuple[int, int]:
    """Smallest and largest number of parameters that the space allows.

    At a fixed depth every width adds parameters, so the ends of each width are enough.
    """
    space, info = spec.search_space, spec.dataset_info
    depth = "blocks" if "blocks" in space else "layers"
    depths = space[depth].values() if depth in space else (0,)
    counts = []
    for number, end in product(depths or (0,), (0.0, 1.0)):
        config = {p.name: p.quantile(end) for p in space.parameters if p.name != depth}
        counts.append(parameter_count({**config, depth: number}, info.row_shape, info.outputs))
    return min(counts), max(counts)


def _put_document(document: dict[str, Any], spec: StudySpec | None) -> None:
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
            st.error(st.session_state[_REFUSED])


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
