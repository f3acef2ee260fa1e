"""Studies in a list: whose are shown, where each stands, and what it has reached."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.session import one_chosen
from pages.components.shared.user import user_id
from tuning_core.catalog import StudyStatus
from tuning_core.catalog.objectives import objective_of
from tuning_core.findings.formatting import (
    STATUS_WORDS,
    ago,
    count,
    score,
    size_words,
    study_line,
)
from tuning_core.manager import Manager
from tuning_core.store import StudyRow

log = logging.getLogger("tunescape.pages")

WIDTHS = [3.0, 3.0, 1.2, 1.0, 2.7, 1.2]


def render_studies(
    studies: Sequence[StudyRow],
    place: str,
    actions: Callable[[StudyRow], None] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Draw a row per study; ``actions`` adds buttons at the end of each, ``sizes`` its bytes.

    A study that cannot be drawn says so in its row; the others are drawn all the same.
    """
    widths = [*WIDTHS, 1.2] if actions else WIDTHS
    imported = manager().store.imported()
    named = Counter(study.name for study in studies)
    for study in studies:
        with st.container(key=f"{place}-row-{study.id}"):
            name, *cells = st.columns(widths, vertical_alignment="center", gap="small")
            name.page_link(
                "pages/study.py",
                label=html.plain(study.name),
                query_params={"id": study.id},
                help="Open this study",
            )
            try:
                size = None if sizes is None else sizes.get(study.id, 0)
                marks = [" · imported"] * (study.id in imported and not study.spec.get("source"))
                marks += [f" · {study.id}"] if named[study.name] > 1 else []
                words = _words(study, "".join(marks), size)
            except Exception as fault:
                log.error("The row of study %s cannot be drawn.", study.id, exc_info=fault)
                words = [html.text("What is recorded of this study cannot be read.", "ts-small")]
            for cell, row in zip(cells, words, strict=False):
                cell.html(row)
            if actions:
                with cells[-1]:
                    actions(study)


def _words(study: StudyRow, marks: str, size: int | None) -> list[str]:
    """The cells of a row, without its name, as HTML; ``marks`` tell it from others."""
    line = study_line(study.spec) + marks
    when = ago(study.created)
    if size is not None:
        when += f" · {size_words(size)}"
    return [
        html.text(line, "ts-muted ts-small"),
        html.status_mark(study.status, status_words(study)),
        html.text(count(study.trials, "trial"), "ts-small"),
        _best(study),
        html.text(when, "ts-muted ts-small"),
    ]


def _best(study: StudyRow) -> str:
    objective = objective_of(study.spec)
    if study.best_score is None:
        words = "no score yet" if study.status.active else "no score"
        return html.text(words, "ts-muted ts-small")
    return (
        f'<span class="ts-small"><b>{score(study.best_score, objective.id)}</b> '
        f'<span class="ts-muted">{escape(objective.label)}</span></span>'
    )


YOURS, ALL = "Yours", "All"


def render_scope(studies: Sequence[StudyRow], place: str) -> list[StudyRow]:
    """Draw the choice between the user's studies and all, where they differ; those chosen."""
    own = manager().store.readers.studies(user_id())
    mine = [study for study in studies if study.id in own]
    if not mine or len(mine) == len(studies):
        return list(studies)
    one_chosen(f"{place}-whose", [YOURS, ALL])
    chosen = st.segmented_control(
        "Whose studies",
        [YOURS, ALL],
        required=True,
        key=f"{place}-whose",
        label_visibility="collapsed",
        help="Studies that this browser launched, copied or imported; or everybody's here.",
    )
    return list(studies) if chosen == ALL else mine


def waiting_words(study_id: str, engine: Manager) -> str:
    """What a queued study waits for; "" when it does not wait here."""
    before, running = engine.queue.place(study_id), engine.running()
    if before is None:
        return ""
    if before:
        others = f"{count(before, 'search', 'searches')} before yours"
        return f"{others}, {len(running):,} running. Everybody who waits gets a turn."
    if len(running) != 1:
        return f"Next: starts when one of the {len(running):,} running searches has ended."
    first = engine.store.study(running[0])
    return f"Next: starts when “{first.name}” has ended." if first else "Next: starts at once."


def status_words(study: StudyRow) -> str:
    """The word for a study's state, with its place where it waits."""
    if study.status is StudyStatus.QUEUED:
        before = manager().queue.place(study.id)
        if before is not None:
            return f"Queued, no. {before + 1:,}"
    return STATUS_WORDS[study.status]
