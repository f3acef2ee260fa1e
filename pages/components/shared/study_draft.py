"""The draft of New study: one JSON document in the session, and the keys of its widgets.

Widgets take their first value from the draft and write back into it at every run, so the draft
is what is shown, copied and launched. Replacing the draft (a pasted spec, a preset) starts a new
generation of keys, and with it new widgets that read the new values.

Ready-made documents are here too: what an empty form begins with, and the study to watch on Home.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from tuning_core.catalog import PRESETS
from tuning_core.resources import spare_cores
from tuning_core.spec.study import StudySpec, parse_spec

SPACE = "space"
_DRAFT = "draft"
_GENERATION = "draft_generation"
_ASIDE = "draft_aside"
DEMO: dict[str, Any] = {
    "version": 1,
    "name": "Digits, a search to watch",
    "seed": 1,
    "dataset": {"id": "digits"},
    "model": {"family": "mlp"},
    "space": {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
        "batch_size": {"choices": [16, 32, 64, 128]},
        "units": {"low": 16, "high": 128, "step": 16},
        "layers": {"low": 1, "high": 3},
        "dropout": {"low": 0.0, "high": 0.5},
    },
    "strategy": {"id": "random"},
    "objective": "val_accuracy",
    "budget": {"trials": 40, "epochs": 30},
}


def demo() -> StudySpec:
    """The study that *Watch a search* starts."""
    return parse_spec(DEMO)


def empty_form() -> dict[str, Any]:
    """What the form of New study shows at first.

    Its trials are enough to say which of its hyperparameters mattered, a few lost ones allowed for.
    """
    return {
        "version": 1,
        "seed": 0,
        "dataset": {"id": "digits"},
        "model": {"family": "mlp"},
        "space": PRESETS["recommended"].space("mlp"),
        "strategy": {"id": "random", "settings": {}},
        "budget": {"trials": 40, "epochs": 10},
        "parallel": spare_cores(),
    }


def draft() -> dict[str, Any]:
    """The document as the form last had it."""
    if _DRAFT not in st.session_state:
        replace_draft(empty_form())
    document: dict[str, Any] = st.session_state[_DRAFT]
    return document


def keep_draft(document: dict[str, Any]) -> None:
    """Take over what the widgets say now."""
    st.session_state[_DRAFT] = document


def replace_draft(document: Mapping[str, Any]) -> None:
    """Make the form show another document."""
    st.session_state[_DRAFT] = dict(document)
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    st.session_state[_ASIDE] = {}


def replace_space(space: Mapping[str, Any]) -> None:
    """Make the rows of the search space show another space; the rest of the form stays."""
    kept = {part: entries for part, entries in st.session_state[_ASIDE].items() if part != SPACE}
    replace_draft({**draft(), "space": dict(space)})
    st.session_state[_ASIDE] = kept


def aside(part: str = SPACE) -> dict[str, Any]:
    """What a part of the form does not show for now, kept for when it comes back.

    Of the space these are entries of hidden rows, of ``strategies`` the settings of each.
    """
    kept: dict[str, Any] = st.session_state.setdefault(_ASIDE, {}).setdefault(part, {})
    return kept


def generation() -> int:
    """How often the draft was replaced as a whole; part of every widget's key."""
    number: int = st.session_state.get(_GENERATION, 0)
    return number


def key(name: str, first: Any) -> str:
    """The session key of the form's widget ``name``, given its first value if it has none.

    For widgets that are there from the start: a browser that is quick to ask for the next run
    may never see that value, so one that comes later is given it as its default.
    """
    full = plain_key(name)
    if full not in st.session_state:
        st.session_state[full] = first
    return full


def plain_key(name: str) -> str:
    """The session key of a widget whose first value is its default."""
    return f"{name}-{generation()}"
