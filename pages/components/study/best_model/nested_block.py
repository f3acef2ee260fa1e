"""What tuning itself is worth: whole searches on outer folds, begun, followed and told."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.errors import errors_shown, press, render_refusal
from pages.components.shared.user import person
from tuning_core.findings.formatting import count, number, score, spell
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.nested_words import (
    OuterRow,
    agreement_words,
    outer_rows,
    worth_words,
)
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.nested import FEWEST_FOLDS, MOST_FOLDS, USUAL_FOLDS, Nested
from tuning_core.spec.model import Ability

TICK = 1.0
"""Seconds between two looks at searches that are under way."""
_REFUSED = "nested_refused"
_QUESTION = (
    "The best score of a search was chosen among many, so it is too good. What is the whole search "
    "worth? In nested cross-validation it is repeated on the rows beside each outer fold, and the "
    "best model of each is scored on that fold. The study's own test part stays untouched."
)


def render_nested(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw the view: the form and its plan, the searches under way, or what they say."""
    if Ability.TRAIN not in live.spec.abilities:
        say("The search was recorded elsewhere: it cannot be repeated here.")
        return
    if not seen:
        return
    active = engine.nested.get(live.study.id).active
    st.fragment(_render_live, run_every=TICK if active else None)(live, engine, active)


def _render_live(live: LiveStudy, engine: Manager, drawn_active: bool) -> None:
    with errors_shown():
        engine.nested.score_finished(live.study.id)
        now = engine.nested.get(live.study.id)
        if now.active != drawn_active:
            st.rerun()
        if now.begun:
            _render_found(live, engine, now)
        else:
            say(_QUESTION)
        render_refusal(_REFUSED)
        if now.message:
            st.warning(html.plain(now.message))
        if not engine.access.may_change(live.study.id, person()):
            say("Whoever made the study can repeat its search.")
        elif now.active:
            _render_stop(live, engine)
        else:
            _render_form(live, engine, now)


def _render_found(live: LiveStudy, engine: Manager, now: Nested) -> None:
    spec = live.spec
    rows = outer_rows(now, spec, engine.store)
    words = worth_words(now, spec, live.study.best_score)
    if words:
        partly = "" if now.done else f"By {len(now.scores)} of {len(rows)} folds: "
        st.html(html.text(partly + words, "ts-lead"))
    if now.changed:
        say("The search was changed since: these are of what it was. Begin anew for what it is.")
    st.html(_table(rows, spec.objective))
    agreement = agreement_words(rows, spec)
    say(f"{agreement} Each search is a study of its own, in lanes, to pause and resume.".strip())


def _table(rows: list[OuterRow], objective: str) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row.config))
    head = ["outer fold", "search", "best validation score", "score on the fold", *names]
    lines = []
    for row in rows:
        link = f'<a href="study?id={escape(row.study)}" target="_self" style="color:inherit">'
        link += f"{escape(row.status)}</a>"
        values = [score(row.promised, objective), score(row.score, objective)]
        values += [number(row.config[name]) if name in row.config else "-" for name in names]
        cells = [str(row.fold), *map(escape, values)]
        cells.insert(1, link if row.study else escape(row.status))
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    titles = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in head)
    return (
        '<div class="ts-wide"><table class="ts-table">'
        f"<tr>{titles}</tr>{''.join(lines)}</table></div>"
    )


def _render_stop(live: LiveStudy, engine: Manager) -> None:
    st.button(
        "Stop",
        key="nested-stop",
        on_click=press,
        args=(engine.nested.stop, live.study.id),
        kwargs={"by": person(), "refused": _REFUSED},
        help="What is trained stays; it can be continued.",
    )


def _render_form(live: LiveStudy, engine: Manager, now: Nested) -> None:
    """Draw how many folds, what that takes, and the button that begins or goes on."""
    if now.done and not now.changed:
        return
    folds = len(now.searches)
    if not folds or now.changed:
        folds = st.slider("Outer folds", FEWEST_FOLDS, MOST_FOLDS, USUAL_FOLDS, key="nested-folds")
    try:
        planned = engine.nested.planned(live.study.id, folds)
    except ManagerError as error:
        say(str(error))
        return
    left = [search for search in now.searches if not search.over] if not now.changed else planned
    searches = len(left) or folds
    plan = planned[0].plan()
    words = (
        f"{count(searches, 'search', 'searches')} of {count(plan.trials, 'trial')}, "
        f"{searches * plan.epochs:,} epochs at most"
    )
    estimate = engine.costs.estimate(planned[0])
    seconds = estimate.seconds if estimate is not None else live.study.seconds
    words += f", about {spell(searches * seconds)}." if seconds else "."
    st.button(
        "Continue" if now.begun and not now.changed else "Repeat the search on outer folds",
        key="nested-begin",
        on_click=press,
        args=(engine.nested.begin, live.study.id, folds),
        kwargs={"by": person(), "refused": _REFUSED},
        help="The searches wait their turn like any other study.",
    )
    say(words)
