"""MODEL_CARD.md: what the model is, what it was trained on and how to use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from tuning_core.catalog import FAMILIES, HYPERPARAMETERS
from tuning_core.catalog.objectives import metric_label
from tuning_core.datasets import PreparedData
from tuning_core.datasets.columns import TablePreprocessing
from tuning_core.datasets.spreadsheet import markdown
from tuning_core.datasets.tables.csv import CSV
from tuning_core.datasets.tables.table import TableReader
from tuning_core.model_export.column_words import column_words
from tuning_core.model_export.script.facts import SearchSummary
from tuning_core.model_export.script.loading import unread
from tuning_core.spec.study import StudySpec


def model_card(
    model: keras.Model,
    meta: Mapping[str, Any],
    spec: StudySpec,
    data: PreparedData,
    summary: SearchSummary,
    reader: TableReader = CSV,
) -> str:
    """The card of the best model, whose table ``reader`` reads: only what its study knows."""
    info = data.info
    settings = "\n".join(
        f"| {_label(name)} | {shown_value(value)} |" for name, value in meta["config"].items()
    )
    title = markdown(info.title)
    return f"""# {markdown(spec.name)}

{FAMILIES[spec.model.family].title}, {info.task}, {model.count_params():,} numbers in all.
It is the best trial of a hyperparameter search on {title}.

- Data: {title}. {markdown(info.description)} Licence: {info.licence}.
- Split: {split_words(spec, data)}
- Preprocessing, inside the model: {preprocessing_words(data)}
- Search: {search_words(spec, summary)}
- Input: {input_words(model)}
- Output: {output_words(data)}.
{_decided(summary, data)}
## Scores

- {capital(spec.objective_info.label)}: {meta["score"]:.6g}{origin_words(meta, spec)}
{scores_words(summary)}- {test_words(summary)}

## Limits

- The best of many trials was chosen by the validation score, so it flatters; the test part was
  not used for the choice.
- It was trained on {data.sizes["train"]:,} rows of {title} alone: rows of another kind, time
  or place are outside what it knows, and it does not say so.
{limit_words(data)}
## The configuration

| hyperparameter | value |
| --- | --- |
{settings}

## Use

`pip install -r requirements.txt`, then

```python
import keras

model = keras.saving.load_model("model.keras")
{precision_words(model)}answers = model.predict(rows)
```

- {_training(spec, reader)}
{scoring_words(data, reader)}- The study is in `spec.json`, every epoch of it in `history.csv`.
"""


def split_words(spec: StudySpec, data: PreparedData) -> str:
    """How many rows each part has, and how they were divided."""
    sizes, own = data.sizes, spec.dataset
    if own.time:
        how = f"in the order of {markdown(own.time)}, the newest rows for the test"
    elif own.group:
        how = f"at random (seed {own.seed}), all rows of one {markdown(own.group)} in the same part"
    else:
        shares = ", with the same share of every class in each" if data.stratified else ""
        how = f"at random (seed {own.seed})"
        how += shares if data.info.task == "classification" else ""
    if spec.folds > 1:
        return (
            f"{sizes['train']:,} rows in {spec.folds} folds that take turns to validate, "
            f"{sizes['test']:,} for the test; {how}."
        )
    return (
        f"{sizes['train']:,} rows for training, {sizes['validation']:,} for validation, "
        f"{sizes['test']:,} for the test; {how}."
    )


def preprocessing_words(data: PreparedData) -> str:
    """What is done to raw rows, and to answers."""
    pre, words = data.preprocessing, ""
    if not isinstance(pre, TablePreprocessing):
        scale = data.info.full_scale
        words = (
            f"pixels divided by {scale:g}."
            if scale is not None
            else "each column minus its mean, divided by its standard deviation in the training "
            "rows."
        )
    else:
        words = column_words(pre)
    if data.info.task == "regression":
        learnt = f" The {data.target.log} of the target is learnt." if data.target.log else ""
        words += f"{learnt} Answers are brought back to the target's own unit."
    return words


def search_words(spec: StudySpec, summary: SearchSummary) -> str:
    """The search in a line: strategy, trials, budget and what was searched."""
    words = f"{spec.strategy.info.title.lower()}, "
    if summary.trials:
        words += f"{summary.trials:,} trials and {summary.trained_epochs:,} epochs in "
        words += f"{summary.seconds:,.0f} s of a "
    words += f"budget of {spec.trials:,} trials of at most {spec.epochs:,} epochs"
    if spec.executions > 1:
        words += f", {spec.executions} trainings each"
    if spec.budget.target is not None:
        words += f", target {spec.budget.target:g}"
    if spec.budget.settled is not None:
        words += ", ending once more trials gain less than seeds make"
    if spec.early_termination is not None:
        words += f", early termination by {spec.early_termination.rule.replace('_', ' ')}"
    searched = [parameter.name for parameter in spec.search_space.searched]
    names = searched if spec.model.own else [_label(name).lower() for name in searched]
    return words + (f"; searched: {', '.join(names)}." if names else "; nothing was searched.")


def output_words(data: PreparedData) -> str:
    """What the model answers."""
    info = data.info
    if info.task == "classification":
        return f"(n, {info.classes}): a probability for each class, in the order " + ", ".join(
            map(markdown, info.class_names)
        )
    return f"(n, 1): {markdown(info.target)}, in its original unit"


def origin_words(meta: Mapping[str, Any], spec: StudySpec) -> str:
    """Where the score comes from, and what was trained with it in mind."""
    if not meta.get("refit"):
        return (
            f" at epoch {meta['best_epoch']} of\n"
            f"  execution {meta['execution']} of trial {meta['trial']}."
        )
    return (
        f", the mean over {spec.executions} trainings of trial\n"
        f"  {meta['trial']} on {spec.folds} folds. This model is a refit on all rows outside the "
        f"test part,\n  for {meta['epochs']} epochs, the median of the best epochs on the folds."
    )


def scores_words(summary: SearchSummary) -> str:
    """The scores of single trainings, as a line of a list; nothing for one."""
    if len(summary.scores) < 2:
        return ""
    each = ", ".join(f"{score:.6g}" for score in summary.scores)
    return f"- Its {len(summary.scores)} trainings: {each}.\n"


def test_words(summary: SearchSummary) -> str:
    """What the test part said, once it was looked at."""
    if summary.test is None:
        return "Test part: not revealed yet; it is kept for the last look."
    each = ", ".join(f"{metric_label(name)} {value:.6g}" for name, value in summary.test.items())
    return f"Test part, looked at once: {each}."


def _decided(summary: SearchSummary, data: PreparedData) -> str:
    """What was decided of the model's probabilities, as lines of a list."""
    decision, lines = summary.decision, ""
    if decision is None or data.info.task != "classification":
        return lines
    if decision.temperature != 1.0:
        lines += (
            f"- Temperature, inside the model: logits are divided by {decision.temperature:.4g}, "
            f"found on {decision.rows:,}\n  validation rows (Guo et al. 2017); no answer changes, "
            "only how sure it is.\n"
        )
    chosen, names = decision.threshold, data.info.class_names
    if chosen is not None and chosen.positive < len(names):
        lines += (
            f"- Threshold, for whoever uses the answers: {markdown(names[chosen.positive])} from a "
            f"probability of {chosen.threshold:.3g} on,\n  where a false alarm costs "
            f"{chosen.false_alarm:g} and a miss {chosen.miss:g}.\n"
        )
    return lines


