"""The best model of a study of one's own model: built by its file, with the weights that are kept.

On data of the catalog it is exported as the families' are: raw rows in. On the file's own data it
takes what the file's ``load_data`` gives.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.catalog.model_formats import CHECKED_ROWS, KERAS, ModelFormat
from tuning_core.datasets import PreparedData, load_rows, take_rows, untouched_rows
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.datasets.preprocessing import scaled_target
from tuning_core.files import whole
from tuning_core.model_export.bundle import MODEL, csv_of
from tuning_core.model_export.custom_objects import custom_objects, loads_again
from tuning_core.model_export.evaluation import raw_inputs
from tuning_core.model_export.formats import OtherFile, file_of, other_file
from tuning_core.model_export.model import ExportError, save_model, training_data
from tuning_core.model_export.own_card import loading_words, own_card
from tuning_core.model_export.script.facts import SearchSummary
from tuning_core.model_export.script.own_model import CODE, own_packages, own_script
from tuning_core.model_export.script.script import NAME
from tuning_core.models import raw_model
from tuning_core.own_models.calling import numbers_of
from tuning_core.own_models.data import FEW_ROWS, OwnData, OwnPart
from tuning_core.own_models.execution import built
from tuning_core.own_models.loading import OwnModel
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.study import StudySpec
from tuning_core.training import load_best


@dataclass(frozen=True)
class OwnBest:
    """The best model, with the weights of the study's file ``best.npz``.

    ``data`` are the rows that it was trained on, ``prepared`` the same of the catalog, or None.
    """

    own: OwnModel
    model: keras.Model
    meta: Mapping[str, Any]
    data: OwnData
    prepared: PreparedData | None

    @property
    def exported(self) -> keras.Model:
        """The model as it is saved: between its preprocessing and original units, where known."""
        return self.model if self.prepared is None else self.between(self.prepared)

    def between(self, data: PreparedData, coded: bool = False) -> keras.Model:
        """The model between the preprocessing of ``data`` and original units; ``raw_model``."""
        shape = data.row_shape
        inside = keras.Input((int(np.prod(shape)),))
        tensor = inside if len(shape) == 1 else keras.layers.Reshape(shape)(inside)
        core = keras.Model(inside, self.model(tensor))
        return raw_model(core, data.preprocessing, data.target, coded)


def own_best(best: Path, own: OwnModel, spec: StudySpec, home: Path) -> OwnBest:
    """The best model so far. Raises ExportError, OwnModelError, DataError."""
    if not best.is_file():
        raise ExportError("This study has no model yet: wait until its first epoch has ended.")
    weights, meta = load_best(best)
    if spec.dataset.id == OWN_DATA:
        prepared, data = None, own.load_data()
        if data is None:
            raise ExportError(f"{own.path.name} has no load_data() any more: launch a new study.")
    else:
        prepared = training_data(spec, home)
        data = OwnData.of_catalog(prepared)[0]
    model = built(own, meta["config"], data, meta["seed"])
    try:
        model.set_weights(list(weights))
    except ValueError as error:
        raise ExportError(
            f"The kept weights are not those of {own.name} of trial {meta['trial']}: the study was "
            "imported with others, or its file was changed. Run it again."
        ) from error
    return OwnBest(own, model, meta, data, prepared)


def export_own_model(found: OwnBest, target: Path) -> Path:
    """Writes the best model to ``target``, a .keras file, in one step; returns it."""
    return save_model(found.exported, target)


def evaluate_own_test(found: OwnBest, spec: StudySpec, home: Path) -> dict[str, float]:
    """What the model's own loss and metrics say of the test part. Raises ExportError."""
    part = test_rows(found, spec, home)
    if part is None or part.rows == 0:
        raise ExportError(
            "This study has no test rows: have load_data() return (x_test, y_test) as well."
            if found.prepared is None
            else "This study has no test rows: set dataset.test to a share above 0."
        )
    if not found.model.compiled:
        raise ExportError(
            f"{found.own.name} is not compiled, so nobody here knows how to measure it on the test "
            "part: call model.compile with metrics in build, beside a fit of your own."
        )
    return numbers_of(found.model.evaluate(**part.for_fit, verbose=0, return_dict=True))


