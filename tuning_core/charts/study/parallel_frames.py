"""The parallel coordinates as frames: places of trials, ticks, and which trials each brush keeps.

The picture and the filter take the places from here, so what a brush keeps on the screen is
what it keeps in the tables beside it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from tuning_core.catalog import Objective
from tuning_core.charts.parts.axes import Axis, nice_steps, positions
from tuning_core.charts.parts.labels import label_lines, number_text
from tuning_core.charts.parts.shaping import ended, good_limits, thinned
from tuning_core.charts.parts.theme import Theme, blend

SCORE = "score"
"""Column of the objective in the trials' frame, and the name of its axis."""

STUDY = "study"
"""Column with the name of a trial's study, where there are several."""

UNUSED = -0.1
"""Where a trial stands that has no value on an axis: a stub below it."""


def brush_name(axis: str) -> str:
    """Name of the selection that belongs to the axis of a column."""
    return f"brush_{axis}"


def brush_names(axes: Sequence[Axis]) -> list[str]:
    """Every brush of a chart: what Streamlit's ``selection_mode`` must list."""
    return [brush_name(axis.name) for axis in axes] + [brush_name(SCORE)]


def place_field(axis: str) -> str:
    """Column with a trial's place on an axis: what a brush on it compares."""
    return f"at_{axis}"


def score_axis(trials: pd.DataFrame, objective: Objective) -> Axis:
    """The axis of the objective, over the scores without far bad ones, ends rounded outwards."""
    scores = ended(trials)[SCORE]
    low, high = good_limits(scores, up=objective.direction == "max") or (0.0, 1.0)
    if low == high:
        margin = abs(low) * 0.01 or 0.01
        low, high = low - margin, high + margin
    steps = nice_steps(low, high)
    step = steps[1] - steps[0] if len(steps) > 1 else high - low
    low = float(f"{math.floor(low / step + 1e-9) * step:.12g}")
    high = float(f"{math.ceil(high / step - 1e-9) * step:.12g}")
    return Axis(SCORE, objective.label, "float", "linear", low, high, declared=objective.named)


def places(trials: pd.DataFrame, axes: Sequence[Axis], score: Axis) -> pd.DataFrame:
    """``number`` and one place per axis of every ended trial, in the trials' order.

    Places on a hyperparameter's axis are shares of its height; places on the score's axis are
    scores, so that a brush on it keeps its meaning when the axis grows.
    """
    over = ended(trials)
    span = score.high - score.low
    columns: dict[str, Any] = {"number": over["number"].astype("int64")}
    for axis in [*axes, score]:
        shares = [UNUSED if share is None else share for share in positions(over, axis)]
        if axis is score:
            shares = [score.low + share * span for share in shares]
        columns[place_field(axis.name)] = pd.Series(shares, over.index, dtype="float64")
    return pd.DataFrame(columns, over.index)


def brushed(selection: Mapping[str, Any], axes: Sequence[Axis]) -> bool:
    """Whether any axis is brushed."""
    return any(brushed_interval(selection, name) for name in [*(axis.name for axis in axes), SCORE])


def brushed_trials(
    selection: Mapping[str, Any],
    trials: pd.DataFrame,
    axes: Sequence[Axis],
    objective: Objective,
) -> set[int]:
    """Numbers of the trials inside every brush; those of all ended trials when none is drawn.

    ``selection`` is what ``st.altair_chart`` gives under ``selection`` (and keeps in session
    state under the chart's key): ``{"brush_units": {"at_units": [0.2, 0.6]}, ...}``. Entries of
    axes that the study does not have are ignored.
    """
    used = [axis for axis in axes if brushed_interval(selection, axis.name) is not None]
    standing = places(trials, used, score_axis(trials, objective))
    inside = pd.Series(True, standing.index)
    for name in [*(axis.name for axis in used), SCORE]:
        interval = brushed_interval(selection, name)
        if interval is not None:
            inside &= standing[place_field(name)].between(*interval)
    return set(standing.loc[inside, "number"].tolist())


