"""The runs of What-if: what a session has trained there, kept in its session state."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

import streamlit as st

from pages.components.shared.user import presence
from pages.components.shared.what_if_link import Setting, query_of, setting_of
from tuning_core.analysis.forecast import EPOCHS, Forecast, forecast
from tuning_core.manager import Manager, ManagerError, Training, TrainingState
from tuning_core.spec.training_request import TrainingRequest

MOST_RUNS = 40
"""Runs in the list; the oldest that is not pinned makes room."""

FADED = 4
"""Earlier runs whose curves stand faded behind the present one."""

WAIT_SECONDS = 0.35
"""How long the page waits for a training before it is drawn: most on small data end in it, and
are then drawn once and whole."""

STALE_SECONDS = 5.0

_KEY = "what_if"


@dataclass
class Run:
    """One training; ``training`` is how it stood when it was last looked at."""

    number: int
    training: Training
    pinned: bool = False
    forecast: Future[Forecast | None] | None = None

    @property
    def request(self) -> TrainingRequest:
        """What was asked for."""
        return self.training.request

    @property
    def score(self) -> float | None:
        """Its best score so far."""
        best = self.training.best
        return best[0] if best else None

    @property
    def expected(self) -> Forecast | None:
        """What was forecast for it; None where nothing was, or not yet."""
        if self.forecast is None or not self.forecast.done():
            return None
        return self.forecast.result()


@dataclass
class Bench:
    """What a session has on the page.

    ``generation`` counts how often the setting came from elsewhere than the page's own widgets:
    these then start anew. ``ends`` are the ends of the y axis by dataset and metric, which only
    ever grow. ``written`` are earlier addresses and when each was left, ``preview`` is the forecast
    for a setting that waits to be trained.
    """

    setting: Setting
    query: dict[str, str]
    complaints: tuple[str, ...] = ()
    generation: int = 0
    user: str = field(default_factory=lambda: uuid4().hex)
    current: Run | None = None
    runs: list[Run] = field(default_factory=list)
    refused: str = ""
    ends: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    counted: int = 0
    written: list[tuple[dict[str, str], float]] = field(default_factory=list)
    preview: tuple[TrainingRequest, Future[Forecast | None]] | None = None

    @property
    def comparable(self) -> list[Run]:
        """Ended runs on the data and objective of the present setting, oldest first."""
        now = self.setting.request
        return [
            run
            for run in self.runs
            if run.request.dataset == now.dataset and run.request.objective == now.objective
        ]

    def wrote(self, query: dict[str, str]) -> bool:
        """Whether an address was the page's own a moment ago: a browser that is quick to move the
        next knob has not heard of the new one yet."""
        now = time.monotonic()
        return any(old == query and now - left < STALE_SECONDS for old, left in self.written)

    def take(self, setting: Setting) -> None:
        """Show another setting, in new widgets."""
        self.setting = setting
        self.generation += 1
        self.complaints = ()


def bench_of_session() -> Bench | None:
    """The session's bench, None before the page has opened it."""
    bench: Bench | None = st.session_state.get(_KEY)
    return bench


def open_bench(query: dict[str, str]) -> Bench:
    """The session's bench; an address that the page did not write itself is read first."""
    bench: Bench | None = st.session_state.get(_KEY)
    if bench is None:
        read = setting_of(query)
        bench = st.session_state[_KEY] = Bench(read.setting, query, read.complaints)
    elif query != bench.query and not bench.wrote(query):
        if query:
            read = setting_of(query)
            bench.take(read.setting)
            bench.complaints = read.complaints
        bench.query = query
    return bench


def write_address(bench: Bench) -> None:
    """Put the whole setting into the address."""
    query = query_of(bench.setting.request, at_once=bench.setting.at_once)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
    if query != bench.query:
        bench.written = [(bench.query, time.monotonic()), *bench.written][:MOST_RUNS]
        bench.query = query


def ask(bench: Bench, engine: Manager, *, anyway: bool = False) -> None:
    """Train the present setting unless that is done or under way."""
    request, current = bench.setting.request, bench.current
    abandoned = current is not None and current.training.state is TrainingState.ABANDONED
    if current is not None and current.request == request and not abandoned:
        return
    longer = current is not None and current.request.course == request.course
    if not longer:
        settle(bench)
        if not (bench.setting.at_once or anyway):
            if bench.preview is None or bench.preview[0] != request:
                bench.preview = (request, _forecast(bench, request))
            return
    try:
        [id] = engine.trainings.ask(bench.user, [request], present=presence())
        training = engine.trainings.look(id)
    except ManagerError as error:
        bench.refused = str(error)
        return
    bench.refused = ""
    again = next((run for run in bench.runs if run.request.course == request.course), None)
    if current is not None and longer:
        current.training = training
    elif again is not None:
        # The same once more: it comes back to the front, with its name.
        bench.runs.remove(again)
        again.training = training
        bench.current = again
    else:
        bench.counted += 1
        bench.current = Run(bench.counted, training, forecast=_forecast(bench, request))


def look(bench: Bench, engine: Manager) -> None:
    """Bring the present run up to date."""
    run = bench.current
    if run is None or run.training.state.ended:
        return
    try:
        run.training = engine.trainings.look(run.training.id)
    except ManagerError as error:
        bench.refused = str(error)
        bench.current = None


def wait(bench: Bench, engine: Manager) -> None:
    """Give the present run a moment to end."""
    run = bench.current
    if run is not None and not run.training.state.ended:
        engine.trainings.wait(run.training.id, WAIT_SECONDS)
    look(bench, engine)


def settle(bench: Bench) -> None:
    """Put the present run among the earlier ones when it has come to something."""
    run = bench.current
    bench.current = None
    if run is None:
        return
    if run.training.state is not TrainingState.DONE or not run.training.epochs:
        # Nobody has seen it end: the next one takes its name.
        bench.counted -= run.number == bench.counted
        return
    bench.runs.append(run)
    loose = [other for other in bench.runs if not other.pinned]
    if len(bench.runs) > MOST_RUNS and loose:
        bench.runs.remove(loose[0])


def earlier(bench: Bench) -> list[Run]:
    """The runs behind the present one in the picture: pinned ones and the last few."""
    shown = [run for run in bench.comparable if run is not bench.current]
    loose = [run for run in shown if not run.pinned][-FADED:]
    return [run for run in shown if run.pinned or run in loose]


def _forecast(bench: Bench, request: TrainingRequest) -> Future[Forecast | None]:
    """What the runs so far make one expect, worked out beside the page."""
    known = [run for run in bench.comparable if run.request.family == request.family]
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
