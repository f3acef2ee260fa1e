"""The picture of a lesson: drawn at once, and again as its trainings come along."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.components.learn.trainings import seen_so_far
from pages.components.shared import html as look
from pages.components.shared.chart_place import chart_place
from pages.components.shared.formatting import count
from tuning_core.catalog import Value
from tuning_core.charts.lessons.enlarged import enlarged
from tuning_core.lessons import LESSONS, Look, Seen

TICK = 0.2
"""Seconds between two looks while trainings run."""
_PADDING = {"left": 5, "right": 5, "top": 5, "bottom": 5}


@dataclass(frozen=True)
class Size:
    """Pixels that a picture is high, and how much larger than usual its letters and lines are."""

    height: int = 440
    larger: float = 1.0


def render_picture(lesson_id: str, chosen: dict[str, Value], size: Size | None = None) -> Seen:
    """Draw the picture, live while trainings run; return what it shows now."""
    seen = seen_so_far(LESSONS[lesson_id], chosen)
    live = st.fragment(
        _draw_live, key=f"picture-{lesson_id}", run_every=None if seen.ended else TICK
    )
    live(lesson_id, chosen, size or Size(), seen.ended)
    return seen


def _draw_live(lesson_id: str, chosen: dict[str, Value], size: Size, was_ended: bool) -> None:
    lesson = LESSONS[lesson_id]
    seen = seen_so_far(lesson, chosen)
    charts = lesson.pictures(seen, Look(look.is_dark(), size.height, size.larger))
    places = st.columns(len(charts), gap="medium") if len(charts) > 1 else [st.container()]
    for index, (chart, place) in enumerate(zip(charts, places, strict=True)):
        document = enlarged(chart.to_dict(), size.larger)
        with place, chart_place(f"lesson-{index}", size.height):
            st.vega_lite_chart(
                {"padding": _PADDING, **document},
                width="stretch",
                theme="streamlit",
                key=f"lesson-{lesson_id}-{index}",
            )
    if seen.curves:
        st.html(look.text(_state(seen), "ts-muted ts-small ts-line"))
    if seen.ended and not was_ended:
        st.rerun()


def _state(seen: Seen) -> str:
    """How far the trainings are, in a line that is there from the first to the last."""
    failed = [curve.label for curve in seen.curves if curve.state == "failed"]
    if failed:
        return f"Not trained: {', '.join(failed)}. Turn a knob or reload the page to try again."
    ended = sum(curve.ended for curve in seen.curves)
    if seen.complete:
        epochs = sum(len(curve.epochs) for curve in seen.curves)
        return f"{count(ended, 'training')}, {epochs:,} epochs, computed on this machine."
    running = [curve for curve in seen.curves if curve.state == "running"]
    now = f": {running[0].label}, epoch {len(running[0].epochs)}" if running else ""
    return f"Training {ended + 1} of {len(seen.curves)}{now}"
