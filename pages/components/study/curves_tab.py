"""Learning curves, wherever a tab shows them, and their own tab with its choices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.session import one_chosen
from pages.components.study.tab_parts import (
    Applies,
    Part,
    Place,
    Within,
    always,
    beside,
    trials_within,
)
from tuning_core.catalog.objectives import metric_label
from tuning_core.charts.parts.axes import Axis
from tuning_core.charts.parts.chart import PICKED, Chart
from tuning_core.charts.study.curve_multiples import CurveGroup, curve_groups, curve_panels
from tuning_core.charts.study.learning_curves import ZOOM, learning_curves
from tuning_core.findings.axes import axes_of
from tuning_core.findings.formatting import capitalized, count, execution_word
from tuning_core.findings.live import LiveStudy

CURVES_SHOWN, MOST_BEST = 6, 20
TOGETHER = "all together"

CURVES = 60
"""Curves of all pictures side by side together: each is read from the store."""


def has_epochs(live: LiveStudy, within: Within) -> bool:
    """Whether there are curves, or may be: another tool may keep no epoch but the best."""
    if live.spec.source is None or live.study.status.active:
        return True
    trained = sum(trial.epochs > 0 for trial in live.trials.values())
    return live.study.epochs > trained * live.spec.executions


def has_times(live: LiveStudy) -> bool:
    """Whether it is known how long its trials took: another tool need not say."""
    return live.spec.source is None or any(trial.seconds for trial in live.trials.values())


def curves_part(id: str, place: Place = "whole", applies: Applies = always) -> Part:
    """The learning curves of the selected, the best and the running trial as a part of a tab."""
    return Part(
        id,
        lambda live, within: f"Learning curves {_of_which(live, within)}",
        lambda live, seen, within: render_curves(live, id, seen, within=within),
        applies=applies,
        place=place,
    )


def curve_metrics(live: LiveStudy) -> list[str]:
    """The metrics that its epochs have, in the order of the page; all while there is no epoch."""
    names = list(live.spec.reported)
    if not live.spec.model.own:
        return names
    looked_at = [*([live.best] if live.best else []), *live.running]
    seen = {*live.curves_frame([trial.number for trial in looked_at])}
    return [name for name in names if {name, f"val_{name}"} & seen] or names


def main_metric(live: LiveStudy) -> str:
    """The objective's metric, or the first where no epoch has it."""
    metric, metrics = live.spec.objective_info.metric, curve_metrics(live)
    return metric if metric in metrics else metrics[0]


def curve_of(live: LiveStudy) -> str:
    """What a small curve of a trial shows: the objective, or what its epochs have instead."""
    objective, metric = live.spec.objective_info, main_metric(live)
    if objective.metric == metric:
        return objective.id
    return f"val_{metric}" if f"val_{metric}" in (live.spec.metrics or {}) else metric


def _alone(live: LiveStudy, metric: str) -> bool:
    """Whether it is reported once an epoch, not of training and validation rows."""
    return live.spec.metrics is not None and f"val_{metric}" not in live.spec.metrics


def metric_key(live: LiveStudy) -> str:
    """The session's key of the metric: one for all studies that report the same."""
    info = live.spec.dataset_info
    return f"curve-metric-{live.study.id if live.spec.model.own else info.task}"


def _of_which(live: LiveStudy, within: Within) -> str:
    """Which trials the curves belong to."""
    if within is not None:
        return "inside the brushes"
    if not live.running:
        return "of the best trials"
    return f"of the best and the running trial{'s' * (live.spec.parallel > 1)}"


def _shown_trials(
    live: LiveStudy, chosen: Iterable[int], most: int, within: set[int] | None = None
) -> list[int]:
    """The trials whose curves are worth a line: the chosen, the best and those that run.

    ``within`` keeps to these trials.
    """
    numbers = [number for number in chosen if number in live.trials]
    best = [t.number for t in live.ranked() if within is None or t.number in within]
    numbers += best[: max(0, most - len(numbers))]
    if within is None:
        numbers += [trial.number for trial in live.running]
    return list(dict.fromkeys(numbers))


def render_curves(
    live: LiveStudy,
    place: str,
    seen: bool,
    *,
    metric: str | None = None,
    within: Within = None,
    most: int = CURVES_SHOWN,
    log: bool = False,
    height: int = 280,
) -> None:
    """Draw learning curves of the selected, the best and the running trial.

    ``within`` keeps to these trials (those inside the brushes).
    """
    chosen = [n for n in chosen_trials() if within is None or n in within]
    numbers = _shown_trials(live, chosen, most, within)
    metric = metric or main_metric(live)
    running = [trial.number for trial in live.running]
    dark = html.is_dark()
    with chart_place(place, height):
        if not any(live.epoch_of(number) for number in numbers):
            active = live.study.status.active
            say("The first epoch draws the first curve." if active else "No trial to draw.")
            return
        render_chart(
            f"{place}-{live.study.id}",
            (live.cursor, tuple(numbers), tuple(chosen), metric, log, dark),
            lambda: learning_curves(
                live.curves_frame(numbers),
                metric,
                numbers,
                lower=live.spec.lower_is_better(metric),
                alone=_alone(live, metric),
                selected=chosen,
                running=running,
                last_epoch=live.spec.budget.epochs,
                log=log,
                dark=dark,
                height=height,
                executions=live.spec.executions,
                unit=execution_word(live.spec.folds, live.spec.repeats),
            ),
            [ZOOM, PICKED],
            seen,
        )


