"""The data part of New study: a built-in dataset or an own table, its split and a preview."""

from __future__ import annotations

import streamlit as st

from pages.components.new_study.class_balance import render_class_weights
from pages.components.new_study.data_preview import render_preview, render_table_preview
from pages.components.new_study.own_table import cached_table, render_own_table
from pages.components.shared.sketches import split_bar
from pages.components.shared.study_draft import key
from pages.components.shared.table_cache import Document, described
from tuning_core.catalog import DATASETS, DatasetInfo
from tuning_core.spec.dataset import MAX_SEED, DatasetSpec

OWN_TEST_SHARE = 0.1
"""Share of a dataset without a test part of its own that is kept back unless the spec says."""

SHARES = ("validation", "test", "seed")
"""Fields of the spec that say how the rows are divided."""

BUILT_IN, OWN = "A built-in dataset", "Your own table"


def render_data(dataset: Document) -> tuple[Document, str]:
    """Draw the section; return the ``dataset`` part of the spec, and what it lacks yet or ""."""
    own = dataset["id"] not in DATASETS
    source = st.segmented_control(
        "Data",
        [BUILT_IN, OWN],
        key=key("data-source", OWN if own else BUILT_IN),
        required=True,
        label_visibility="collapsed",
    )
    if source == OWN:
        edited, missing = render_own_table(dataset if own else {**dataset, **cached_table()})
        if missing:
            kept = {name: dataset[name] for name in SHARES if name in dataset}
            return kept | edited, missing
    else:
        edited = {"id": _render_picker(dataset)}
    spec = DatasetSpec.model_validate(edited)
    info = described(spec)
    edited |= _render_shares(info, dataset)
    counts = render_table_preview(spec) if spec.own else render_preview(info)
    if info.task == "classification":
        weighed = dataset.get("class_weights") == "balanced" and dataset["id"] == edited["id"]
        if render_class_weights(counts, weighed, info.id):
            edited["class_weights"] = "balanced"
    return edited, ""


def _render_picker(dataset: Document) -> str:
    chosen: str = st.selectbox(
        "Dataset",
        list(DATASETS),
        format_func=lambda name: f"{DATASETS[name].title}: {DATASETS[name].description}",
        key=key("dataset", dataset["id"] if dataset["id"] in DATASETS else next(iter(DATASETS))),
    )
    return chosen


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
