"""A look at a dataset: pictures, rows or points, and how balanced it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components import look
from pages.components.engine import home
from pages.components.sketches import image_strip, share_rows, value_histogram
from tuning_core.catalog import DatasetInfo
from tuning_core.charts import scatter_preview
from tuning_core.datasets import Preview, preview


def put_preview(info: DatasetInfo) -> None:
    """Draw the preview, or say that the dataset is still to be fetched."""
    sample = _sample(info.id, str(home())) if info.embedded else preview(info.id, home())
    if sample is None:
        st.info(
            f"{info.title} is not on this machine yet. It is downloaded once, about "
            f"{info.download_mb:g} MB, when the study starts."
        )
        return
    wide, narrow = st.columns([2.2, 1], gap="large")
    with wide:
        if sample.images is not None:
            st.html(image_strip(sample.images, sample.image_labels))
        elif sample.points is not None:
            points = pd.DataFrame(sample.points, columns=["x", "y"])
            chart = scatter_preview(
                points.assign(label=list(sample.point_labels)), dark=look.is_dark(), height=230
            )
            st.altair_chart(chart, width="stretch", theme="streamlit", key="points")
        else:
            st.dataframe(pd.DataFrame(list(sample.table)), hide_index=True, height=212, key="rows")
    with narrow:
        if sample.target is not None:
            st.html(look.text(f"Target: {info.target}", "ts-muted ts-small"))
            st.html(value_histogram(sample.target, info.target))
        else:
            st.html(look.text(f"Rows of each {info.target}", "ts-muted ts-small"))
            st.html(share_rows(list(sample.class_counts), list(sample.class_counts.values())))


@st.cache_data(show_spinner=False, max_entries=16)
def _sample(dataset: str, folder: str) -> Preview | None:
    return preview(dataset, home())
