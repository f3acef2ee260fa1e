"""What a lesson draws with."""

from tuning_core.charts.lessons.draws import draws
from tuning_core.charts.lessons.labelled_lines import Mark, labelled_lines
from tuning_core.charts.lessons.line_frames import Line
from tuning_core.charts.lessons.projection import projection
from tuning_core.charts.lessons.strips import strips
from tuning_core.charts.lessons.surrogate_picture import surrogate_picture
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.parts.labels import metric_title, number_text

__all__ = [
    "Chart",
    "Line",
    "Mark",
    "draws",
    "labelled_lines",
    "metric_title",
    "number_text",
    "projection",
    "strips",
    "surrogate_picture",
]
