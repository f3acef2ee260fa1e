"""How the data is shaped: how many points, their noise, what is seen of them, a formula."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.paint_pad import render_paint_pad
from pages.components.shared.session import first_value
from tuning_core.catalog import DATASETS, DatasetInfo
from tuning_core.catalog.planes import FEATURES, LONGEST_FORMULA, MOST_ROWS, PLAIN, SPAN
from tuning_core.space import SpecError
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.plane import recoded
from tuning_core.spec.training_request import parse_training

Document = dict[str, Any]
WIDTH = 330
"""Of the widgets, in pixels."""

AMOUNTS = (*range(20, 100, 10), *range(100, 500, 50), *range(500, 1_000, 100))
AMOUNTS = (*AMOUNTS, *range(1_000, 5_000, 500), *range(5_000, 60_000, 5_000))
NOISES = (0.0, 0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0)
SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
FORMULAS = {
    "Wave": "y > sin(2*x)",
    "Ring": "1.5 < sqrt(x^2 + y^2) < 2.5",
    "Board": "sin(2*x) * sin(2*y) > 0",
    "Hill": "exp(-(x^2 + y^2) / 2)",
    "Saddle": "x * y / 3",
}
"""Formulas to begin with; those that compare nothing give each point a value."""


class DataShape:
    """The widgets that shape the data at one place of the pages, which ``mark`` names.

    They are read before they are drawn: what they say is part of a request that trains meanwhile.
    ``split`` says whether the share for validation is one of them.
    """

    def __init__(self, mark: str, *, split: bool) -> None:
        self._mark = mark
        self._split = split

    def read(self, dataset: Document) -> Document:
        """The ``dataset`` part of a spec with what the widgets say.

        Where that is wrong it stays as it is, and the widgets will say why.
        """
        said = {name: st.session_state.get(self._key(dataset, name)) for name in _WIDGETS}
        said = {name: value for name, value in said.items() if value is not None}
        wrong = ""
        if said:
            try:
                spec = parse_training({"dataset": {**dataset, **said}}).dataset
                kept = {name: value for name, value in dataset.items() if name not in _WIDGETS}
                dataset = kept | spec.model_dump(include={*_WIDGETS}, exclude_none=True)
            except SpecError as error:
                wrong = str(error).removeprefix("dataset.")
        st.session_state[self._key(dataset, "wrong")] = wrong
        return dataset

    def wrong(self, dataset: Document) -> str:
        """Why what the widgets say is not taken over; "" where it is."""
        return str(st.session_state.get(self._key(dataset, "wrong"), ""))

    def render(self, dataset: Document) -> None:
        """Draw a button that opens the widgets."""
        spec = DatasetSpec.model_validate(dataset)
        names = self._names(spec)
        fields = DatasetSpec.model_fields
        changed = sum(getattr(spec, name) != fields[name].default for name in names)
        short, words = next((_BUTTONS[name] for name in names if name in _BUTTONS), _BUTTON)
        if self.wrong(dataset):
            words = f"{short} (not yet)"
        elif changed:
            words = f"{short} ({changed} changed)"
        with st.popover(words, key=self._key(dataset, "place"), width="stretch"):
            self.render_open(spec)

    def render_open(self, spec: DatasetSpec) -> None:
        """Draw the widgets."""
        info = spec.info if spec.own else DATASETS[spec.id]
        dataset = {"id": spec.id}
        with st.container(width=WIDTH):
            wrong = self.wrong(dataset)
            if wrong:
                st.warning(html.plain(wrong))
            for name in self._names(spec):
                _WIDGETS[name](self._key(dataset, name), spec, info)

    def _names(self, spec: DatasetSpec) -> list[str]:
        """The fields of a spec that its widgets change."""
        return [*spec.info.shapes, *(["validation"] if self._split else [])]

    def _key(self, dataset: Document, name: str) -> str:
        return f"shape-{self._mark}-{dataset['id']}-{name}"


def _render_formula(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    # No default of its own: the buttons below change it.
    st.session_state.setdefault(key, spec.formula or info.example)
    st.text_input(
        "Formula",
        max_chars=LONGEST_FORMULA,
        key=key,
        help="A boundary, such as y > 0.3\\*sin(3\\*x), or a value, such as x\\*y. Points have x "
        f"and y from -{SPAN:g} to {SPAN:g}. It may have + - \\* / ^, comparisons, and, or, not, "
        "pi, e, sin, cos, tan, tanh, exp, log, sqrt, abs, sign, floor, min and max.",
    )
    with st.container(horizontal=True, gap="small"):
        for name, formula in FORMULAS.items():
            st.button(
                name,
                key=f"{key}-{name}",
                type="tertiary",
                help=f"`{formula}`",
                on_click=st.session_state.__setitem__,
                args=(key, formula),
            )


def _render_points(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    values = spec.info.task == "regression"
    points = st.session_state.get(key)
    points = _painting(spec, info) if points is None else points

    def keep(given: object) -> None:
        """Takes over what the browser sent, which may be anything."""
        fits = isinstance(given, str) and re.fullmatch("([A-Za-z0-9_-]{4})*", given)
        st.session_state[key] = given if fits else ""

    render_paint_pad(
        f"{key}-pad",
        points,
        values=values,
        version=st.session_state.get(f"{key}-version", 0),
        on_change=keep,
    )


def _painting(spec: DatasetSpec, info: DatasetInfo) -> str:
    """The points that a spec has, also where it leaves them to the example."""
    if spec.points is not None:
        return spec.points
    return recoded(info.example, values=True) if spec.info.task != info.task else info.example


def _render_task(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    painting = f"{key.removesuffix('task')}points"

    def recode() -> None:
        """Keeps the points when classes become values, or values classes."""
        before = st.session_state.get(painting) or _painting(spec, info)
        values = st.session_state[key] == "regression"
        st.session_state[painting] = recoded(before, values=values)
        st.session_state[f"{painting}-version"] = 1 + st.session_state.get(f"{painting}-version", 0)

    st.segmented_control(
        "Painted are",
        list(_TASKS),
        default=first_value(key, spec.info.task),
        format_func=_TASKS.__getitem__,
        key=key,
        required=True,
        on_change=recode,
        label_visibility="collapsed",
    )


def _render_amount(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    rows = first_value(key, spec.info.rows)
    plane = info.kind == "plane"
    most = MOST_ROWS if plane else info.rows
    st.select_slider(
        "Points" if plane else "Rows",
        sorted({*(count for count in AMOUNTS if count <= most), most, rows}),
        value=rows,
        key=key,
        format_func=lambda count: f"{count:,}",
        help="Taken at random; of two amounts, the smaller is part of the larger. "
        + (
            f"The {info.test_rows:,} test rows are kept beside them."
            if info.has_test
            else "Divided into training, validation and test rows."
        ),
    )


def _render_noise(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    noise = first_value(key, info.noise if spec.noise is None else spec.noise)
    st.select_slider(
        "Noise",
        sorted({*NOISES, info.noise, noise}),
        value=noise,
        key=key,
        format_func=lambda noise: f"{noise:g}",
        help="By how much points are moved at random: the standard deviation, in units of x and y.",
    )


def _render_draw(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    st.button(
        "Other points",
        key=f"{key}-button",
        help="Of the same kind, drawn anew.",
        on_click=lambda: st.session_state.__setitem__(key, random.randrange(1, 1_000)),
    )


def _render_features(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    st.pills(
        "What the network sees",
        list(FEATURES),
        selection_mode="multi",
        default=first_value(key, list(spec.features or PLAIN)),
        format_func=lambda name: FEATURES[name].label,
        key=key,
        help="Features of a point. With fitting ones even a linear model draws a curved boundary.",
    )


def _render_validation(key: str, spec: DatasetSpec, info: DatasetInfo) -> None:
    share = first_value(key, spec.validation)
    st.select_slider(
        "Share for validation",
        sorted({*SHARES, share}),
        value=share,
        key=key,
        format_func=lambda share: f"{share:.0%}",
        help="Of all rows; the score is measured on them. Rows for a test are kept apart.",
    )


_BUTTON = ("Shape", "Shape the data")
_BUTTONS = {"formula": ("Formula", "Write a formula"), "points": ("Paint", "Paint points")}
"""What the button says of widgets among which is a field: with changes, and without."""

_TASKS = {"classification": "Classes", "regression": "Values"}

_WIDGETS: dict[str, Callable[[str, DatasetSpec, DatasetInfo], None]] = {
    "points": _render_points,
    "task": _render_task,
    "formula": _render_formula,
    "amount": _render_amount,
    "noise": _render_noise,
    "draw": _render_draw,
    "features": _render_features,
    "validation": _render_validation,
}
"""What draws each field of a spec that shapes data, into the widget of a key."""
