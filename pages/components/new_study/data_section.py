"""The data part of New study: a built-in dataset or one's own, its split and a preview."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.new_study.own_pictures import cached_pictures, render_own_pictures
from pages.components.new_study.own_table import cached_table, render_own_table
from pages.components.shared import html
from pages.components.shared.chart_place import render_document
from pages.components.shared.data_shape import DataShape
from pages.components.shared.manager_session import home, manager
from pages.components.shared.sketches import (
    class_rows,
    image_strip,
    share_rows,
    split_bar,
    value_histogram,
)
from pages.components.shared.study_draft import generation, key
from pages.components.shared.table_cache import Document, described, own_preview
from tuning_core.catalog import DATASETS, DatasetInfo
from tuning_core.charts.models.plane import scatter_preview
from tuning_core.datasets import Preview, preview
from tuning_core.spec.dataset import MAX_SEED, DatasetSpec
from tuning_core.spec.dataset import OWN_DATA as FILE_DATA

OWN_TEST_SHARE = 0.1
"""Share of a dataset without a test part of its own that is kept back unless the spec says."""

SHARES = ("validation", "test", "seed")
"""Fields of the spec that say how the rows are divided."""

BUILT_IN, OWN, PICTURES = "A built-in dataset", "Your own table", "Your own pictures"
OF_MODEL = "A model's own data"

OWN_DATA = {OWN: (cached_table, render_own_table), PICTURES: (cached_pictures, render_own_pictures)}
"""By its source: what the form last had of it, and what draws its part of the section."""

UNEVEN = 1.5
"""How many times the rows of the smallest class the largest must have to be worth a word."""


class DataPart(NamedTuple):
    """The ``dataset`` part of a spec, what it lacks yet, and what is wrong beside it."""

    document: Document
    missing: str = ""
    wrong: str = ""
    facts: Any = nullcontext()
    """Where what a model's file says of its data is drawn, once it is known."""


def render_data(dataset: Document) -> DataPart:
    """Draw the section; return what it says."""
    first = BUILT_IN if dataset["id"] in DATASETS else PICTURES if "side" in dataset else OWN
    models = [OF_MODEL] if manager().own_models.offered else []
    if dataset["id"] == FILE_DATA:
        first = OF_MODEL if models else BUILT_IN
    source = st.segmented_control(
        "Data",
        [BUILT_IN, *OWN_DATA, *models],
        key=key("data-source", first),
        required=True,
        label_visibility="collapsed",
    )
    if source == OF_MODEL:
        st.html(html.text("What load_data() of the model's file gives.", "ts-muted ts-small"))
        return DataPart({"id": FILE_DATA}, facts=st.container())
    if source in OWN_DATA:
        cached, render = OWN_DATA[source]
        if source != first:
            kept = {name: dataset[name] for name in SHARES if name in dataset}
            dataset = kept | cached()
        edited, missing = render(dataset)
        if missing:
            kept = {name: dataset[name] for name in SHARES if name in dataset}
            return DataPart(kept | edited, missing=missing)
        wrong = ""
    else:
        edited, wrong = _render_picker(dataset)
    spec = DatasetSpec.model_validate(edited)
    info = described(spec)
    edited |= _render_shares(info, dataset)
    counts = _render_own_preview(spec) if spec.own else _render_preview(spec)
    if info.task == "classification":
        weighed = dataset.get("class_weights") == "balanced" and dataset["id"] == edited["id"]
        if _render_class_weights(counts, weighed, info.id):
            edited["class_weights"] = "balanced"
    return DataPart(edited, wrong=wrong)


def _render_picker(dataset: Document) -> tuple[Document, str]:
    """Draw the choice of a built-in dataset and what shapes it; return what is wrong with that."""
    first = dataset["id"] if dataset["id"] in DATASETS else next(iter(DATASETS))
    wide, narrow = st.columns([4.2, 1], vertical_alignment="bottom", gap="small")
    with wide:
        chosen: str = st.selectbox(
            "Dataset",
            list(DATASETS),
            format_func=lambda name: f"{DATASETS[name].title}: {DATASETS[name].description}",
            key=key("dataset", first),
        )
    edited: Document = {"id": chosen}
    if dataset["id"] == chosen:
        names = DATASETS[chosen].shapes
        edited |= {name: dataset[name] for name in names if name in dataset}
    shape = DataShape(f"study-{generation()}", split=False)
    edited = shape.read(edited)
    with narrow:
        shape.render(edited)
    return edited, shape.wrong(edited)


