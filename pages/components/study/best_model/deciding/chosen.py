"""What can be chosen of the view "Deciding": its keys in the session, and in the address."""

from __future__ import annotations

import math

import streamlit as st

from pages.components.shared.view_address import ViewPart, one_of
from tuning_core.analysis.deciding.conformal import LEVELS
from tuning_core.analysis.deciding.thresholds import Costs
from tuning_core.findings.deciding_words import usual_class
from tuning_core.findings.live import LiveStudy

PART, CLASS, THRESHOLD, FALSE_ALARM, MISS, LEVEL, SHAPE = (
    f"deciding-{name}"
    for name in ("part", "class", "threshold", "false-alarm", "miss", "level", "shape")
)
"""Keys of the session."""

SAME, EACH = "the same on both sides", "each side its own"
STEP = 0.01
"""Between two stops of the threshold."""

MOST_COST = 1_000_000.0


def deciding_parts(live: LiveStudy) -> tuple[ViewPart, ...]:
    """What of it the address carries."""
    classes = len(live.spec.dataset_info.class_names) or live.spec.dataset_info.classes
    if live.spec.dataset_info.task == "regression":
        return (
            ViewPart("level", LEVEL, LEVELS[1], **one_of(LEVELS, lambda level: f"{level:g}")),
            ViewPart("sides", SHAPE, SAME, **one_of((SAME, EACH), lambda w: w.split()[0])),
        )
    return (
        ViewPart("class", CLASS, usual_class(classes), **one_of(range(max(2, classes)))),
        ViewPart("threshold", THRESHOLD, 0.5, _share, lambda value: f"{value:g}"),
        ViewPart("false_alarm", FALSE_ALARM, 1.0, _cost, lambda value: f"{value:g}"),
        ViewPart("miss", MISS, 1.0, _cost, lambda value: f"{value:g}"),
    )


def choose_usual(live: LiveStudy) -> None:
    """Choose what nobody has chosen; of data of one's own the task is not known before."""
    for part in deciding_parts(live):
        if part.value() is None:
            part.choose(part.default)
    for key, value in ((LEVEL, LEVELS[1]), (SHAPE, SAME), (CLASS, 0)):
        st.session_state.setdefault(key, value)
    for key, usual in ((THRESHOLD, 0.5), (FALSE_ALARM, 1.0), (MISS, 1.0)):
        st.session_state.setdefault(key, usual)


def costs() -> Costs:
    """What the errors cost."""
    return Costs(float(st.session_state[FALSE_ALARM]), float(st.session_state[MISS]))


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise ValueError("a probability from 0 to 1")
    return round(value / STEP) * STEP


def _cost(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= MOST_COST:
        raise ValueError(f"a cost from 0 to {MOST_COST:,.0f}")
    return value


def _number(text: str) -> float:
    try:
        value = float(text) if len(text) < 20 else math.nan
    except ValueError:
        return math.nan
    return value