def _render_panel(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw the curves with what can be chosen of them."""
    metrics, chosen = curve_metrics(live), metric_key(live)
    metric_column, split_column, most_column, log_column, hint = st.columns(
        [1.2, 1.2, 1.2, 0.8, 2], vertical_alignment="bottom", gap="medium"
    )
    one_chosen(chosen, [main_metric(live), *metrics])
    one_chosen(f"curve-split-{live.study.id}", [TOGETHER, *(axis.name for axis in axes_of(live))])
    one_chosen("curve-count", [CURVES_SHOWN, *range(1, MOST_BEST + 1)])
    with metric_column:
        metric = st.selectbox(
            "Metric",
            metrics,
            format_func=metric_label,
            key=chosen,
        )
    axes = {axis.name: axis for axis in axes_of(live)}
    with split_column:
        split = st.selectbox(
            "Side by side",
            [TOGETHER, *axes],
            format_func=lambda name: axes[name].label if name in axes else TOGETHER,
            key=f"curve-split-{live.study.id}",
            help="A picture for each value of a hyperparameter.",
        )
    if split in axes:
        _render_by_value(live, axes[split], metric, seen, within)
        return
    with most_column:
        most = st.slider("Best trials shown", 1, MOST_BEST, key="curve-count")
    with log_column:
        log = st.toggle("Log axis", key="curve-log", help="For losses that span decades.")
    with hint:
        say(
            "Select trials in the table below to bring theirs to the front. Drag to move, "
            "Ctrl and wheel to zoom, double-click to reset."
        )
    render_curves(
        live, "curves", seen, metric=metric, within=within, most=most, log=log, height=440
    )


def _render_by_value(live: LiveStudy, axis: Axis, metric: str, seen: bool, within: Within) -> None:
    """Draw the validation curves of ``metric``, split by the values of ``axis``."""
    trials = trials_within(live.trials_frame(), within)
    objective = live.spec.objective_info
    groups = curve_groups(trials, axis, objective, most=0)
    if len(groups) < 2:
        say(f"The trials that have a score do not differ in {axis.label}.")
        return
    groups = curve_groups(trials, axis, objective, most=CURVES // len(groups))
    chosen, dark = chosen_trials(), html.is_dark()

    @cache
    def charts() -> list[Chart]:
        shown = [number for group in groups for number in group.shown]
        return curve_panels(
            live.curves_frame(shown),
            metric,
            groups,
            lower=live.spec.lower_is_better(metric),
            picked=chosen,
            last_epoch=live.spec.budget.epochs,
            dark=dark,
            height=220,
        )

    def drawing(index: int) -> Callable[[], Chart]:
        return lambda: charts()[index]

    say("Thick: the median of the curves shown. Thin: trials from the best to the worst of each.")
    token = (live.pictured_trials, tuple(chosen), dark, metric, axis.name)
    for place, (column, group) in enumerate(beside(groups)):
        with column:
            st.html(_heading(axis, group))
            with chart_place(f"by-value-{place}", 220):
                key = f"by-value-{live.study.id}-{place}"
                shown = (*token, within and frozenset(within))
                render_chart(key, shown, drawing(place), [PICKED], seen)


def _heading(axis: Axis, group: CurveGroup) -> str:
    """The value in bold and how many trials of it there are."""
    shown, trials = len(group.shown), count(len(group.trials), "trial")
    amount = trials if shown == len(group.trials) else f"{shown} of {trials}"
    return (
        f"<b>{escape(f'{axis.label}: {group.value}')}</b> "
        + f'<span class="ts-muted ts-small">{amount}</span>'
    )


def _render_lack(live: LiveStudy, seen: bool, within: Within) -> None:
    assert live.spec.source is not None
    what = "one epoch of each trial" if live.study.epochs else "no epochs"
    say(f"{capitalized(live.spec.source.label)} recorded {what}, so there are no curves.")


LEARNING_CURVES: tuple[Part, ...] = (
    Part("curves", "", _render_panel, applies=has_epochs),
    Part("lack", "", _render_lack, applies=lambda live, within: not has_epochs(live, within)),
)
