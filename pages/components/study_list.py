"""Studies as rows: a link, what it searched, its state and its best score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from pages.components import look
from pages.components.formatting import ago, count, score, study_line
from pages.components.queue_words import status_words
from pages.components.sizes import size_words
from tuning_core.catalog import OBJECTIVES
from tuning_core.store import StudyRow

WIDTHS = [3.0, 3.0, 1.2, 1.0, 2.7, 1.2]


def put_studies(
    studies: Sequence[StudyRow],
    place: str,
    actions: Callable[[StudyRow], None] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """Draw a row per study; ``actions`` adds buttons at the end of each, ``sizes`` its bytes."""
    widths = [*WIDTHS, 1.2] if actions else WIDTHS
    for study in studies:
        with st.container(key=f"{place}-row-{study.id}"):
            name, line, status, trials, best, created, *rest = st.columns(
                widths, vertical_alignment="center", gap="small"
            )
            with name:
                st.page_link(
                    "pages/study.py",
                    label=look.plain(study.name),
                    query_params={"id": study.id},
                    help="Open this study",
                )
            line.html(look.text(study_line(study.spec), "ts-muted ts-small"))
            status.html(look.status_mark(study.status, status_words(study)))
            trials.html(look.text(count(study.trials, "trial"), "ts-small"))
            best.html(_best(study))
            when = ago(study.created)
            if sizes is not None:
                when += f" · {size_words(sizes.get(study.id, 0))}"
            created.html(look.text(when, "ts-muted ts-small"))
            if actions and rest:
                with rest[0]:
                    actions(study)


def _best(study: StudyRow) -> str:
    objective = OBJECTIVES[study.spec["objective"]]
    if study.best_score is None:
        words = "no score yet" if study.status.active else "no score"
        return look.text(words, "ts-muted ts-small")
    return (
        f'<span class="ts-small"><b>{score(study.best_score, objective.id)}</b> '
        f'<span class="ts-muted">{escape(objective.label)}</span></span>'
    )
