"""One file per chart: data frame in, chart out (made with Altair, see :mod:`chart`).

Show them with ``st.altair_chart(chart, theme="streamlit", width="stretch")``. Charts with
selections also need ``key``, ``on_select="rerun"`` and ``selection_mode``: the names are
:func:`brush_names` and ``PICKED`` for the parallel coordinates, ``[PICKED, ZOOM]`` for the
learning curves and ``[PICKED]`` for all others. With all of them named, zoom, brushes and picks
outlive new data.
"""

from __future__ import annotations

from tuning_core.charts.hyperparameters.contour import contour
from tuning_core.charts.hyperparameters.projection import projection
from tuning_core.charts.hyperparameters.slices import score_slice
from tuning_core.charts.lessons.draws import draws
from tuning_core.charts.lessons.labelled_lines import Mark, labelled_lines
from tuning_core.charts.lessons.line_frames import Line
from tuning_core.charts.lessons.scatter_preview import scatter_preview
from tuning_core.charts.lessons.surrogate_picture import surrogate_picture
from tuning_core.charts.models.plane import plane
from tuning_core.charts.models.truth_points import truth_points
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.brushes import brush_names, brushed, brushed_trials
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.parts.numerals import number_text
from tuning_core.charts.parts.picked import PICKED, picked_trials
from tuning_core.charts.parts.score_points import ScorePoints, score_points
from tuning_core.charts.study.best_so_far import Spent, best_so_far
from tuning_core.charts.study.brackets import brackets
from tuning_core.charts.study.cost import Cost, score_cost
from tuning_core.charts.study.curve_multiples import CurveGroup, curve_groups, curve_panels
from tuning_core.charts.study.edf import edf
from tuning_core.charts.study.learning_curves import ZOOM, learning_curves
from tuning_core.charts.study.parallel_coordinates import parallel_coordinates
from tuning_core.charts.study.rank import rank
from tuning_core.charts.study.strips import strips
from tuning_core.charts.study.timeline import timeline
from tuning_core.charts.what_if.rate_test import rate_test
from tuning_core.charts.what_if.what_if_curves import WhatIfCurve, axis_ends, what_if_curves

__all__ = [
    "PICKED",
    "ZOOM",
    "Axis",
    "Chart",
    "Cost",
    "CurveGroup",
    "Line",
    "Mark",
    "ScorePoints",
    "Spent",
    "WhatIfCurve",
    "axis_ends",
    "best_so_far",
    "brackets",
    "brush_names",
    "brushed",
    "brushed_trials",
    "contour",
    "curve_groups",
    "curve_panels",
    "draws",
    "edf",
    "labelled_lines",
    "learning_curves",
    "number_text",
    "parallel_coordinates",
    "picked_trials",
    "plane",
    "projection",
    "rank",
    "rate_test",
    "scatter_preview",
    "score_cost",
    "score_points",
    "score_slice",
    "strips",
    "surrogate_picture",
    "timeline",
    "truth_points",
    "what_if_curves",
]
