"""The search space as rows: a fixed value, a range or a list for each hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.new_study.declared import (
    choices_of,
    conditions_in_words,
    row_key,
    usual_entry,
)
from pages.components.shared import html
from pages.components.shared.sketches import draw_histogram
from pages.components.shared.study_draft import aside, key, plain_key, replace_space
from tuning_core.catalog import PRESETS, Hyperparameter
from tuning_core.space import Parameter, SpecError, space_of
from tuning_core.space.parameters import same_value
from tuning_core.spec.model import OWN, ModelSpec

FIXED, RANGE, LIST, COMMON = "Fixed", "Range", "List", "Common"
SCALES = {"linear": "linear", "log": "log", "reverse_log": "reverse log"}
INHERITED = {"units": "as the other layers", "budget.epochs": "as the budget says"}
COLUMNS = [1.85, 1.1, 3.9, 1.15]

Known = Mapping[str, Hyperparameter]
"""The hyperparameters of a model, by name."""


def render_space(model: ModelSpec, task: str, entries: dict[str, Any]) -> dict[str, Any]:
    """Draw the rows of a model's hyperparameters; return the ``space`` part of the spec.

    Those of a family that are worth tuning first stand open, the others can be unfolded.
    """
    presets = st.container()
    space: dict[str, Any] = {}
    known = model.known(task)
    rows = [h for h in known.values() if h.inherits != "units"]
    more = [h for h in rows if not h.usual]
    single = [h for h in known.values() if h.inherits == "units"]
    with st.container(key="space"):
        for hyperparameter in rows:
            if hyperparameter not in more:
                _render_if_possible(hyperparameter, known, entries, space)
        if single and _own_units(single, entries):
            for hyperparameter in single:
                _render_if_possible(hyperparameter, known, entries, space)
        if more:
            named = any(h.id in entries for h in more)
            with st.expander("More hyperparameters", expanded=named):
                for hyperparameter in more:
                    _render_if_possible(hyperparameter, known, entries, space)
    if not model.own:
        with presets:
            _render_presets(model.family, task, space)
    return space


def _own_units(single: list[Hyperparameter], entries: dict[str, Any]) -> bool:
    """Draw the switch for rows of single layers; it is on while the spec names one of them."""
    named = any(h.id in entries or h.id in aside() for h in single)
    return st.toggle(
        "Give each hidden layer its own units",
        key=key("own-units", named),
        help="One row per hidden layer, in place of the common width.",
    )


def _render_presets(family: str, task: str, space: dict[str, Any]) -> None:
    """Draw the presets; the one that the rows agree with is the chosen one."""
    found = (name for name, preset in PRESETS.items() if preset.space(family, task) == space)
    same = next(found, None)
    picked = st.pills(
        "Search over",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].title,
        default=same,
        required=True,
        # Another choice is another widget, and no callback: a browser that has not heard of it yet
        # would seem to have clicked on the one before, which would take the place of the rows.
        key=plain_key(f"preset-{same}"),
        help="A preset searches its hyperparameters over their usual ranges and fixes the rest.",
    )
    if picked and picked != same:
        replace_space(PRESETS[picked].space(family, task))
        st.rerun()


def _render_if_possible(
    hyperparameter: Hyperparameter, known: Known, entries: dict[str, Any], space: dict[str, Any]
) -> None:
    """Draw the row unless no configuration of the rows so far would have the hyperparameter."""
    name = hyperparameter.id
    default = None if hyperparameter.inherits else usual_entry(hyperparameter)
    entry = entries.get(name, aside().get(name, default))
    later = {other: value for other, value in entries.items() if other not in space}
    if not _possible(hyperparameter, known, {**later, **space}):
        aside()[name] = entry
        return
    aside().pop(name, None)
    edited = _render_row(hyperparameter, known, entry)
    if edited is not None and (name in entries or edited != default):
        space[name] = edited


def _possible(hyperparameter: Hyperparameter, known: Known, entries: dict[str, Any]) -> bool:
    for parent, meaningful in hyperparameter.when.items():
        parameter = _parameter(parent, known, entries.get(parent))
        values = parameter.values() if parameter else None
        if values is not None and not any(value in meaningful for value in values):
            return False
    return True


def _parameter(name: str, known: Known, entry: Any) -> Parameter | None:
    """The hyperparameter as the space has it, None while its entry is in error."""
    plain = {k: v for k, v in entry.items() if k != "when"} if isinstance(entry, dict) else entry
    try:
        return space_of(known, {} if plain is None else {name: plain}, OWN)[name]
    except SpecError:
        return None


def _render_row(hyperparameter: Hyperparameter, known: Known, entry: Any) -> Any:
    name = hyperparameter.id
    words, mode, values, picture = st.columns(COLUMNS, vertical_alignment="center", gap="small")
    when = entry.get("when") if isinstance(entry, dict) else None
    with words:
        declared = hyperparameter.when if hyperparameter.declared else None
        only = when or declared
        note = f" Only with {conditions_in_words(only)}." if only else ""
        st.html(
            f"<b>{escape(hyperparameter.label)}</b>"
            + html.text((hyperparameter.help + note).strip(), "ts-muted ts-small")
        )
    with mode:
        modes = [FIXED, LIST] if choices_of(hyperparameter) else [FIXED, RANGE, LIST]
        if hyperparameter.inherits:
            modes = [COMMON, *modes]
        chosen = st.selectbox(
            f"{hyperparameter.label}: fixed, range or list",
            modes,
            index=modes.index(_mode_of(entry)),
            key=row_key(hyperparameter, "kind"),
            label_visibility="collapsed",
        )
    with values:
        if chosen == RANGE:
            edited = _render_range(hyperparameter, entry)
        elif chosen == LIST:
            edited = _render_list(hyperparameter, entry)
        elif chosen == COMMON:
            st.html(html.text(INHERITED[hyperparameter.inherits], "ts-muted ts-small"))
            edited = None
        else:
            edited = _render_fixed(hyperparameter, entry)
    parameter = _parameter(name, known, edited) if edited is not None else None
    with picture:
        if parameter is not None and parameter.searched:
            st.html(draw_histogram(parameter))
    if when and isinstance(edited, dict):
        edited = {**edited, "when": when}
    elif when:
        edited = {"value": edited, "when": when}
    return edited


def _mode_of(entry: Any) -> str:
    if entry is None:
        return COMMON
    if isinstance(entry, dict) and "choices" in entry:
        return LIST
    return RANGE if isinstance(entry, dict) and "low" in entry else FIXED


def _render_number(
    hyperparameter: Hyperparameter, words: str, part: str, first: float, *, bounded: bool = True
) -> float:
    """A number input; whole numbers for an integer hyperparameter."""
    whole = hyperparameter.kind == "integer"
    kind: Any = int if whole else float
    low, high = hyperparameter.low, hyperparameter.high
    value = st.number_input(
        words,
        value=kind(first),
        min_value=kind(low) if bounded and low is not None else None,
        max_value=kind(high) if bounded and high is not None else None,
        step=1 if whole else 0.001,
        format=None if whole else "%g",
        key=row_key(hyperparameter, part),
    )
    return kind(value)


def _render_fixed(hyperparameter: Hyperparameter, entry: Any) -> Any:
    value: Any = entry.get("value") if isinstance(entry, dict) else entry
    value = hyperparameter.default if value is None else value
    if choices := choices_of(hyperparameter):
        return st.selectbox(
            f"{hyperparameter.label}: value",
            choices,
            index=_place(choices, value),
            key=row_key(hyperparameter, "value"),
            label_visibility="collapsed",
        )
    column, _ = st.columns([1, 3])
    with column:
        return _render_number(hyperparameter, "Value", "value", value)


def _render_range(hyperparameter: Hyperparameter, entry: Any) -> dict[str, Any]:
    suggested = hyperparameter.suggested if "low" in hyperparameter.suggested else {}
    given = entry if isinstance(entry, dict) and "low" in entry else suggested
    fallback = hyperparameter.default
    low_column, high_column, scale_column, step_column = st.columns([1, 1, 1.45, 0.9], gap="xsmall")
    with low_column:
        low = _render_number(hyperparameter, "From", "low", given.get("low", fallback))
    with high_column:
        high = _render_number(hyperparameter, "To", "high", given.get("high", fallback))
    with scale_column:
        scales = [s for s in SCALES if s != "reverse_log" or hyperparameter.kind == "float"]
        scale = st.selectbox(
            "Scale",
            scales,
            format_func=SCALES.__getitem__,
            index=_place(scales, given.get("scale", "linear")),
            key=row_key(hyperparameter, "scale"),
            help="How draws are spread: evenly, evenly in the logarithm, or evenly in the "
            "logarithm of 1 - x (for values near 1, such as momentum).",
        )
    with step_column:
        whole = hyperparameter.kind == "integer" and scale == "linear"
        kind: Any = int if whole else float
        first = given.get("step") if scale == given.get("scale", "linear") else None
        step = st.number_input(
            "Step" if scale == "linear" else "Factor",
            value=None if first is None else kind(first),
            min_value=kind(0),
            placeholder="none",
            format=None if whole else "%g",
            key=row_key(hyperparameter, f"step-{scale}"),
            help="Distance between neighbouring values (their ratio on the log scales). Empty: "
            "any value in between.",
        )
    edited: dict[str, Any] = {"low": low, "high": high}
    if scale != "linear":
        edited["scale"] = scale
    if step is not None:
        edited["step"] = step
    return edited


def _render_list(hyperparameter: Hyperparameter, entry: Any) -> dict[str, Any]:
    given = list(entry["choices"]) if isinstance(entry, dict) and "choices" in entry else None
    if given is None:
        given = list(hyperparameter.suggested.get("choices", [hyperparameter.default]))
    name = f"{hyperparameter.label}: values"
    if choices := choices_of(hyperparameter):
        chosen = st.multiselect(
            name,
            choices,
            default=[c for value in given for c in choices if same_value(c, value)],
            key=row_key(hyperparameter, "choices"),
            label_visibility="collapsed",
            placeholder="choose at least one",
        )
        return {"choices": list(chosen)}
    written = st.text_input(
        name,
        value=", ".join(map(_written, given)),
        key=row_key(hyperparameter, "list"),
        label_visibility="collapsed",
        placeholder="values, separated by commas",
    )
    return {"choices": [_read_number(part) for part in written.split(",") if part.strip()]}


def _place(choices: Sequence[Any], value: Any) -> int:
    """Where a value stands among choices; those of another task may lack it."""
    return next((n for n, choice in enumerate(choices) if same_value(choice, value)), 0)


def _written(value: Any) -> str:
    """A value of a list as it is typed; what is no number stays as it was typed."""
    return value if isinstance(value, str) else f"{value:g}"


def _read_number(written: str) -> int | float | str:
    """A typed number; text that is none stays as it is, and the spec says what it expected."""
    for kind in (int, float):
        try:
            return kind(written.strip())
        except ValueError:
            continue
    return written.strip()
