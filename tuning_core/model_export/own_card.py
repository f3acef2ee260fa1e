"""MODEL_CARD.md of a model of one's own: only what its study knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from tuning_core.datasets.spreadsheet import markdown
from tuning_core.model_export.card import (
    capital,
    origin_words,
    scores_words,
    search_words,
    test_words,
)
from tuning_core.model_export.card import shown_value as shown
from tuning_core.model_export.custom_objects import CustomObjects
from tuning_core.model_export.script.facts import SearchSummary
from tuning_core.model_export.script.own_model import CODE
from tuning_core.spec.dataset import OWN_DATA
from tuning_core.spec.study import StudySpec


def own_card(
    model: keras.Model,
    meta: Mapping[str, Any],
    spec: StudySpec,
    file: str,
    summary: SearchSummary,
    needed: CustomObjects,
    loading: str,
) -> str:
    """The card of the best model of the author's ``file``; ``loading`` says how it was loaded."""
    settings = "\n".join(
        f"| {markdown(name)} | {markdown(shown(value))} |" for name, value in meta["config"].items()
    )
    info = spec.dataset_info
    own = spec.dataset.id == OWN_DATA
    data = f"what load_data() of {CODE}/{file} gives" if own else markdown(info.title)
    takes = "rows as load_data() gives them" if own else "raw rows, prepared inside the model"
    return f"""# {markdown(spec.name)}

{markdown(str(spec.model.name))} of `{CODE}/{file}`, {model.count_params():,} numbers in all.
It is the best trial of a hyperparameter search on {data}.

- Search: {search_words(spec, summary)}
- Input: {takes}.

## Scores

- {capital(spec.objective_info.label)}: {meta["score"]:.6g}{origin_words(meta, spec)}
{scores_words(summary)}- {test_words(summary)}

## Limits

- The best of many trials was chosen by the validation score, so it flatters; the test part was
  not used for the choice.

## The configuration

| hyperparameter | value |
| --- | --- |
{settings}

## Use

`pip install -r requirements.txt`, then, with the folder `{CODE}` on Python's path,

```python
import keras

{needed.loading}
answers = model.predict(rows)
```

- {loading}
- `python train.py` builds this configuration with `{CODE}/{file}`, trains it anew and prints its
  score beside the one above.
- The whole study is in `spec.json`, every epoch of it in `history.csv`.
"""


def loading_words(needed: CustomObjects, trouble: str, *, compared: bool) -> str:
    """What a model needs to be loaded; ``trouble``: why it could not be.

    ``compared``: its answers were.
    """
    names = ", ".join(f"`{name}` of `{module}`" for name, module in needed.modules.items())
    what = f"custom objects: {names}" if names else "no custom objects"
    if trouble:
        return (
            f"It needs {what}. It could not be loaded again in a process of its own "
            f"({markdown(trouble)}): build the model as `train.py` does, or give its classes a "
            "`get_config` as Keras's guide to saving says."
        )
    alike = ", and answered alike" if compared else ""
    return f"It needs {what}; it was loaded so in a process of its own{alike}."
