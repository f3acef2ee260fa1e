"""Trials and epochs of a study as data frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuning_core.spec.study import StudySpec
from tuning_core.store import EpochRow, TrialRow

if TYPE_CHECKING:
    import pandas as pd

HEAD, TAIL = ("number", "status", "score"), ("epochs", "seconds", "message")
"""Columns around those of the hyperparameters."""


def hyperparameters_shown(spec: StudySpec, trials: Sequence[TrialRow]) -> list[str]:
    """The hyperparameters that tell trials apart: searched ones, then others that differ.

    All of them where none was searched.
    """
    searched = [parameter.name for parameter in spec.search_space.searched]
    names = dict.fromkeys([*searched, *(name for trial in trials for name in trial.config)])
    values = {name: {repr(trial.config.get(name)) for trial in trials} for name in names}
    return [n for n in names if n in searched or len(values[n]) > 1 or not searched]


def trials_frame(spec: StudySpec, trials: Sequence[TrialRow]) -> pd.DataFrame:
    """A row a trial, in their order; ``score`` is NaN where a trial has none.

    A hyperparameter has a column under its own name; under ``hyperparameter_NAME`` where another
    column is called so.
    """
    import pandas as pd

    columns: dict[str, list[object]] = {
        "number": [trial.number for trial in trials],
        "status": [str(trial.status) for trial in trials],
        "score": [trial.score for trial in trials],
    }
    for name in hyperparameters_shown(spec, trials):
        taken = name in HEAD + TAIL
        column = f"hyperparameter_{name}" if taken else name
        columns[column] = [trial.config.get(name) for trial in trials]
    columns["epochs"] = [trial.epochs for trial in trials]
    columns["seconds"] = [trial.seconds for trial in trials]
    columns["message"] = [trial.message for trial in trials]
    return pd.DataFrame(columns).astype({"score": float, "seconds": float})


def curves_frame(epochs: Sequence[EpochRow]) -> pd.DataFrame:
    """A row an epoch: ``trial``, ``execution``, ``epoch``, its metrics, ``seconds``."""
    import pandas as pd

    metrics = dict.fromkeys(name for epoch in epochs for name in epoch.metrics)
    columns: dict[str, list[object]] = {
        "trial": [epoch.trial for epoch in epochs],
        "execution": [epoch.execution for epoch in epochs],
        "epoch": [epoch.epoch for epoch in epochs],
    }
    for name in metrics:
        columns[name] = [epoch.metrics.get(name) for epoch in epochs]
    columns["seconds"] = [epoch.seconds for epoch in epochs]
    return pd.DataFrame(columns).astype(dict.fromkeys((*metrics, "seconds"), float))