def brushed_interval(selection: Mapping[str, Any], axis: str) -> tuple[float, float] | None:
    """The brushed interval of an axis, lower end first; None without a brush."""
    ends = (selection.get(brush_name(axis)) or {}).get(place_field(axis))
    if not ends or len(ends) != 2:
        return None
    return min(ends), max(ends)


BOTTOM, TOP = -0.16, 1.04
"""Heights at the edges of the picture; an axis itself runs from 0 to 1."""

MAX_LINES = 300
"""Lines that a browser redraws at once while a brush moves."""

JITTER = 0.014
"""Half the height over which trials on one spot are spread, as a share of the axis."""


def line_field(index: int) -> str:
    """Column with the height at which a trial's line crosses the n-th axis."""
    return f"line_{index}"


def text_field(axis: str) -> str:
    """Column with a trial's value on an axis in words."""
    return f"text_{axis}"


def trial_lines(
    trials: pd.DataFrame,
    axes: Sequence[Axis],
    score: Axis,
    objective: Objective,
    colours: Theme,
    selected: Collection[int] = (),
) -> pd.DataFrame:
    """One row per ended trial: places, heights and texts on each axis, colour and line width.

    Rows run from the worst score to the best and end with the selected trials, because what
    comes later is drawn on top. ``goodness`` is 0 for the worst score in sight, 1 for the best
    and -1 without a score. Of more than about :data:`MAX_LINES` trials the best, the selected and
    every n-th other are drawn; brushes filter all of them nevertheless.
    """
    over = ended(trials)
    goodness = _goodness(over, score, objective)
    ends = _colour_ends(goodness)
    chosen = over["number"].isin(list(selected))
    # Few lines may be bold, many must let one another through.
    few = len(over) <= 60
    over = over.assign(
        goodness=pd.Series(goodness, over.index, dtype="float64"),
        width=pd.Series(2.0 if few else 1.2, over.index).mask(chosen, 4.5),
        opacity=pd.Series(0.9 if few else 0.6, over.index).mask(chosen, 1.0),
    ).sort_values(["width", "goodness", "number"], ignore_index=True)
    best = over["goodness"].rank(ascending=False, method="first") <= MAX_LINES // 3
    # What costs time is done for what is drawn alone.
    over = thinned(over, best | (over["width"] > 4.0), MAX_LINES).reset_index(drop=True)
    columns: dict[str, Any] = dict(places(over, axes, score))
    columns["status"] = over["status"].astype("str")
    for index, axis in enumerate([*axes, score]):
        shares = positions(over, axis)
        heights = [
            _height(share, axis, number)
            for share, number in zip(shares, over["number"], strict=True)
        ]
        columns[line_field(index)] = pd.Series(heights, over.index, dtype="float64")
        values = over[axis.name] if axis.name in over else [None] * len(over)
        texts = [
            _unused(axis) if share is None else number_text(_as_kind(value, axis))
            for value, share in zip(values, shares, strict=True)
        ]
        columns[text_field(axis.name)] = pd.Series(texts, over.index, dtype="str")
    columns["colour"] = pd.Series(
        [_colour(share, ends, colours) for share in over["goodness"]], over.index, dtype="str"
    )
    if STUDY in over:
        columns["colour"], columns[STUDY] = over["tint"], over[STUDY]
        columns["trial_text"] = over["trial"].astype("str")
    return pd.DataFrame(columns | {name: over[name] for name in ("goodness", "width", "opacity")})


def axis_ticks(trials: pd.DataFrame, axes: Sequence[Axis], score: Axis) -> pd.DataFrame:
    """Every tick: ``axis`` (its index), ``height``, ``text``; a stub where a trial has no value.

    The ends of the score's axis say when scores lie beyond them.
    """
    over = ended(trials)
    rows: list[tuple[int, float, str]] = []
    for index, axis in enumerate([*axes, score]):
        ticks = axis.ticks()
        if axis is score:
            ticks[0] = (ticks[0][0], "≤ " * bool((over[SCORE] < score.low).any()) + ticks[0][1])
            ticks[-1] = (ticks[-1][0], "≥ " * bool((over[SCORE] > score.high).any()) + ticks[-1][1])
        rows += [(index, height, text) for height, text in ticks]
        if any(share is None for share in positions(over, axis)):
            rows.append((index, UNUSED, _unused(axis)))
    return pd.DataFrame(rows, columns=["axis", "height", "text"])


