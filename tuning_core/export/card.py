"""MODEL_CARD.md: what the model is, what it was trained on and how to use it."""

from __future__ import annotations

from typing import Any

import keras

from tuning_core.catalog import FAMILIES, HYPERPARAMETERS
from tuning_core.spec import StudySpec


def model_card(model: keras.Model, meta: dict[str, Any], spec: StudySpec) -> str:
    """The card of the best model: only what is known from its study."""
    info, objective = spec.dataset_info, spec.objective_info
    shape = ", ".join(["n", *map(str, info.input_shape)])
    if info.task == "classification":
        answers = f"(n, {info.classes}): a probability for each class, in the order "
        answers += ", ".join(info.class_names)
    else:
        answers = f"(n, 1): {info.target}, in its original unit"
    settings = "\n".join(f"| {_label(name)} | {value} |" for name, value in meta["config"].items())
    return f"""# {spec.name}

{FAMILIES[spec.model.family].title}, {info.task}, {model.count_params():,} numbers in all.
It is the best trial of a hyperparameter search on {info.title}.

- Data: {info.title}. {info.description} Licence: {info.licence}.
- Input: raw rows, shape ({shape}). Preprocessing is inside the model.
- Output: {answers}.
- {objective.label.capitalize()}: {meta["score"]:.6g} at epoch {meta["best_epoch"]} of
  execution {meta["execution"]} of trial {meta["trial"]}.

The best of many trials was chosen by this number, so it flatters; the test part was not used
for the choice.

| hyperparameter | value |
| --- | --- |
{settings}

## Use

```python
import keras

model = keras.saving.load_model("model.keras")
answers = model.predict(rows)
```

The whole study is in `spec.json`, every epoch of it in `history.csv`.
"""


def _label(name: str) -> str:
    return HYPERPARAMETERS[name].label if name in HYPERPARAMETERS else name
