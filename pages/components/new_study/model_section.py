"""The model part of New study: a family of the catalog, or a model that this server offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from pydantic import ValidationError

from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import key
from pages.components.shared.table_cache import Document
from tuning_core.catalog import FAMILIES, DatasetInfo
from tuning_core.findings.formatting import count
from tuning_core.manager.questions.own_models import Description
from tuning_core.space import SpecError
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.model import OWN, ModelSpec

LOOK_SECONDS = 0.5
SHARES = ("validation", "test", "seed")
"""What a model's file is not asked again for, when it changes."""


@dataclass(frozen=True)
class ModelPart:
    """The ``model`` and ``metrics`` of a spec, and what it lacks yet.

    ``data`` is what the model's file says of its data, ``key`` the model among those offered.
    """

    model: ModelSpec
    document: Document
    data: Document = field(default_factory=dict)
    key: str = ""
    missing: str = ""


def render_model(info: DatasetInfo, dataset: Mapping[str, Any], before: Document) -> ModelPart:
    """Draw the section; ``before`` is the draft."""
    offered = manager().own_models.offered
    families = [name for name, family in FAMILIES.items() if info.kind in family.kinds]
    options = [*families, *offered]
    chosen: str = st.radio(
        "Model family",
        options,
        format_func=lambda name: FAMILIES[name].title if name in FAMILIES else offered[name].title,
        captions=[FAMILIES[name if name in FAMILIES else OWN].sentence for name in options],
        horizontal=True,
        key=key(f"family-{len(families)}", _first(options, before)),
        label_visibility="collapsed",
    )
    if chosen in FAMILIES:
        return ModelPart(ModelSpec(family=chosen), {"model": {"family": chosen}})
    return _own(chosen, dataset)


def same_model(drafted: Mapping[str, Any], model: ModelSpec) -> bool:
    """Whether a draft's space is of this model's hyperparameters; families share theirs."""
    if drafted.get("family") != OWN or not model.own:
        return drafted.get("family", "mlp") != OWN and not model.own
    try:
        return ModelSpec.model_validate(dict(drafted)) == model
    except (ValidationError, SpecError):
        return False


def render_file_data(info: DatasetInfo, part: ModelPart) -> None:
    """Draw what is known of the data that a model's file loads; nothing for other data."""
    if info.id != OWN_DATA or part.missing:
        return
    rows = [("rows to train and validate on", f"{info.rows:,}")] if info.rows else []
    if info.test_rows:
        rows.append(("rows of a test part", f"{info.test_rows:,}"))
    if info.input_shape:
        rows.append(("shape of a row", " x ".join(map(str, info.input_shape))))
    rows.append(("task", info.task if info.task != "other" else "the model's own"))
    st.html(html.facts(rows))


def _first(options: list[str], before: Document) -> str:
    """The option that a draft is about, else the usual one."""
    model = before.get("model", {})
    offered = manager().own_models.offered
    named = [n for n in options if n in offered and offered[n].name == model.get("name")]
    wanted = named[0] if model.get("family") == OWN and named else model.get("family", "mlp")
    return wanted if wanted in options else "mlp" if "mlp" in options else options[0]


def _own(chosen: str, dataset: Mapping[str, Any]) -> ModelPart:
    models = manager().own_models
    asked = {name: value for name, value in dataset.items() if name not in SHARES}
    data = None if dataset["id"] == OWN_DATA else asked
    found = models.described(chosen, data)
    if found is None:
        refused = models.refused(chosen, data)
        if not refused:
            models.begin(chosen, data)
            _wait(chosen, data)
        nothing = ModelSpec.model_validate({"family": OWN, "declared": {}})
        missing = refused or "The model's file is being run to see what it declares."
        st.html(html.text(missing, "ts-muted ts-small"))
        return ModelPart(nothing, {}, missing=missing)
    st.html(html.text(_words(found), "ts-muted ts-small"))
    document = {"family": OWN, "name": models.offered[chosen].name, "declared": found.declared}
    model = ModelSpec.model_validate(document)
    whole = {"model": document, "metrics": found.metrics}
    return ModelPart(model, whole, found.data or {}, chosen)


def _words(found: Description) -> str:
    declared = count(len(found.declared), "hyperparameter")
    words = f"Its file declares {declared}; with their defaults it has {found.parameters:,} "
    words += "parameters. "
    if found.trained_by == "compiled":
        return words + "It is trained by compiled epochs, as the families are."
    return words + found.trained_by


def _wait(chosen: str, data: Mapping[str, Any] | None) -> None:
    """Draw the page again once the model is described."""
    models = manager().own_models
    looks = 0

    @st.fragment(run_every=LOOK_SECONDS)
    def look() -> None:
        nonlocal looks
        looks += 1
        done = models.described(chosen, data) is not None or models.refused(chosen, data)
        if looks > 1 and done:
            st.rerun()

    look()
