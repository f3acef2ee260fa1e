"""Rows with what the model said of them: pictures as pictures, table rows as rows."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from pages.components.shared.chart_place import say
from tuning_core.manager.questions.answers import BestAnswers

MOST_PICTURES = 40
MOST_ROWS = 100
_HEIGHT, _ROW = 380, 35
"""Pixels of the table at most, and of a row of it."""


def render_rows(found: BestAnswers, places: np.ndarray, words: str) -> None:
    """Draw the rows at ``places`` of those that are kept, in their order; ``words`` say which."""
    say(words)
    if not len(places):
        say("None of these rows is kept." if len(found.truth) else "No row.")
    elif found.pictures is not None:
        st.html(pictures(found, places[:MOST_PICTURES]))
        if len(places) > MOST_PICTURES:
            say(f"{MOST_PICTURES} of {len(places):,} are shown.")
    else:
        frame = row_frame(found, places[:MOST_ROWS])
        st.dataframe(
            frame,
            hide_index=True,
            height=min(_HEIGHT, _ROW * (len(frame) + 1) + 3),
            key="prediction-rows",
            column_config={"sure": st.column_config.NumberColumn(format="percent")},
        )


def row_frame(found: BestAnswers, places: np.ndarray) -> pd.DataFrame:
    """A table: truth, prediction, how sure or how far off, then the row's columns."""
    rows = found.shown[places]
    truth, predicted = found.truth[rows], found.said[rows]
    if found.sure is None:
        columns = {"true": truth, "predicted": predicted, "true minus predicted": truth - predicted}
    else:
        names = np.array(found.classes, dtype=object)
        columns = {"true": names[truth], "predicted": names[predicted], "sure": found.sure[rows]}
    frame = pd.DataFrame(columns)
    for name, values in found.columns.items():
        frame[name if name not in columns else f"{name} (column)"] = values[places]
    return frame


def pictures(found: BestAnswers, places: np.ndarray) -> str:
    """Pictures with what they are, what they were taken for and how surely."""
    assert found.pictures is not None
    assert found.sure is not None
    names, cells = found.classes, []
    for place in places:
        row = found.shown[place]
        truth, predicted = names[found.truth[row]], names[found.said[row]]
        confidence = f"{100 * float(found.sure[row]):.0f} %"
        wrong = truth != predicted
        words = f"{truth} → {predicted}" if wrong else truth
        title = f"true: {truth}, said: {predicted}, {confidence} sure"
        cells.append(
            f'<figure title="{escape(title)}" class="{"wrong" if wrong else ""}">'
            f'<img src="{_address(found.pictures[place])}" alt="{escape(title)}">'
            f"<figcaption>{escape(words)}<br>{confidence}</figcaption></figure>"
        )
    return f'<div class="ts-images large">{"".join(cells)}</div>'


def _address(pixels: np.ndarray) -> str:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return "data:image/png;base64," + b64encode(buffer.getvalue()).decode()
