"""What-if in one tab: its setting, the run that is trained for it, the user's runs behind it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from uuid import uuid4

import streamlit as st

from pages.components.shared.user import person, presence, user_id
from pages.components.shared.what_if_link import WhatIfSetting, query_of, setting_of
from pages.components.what_if.kept_runs import MOST_RUNS, KeptRuns, WhatIfRun, kept_runs, lean
from tuning_core.analysis.forecast import EPOCHS, Forecast, forecast
from tuning_core.analysis.guess import Guess
from tuning_core.catalog.objectives import metrics_for
from tuning_core.manager import Manager, ManagerError, TrainingSnapshot, TrainingState
from tuning_core.manager.classroom.student_runs import Seat
from tuning_core.spec.training_request import TrainingRequest

FADED = 4
"""Earlier runs whose curves stand faded behind the present one."""

WAIT_SECONDS = 0.35
"""How long the page waits for a training before it is drawn: most on small data end in it, and
are then drawn once and whole."""

STALE_SECONDS, HEARD_SECONDS = 5.0, 1.0
"""How long after it was left an address may still come with a knob that moves, and without."""

METRIC = "what-if-metric"
"""The session's key of the curve's metric."""

_KEY = "what_if"


@dataclass
class WhatIfSession:
    """What a user has in one tab; ``kept`` are the runs that all of the user's tabs share.

    ``generation`` counts how often the setting came from elsewhere than the page's own widgets:
    these then start anew. ``ends`` are the ends of the y axis by dataset and metric, which only
    ever grow. ``written`` are earlier addresses and when each was left, ``preview`` is the forecast
    for a setting that waits to be trained, ``seen`` is the training whose network was drawn last,
    ``fork`` the epoch of it from which the next knob goes on. What is ``apart`` is a run of its own
    and not the present one going on; ``moved`` are the knobs that moved last, and when,
    ``guessed`` is the run of which was said what it would come to; ``seat`` is that in a challenge.
    """

    setting: WhatIfSetting
    query: dict[str, str]
    kept: KeptRuns
    complaints: tuple[str, ...] = ()
    generation: int = 0
    user: str = field(default_factory=lambda: uuid4().hex)
    current: WhatIfRun | None = None
    refused: str = ""
    ends: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    written: list[tuple[dict[str, str], float]] = field(default_factory=list)
    seen: TrainingSnapshot | None = None
    fork: int | None = None
    apart: bool = False
    moved: tuple[frozenset[str], float] = (frozenset(), 0.0)
    preview: tuple[TrainingRequest, Future[Forecast | None]] | None = None
    guessed: str = ""
    seat: Seat | None = None

    @property
    def runs(self) -> list[WhatIfRun]:
        """The user's ended runs but the present one, oldest first."""
        current = self.current
        return [run for run in self.kept.runs if current is None or run.id != current.id]

    @property
    def comparable(self) -> list[WhatIfRun]:
        """Ended runs on the data and objective of the present setting, oldest first."""
        now = self.setting.request
        return [
            run
            for run in self.runs
            if run.request.dataset == now.dataset and run.request.objective == now.objective
        ]

    @property
    def ended(self) -> list[WhatIfRun]:
        """``comparable`` and the present run, if that has ended."""
        current = self.current
        done = current is not None and current.training.state.ended
        return [*self.comparable, current] if current is not None and done else self.comparable

    def wrote(self, query: dict[str, str], moved: bool) -> bool:
        """Whether an address was the page's own a moment ago.

        A browser that is quick to move the next knob (``moved``) has not heard of the new one yet;
        without a knob it is Back that asks for it.
        """
        since = time.monotonic() - (STALE_SECONDS if moved else HEARD_SECONDS)
        return any(old == query and left > since for old, left in self.written)

    def take(self, setting: WhatIfSetting) -> None:
        """Show another setting, in new widgets."""
        self.setting = setting
        self.generation += 1
        self.complaints = ()
        self.fork = None
        self.apart = True


def current_session() -> WhatIfSession | None:
    """The user's session on the page; None before the page has opened it."""
    session: WhatIfSession | None = st.session_state.get(_KEY)
    return session


def open_session(
    query: dict[str, str], moved: Callable[[WhatIfSession], bool] = lambda _: False
) -> WhatIfSession:
    """The user's session; an address that the page did not write itself is read first.

    ``moved`` says whether a knob has.
    """
    session: WhatIfSession | None = st.session_state.get(_KEY)
    if session is None:
        read = setting_of(query)
        kept = kept_runs(user_id())
        session = WhatIfSession(read.setting, query, kept, read.complaints)
        st.session_state[_KEY] = session
        _take_metric(session)
    elif query != session.query and not session.wrote(query, moved(session)):
        if query:
            read = setting_of(query)
            session.take(read.setting)
            session.complaints = read.complaints
            _take_metric(session)
        session.query = query
    if session.current is not None:
        session.kept.look_at(session.current)
    session.kept.save()
    return session


def _take_metric(session: WhatIfSession) -> None:
    """Choose the metric of the setting for the curve."""
    st.session_state[METRIC] = session.setting.metric or None


