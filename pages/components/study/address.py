"""What the address of a study carries beside its id: every parameter, in one place."""

from __future__ import annotations

import math
import re

import streamlit as st

from pages.components.shared.chosen_trials import choose_trials, chosen_trials
from pages.components.shared.view_address import ViewPart, one_of, whole_number
from pages.components.study.behaviour_tab import COSTS, ORDER
from pages.components.study.best_model.deciding.chosen import deciding_parts
from pages.components.study.best_model.views import MODEL_VIEW, MODEL_VIEWS, view_ids
from pages.components.study.curves_tab import (
    CURVES_SHOWN,
    MOST_BEST,
    TOGETHER,
    curve_metrics,
    main_metric,
    metric_key,
)
from pages.components.study.hyperparameters_tab import MOST_SLICES
from pages.components.study.importance_block import leading
from pages.components.study.overview_tab import AGAINST
from pages.components.study.parallel_tab import (
    MOST_AXES,
    Brushes,
    axes_key,
    brush_anew,
    brushes,
)
from pages.components.study.tab_parts import SECTION, TABS
from tuning_core.charts.study.parallel_frames import SCORE
from tuning_core.findings.axes import axes_of
from tuning_core.findings.live import LiveStudy

MOST_TRIALS = 200


def view_parts(live: LiveStudy) -> tuple[ViewPart, ...]:
    """The parts of the view of a study; its data and its space decide what can be chosen."""
    study, metric = live.study.id, metric_key(live)
    parts = (
        ViewPart("tab", SECTION, TABS[0], **one_of(TABS, _slug)),
        ViewPart("trials", "", [], _trials, _listed, get=chosen_trials, put=choose_trials),
        ViewPart("metric", metric, main_metric(live), **one_of(curve_metrics(live))),
        ViewPart("curves", "curve-count", CURVES_SHOWN, whole_number(1, MOST_BEST)),
        ViewPart("log", "curve-log", False, **one_of([True], lambda _: "1")),
        ViewPart("against", "best-against", AGAINST[0], **one_of(AGAINST)),
        ViewPart("view", MODEL_VIEW, MODEL_VIEWS[0].id, **one_of(view_ids(live))),
        ViewPart("cost", "cost", next(iter(COSTS)), **one_of([*COSTS])),
        *deciding_parts(live),
    )
    axes = [axis.name for axis in axes_of(live)]
    if not axes:
        return parts

    def names(text: str) -> list[str]:
        found = list(dict.fromkeys(text.split(",")))
        if not {*found} <= {*axes}:
            raise ValueError(f"some of {', '.join(axes)}")
        return found

    def intervals(text: str) -> Brushes:
        return _brushes(text, [*axes, SCORE])

    # Two ranges make the fullest picture to begin with.
    pairs = sorted(axes_of(live), key=lambda axis: bool(axis.categories))
    first, *rest = [axis.name for axis in pairs]
    across = st.session_state.get(f"contour-x-{study}") or first
    along = next((name for name in [first, *rest] if name != across), first)
    first_slices, first_axes = (leading(live, axes, most) for most in (MOST_SLICES, MOST_AXES))
    return (
        *parts,
        ViewPart("brush", "", {}, intervals, _written, get=brushes, put=brush_anew),
        ViewPart("split", f"curve-split-{study}", TOGETHER, **one_of(axes)),
        ViewPart("slices", f"slices-shown-{study}", first_slices, names, ",".join),
        ViewPart("axes", axes_key(study), first_axes, names, ",".join),
        ViewPart("x", f"contour-x-{study}", first, **one_of(axes)),
        ViewPart("y", f"contour-y-{study}", along, **one_of(axes)),
        ViewPart("rank", f"rank-y-{study}", axes[0], **one_of(axes)),
        ViewPart("over", f"rank-x-{study}", ORDER, **one_of(axes)),
    )


def names_of(live: LiveStudy) -> set[str]:
    """The names of all parameters that the page of a study knows."""
    return {"id", *(part.name for part in view_parts(live))}


def _slug(tab: str) -> str:
    return tab.lower().replace(" ", "_")


def _trials(text: str) -> list[int]:
    numbers = text.split(",")[:MOST_TRIALS]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise ValueError("numbers of trials with commas between")
    return list(dict.fromkeys(int(number[:9]) for number in numbers))


def _listed(numbers: list[int]) -> str:
    return ",".join(map(str, numbers[:MOST_TRIALS]))


_BRUSH = re.compile(r"([A-Za-z0-9_]{1,40}):(-?[0-9.e+-]{1,20})~(-?[0-9.e+-]{1,20})")


def _brushes(text: str, axes: list[str]) -> Brushes:
    """As in ``units:0.2~0.6,score:0.9~0.95``: shares of an axis' height, or scores."""
    found: Brushes = {}
    for word in text.split(","):
        match = _BRUSH.fullmatch(word)
        ends = _ends(match[2], match[3]) if match and match[1] in axes else None
        if match is None or ends is None:
            raise ValueError(f"AXIS:FROM~TO, the axis one of {', '.join(axes)}")
        found[match[1]] = ends
    return found


def _ends(low: str, high: str) -> tuple[float, float] | None:
    try:
        ends = float(low), float(high)
    except ValueError:
        return None
    return ends if all(map(math.isfinite, ends)) else None


def _written(found: Brushes) -> str:
    return ",".join(f"{axis}:{low:.5g}~{high:.5g}" for axis, (low, high) in found.items())
