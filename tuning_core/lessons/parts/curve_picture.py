"""The picture that most lessons show: learning curves with their names, on axes that stay."""

from __future__ import annotations

from collections.abc import Sequence

from tuning_core.charts import Line, Mark, labelled_lines
from tuning_core.charts.parts.chart import Chart
from tuning_core.charts.parts.metric_titles import metric_title
from tuning_core.lessons.parts.lesson import Look, Seen

VALIDATION, TRAINING = "validation", "training"


def curve_picture(
    seen: Seen,
    look: Look,
    metric: str,
    limits: tuple[float, float],
    epochs: int,
    *,
    log: bool = False,
    parts: Sequence[str] = (VALIDATION,),
    marks: Sequence[Mark] = (),
    title: str = "",
) -> Chart:
    """A metric of all trainings over the epochs, in the ``parts`` asked for, the first named."""
    lines = [
        Line(curve.label, range(1, len(values) + 1), values, part)
        for part in parts
        for curve in seen.curves
        for values in (curve.values(metric if part == TRAINING else f"val_{metric}"),)
    ]
    words = title or metric_title(metric)
    if len(parts) == 1:
        words = f"{parts[0]} {words}"
    return labelled_lines(
        lines,
        x_title="epoch",
        y_title=words,
        x_limits=(1, epochs),
        y_limits=limits,
        log=log,
        parts=parts,
        marks=marks,
        dark=look.dark,
        height=look.height,
        scale=look.scale,
    )


def gap_pictures(
    seen: Seen, look: Look, metric: str, limits: tuple[float, float], epochs: int, title: str
) -> tuple[Chart, ...]:
    """A metric on the validation rows beside the same on the training rows; ``title`` says what
    it is."""
    return tuple(
        curve_picture(seen, look, metric, limits, epochs, parts=(part,), title=title)
        for part in (VALIDATION, TRAINING)
    )
