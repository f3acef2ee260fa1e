"""Rows behind a model's mistakes: pictures, or a table of which a row can be tried."""

from __future__ import annotations

from functools import partial
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared.chart_place import say
from pages.components.shared.sketches import picture_address
from pages.components.shared.try_it.row_form import VALIDATION, start_from
from tuning_core.manager.questions.best_model import BestPredictions

KEY = "prediction-rows"
MOST_PICTURES = 40
MOST_ROWS = 100
_TABLE_HEIGHT, _ROW_HEIGHT = 380, 35
"""Pixels of the table at most, and of a row of it."""


def render_rows(
    found: BestPredictions, places: np.ndarray, words: str, *, try_in: str | None = None
) -> None:
    """Draw the rows at ``places`` of those that are cached, in their order; ``words`` say which.

    One of a table that is ticked fills the form of the place ``try_in``.
    """
    say(words)
    if not len(places):
        say("None of these rows is kept." if len(found.truth) else "No row.")
    elif found.pictures is not None:
        st.html(pictures(found, places[:MOST_PICTURES]))
        if len(places) > MOST_PICTURES:
            say(f"{MOST_PICTURES} of {len(places):,} are shown.")
    else:
        frame = row_frame(found, places[:MOST_ROWS])
        numbers = [int(row) + 1 for row in found.shown[places[:MOST_ROWS]]]
        if try_in is not None:
            say("Tick a row to edit it under Try it, and see the answer move.")
        st.dataframe(
            frame,
            hide_index=True,
            height=min(_TABLE_HEIGHT, _ROW_HEIGHT * (len(frame) + 1) + 3),
            key=KEY,
            column_config={"sure": st.column_config.NumberColumn(format="percent")},
            on_select="ignore" if try_in is None else partial(_begin_with, try_in, numbers),
            selection_mode="single-row",
        )


def _begin_with(place: str, numbers: list[int]) -> None:
    """Fill the form with the row that was ticked."""
    chosen = (st.session_state.get(KEY) or {}).get("selection", {}).get("rows", [])
    if chosen and chosen[0] < len(numbers):
        start_from(place, VALIDATION, numbers[chosen[0]])


def row_frame(found: BestPredictions, places: np.ndarray) -> pd.DataFrame:
    """A table: what is true, what was predicted, how surely or how far off, the row's columns."""
    rows = found.shown[places]
    truth, predicted = found.truth[rows], found.predicted[rows]
    if found.confidence is None:
        columns = {"true": truth, "predicted": predicted, "true minus predicted": truth - predicted}
    else:
        names = np.array(found.classes, dtype=object)
        columns = {
            "true": names[truth],
            "predicted": names[predicted],
            "sure": found.confidence[rows],
        }
    frame = pd.DataFrame(columns)
    for name, values in found.columns.items():
        frame[name if name not in columns else f"{name} (column)"] = values[places]
    return frame


def pictures(found: BestPredictions, places: np.ndarray) -> str:
    """Pictures with what they are, what they were taken for and how surely."""
    assert found.pictures is not None
    assert found.confidence is not None
    names, cells = found.classes, []
    for place in places:
        row = found.shown[place]
        truth, predicted = names[found.truth[row]], names[found.predicted[row]]
        confidence = f"{100 * float(found.confidence[row]):.0f} %"
        wrong = truth != predicted
        words = f"{truth} → {predicted}" if wrong else truth
        title = f"true: {truth}, said: {predicted}, {confidence} sure"
        cells.append(
            f'<figure title="{escape(title)}" class="{"wrong" if wrong else ""}">'
            f'<img src="{picture_address(found.pictures[place])}" alt="{escape(title)}">'
            f"<figcaption>{escape(words)}<br>{confidence}</figcaption></figure>"
        )
    return f'<div class="ts-images large">{"".join(cells)}</div>'
