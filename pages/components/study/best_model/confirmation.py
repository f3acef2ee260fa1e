"""Confirm the winner: the best trials trained again on new seeds, live, and what that says."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import render_chart, say
from pages.components.shared.errors import press, render_refusal
from pages.components.shared.user import person
from tuning_core.analysis.confirmation import PERCENT, Verdict
from tuning_core.charts.hyperparameters.confirmed import confirmed
from tuning_core.charts.parts.chart import PICKED
from tuning_core.findings.best_words import default_trial
from tuning_core.findings.confirmed_words import (
    confirmed_frames,
    trial_name,
    verdict_of,
    verdict_words,
)
from tuning_core.findings.formatting import count, spell
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.manager.questions.confirmation import (
    DEFAULT,
    FEWEST_SEEDS,
    MOST_SEEDS,
    MOST_TRIALS,
    Confirmation,
)

TICK = 1.0
"""Seconds between two looks at a confirmation that is under way."""

USUAL_TRIALS, USUAL_SEEDS = 3, 5
_REFUSED = "confirmation_refused"


def known_verdict(live: LiveStudy, engine: Manager) -> Verdict | None:
    """What the confirmation of a study says so far; None before there is one."""
    return verdict_of(live, engine.confirmations.get(live.study.id))


def render_confirmation(live: LiveStudy, engine: Manager) -> None:
    """Draw the form, or how far the trainings are, and the chart of what is known."""
    now = engine.confirmations.get(live.study.id)
    st.subheader("Confirm the winner")
    st.fragment(_render_live, run_every=TICK if now.active else None)(live, engine, now.active)


def _render_live(live: LiveStudy, engine: Manager, drawn_active: bool) -> None:
    now = engine.confirmations.get(live.study.id)
    if now.active != drawn_active:
        st.rerun()
    narrow, wide = st.columns([1, 1.6], gap="large")
    with narrow:
        if now.active:
            _render_progress(live, engine, now)
        elif engine.access.may_change(live.study.id, person()):
            _render_form(live, engine, now)
        else:
            say("Whoever made the study can confirm its winner.")
    with wide:
        _render_found(live, now)


def _render_progress(live: LiveStudy, engine: Manager, now: Confirmation) -> None:
    share = (now.trained + now.share) / max(1, now.trainings)
    st.html(html.bar(share, "trainings on new seeds"))
    say(progress_words(now))
    if engine.access.may_change(live.study.id, person()):
        st.button(
            "Stop",
            key="confirmation-stop",
            on_click=press,
            args=(engine.confirmations.stop, live.study.id),
            kwargs={"by": person()},
            help="What is trained stays; it can be continued.",
        )


def _render_found(live: LiveStudy, now: Confirmation) -> None:
    found = verdict_of(live, now)
    if found is None:
        if now.active:
            say("The first score draws the first row.")
        return
    # Of trainings under way, only what rests on as many seeds for each.
    if not now.active or all(s.seeds + s.lost >= FEWEST_SEEDS for s in found.standings):
        words = verdict_words(found, live.study.best_trial)
        st.html(html.text(f"So far: {words}" if now.active else words, "ts-lead"))
    dark = html.is_dark()
    render_chart(
        f"confirmed-{len(found.standings)}-{live.study.id}",
        (now.trained, now.trials, now.seeds, dark),
        lambda: confirmed(*confirmed_frames(live, now, found), live.spec.objective_info, dark=dark),
        [PICKED],
        True,
    )
    say(
        f"Dots: means on new seeds with {PERCENT} intervals; small lines: each seed; diamonds: the "
        "score in the search. Grey: worse than the best, beyond luck (paired t-tests, Holm's "
        "correction)."
    )


def _render_form(live: LiveStudy, engine: Manager, now: Confirmation) -> None:
    """Draw the choices and the button that begins; what was stopped can be continued."""
    say(
        "The best of many trials is partly luck. Training the best few anew, all on the same new "
        "seeds, says which of them really differ. The rows stay the same."
    )
    render_refusal(_REFUSED)
    if now.stage == "stopped":
        _render_stopped(live, engine, now)
    left, right = st.columns(2, gap="medium")
    with right:
        seeds = st.slider(
            "New seeds", FEWEST_SEEDS, MOST_SEEDS, USUAL_SEEDS, key="confirmation-seeds"
        )
    with left:
        best = _best(live)
    trials = _with_default(live, best)
    trainings = sum(max(0, seeds - len(now.scores.get(trial, ()))) for trial in trials)
    seconds = trainings * training_seconds(live, trials)
    active = live.study.status.active
    st.button(
        "Confirm",
        key="confirmation-begin",
        disabled=active or len(trials) < 2 or not trainings,
        on_click=press,
        args=(engine.confirmations.begin, live.study.id, trials, seeds),
        kwargs={"by": person(), "refused": _REFUSED},
        help="When the search has ended: its best may change."
        if active
        else "It gives way to searches and goes on after them.",
    )
    if len(trials) < 2:
        say("One alone has nothing to be compared with.")
    elif trainings:
        say(f"{count(trainings, 'training')} to do, about {spell(seconds)}.")
    else:
        say("All of these are trained.")


def _render_stopped(live: LiveStudy, engine: Manager, now: Confirmation) -> None:
    if now.message:
        st.warning(html.plain(now.message))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Continue",
            key="confirmation-continue",
            on_click=press,
            args=(engine.confirmations.begin, live.study.id, list(now.trials), now.seeds),
            kwargs={"by": person(), "refused": _REFUSED},
            disabled=live.study.status.active,
        )
        say(f"Stopped after {now.trained} of {count(now.trainings, 'training')}.")


def _best(live: LiveStudy) -> list[int]:
    """The best few, as many as the user wants."""
    ranked = live.ranked()
    most = min(MOST_TRIALS, len(ranked))
    amount = 1
    if most > 1:
        usual = min(USUAL_TRIALS, most)
        amount = st.slider("Best trials", 1, most, usual, key=f"confirmation-trials-{most}")
    return [trial.number for trial in ranked[:amount]]


def _with_default(live: LiveStudy, chosen: list[int]) -> list[int]:
    """The default too, if wanted."""
    number = _default_number(live)
    if number in chosen:
        return chosen
    beside = st.toggle(
        "The default beside them",
        value=True,
        key="confirmation-default",
        help="Every searched hyperparameter at its default: what the search gained over it.",
    )
    return [*chosen, number] if beside else chosen


def usual_trials(live: LiveStudy) -> list[int]:
    """What is confirmed unless the user chooses otherwise: the best few and the default."""
    best = [trial.number for trial in live.ranked()[:USUAL_TRIALS]]
    number = _default_number(live)
    return best if number in best else [*best, number]


def _default_number(live: LiveStudy) -> int:
    default = default_trial(live)
    return DEFAULT if default is None else default.number


def training_seconds(live: LiveStudy, trials: list[int]) -> float:
    """What a training of these takes, about: as long as it took in the search."""
    known = [live.trials[n].seconds or 0.0 for n in trials if n in live.trials]
    return sum(known) / max(1, len(known)) / live.spec.repeats


def progress_words(now: Confirmation) -> str:
    """What happens at this moment."""
    if now.stage == "waiting":
        return now.message or "Waiting for its turn."
    where = "" if now.trial is None else f": {trial_name(now.trial)} on seed {now.seed}"
    place = min(now.trained + 1, now.trainings)
    return f"Training {place} of {now.trainings}{where}."
