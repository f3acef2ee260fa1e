"""What was done to a study, and when: a folded list."""

from __future__ import annotations

import time
from collections.abc import Iterable
from html import escape

import streamlit as st

from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from tuning_core.findings.answer_words import Named
from tuning_core.findings.formatting import count, duration, label, number
from tuning_core.store import HistoryRow

TICK = 2.0
"""Seconds between two looks at the history of an active study."""


def render_history(study_id: str) -> None:
    """Draw the list, folded."""
    with errors_shown():
        rows, study = manager().store.history(study_id), manager().store.study(study_id)
        if not rows or study is None:
            return
        named = str if study.spec["model"].get("declared") else label
        with st.expander(f"History · {count(len(rows), 'event')}", key="history"):
            lines = [
                f"<tr><td>{_time(row)}</td><td>{escape(words)}</td></tr>"
                for row, words in reversed(list(zip(rows, history_words(rows, named), strict=True)))
            ]
            st.html(f'<table class="ts-table ts-narrow">{"".join(lines)}</table>')


def history_words(rows: Iterable[HistoryRow], named: Named = label) -> list[str]:
    """A sentence for each event."""
    sentences = []
    running = False
    for row in rows:
        sentences.append(_sentence(row, named, cut_short=running))
        running = row.kind != "study_ended" and (running or row.kind == "study_started")
    return sentences


def _sentence(row: HistoryRow, named: Named, *, cut_short: bool) -> str:
    details = row.details
    if row.kind == "study_started":
        if not details.get("resumed"):
            return "The search began."
        after = f" after trial {row.trial:,}" if row.trial else ""
        if details.get("after"):
            return f"The worker had died ({details['after']}); another went on{after}."
        return f"{'The worker had ended; resumed' if cut_short else 'Resumed'}{after}."
    if row.kind == "study_ended":
        return str(details.get("message") or details.get("status", "Ended")).removesuffix(
            " Resume continues it."
        )
    if row.kind in ("imported", "restored"):
        return str(details.get("message", "Imported."))
    if row.kind == "test_revealed":
        return f"The test split was revealed for trial {details.get('trial')}."
    return _edit(row, named)


def _edit(row: HistoryRow, named: Named) -> str:
    details = row.details
    what = details.get("what")
    if "refused" in details:
        return f"A change was not possible: {details['refused']}"
    if what == "space":
        return (
            f"Ranges changed {after(row.trial)}: {details.get('inside', 0):,} of "
            f"{count(details.get('of', 0), 'trial')} so far lie inside."
        )
    if what == "budget":
        parts = []
        if details.get("trials"):
            parts.append(f"{count(details['trials'], 'trial')} in all")
        if "seconds" in details:
            limit = details["seconds"]
            parts.append(f"at most {duration(limit)}" if limit else "no time limit")
        if "target" in details:
            target = details["target"]
            parts.append("no target" if target == "none" else f"target {number(target)}")
        if "settled" in details:
            parts.append(f"{'ends' if details['settled'] else 'goes on'} once it is settled")
        return f"Budget changed {after(row.trial)}: {', '.join(parts)}."
    if what == "kill":
        return f"Trial {details.get('trial')} killed."
    if details.get("retries"):
        return f"Trial {details['retries']} to run again."
    values = details.get("values", {})
    shown = ", ".join(f"{named(n)} {number(v)}" for n, v in values.items())
    outside = ", outside the ranges" if details.get("outside") else ""
    return f"A trial of the reader's own{outside}: {shown or 'the defaults'}."


def after(trial: int) -> str:
    """When something happened, in trials."""
    return f"after trial {trial:,}" if trial else "before the first trial"


def _time(row: HistoryRow) -> str:
    """When it was asked, else when it happened, in the server's time."""
    moment = time.localtime(row.details.get("asked") or row.time)
    return time.strftime("%d %b %H:%M:%S", moment)
