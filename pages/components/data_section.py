"""The data part of New study: picker, preview, class balance and split."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components.data_preview import put_preview
from pages.components.draft import key
from pages.components.sketches import split_bar
from tuning_core.catalog import DATASETS, DatasetInfo

OWN_TEST_SHARE = 0.1
"""Share of a dataset without a test part of its own that is kept back unless the spec says."""


def put_data(dataset: dict[str, Any]) -> dict[str, Any]:
    """Draw the section; return the ``dataset`` part of the spec."""
    picker, seed_column = st.columns([3, 1], gap="medium")
    with picker:
        chosen = st.selectbox(
            "Dataset",
            list(DATASETS),
            format_func=lambda name: f"{DATASETS[name].title}: {DATASETS[name].description}",
            key=key("dataset", dataset["id"]),
        )
    info = DATASETS[chosen]
    edited: dict[str, Any] = {"id": chosen}
    with seed_column:
        seed = st.number_input(
            "Seed of the split",
            min_value=0,
            max_value=2**31 - 1,
            key=key("split-seed", dataset.get("seed", 0)),
            help="The same seed gives the same parts.",
        )
    validation_column, test_column, bar_column = st.columns([1, 1, 2], gap="medium")
    with validation_column:
        validation = st.number_input(
            "Share for validation",
            min_value=0.0,
            max_value=0.8,
            step=0.05,
            key=key("validation", float(dataset.get("validation", 0.2))),
            help="The part on which trials are compared.",
        )
    with test_column:
        test = _put_test(info, dataset)
    edited["validation"] = validation
    if test is not None:
        edited["test"] = test
    if seed:
        edited["seed"] = seed
    with bar_column:
        st.html(split_bar(*_parts(info, validation, test)))
    put_preview(info)
    return edited


def _put_test(info: DatasetInfo, dataset: dict[str, Any]) -> float | None:
    """The share for testing; None keeps the dataset's own test part."""
    same = dataset.get("id") == info.id
    given = dataset.get("test") if same else None
    value: float | None = st.number_input(
        "Share for testing",
        value=None,
        min_value=0.0,
        max_value=0.8,
        step=0.05,
        placeholder=f"its own {info.test_rows:,} rows" if info.has_test else "0.1",
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
