"""What every trial of a search took, for the charts of the search itself."""

from __future__ import annotations

import pandas as pd

from pages.components.study.live import LiveStudy

MEASURES = ("started", "seconds", "parameters", "parent", "bracket", "round")


def search_frame(live: LiveStudy) -> pd.DataFrame:
    """A row per trial: number, status, score, ``started`` (unix seconds), ``seconds``,
    ``parameters``, ``epochs`` (of all its trainings), ``parent``, ``bracket``, ``round`` and
    ``target`` (the epoch up to which it trains); what a trial lacks is missing.
    """
    trials = sorted(live.trials.values(), key=lambda trial: trial.number)
    columns = {
        "number": pd.Series([trial.number for trial in trials], dtype="int64"),
        "status": pd.Series([trial.status.value for trial in trials], dtype="str"),
        "score": pd.Series([trial.score for trial in trials], dtype="float64"),
        "epochs": pd.Series(
            [trial.epochs * live.spec.executions for trial in trials], dtype="float64"
        ),
        "target": pd.Series([trial.target_epochs for trial in trials], dtype="float64"),
    }
    for name in MEASURES:
        values = [getattr(trial, name) for trial in trials]
        columns[name] = pd.Series(values, dtype="float64")
    return pd.DataFrame(columns)
