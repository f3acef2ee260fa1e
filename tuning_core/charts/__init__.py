"""One file per chart: data frame in, chart out (made with Altair, see :mod:`chart`).

Show them with ``st.altair_chart(chart, theme="streamlit", width="stretch")``. Charts with
selections also need ``key``, ``on_select="rerun"`` and ``selection_mode``: the names are
:func:`brush_names` and ``PICKED`` for the parallel coordinates, ``[PICKED, ZOOM]`` for the
learning curves and ``[PICKED]`` for all others. With all of them named, zoom, brushes and picks
outlive new data.
"""

from __future__ import annotations

from tuning_core.charts.axes import Axis
from tuning_core.charts.best_so_far import Spent, best_so_far
from tuning_core.charts.brackets import brackets
from tuning_core.charts.brushes import brush_names, brushed, brushed_trials
from tuning_core.charts.chart import Chart
from tuning_core.charts.contour import contour
from tuning_core.charts.cost import Cost, score_cost
from tuning_core.charts.curve_multiples import CurveGroup, curve_groups, curve_panels
from tuning_core.charts.draws import draws
from tuning_core.charts.edf import edf
from tuning_core.charts.labelled_lines import Mark, labelled_lines
from tuning_core.charts.learning_curves import ZOOM, learning_curves
from tuning_core.charts.line_frames import Line
from tuning_core.charts.numerals import number_text
from tuning_core.charts.parallel_coordinates import parallel_coordinates
from tuning_core.charts.picked import PICKED, picked_trials
from tuning_core.charts.plane import plane
from tuning_core.charts.projection import projection
from tuning_core.charts.rank import rank
from tuning_core.charts.rate_test import rate_test
from tuning_core.charts.scatter_preview import scatter_preview
from tuning_core.charts.score_points import ScorePoints, score_points
from tuning_core.charts.slices import score_slice
from tuning_core.charts.strips import strips
from tuning_core.charts.surrogate_picture import surrogate_picture
from tuning_core.charts.timeline import timeline
from tuning_core.charts.truth_points import truth_points
from tuning_core.charts.what_if_curves import WhatIfCurve, axis_ends, what_if_curves

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
