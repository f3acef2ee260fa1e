"""The best model as a .keras file, raw rows in, original units out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import (
    PreparedData,
    RawData,
    load_rows,
    prepare_all_rows,
    prepare_rows,
)
from tuning_core.files import whole
from tuning_core.models import build_model, raw_model
from tuning_core.spec.decision import Decision
from tuning_core.spec.study import StudySpec
from tuning_core.training import load_best


class ExportError(Exception):
    """Nothing can be exported; ``str()`` is one sentence that says what to do next."""


def best_model_and_data(
    best: Path,
    spec: StudySpec,
    home: Path,
    raw: RawData | None = None,
    decision: Decision | None = None,
) -> tuple[keras.Model, dict[str, Any], PreparedData]:
    """The best model so far, on raw rows, and the metadata of the file of weights ``best``.

    With the data that it was trained on, of ``raw`` rows if they are loaded. It is as it was
    trained, but for the temperature of a ``decision`` about it. Raises ExportError while no trial
    has completed an epoch.
    """
    if not best.is_file():
        raise ExportError("This study has no model yet: wait until its first epoch has ended.")
    weights, meta = load_best(best)
    data = training_data(spec, home, raw)
    try:
        model = exported_network(
            weights, meta["config"], meta["seed"], data, temperature=_temperature(decision, meta)
        )
    except ValueError as error:
        raise ExportError(
            f"The kept weights are not those of a network of trial {meta['trial']}: the study was "
            "imported with others, or its file was changed. Run it again."
        ) from error
    return model, meta, data


def coded_best_model(
    best: Path, data: PreparedData, decision: Decision | None = None
) -> keras.Model:
    """The best model of a table with a number for each text, see ``coded_rows``."""
    weights, meta = load_best(best)
    temperature = _temperature(decision, meta)
    return exported_network(weights, meta["config"], meta["seed"], data, True, temperature)


def _temperature(decision: Decision | None, meta: Mapping[str, Any]) -> float:
    return 1.0 if decision is None else decision.of(meta["trial"]).temperature


def exported_network(
    weights: Sequence[np.ndarray],
    config: Mapping[str, Value],
    seed: int,
    data: PreparedData,
    coded: bool = False,
    temperature: float = 1.0,
) -> keras.Model:
    """A network of ``config`` trained on ``data`` as it is exported: raw rows in, or ``coded``.

    ``weights`` are in the order of ``Model.get_weights``; ValueError where they do not fit. The
    logits of a softmax are divided by the ``temperature``.
    """
    core = build_model(config, data.row_shape, data.outputs, data.info.task, seed)
    core.set_weights(list(weights))
    if temperature != 1.0:
        soften(core, temperature)
    return raw_model(core, data.preprocessing, data.target, coded)


def soften(core: keras.Model, temperature: float) -> None:
    """Divide the logits of the softmax at the end of ``core`` by a temperature.

    They are linear in the last layer's weights, so that dividing these needs no layer more, in any
    format. Guo, Pleiss, Sun and Weinberger 2017, equation 9.
    """
    head = core.layers[-1]
    if getattr(head, "activation", None) is not keras.activations.softmax:
        raise ExportError("Only a model that ends in a softmax has a temperature: set it to 1.")
    head.set_weights([weights / temperature for weights in head.get_weights()])


def training_data(spec: StudySpec, home: Path, raw: RawData | None = None) -> PreparedData:
    """What the best model was trained on: with folds, all rows outside the test part."""
    if raw is None:
        raw = load_rows(spec.dataset, home)
    prepared = prepare_rows if spec.folds == 1 else prepare_all_rows
    return prepared(raw, spec.dataset)


def export_model(
    best: Path, target: Path, spec: StudySpec, home: Path, decision: Decision | None = None
) -> Path:
    """Writes the best model so far to ``target``, a .keras file, in one step; returns it."""
    model, _, _ = best_model_and_data(best, spec, home, decision=decision)
    return save_model(model, target)


def save_model(model: keras.Model, path: Path) -> Path:
    """Saves a model so that ``path`` is only ever seen whole.

    Raises ExportError for a class of somebody's own that Keras cannot save.
    """
    with whole(path, name=path.name) as draft:
        try:
            model.save(draft)
        except NotImplementedError as error:
            reason = " ".join(str(error).partition("Please")[0].split())[:300]
            raise ExportError(f"Keras cannot save this model. {reason}") from error
    return path