def _render_shares(info: DatasetInfo, dataset: Document) -> Document:
    """Draw how the rows are divided; return what the spec says of it."""
    shares: Document = {}
    validation_column, test_column, seed_column, bar_column = st.columns([1, 1, 1, 2], gap="medium")
    with validation_column:
        shares["validation"] = validation = st.number_input(
            "Share for validation",
            min_value=0.0,
            max_value=0.8,
            step=0.05,
            key=key("validation", float(dataset.get("validation", 0.2))),
            help="The part on which trials are compared.",
        )
    with test_column:
        test = _render_test(info, dataset)
    if test is not None:
        shares["test"] = test
    with seed_column:
        seed = st.number_input(
            "Seed of the split",
            min_value=0,
            max_value=MAX_SEED,
            key=key("split-seed", dataset.get("seed", 0)),
            help="The same seed gives the same parts.",
        )
    if seed:
        shares["seed"] = seed
    with bar_column:
        st.html(split_bar(*_parts(info, validation, test)))
    return shares


def _render_test(info: DatasetInfo, dataset: Document) -> float | None:
    """The share for testing; None keeps the dataset's own test part."""
    same = dataset.get("id") == info.id
    given = dataset.get("test") if same else None
    value: float | None = st.number_input(
        "Share for testing",
        value=None,
        min_value=0.0,
        max_value=0.8,
        step=0.05,
        placeholder=f"its own {info.test_rows:,}" if info.has_test else "0.1",
        key=key(f"test-{info.id}", given),
        help="Kept back from the whole search and evaluated once, on the best model.",
    )
    return value


def _parts(info: DatasetInfo, validation: float, test: float | None) -> tuple[int, int, int]:
    """Rows for training, validation and testing, as the split will cut them."""
    own = info.has_test and test is None
    rows = info.rows if own else info.rows + info.test_rows
    tested = info.test_rows if own else round(rows * (OWN_TEST_SHARE if test is None else test))
    validated = round(rows * validation)
    return rows - validated - (0 if own else tested), validated, tested


def _render_preview(spec: DatasetSpec) -> Mapping[str, int]:
    """Draw the preview, or say that the dataset is still to be fetched; return rows by class."""
    info = spec.info
    written = spec.model_dump_json()
    sample = _sample(written, str(home())) if info.embedded else preview(spec, home())
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
            values = sample.target is not None
            points["value" if values else "label"] = (
                sample.target if values else sample.point_labels
            )
            chart = scatter_preview(points, dark=html.is_dark(), height=230)
            render_document(chart.to_dict(), "points")
        else:
            st.dataframe(pd.DataFrame(list(sample.table)), hide_index=True, height=212, key="rows")
    with narrow:
        _render_target(info.target, sample.target, sample.class_counts)
    return sample.class_counts


def _render_own_preview(spec: DatasetSpec) -> Mapping[str, int]:
    """Draw some rows of one's own data, and the target; return rows by class."""
    sample = own_preview(spec)
    if sample.images is not None:
        _render_classes(sample)
        return sample.class_counts
    wide, narrow = st.columns([2.2, 1], gap="large")
    with wide:
        st.html(html.text("First rows, as they stand in the file", "ts-muted ts-small"))
        st.dataframe(pd.DataFrame(list(sample.table)), hide_index=True, height=212, key="rows")
    with narrow:
        _render_target(spec.info.target, sample.target, sample.class_counts)
    return sample.class_counts


def _render_classes(sample: Preview) -> None:
    """Draw how many pictures there are of each class, and some of them."""
    assert sample.images is not None
    st.html(class_rows(sample.class_counts, sample.images, sample.image_labels))
    rest = len(sample.class_counts) - len(set(sample.image_labels))
    if rest:
        st.html(html.text(f"and {rest:,} more classes", "ts-muted ts-small"))


def _render_target(
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
def _sample(spec: str, folder: str) -> Preview | None:
    return preview(DatasetSpec.model_validate_json(spec), Path(folder))


def _render_class_weights(counts: Mapping[str, int], weighed: bool, mark: str) -> bool:
    """Draw the offer where it makes sense; return whether classes are to be weighed.

    ``weighed`` is what the draft says; ``mark`` ends the key of the switch.
    """
    present = {name: rows for name, rows in counts.items() if rows}
    if len(present) < 2:
        return False
    rarest = min(present, key=present.__getitem__)
    most = max(present.values())
    if most < UNEVEN * present[rarest] and not weighed:
        return False
    always = most / sum(present.values())
    chosen = st.toggle(
        "Weigh classes by their rarity",
        key=key(f"class-weights-{mark}", weighed),
        help="A training row counts in inverse proportion to the rows of its class, so that "
        "rare classes are learnt as well as frequent ones. Scores stay unweighed.",
    )
    times = most / present[rarest]
    st.html(
        html.text(
            f"Classes are uneven: the largest has {times:,.1f} times the rows of “{rarest}”, and "
            f"always answering with it is right for {always:.0%} of the rows.",
            "ts-muted ts-small",
        )
    )
    return chosen
