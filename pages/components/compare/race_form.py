"""A race before it starts: of which search, under which strategies, and what it will take."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.study_draft import draft
from pages.components.shared.user import user_id
from tuning_core.catalog import STRATEGIES
from tuning_core.catalog.strategies import MACHINE_PLAYERS
from tuning_core.findings.formatting import ago, count, joined, spell, spelled, study_line
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.searches.races import RaceRecord
from tuning_core.planning.equal_epochs import MOST_SEEDS, Racer, can_race, race_of
from tuning_core.planning.limits import check_limits
from tuning_core.space import SpecError
from tuning_core.spec.model import Ability, abilities_of
from tuning_core.spec.study import StudySpec, parse_spec

FORM = ""
"""Instead of a study's id: the form of New study."""
_OFFERED = 200


def render_race_form(engine: Manager) -> None:
    """Draw the form with its plan, and the latest races below it."""
    form, beside = st.columns([2.2, 1], gap="large")
    with form:
        spec = _render_source(engine)
        strategies: list[str] = st.multiselect(
            "Strategies",
            list(filter(can_race, STRATEGIES)),
            default=list(MACHINE_PLAYERS),
            format_func=lambda name: STRATEGIES[name].title,
            key="race-strategies",
            help="Each searches the same space and spends the same epochs.",
        )
        # No bounds of its own: a number beyond them never comes here, and the plan would stay.
        seeds = st.number_input(
            "Seeds",
            value=5,
            step=1,
            key="race-seeds",
            help=f"Searches of each strategy, from 1 to {MOST_SEEDS}. With one or two nobody can "
            "tell a better strategy from luck.",
        )
    with beside, st.container(border=True, key="race-plan"):
        st.subheader("Plan")
        _render_plan(engine, spec, strategies, seeds)
    recent = engine.races.recent()
    if recent:
        st.subheader("Latest races")
        for race in recent:
            _render_link(race)


def _render_source(engine: Manager) -> StudySpec | None:
    offered = [s for s in engine.store.studies() if Ability.TRAIN in abilities_of(s.spec)]
    studies = {study.id: study for study in offered[:_OFFERED]}
    source = st.selectbox(
        "The search",
        [FORM, *studies],
        format_func=lambda i: studies[i].name if i else "The form of New study",
        key="race-source",
        help="Its data, model, space, objective and epochs; the strategy is replaced.",
    )
    try:
        study = studies.get(source or FORM)
        spec = parse_spec(draft()) if study is None else parse_spec(study.spec, local_files=True)
        check_limits(spec)
    except SpecError as error:
        st.error(html.plain(str(error)))
        return None
    searched = len(spec.search_space.searched)
    plan, line = spec.plan(), study_line(spec.model_dump()).rpartition(" · ")[0]
    say(
        f"{line} · {count(searched, 'hyperparameter')} · "
        f"{count(plan.trials, 'trial')}, {count(plan.epochs, 'epoch')} in all"
    )
    return spec


def _render_plan(
    engine: Manager, spec: StudySpec | None, strategies: Sequence[str], seeds: int
) -> None:
    racers: list[Racer] = []
    if not strategies:
        st.error("Choose at least one strategy.")
    elif spec is not None:
        try:
            racers = race_of(spec, strategies, seeds)
        except SpecError as error:
            st.error(html.plain(error.message if error.field == "strategies" else str(error)))
    if racers:
        first = {racer.strategy: racer.spec for racer in reversed(racers)}
        epochs = [planned.plan().epochs for planned in first.values()]
        each = f"{min(epochs):,}" + (f" to {max(epochs):,}" if min(epochs) < max(epochs) else "")
        facts = [("studies", f"{len(racers):,}"), ("epochs each", each)]
        st.html(html.facts(facts))
        st.html(html.text(_time(engine, list(first.values()), seeds), "ts-muted ts-small"))
        for words in _cautions(first):
            say(words)
    if st.button(
        "Start the race", type="primary", key="race-start", disabled=not racers, width="stretch"
    ):
        _start(engine, spec, strategies, seeds)


def _start(engine: Manager, spec: StudySpec | None, strategies: Sequence[str], seeds: int) -> None:
    assert spec is not None
    try:
        race_id = engine.races.start(spec, strategies, seeds, user=user_id())
    except (ManagerError, SpecError) as error:
        st.error(html.plain(str(error)))
        return
    st.query_params.from_dict({"race": race_id})
    st.rerun()


def _time(engine: Manager, specs: Sequence[StudySpec], seeds: int) -> str:
    """How long it takes, where that can be told."""
    estimates = [engine.costs.estimate(spec) for spec in specs]
    known = [estimate for estimate in estimates if estimate is not None]
    if len(known) < len(estimates):
        return "How long it takes is known once New study has measured this search."
    low, middle, high = (
        seeds * sum(getattr(e, end) for e in known) / engine.searches
        for end in ("low", "seconds", "high")
    )
    return f"About {spell(middle)} on this machine ({spelled(low, high)})."


def _cautions(planned: dict[str, StudySpec]) -> list[str]:
    """Strategies that would not yet do what they are for."""
    random = []
    for name, spec in planned.items():
        settings = {setting.id for setting in spec.strategy.info.settings}
        first = spec.strategy.setting("initial_points") if "initial_points" in settings else None
        if first is not None and first >= spec.plan().trials:
            random.append(f"{STRATEGIES[name].title} (its first {first:,})")
    if not random:
        return []
    return [
        f"Draws all its trials at random, for it begins so: {joined(random)}. More epochs help."
    ]


def race_title(race: RaceRecord) -> str:
    """The strategies of a race."""
    return joined([STRATEGIES[name].title for name in race.strategies])


def _render_link(race: RaceRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.page_link(
            "pages/compare.py", label=html.plain(race_title(race)), query_params={"race": race.id}
        )
        line = study_line(race.spec).rpartition(" · ")[0]
        words = f"{line} · {count(race.seeds, 'seed')} · {ago(race.created)}"
        st.html(html.text(words, "ts-muted ts-small"))