def shown_metric(session: WhatIfSession) -> str:
    """The metric that the curve shows: the one that was picked, or the objective's."""
    request = session.setting.request
    info = request.dataset.info
    picked = st.session_state.get(METRIC)
    fitting = metrics_for(info.task, info.classes)
    return picked if picked in fitting else request.objective_info.metric


def write_address(session: WhatIfSession) -> None:
    """Put the whole setting, and the metric of the curve, into the address."""
    metric = shown_metric(session)
    usual = metric == session.setting.request.objective_info.metric
    setting = session.setting = replace(session.setting, metric="" if usual else metric)
    query = query_of(
        setting.request,
        at_once=setting.at_once,
        goes_on=setting.goes_on,
        aim=setting.aim,
        metric=setting.metric,
    )
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
    if query != session.query:
        session.written = [(session.query, time.monotonic()), *session.written][:MOST_RUNS]
        session.query = query


def ask(
    session: WhatIfSession, engine: Manager, *, anyway: bool = False, guess: Guess | None = None
) -> None:
    """Train the present setting unless that is done or under way; ``guess`` is kept with it."""
    request, current = session.setting.request, session.current
    apart, session.apart = session.apart, False
    abandoned = current is not None and current.training.state is TrainingState.ABANDONED
    if current is not None and current.request == request and not abandoned:
        return
    # What is known already is not asked about once more: a reload brings it back.
    known = session.setting.at_once or session.kept.knows(request)
    # Of the budget of a challenge a moved knob spends nothing.
    now = anyway or (known if session.seat is None else session.seat.is_paid(request))
    shared = 0 if current is None else current.request.shared_epochs(request)
    same = current is not None and current.request.training_key == request.training_key
    longer = (same and (now or session.seat is None)) or (now and shared > 0 and not apart)
    if not longer:
        settle(session, forked=shared > 0)
        if not now:
            if session.preview is None or session.preview[0] != request:
                session.preview = (request, _forecast(session, request))
            return
    try:
        if session.seat is not None:
            id = engine.challenges.students.ask(user_id(), request, present=presence())
        else:
            [id] = engine.trainings.ask(session.user, [request], present=presence(), by=person())
        training = engine.trainings.get(id)
    except ManagerError as error:
        session.refused = str(error)
        return
    session.refused = ""
    if current is not None and longer:
        current.training = training
        if request.changes:
            current.forecast = None  # It was another training's.
    else:
        session.current = session.kept.again(training) or session.kept.begin(
            training, _forecast(session, request), guess
        )
        session.guessed = session.current.id if guess is not None else ""
    _look_whether_ended(session)


def refresh(session: WhatIfSession, engine: Manager) -> None:
    """Bring the present run up to date."""
    run = session.current
    if run is None or run.training.state.ended:
        return
    try:
        run.training = engine.trainings.get(run.training.id)
    except ManagerError as error:
        session.refused = str(error)
        session.current = None
    _look_whether_ended(session)


def _look_whether_ended(session: WhatIfSession) -> None:
    """Keep the present run once it has ended: seen once for each time that it is trained."""
    run = session.current
    if run is not None and run.training.state is TrainingState.DONE and run.training.epochs:
        session.kept.keep(run)


def wait(session: WhatIfSession, engine: Manager) -> None:
    """Give the present run a moment to end."""
    run = session.current
    if run is not None and not run.training.state.ended:
        engine.trainings.wait(run.training.id, WAIT_SECONDS)
    refresh(session, engine)


def settle(session: WhatIfSession, *, forked: bool = False) -> None:
    """Put the present run among the earlier ones when it has come to something.

    One that is pinned or ``forked`` is kept as far as it came.
    """
    run = session.current
    session.current = None
    if run is None:
        return
    training = run.training
    if (forked or run.pinned) and training.epochs and not training.state.ended:
        run.training = replace(training, state=TrainingState.DONE)
        session.kept.keep(run)
    elif training.state is not TrainingState.DONE:
        session.kept.drop(run)
    # What was seen inside it is large, and is asked for again when it comes back.
    run.training = lean(run.training)


def earlier(session: WhatIfSession) -> list[WhatIfRun]:
    """The runs behind the present one in the picture: pinned ones and the last few."""
    shown = [run for run in session.comparable if run is not session.current]
    loose = [run for run in shown if not run.pinned][-FADED:]
    return [run for run in shown if run.pinned or run in loose]


def _forecast(session: WhatIfSession, request: TrainingRequest) -> Future[Forecast | None]:
    """What the runs so far make one expect, worked out beside the page."""
    # One that was changed under way tells nothing of any configuration, and none of it.
    known = [
        run
        for run in session.comparable
        if run.request.family == request.family and not (run.request.changes or request.changes)
    ]
    scored = [(_inputs(run.request), run.score) for run in known]
    pairs = [(config, score) for config, score in scored if score is not None]
    return _forecaster().submit(
        forecast,
        [config for config, _ in pairs],
        [score for _, score in pairs],
        _inputs(request),
        request.objective_info,
    )


def _inputs(request: TrainingRequest) -> dict[str, bool | int | float | str]:
    return {**request.config, EPOCHS: request.epochs}


@st.cache_resource(show_spinner=False)
def _forecaster() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="forecast")
