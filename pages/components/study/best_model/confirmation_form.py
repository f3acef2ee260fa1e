"""Which trials are trained again, on how many new seeds."""

from __future__ import annotations

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.formatting import count, spell
from pages.components.study.best_model.best_configuration import default_trial
from pages.components.study.live import LiveStudy
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.confirmation import DEFAULT, Confirmation
from tuning_core.manager.questions.confirmations import FEWEST_SEEDS, MOST_SEEDS, MOST_TRIALS

USUAL_TRIALS, USUAL_SEEDS = 3, 5
_REFUSED = "confirmation_refused"


def render_form(live: LiveStudy, engine: Manager, now: Confirmation) -> None:
    """Draw the choices and the button that begins; what was stopped can be continued."""
    say(
        "The best of many trials is partly luck. Training the best few anew, all on the same new "
        "seeds, says which of them really differ. The rows stay the same."
    )
    if _REFUSED in st.session_state:
        st.error(html.plain(st.session_state.pop(_REFUSED)))
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
        on_click=_begin,
        args=(live.study.id, engine, trials, seeds),
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
            on_click=_begin,
            args=(live.study.id, engine, list(now.trials), now.seeds),
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
    default = default_trial(live)
    number = DEFAULT if default is None else default.number
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
    default = default_trial(live)
    number = DEFAULT if default is None else default.number
    return best if number in best else [*best, number]


def training_seconds(live: LiveStudy, trials: list[int]) -> float:
    """What a training of these takes, about: as long as it took in the search."""
    known = [live.trials[n].seconds or 0.0 for n in trials if n in live.trials]
    return sum(known) / max(1, len(known)) / live.spec.repeats


def _begin(study_id: str, engine: Manager, trials: list[int], seeds: int) -> None:
    try:
        engine.confirmations.begin(study_id, trials, seeds)
    except ManagerError as error:
        st.session_state[_REFUSED] = str(error)
