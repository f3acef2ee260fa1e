"""One file per chart: data frame in, chart out (made with Altair, see :mod:`chart`).

Show them with ``st.altair_chart(chart, theme="streamlit", width="stretch")``. Charts with
selections also need ``key``, ``on_select="rerun"`` and ``selection_mode``: the names are
:func:`brush_names` for the parallel coordinates, ``[PICKED, ZOOM]`` for the learning curves and
``[PICKED]`` for best-so-far. With all of them named, zoom, brushes and picks outlive new data.
"""

from __future__ import annotations

from tuning_core.charts.axes import Axis
from tuning_core.charts.best_so_far import best_so_far
from tuning_core.charts.brushes import brush_names, brushed, brushed_trials
from tuning_core.charts.chart import Chart
from tuning_core.charts.class_balance import class_balance
from tuning_core.charts.learning_curves import ZOOM, learning_curves
from tuning_core.charts.numerals import number_text
from tuning_core.charts.parallel_coordinates import parallel_coordinates
from tuning_core.charts.picked import PICKED, picked_trials
from tuning_core.charts.range_histogram import range_histogram
from tuning_core.charts.scatter_preview import scatter_preview
from tuning_core.charts.strategy_thumbnail import strategy_thumbnail

__all__ = [
    "PICKED",
    "ZOOM",
    "Axis",
    "Chart",
    "best_so_far",
    "brush_names",
    "brushed",
    "brushed_trials",
    "class_balance",
    "learning_curves",
    "number_text",
    "parallel_coordinates",
    "picked_trials",
    "range_histogram",
    "scatter_preview",
    "strategy_thumbnail",
]
