"""What drives the best model's answers: columns, how the answer goes with one, bad slices."""

from __future__ import annotations

from typing import Any

from tuning_core.charts.models.column_drops import column_drops, slice_scores
from tuning_core.charts.models.dependence import dependence
from tuning_core.charts.parts.chart import Chart
from tuning_core.findings import effect_words as words
from tuning_core.report.elements import Figure, Piece, says
from tuning_core.report.sections.assessed import section_of
from tuning_core.report.told import Told

MOST_COLUMNS, MOST_SLICES = 12, 10


@section_of("drives", "What drives it")
def drives(told: Told) -> list[Piece]:
    """The columns that the answers rest on, and how they go with one."""
    columns, gone_with = told.result("columns"), told.result("dependence")
    pieces: list[Piece] = []
    if columns is not None:
        pieces += _columns(columns)
    if gone_with is not None:
        pieces += _dependence(gone_with)
    return pieces


def _columns(found: dict[str, Any]) -> list[Piece]:
    frame, title = words.drops_frame(found, MOST_COLUMNS), words.drops_title(found)

    def draw(dark: bool) -> Chart:
        return column_drops(frame, title, dark=dark)

    more = len(found["columns"]) - len(frame)
    rest = f"{more:,} more columns cost less. " if more else ""
    caption = f"Pale: no more than luck explains. {rest}{words.columns_method(found)}"
    return [says(words.columns_words(found)), Figure("Columns", caption, draw)]


def _dependence(found: dict[str, Any]) -> list[Piece]:
    axis = words.answer_title(found)
    charts = [dependence(found, axis, dark=dark, height=300) for dark in (False, True)]
    title = f"How the answer goes with {found['column']}"
    caption = words.dependence_method(found)
    said = f"{words.dependence_words(found)} {caption}"
    return [Figure(title, said, lambda dark: charts[dark])]


@section_of("slices", "Where it is worse")
def slices(told: Told) -> list[Piece]:
    """The slices of the rows on which it is worst."""
    found = told.result("slices")
    if found is None:
        return []
    pieces: list[Piece] = [says(words.slices_words(found))]
    frame, share = words.slices_frame(found).head(MOST_SLICES), words.percent(found["metric"])

    def draw(dark: bool) -> Chart:
        title = words.metric_title(found)
        return slice_scores(frame, found["score"], title, percent=share, dark=dark)

    if len(frame):
        left = found["count"] - len(frame)
        rest = f" {left:,} more are not drawn." if left else ""
        caption = f"The line: all rows. {words.SLICES_METHOD}{rest}"
        pieces.append(Figure("", caption, draw))
    return pieces
