"""What the records say of shortcuts: ending trials early, short trainings, the surrogate."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import chart_place, render_chart, say
from pages.components.shared.chosen_trials import chosen_trials
from pages.components.shared.manager_session import manager
from pages.components.shared.session import one_chosen, rerun_until
from pages.components.study.tab_parts import Within
from tuning_core.analysis import background
from tuning_core.analysis.hindsight.records import NAME, Hindsight, hindsight_from, records_json
from tuning_core.analysis.hindsight.replay import Replay
from tuning_core.analysis.hindsight.short_trainings import TRUSTED
from tuning_core.charts.models.regression import truth_points
from tuning_core.charts.parts.chart import PICKED
from tuning_core.charts.study.replay import replayed
from tuning_core.charts.study.short_trainings import rank_agreement
from tuning_core.findings.analysed_trials import analysed_trials
from tuning_core.findings.formatting import count, gap
from tuning_core.findings.hindsight_words import (
    full_trainings,
    lack,
    lack_of_scores,
    records,
    replay_bars,
    replay_words,
    rule_name,
    short_words,
    surrogate_words,
    without_values,
)
from tuning_core.findings.live import LiveStudy

HEIGHT = 300
LOOK_SECONDS = 1.0


def render_replay(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw what each rule of early termination would have done to the full trainings."""
    result = _told(live, seen, lack(live))
    if result is None:
        return
    if not result.replays:
        say(without_values(live))
        return
    names = {rule_name(replay): replay for replay in result.replays}
    key = f"replay-{live.study.id}"
    one_chosen(key, [*names])
    picked = st.segmented_control("Rule", list(names), required=True, key=key)
    replay = names[picked or next(iter(names))]
    st.html(html.text(replay_words(replay)))
    dark = html.is_dark()
    with chart_place("replay", HEIGHT):
        render_chart(
            f"replay-chart-{live.study.id}",
            (result.trials, result.looked_at, picked, tuple(chosen_trials()), dark),
            lambda: replayed(
                replay_bars(live, replay), live.spec.objective_info, dark=dark, height=HEIGHT
            ),
            [PICKED],
            seen,
        )
    st.html(_table(list(names.items())))
    _render_foot(live, result, replays=True)


def render_short_trainings(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw from which epoch on the order of the trials is the final one."""
    result = _told(live, seen, lack(live), watched=False)
    if result is None:
        return
    if result.short is None:
        say("All trials end alike, so they have no order." if result.replays else
            without_values(live))  # fmt: skip
        return
    short, dark = result.short, html.is_dark()
    st.html(html.text(short_words(short)))
    with chart_place("short", HEIGHT):
        render_chart(
            f"short-{live.study.id}",
            (result.trials, result.looked_at, dark),
            lambda: rank_agreement(pd.DataFrame(short.points), TRUSTED, dark=dark, height=HEIGHT),
            [],
            seen,
        )
    say(
        f"From {count(short.trials, 'full training')}: the best score by each epoch against that "
        "of the whole training. The band is a 95% interval from resampled trials."
    )


def render_surrogate(live: LiveStudy, seen: bool, within: Within) -> None:
    """Draw observed scores against those that the surrogate predicts without them."""
    result = _told(live, seen, lack_of_scores(live))
    if result is None:
        return
    if result.surrogate is None:
        say("All trials have the same score: there is nothing to predict.")
        return
    found, objective, dark = result.surrogate, live.spec.objective_info, html.is_dark()
    picture, words = st.columns([1.6, 1], gap="large")
    with picture, chart_place("surrogate", HEIGHT):
        render_chart(
            f"surrogate-{live.study.id}",
            (result.trials, result.looked_at, dark),
            lambda: truth_points(
                found.observed,
                found.predicted,
                objective.label,
                known="observed",
                each="trial",
                dark=dark,
                height=HEIGHT,
            ),
            [],
            seen,
        )
    with words:
        st.html(html.text(surrogate_words(found)))
        st.html(
            html.facts(
                [
                    ("R² (1 is perfect)", f"{found.r2:.2f}"),
                    (
                        f"rank correlation ({found.low:.2f} to {found.high:.2f})",
                        f"{found.rank:.2f}",
                    ),
                ]
            )
        )
        say(
            "The forest of fANOVA, fitted on nine tenths of the trials, predicts the tenth that it "
            "was not given. On the dashed line both are equal; a flat cloud is what it has not "
            "learned, or luck."
        )
        _render_foot(live, result, replays=False)


def _told(live: LiveStudy, seen: bool, words: str, *, watched: bool = True) -> Hindsight | None:
    """The result, computed where somebody sees it; None once it is said why there is none."""
    if words:
        say(words)
        return None
    folder = manager().home.study(live.study.id).folder
    document = background.stored_result(folder, NAME)
    result = None if document is None else hindsight_from(document)
    trials = len(analysed_trials(live))
    failed = background.failed(folder, NAME)
    outdated = result is None or (result.trials != trials and not live.study.status.active)
    if seen and outdated and not failed:
        _begin(live)
    if seen and watched and background.running(folder, NAME):
        rerun_until(lambda: not background.running(folder, NAME), every=LOOK_SECONDS)
    if result is None:
        say("The analysis failed; the server's log says why." if failed else
            f"Looking back on {count(trials, 'trial')}. This takes some seconds.")  # fmt: skip
        if failed and watched:
            st.button("Try again", key="hindsight-again", on_click=_begin, args=(live,))
    return result


def _begin(live: LiveStudy) -> None:
    folder = manager().home.study(live.study.id).folder
    if not background.running(folder, NAME):
        background.begin(folder, NAME, records_json(records(live)))


def _table(named: list[tuple[str, Replay]]) -> str:
    """The rules below each other."""
    head = "".join(
        f"<th>{title}</th>"
        for title in ("rule", "trials ended", "epochs saved", "the best trial", "best score")
    )
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{len(replay.ended)} of {replay.trials}</td>"
        f"<td>{replay.share_saved:.0%}</td>"
        f"<td>{f'ended at {replay.ended[replay.winner]}' if replay.lost_winner else 'goes on'}</td>"
        f"<td>{f'{gap(replay.regret)} worse' if replay.regret > 0 else 'the same'}</td></tr>"
        for name, replay in named
    )
    return f'<div class="ts-wide"><table class="ts-table"><tr>{head}</tr>{body}</table></div>'


def _render_foot(live: LiveStudy, result: Hindsight, *, replays: bool) -> None:
    words = []
    if replays:
        if live.spec.source is None and live.spec.strategy.info.learns:
            words.append("Of these trials: the strategy might have tried others then.")
        if result.looked_at < result.full:
            words.append(f"The first {result.looked_at:,} of {result.full:,} full trainings.")
        cut = len(analysed_trials(live)) - len(full_trainings(live))
        if cut > 0:
            words.append(f"Without {count(cut, 'trial')} that did not train to the end.")
    trials = len(analysed_trials(live))
    if result.trials != trials:
        words.append(
            f"Looked back on at {count(result.trials, 'trial')}; there are {trials:,} now."
        )
    if words:
        say(" ".join(words))
    if result.trials != trials and live.study.status.active:
        key = f"hindsight-anew-{'replay' if replays else 'surrogate'}"
        st.button("Look again", key=key, on_click=_begin, args=(live,))
