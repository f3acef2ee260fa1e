"""Which hyperparameters mattered: the two questions, and their answers as frames of bars."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tuning_core.analysis import background
from tuning_core.analysis.importance import NAME, Importance, Importances, importances_from
from tuning_core.spec.study import StudySpec

MOST_BARS = 20

QUESTIONS = (
    (
        "variance",
        "What explains the variance of the scores?",
        "fANOVA: the share of the variance, over the whole space, that each explains alone.",
        "share of the variance",
    ),
    (
        "best",
        "What separates the best trials from the rest?",
        "PED-ANOVA: how differently the best tenth is spread along each, as a share of the sum.",
        "share of the separation",
    ),
)


def stored_importances(folder: Path) -> Importances | None:
    """The result in a study's folder."""
    document = background.stored_result(folder, NAME)
    return None if document is None else importances_from(document)


def importance_frame(items: list[Importance], result: Importances, spec: StudySpec) -> pd.DataFrame:
    """A row per bar; what is not active everywhere says in how many trials it is."""
    return pd.DataFrame(
        {
            "hyperparameter": [
                spec.label(item.name)
                + ("" if item.trials == result.analysed else f" (n = {item.trials:,})")
                for item in items
            ],
            "share": [item.share for item in items],
            "low": [item.low for item in items],
            "high": [item.high for item in items],
            "chance": [item.chance for item in items],
            "trials": [item.trials for item in items],
        }
    )
