"""What a study searches, in words, for as long as there is no trial to show."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared.formatting import label, number
from pages.components.study.live import LiveStudy
from tuning_core.space import Choice, Parameter, Range


def render_space_table(live: LiveStudy) -> None:
    """Draw a row per hyperparameter that is searched."""
    searched = live.spec.search_space.searched
    rows = "".join(
        f"<tr><td>{escape(label(parameter.name))}</td><td>{escape(_words(parameter))}</td></tr>"
        for parameter in searched
    )
    if rows:
        st.subheader("What is searched")
        st.html(f'<table class="ts-table ts-narrow">{rows}</table>')


def _words(parameter: Parameter) -> str:
    """The values of a hyperparameter: 0.0001 to 0.1, log; relu, tanh."""
    if isinstance(parameter, Choice):
        return ", ".join(number(value) for value in parameter.choices)
    if not isinstance(parameter, Range):
        return ""
    kind = int if parameter.integer else float
    words = f"{number(kind(parameter.low))} to {number(kind(parameter.high))}"
    if parameter.scale != "linear":
        words += f", {parameter.scale.replace('_', ' ')} scale"
    if parameter.step is not None:
        words += f", {'step' if parameter.scale == 'linear' else 'factor'} {number(parameter.step)}"
    return words
