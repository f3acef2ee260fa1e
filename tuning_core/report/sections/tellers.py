"""How a report tells the assessments that have words and pictures of their own, by their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tuning_core.analysis.ablation import path_from
from tuning_core.analysis.references.words import ensemble_words
from tuning_core.analysis.rows_curve import rows_curve_from
from tuning_core.charts.hyperparameters.ablation_path import ablation_path
from tuning_core.charts.models.column_drops import column_drops, slice_scores
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.study.rows_curve import score_over_rows
from tuning_core.findings import effect_words as effects
from tuning_core.findings.formatting import score
from tuning_core.findings.taught_words import path_frames, path_words, rows_frames, rows_words
from tuning_core.report.elements import Figure, Piece, says, table
from tuning_core.report.told import Told

Result = dict[str, Any]

MOST_COLUMNS, MOST_SLICES = 20, 15
"""Of a picture."""

OLD = "What is kept of it is of another version: compute it again."


def reference_sentences(found: Mapping[str, Any]) -> list[str]:
    """How the best network stands beside plain models; on test rows too, where known."""
    tested = found.get("test") or {}
    return [words for words in (found.get("sentence"), tested.get("sentence")) if words]


def _baselines(told: Told, found: Result) -> list[Piece]:
    objective, best = told.spec.objective_info.id, found["best"]
    rows = []
    if best is not None:
        rows.append([f"Best network, trial {best['trial']}", score(best["score"], objective), ""])
    for row in found["baselines"]:
        known = row.get("low") is not None
        ends = f"{score(row['low'], objective)} to {score(row['high'], objective)}" * known
        rows.append([row["label"], score(row["score"], objective), ends])
    head = ["", f"validation {found['label']}", "95% interval"]
    words = "All learn from the same training rows; nothing was searched for plain models."
    pieces: list[Piece] = [says(each) for each in reference_sentences(found)]
    return [*pieces, table(head, rows, lambda n: best is not None and n == 0), says(words, True)]


def _ensemble(told: Told, found: Result) -> list[Piece]:
    return [says(ensemble_words(found))]


def _columns(told: Told, found: Result) -> list[Piece]:
    frame, title = effects.drops_frame(found, MOST_COLUMNS), effects.drops_title(found)

    def draw(dark: bool) -> Chart:
        return column_drops(frame, title, dark=dark)

    return [says(effects.columns_words(found)), Figure("", effects.columns_method(found), draw)]


def _slices(told: Told, found: Result) -> list[Piece]:
    words = effects.slices_words(found)
    frame = effects.slices_frame(found).head(MOST_SLICES)
    if frame.empty:
        return [says(words)]

    def draw(dark: bool) -> Chart:
        share, title = effects.percent(found["metric"]), effects.metric_title(found)
        return slice_scores(frame, found["score"], title, percent=share, dark=dark)

    return [says(words), Figure("", effects.SLICES_METHOD, draw)]


def _ablation(told: Told, found: Result) -> list[Piece]:
    path = path_from(found)
    if path is None:
        return [says(OLD)]

    def draw(dark: bool) -> Chart:
        return ablation_path(*path_frames(told.live, path), told.spec.objective_info, dark=dark)

    words = (
        f"Trained on {path.seeds} new seeds. Bars: what a change gained; lines: its 95% interval; "
        "ticks: single trainings. A grey bar is no more than luck."
    )
    return [says(path_words(told.live, path)), Figure("", words, draw)]


def _rows_curve(told: Told, found: Result) -> list[Piece]:
    curve = rows_curve_from(found)
    if curve is None:
        return [says(OLD)]

    def draw(dark: bool) -> Chart:
        objective = told.spec.objective_info
        return score_over_rows(*rows_frames(curve), objective, dark=dark, height=340)

    words = "Points: single trainings of the best configuration; the line a curve through them."
    return [says(rows_words(curve)), Figure("", words, draw)]


TELLERS: dict[str, Callable[[Told, Result], list[Piece]]] = {
    "baselines": _baselines,
    "ensemble": _ensemble,
    "columns": _columns,
    "slices": _slices,
    "ablation": _ablation,
    "rows_curve": _rows_curve,
}
"""Others are told by the sentences, figures and tables of their results."""