def test_rows(found: OwnBest, spec: StudySpec, home: Path) -> OwnPart | None:
    """The untouched rows as the model takes them; None where there are none."""
    data = found.prepared
    if data is None:
        return found.data.test
    part = untouched_rows(load_rows(spec.dataset, home), spec.dataset)
    if not len(part.y):
        return None
    x = data.preprocessing.apply(part.x_raw).reshape(-1, *data.row_shape)
    return OwnPart(x, scaled_target(part.y, data.info, data.target))


def export_own_bundle(
    found: OwnBest,
    target: Path,
    spec: StudySpec,
    home: Path,
    history_rows: Sequence[Mapping[str, Any]],
    summary: SearchSummary,
    known: ModelFormat = KERAS,
) -> Path:
    """Writes the zip of the best model to ``target`` in one step; returns it.

    The model, the author's files, ``train.py`` that uses them, and what the families' bundles have.
    The card says what loading the model needs, as was tried in a process of its own. A file of a
    ``known`` format other than Keras's goes in beside it as in the families' bundles.
    """
    folder, model = found.own.folder, found.exported
    sources = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
        if not path.is_symlink()
    }
    fits, name = found.own.overrides_fit, found.own.path.name
    script = own_script(spec, found.meta, name, home, summary, fits=fits)
    needed = custom_objects(model)
    texts: dict[str, str | bytes] = {
        NAME: script,
        **{f"{CODE}/{name}": text for name, text in sources.items()},
        "spec.json": spec.to_json(),
        "config.json": json.dumps(found.meta["config"], indent=2, sort_keys=True) + "\n",
        "requirements.txt": "\n".join(own_packages(script, name, sources)) + "\n",
        "history.csv": csv_of(history_rows),
    }
    with whole(target) as draft:
        saved = save_model(model, draft.with_name(MODEL))
        rows = _rows(found, spec, home)
        trouble = loads_again(saved, folder, found.own.path.stem, needed, model, rows)
        said = loading_words(needed, trouble, compared=rows is not None)
        card = own_card(model, found.meta, spec, name, summary, needed, said)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(saved, MODEL)
            if known is not KERAS:
                other = _other_file(found, known, spec, home, draft.parent)
                archive.write(other.path, known.file)
                archive.comment = other.compared.to_json()
                card += other.section
                texts |= other.texts
            texts["MODEL_CARD.md"] = card
            for name, text in texts.items():
                archive.writestr(name, text)
    return target


def _other_file(
    found: OwnBest, known: ModelFormat, spec: StudySpec, home: Path, folder: Path
) -> OtherFile:
    model, data = found.exported, found.prepared
    if data is not None:
        return other_file(
            known, model, partial(found.between, data, True), spec, data, home, folder
        )
    rows = _first_inputs(found.data.validation or found.data.train, CHECKED_ROWS)
    with keras.device("cpu:0"):
        expected = model(rows, training=False)
    return file_of(known, model, rows, expected, folder)


def _rows(found: OwnBest, spec: StudySpec, home: Path) -> Any:
    """Some inputs as the exported model takes them; None for tables with texts."""
    data = found.prepared
    if data is None:
        return _first_inputs(found.data.validation or found.data.train)
    if isinstance(data.preprocessing, TablePreprocessing) and not data.preprocessing.numeric:
        return None
    raw = load_rows(spec.dataset, home)
    return raw_inputs(take_rows(raw.x, np.arange(min(FEW_ROWS, len(raw.y)))), data)


def _first_inputs(part: OwnPart, rows: int = FEW_ROWS) -> Any:
    """The inputs of some rows, or of the first batch."""
    few = part.few(rows)
    if few.batches is None:
        return few.x
    first = next(iter(few.batches))
    return first[0] if isinstance(first, tuple | list) else first