def limit_words(data: PreparedData) -> str:
    """What is doubtful about its data, as lines of a list."""
    lines = ""
    if not data.stratified:
        lines += "- The classes do not have their shares in every part of the split.\n"
    if data.weights is not None:
        lines += "- Every class counted alike in training, so its probabilities favour rare ones.\n"
    if data.info.id == "insurance":
        lines += "- The data is simulated.\n"
    return lines


def _training(spec: StudySpec, reader: TableReader) -> str:
    data = f" TABLE{reader.endings[0]}" if spec.dataset.own else ""
    data = " PICTURES.zip" if spec.dataset.pictures else data
    return (
        f"`python train.py{data}` trains this configuration anew in plain Keras code and prints "
        "its score beside\n  the one above."
    )


def scoring_words(data: PreparedData, reader: TableReader) -> str:
    """How to score a table, as a line of a list; nothing where there is none."""
    if data.info.kind != "table":
        return ""
    if not reader.script:
        return f"- {unread(reader)}\n"
    return (
        f"- `python score.py ROWS{reader.endings[0]}` writes the model's answers beside the rows "
        f"of a {reader.label}.\n"
    )


_DOUBLE = "in double precision (under JAX with JAX_ENABLE_X64=1)"
_KINDS = {"string": "text", "float64": f"number {_DOUBLE}"}


def precision_words(model: keras.Model) -> str:
    """The line of code that large numbers need, if any."""
    if all(tensor.dtype != "float64" for tensor in model.inputs):
        return ""
    return 'keras.config.set_floatx("float64")  # or predict rounds large numbers first\n'


def input_words(model: keras.Model) -> str:
    """What the model takes."""
    if not isinstance(model.input, dict):
        shape = ", ".join(["n", *map(str, model.input_shape[1:])])
        double = f" {_DOUBLE}" if model.inputs[0].dtype == "float64" else ""
        return f"raw rows, shape ({shape}){double}."
    columns = ", ".join(
        f"{markdown(name)} ({_KINDS.get(tensor.dtype, 'number')})"
        for name, tensor in model.input.items()
    )
    return (
        f"{{column: tensor of shape (n, 1)}} for {columns}; text as TensorFlow strings, dates as "
        "days since 1970, NaN for a missing number."
    )


def shown_value(value: object) -> str:
    """A value of a configuration."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _label(name: str) -> str:
    return HYPERPARAMETERS[name].label if name in HYPERPARAMETERS else name


def capital(words: str) -> str:
    """The words with a capital."""
    return words[0].upper() + words[1:]
