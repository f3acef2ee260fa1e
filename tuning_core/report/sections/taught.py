"""What the search taught: the path to the best, more rows, the worth of tuning itself."""

from __future__ import annotations

from tuning_core.analysis.ablation import path_from
from tuning_core.analysis.rows_curve import rows_curve_from
from tuning_core.charts.hyperparameters.ablation_path import ablation_path
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.study.rows_curve import score_over_rows
from tuning_core.findings.formatting import score
from tuning_core.findings.nested_words import agreement_words, outer_rows, worth_words
from tuning_core.findings.taught_words import (
    ROWS_METHOD,
    path_frames,
    path_method,
    path_words,
    rows_frames,
    rows_words,
)
from tuning_core.report.elements import Figure, Piece, Section, says, table
from tuning_core.report.sections.assessed import OLD, section_of
from tuning_core.report.told import Told


@section_of("path", "From the default to the best")
def path(told: Told) -> list[Piece]:
    """What each change from the default to the best gained, trained."""
    result = told.result("ablation")
    if result is None:
        return []
    found = path_from(result)
    if found is None:
        return [says(OLD)]
    frames, objective = path_frames(told.live, found), told.spec.objective_info

    def draw(dark: bool) -> Chart:
        return ablation_path(*frames, objective, dark=dark)

    return [says(path_words(told.live, found)), Figure("", path_method(found), draw)]


@section_of("more-rows", "Would more rows help?")
def more_rows(told: Told) -> list[Piece]:
    """The score over the number of training rows."""
    result = told.result("rows_curve")
    if result is None:
        return []
    curve = rows_curve_from(result)
    if curve is None:
        return [says(OLD)]
    frames, objective = rows_frames(curve), told.spec.objective_info

    def draw(dark: bool) -> Chart:
        return score_over_rows(*frames, objective, dark=dark, height=300)

    return [says(rows_words(curve)), Figure("", ROWS_METHOD, draw)]


def tuning(told: Told) -> Section | None:
    """The worth of the whole search by nested cross-validation, as far as folds are scored."""
    nested, objective = told.nested, told.spec.objective
    if not nested.scores or nested.changed:
        return None
    rows = outer_rows(nested, told.spec, told.live.store)
    words = worth_words(nested, told.spec, told.study.best_score)
    partly = "" if nested.done else f"By {len(nested.scores)} of {len(rows)} folds: "
    pieces: list[Piece] = [says(partly + words)] * bool(words)
    head = ["outer fold", "best validation score", "score on the fold"]
    cells = [[str(r.fold), score(r.promised, objective), score(r.score, objective)] for r in rows]
    method = (
        "The whole search was repeated on the rows beside each outer fold, and its best model "
        "scored on that fold, which chose nothing of it."
    )
    pieces += [table(head, cells), says(f"{agreement_words(rows, told.spec)} {method}".strip())]
    return Section("tuning", "What tuning itself is worth", pieces)
