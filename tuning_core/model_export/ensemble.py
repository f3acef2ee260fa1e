"""The mean of several trials as one Keras model, in a zip with its card."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuning_core.catalog import FAMILIES
from tuning_core.catalog.hyperparameters import Value
from tuning_core.datasets import PreparedData, load_rows
from tuning_core.datasets.spreadsheet import markdown
from tuning_core.datasets.tables.uploads import study_reader
from tuning_core.files import whole
from tuning_core.model_export import script
from tuning_core.model_export.bundle import MODEL, verify
from tuning_core.model_export.card import (
    input_words,
    limit_words,
    output_words,
    precision_words,
    preprocessing_words,
    scoring_words,
    split_words,
)
from tuning_core.model_export.model import save_model
from tuning_core.model_export.score_script import NAME, score_script
from tuning_core.models import Ensemble, build_model, raw_model
from tuning_core.spec.study import StudySpec


@dataclass(frozen=True)
class EnsembleMember:
    """A network of an ensemble: its trial's configuration and ``weights``, and its ``share``."""

    trial: int
    config: Mapping[str, Value]
    seed: int
    weights: Sequence[np.ndarray]
    share: float

    def core(self, data: PreparedData) -> keras.Model:
        """The network on preprocessed rows."""
        core = build_model(self.config, data.row_shape, data.outputs, data.info.task, self.seed)
        core.set_weights(list(self.weights))
        return core


def ensemble_model(members: Sequence[EnsembleMember], data: PreparedData) -> keras.Model:
    """The mean of the members by their shares: raw rows in, answers in original units out."""
    cores = {f"trial_{member.trial}": member.core(data) for member in members}
    ensemble = Ensemble(cores, [member.share for member in members])
    return raw_model(ensemble, data.preprocessing, data.target)


def export_ensemble(
    members: Sequence[EnsembleMember],
    target: Path,
    spec: StudySpec,
    data: PreparedData,
    home: Path,
    scores: Sequence[str],
) -> Path:
    """Writes the zip to ``target`` in one step; returns it. Raises ExportError.

    It is only there once its model, loaded in a clean process, answered as the one in memory.
    ``scores`` are the lines of the card on how good it is.
    """
    model = ensemble_model(members, data)
    reader = study_reader(spec.dataset, home)
    texts = {
        "spec.json": spec.to_json(),
        "members.json": json.dumps(
            [{"trial": m.trial, "weight": m.share, "config": dict(m.config)} for m in members],
            indent=2,
            allow_nan=False,
        )
        + "\n",
    }
    scripts: dict[str, str] = {}
    if data.info.kind == "table":
        raw = load_rows(spec.dataset, home)
        scripts[NAME] = score_script(spec, data, raw.date_forms, reader)
    texts |= scripts
    texts["requirements.txt"] = (
        "\n".join(script.packages([*scripts.values(), "import keras"])) + "\n"
    )
    texts["MODEL_CARD.md"] = _card(model, members, spec, data, scores, reader)
    with whole(target) as draft:
        saved = save_model(model, draft.with_name(MODEL))
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(saved, MODEL)
            for name, text in texts.items():
                archive.writestr(name, text)
        verify(draft, model, spec, data, home)
    return target


def _card(
    model: keras.Model,
    members: Sequence[EnsembleMember],
    spec: StudySpec,
    data: PreparedData,
    scores: Sequence[str],
    reader: Any,
) -> str:
    title = markdown(data.info.title)
    rows = "\n".join(f"| {member.trial} | {member.share:.3f} |" for member in members)
    lines = "\n".join(f"- {line}" for line in scores)
    trained = "" if spec.folds == 1 else ", each refitted on all rows outside the test part"
    return f"""# {markdown(spec.name)}: an ensemble

{FAMILIES[spec.model.family].title}, {data.info.task}, {model.count_params():,} numbers in all.
It is the weighted mean of what {len(members)} trials of a hyperparameter search on {title} say
(ensemble selection, Caruana et al. 2004){trained}. One preprocessing stands before all of them.

| trial | weight |
| --- | --- |
{rows}

- Data: {title}. {markdown(data.info.description)} Licence: {data.info.licence}.
- Split: {split_words(spec, data)}
- Preprocessing, inside the model: {preprocessing_words(data)}
- Input: {input_words(model)}
- Output: {output_words(data)}.

## Scores

{lines}

## Limits

- Trials and weights were chosen by the validation rows, so a score on these flatters; the test
  part was not used for the choice.
{limit_words(data)}
## Use

`pip install -r requirements.txt`, then

```python
import keras

model = keras.saving.load_model("{MODEL}")
{precision_words(model)}answers = model.predict(rows)
```

{scoring_words(data, reader)}- Configurations are in `members.json`, the study is in `spec.json`.
"""
