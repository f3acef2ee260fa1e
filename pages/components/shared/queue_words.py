"""Where a study stands in the queue, in words."""

from __future__ import annotations

from pages.components.shared.formatting import STATUS_WORDS, count
from pages.components.shared.manager_session import manager
from tuning_core.catalog import StudyStatus
from tuning_core.manager import Manager
from tuning_core.store import StudyRow


def waiting_words(study_id: str, engine: Manager) -> str:
    """What a queued study waits for; "" when it does not wait here."""
    before, running = engine.place(study_id), engine.running()
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
        before = manager().place(study.id)
        if before is not None:
            return f"Queued, no. {before + 1:,}"
    return STATUS_WORDS[study.status]
