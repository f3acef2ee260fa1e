"""A look at a dataset: pictures, rows or points, and how balanced it is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.manager_session import home
from pages.components.shared.sketches import image_strip, share_rows, value_histogram
from pages.components.shared.table_cache import table_preview
from tuning_core.catalog import DatasetInfo
from tuning_core.charts.models.plane import scatter_preview
from tuning_core.datasets import Preview, preview
from tuning_core.spec.dataset import DatasetSpec


def render_preview(info: DatasetInfo) -> Mapping[str, int]:
    """Draw the preview, or say that the dataset is still to be fetched; return rows by class."""
    sample = _sample(info.id, str(home())) if info.embedded else preview(info.id, home())
    if sample is None:
        st.info(
            f"{info.title} is not on this machine yet. It is downloaded once, about "
            f"{info.download_mb:g} MB, when the study starts; its page says how far that is."
        )
        return {}
    wide, narrow = st.columns([2.2, 1], gap="large")
    with wide:
        if sample.images is not None:
            st.html(image_strip(sample.images, sample.image_labels))
        elif sample.points is not None:
            points = pd.DataFrame(sample.points, columns=["x", "y"])
            chart = scatter_preview(
                points.assign(label=list(sample.point_labels)), dark=html.is_dark(), height=230
            )
            st.altair_chart(chart, width="stretch", theme="streamlit", key="points")
        else:
            st.dataframe(pd.DataFrame(list(sample.table)), hide_index=True, height=212, key="rows")
    with narrow:
        render_target(info.target, sample.target, sample.class_counts)
    return sample.class_counts


def render_table_preview(spec: DatasetSpec) -> Mapping[str, int]:
    """Draw the first rows and the target of a table of one's own; return rows by class."""
    sample = table_preview(spec)
    wide, narrow = st.columns([2.2, 1], gap="large")
    with wide:
        st.html(html.text("First rows, as they stand in the file", "ts-muted ts-small"))
        st.dataframe(pd.DataFrame(list(sample.table)), hide_index=True, height=212, key="rows")
    with narrow:
        render_target(spec.info.target, sample.target, sample.class_counts)
    return sample.class_counts


def render_target(
    name: str, values: np.ndarray | None, class_counts: Mapping[str, int], most: int = 10
) -> None:
    """Draw how the ``values`` of a regression are spread, or the rows of each class."""
    if values is not None:
        st.html(html.text(f"Target: {name}", "ts-muted ts-small"))
        st.html(value_histogram(values, name))
        return
    names, amounts = list(class_counts)[:most], list(class_counts.values())[:most]
    st.html(html.text(f"Rows of each {name}", "ts-muted ts-small"))
    st.html(share_rows(names, amounts))
    if len(class_counts) > most:
        rest = len(class_counts) - most
        st.html(html.text(f"and {rest:,} more classes", "ts-muted ts-small"))


@st.cache_data(show_spinner=False, max_entries=16)
def _sample(dataset: str, folder: str) -> Preview | None:
    return preview(dataset, home())