def axis_frame(axes: Sequence[Axis], score: Axis) -> pd.DataFrame:
    """One row per axis.

    Columns: ``axis`` (its index), ``title``, ``foot`` and ``head`` (its ends as heights), ``low``
    and ``high`` (the picture's edges in the units of the axis' places). Titles are broken into
    lines so that neighbours do not touch; all have the same number of lines, empty ones first, so
    that their last lines stand in a row.
    """
    letters = max(9, min(26, 110 // (len(axes) + 1)))
    broken = [label_lines(a.label, letters, name=a.declared) for a in [*axes, score]]
    most = max(len(lines) for lines in broken)
    titles = ["\n".join([" "] * (most - len(lines)) + lines) for lines in broken]
    span = score.high - score.low
    count = len(axes)
    return pd.DataFrame(
        {
            "axis": range(count + 1),
            "title": titles,
            "foot": 0.0,
            "head": 1.0,
            "low": [BOTTOM] * count + [score.low + BOTTOM * span],
            "high": [TOP] * count + [score.low + TOP * span],
        }
    )


def score_strip(
    trials: pd.DataFrame, score: Axis, objective: Objective, colours: Theme, steps: int = 60
) -> pd.DataFrame:
    """The colours of the scores as thin pieces of the score's axis: the chart's legend.

    Where colours are those of studies it is grey.
    """
    ends = _colour_ends(_goodness(ended(trials), score, objective))
    shares = [step / steps for step in range(steps)]
    middles = [share + 0.5 / steps for share in shares]
    if objective.direction == "min":
        middles = [1.0 - middle for middle in middles]
    return pd.DataFrame(
        {
            "bottom": shares,
            # Each piece reaches under the next: no hairline shows between them.
            "top": [min(1.0, share + 1.5 / steps) for share in shares],
            "colour": [
                colours.faded if STUDY in trials else _colour(middle, ends, colours)
                for middle in middles
            ],
        }
    )


def _goodness(over: pd.DataFrame, score: Axis, objective: Objective) -> list[float]:
    """Each trial's score as a share of the axis, 1 for the good end; -1 without a score."""
    shares = positions(over, score)
    if objective.direction == "max":
        return [-1.0 if share is None else share for share in shares]
    return [-1.0 if share is None else 1.0 - share for share in shares]


def _colour_ends(goodness: Sequence[float]) -> tuple[float, float]:
    """The goodness at either end of the colours.

    The worst tenth shares one, and what is off the axis does not count, so that a few bad trials do
    not leave one colour for all others.
    """
    scored = pd.Series([share for share in goodness if share > 0.0], dtype="float64")
    if scored.empty or scored.max() == scored.quantile(0.1):
        return 0.0, 1.0
    return float(scored.quantile(0.1)), float(scored.max())


def _colour(share: float, ends: tuple[float, float], colours: Theme) -> str:
    if share < 0.0:
        return colours.bad
    return blend(colours.ramp, (share - ends[0]) / (ends[1] - ends[0]))


def _unused(axis: Axis) -> str:
    return "no score" if axis.name == SCORE else "not used"


def _height(share: float | None, axis: Axis, number: int) -> float:
    """Where the line crosses: trials on one spot are spread by their number, always the same."""
    height = UNUSED if share is None else share
    if share is not None and not axis.discrete:
        return height
    # Multiples of the golden ratio fill an interval evenly however many there are.
    return height + JITTER * (2 * (int(number) * 0.6180339887 % 1.0) - 1)


def _as_kind(value: object, axis: Axis) -> object:
    """A value as its kind: a column with gaps has turned whole numbers and booleans to floats."""
    return bool(value) if axis.kind == "boolean" else value
