"""What can be done with a study in the Library: rename, copy, export, delete, and undo that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.formatting import count, file_name
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import replace_draft
from pages.components.shared.user import user_id
from tuning_core.manager import ManagerError
from tuning_core.spec.dataset import LOCAL
from tuning_core.spec.study_name import MAX_NAME, shown_name
from tuning_core.store import StoreError, StudyRow

SUFFIX = ".tunescape"
_REFUSED = "library_refused"


def ask(action: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Do what a button asks; keep the sentence when it cannot be done."""
    try:
        return action(*arguments, **options)
    except (ManagerError, StoreError) as error:
        st.session_state[_REFUSED] = str(error)
        return None


def render_refusal() -> None:
    """Draw the sentence that the last action was answered with, if any."""
    if _REFUSED in st.session_state:
        st.error(html.plain(st.session_state.pop(_REFUSED)))


def render_actions(study: StudyRow) -> None:
    """Draw a menu of actions at the end of a study's row."""
    menu = st.popover("Actions", type="tertiary", key=f"actions-{study.id}", on_change="rerun")
    if not menu.open:
        return
    with menu:
        with st.form(f"rename-{study.id}", border=False):
            st.text_input("Name", study.name, max_chars=MAX_NAME, key=f"name-{study.id}")
            st.form_submit_button(
                "Rename", key=f"do-rename-{study.id}", on_click=_rename, args=(study.id,)
            )
        own = study.spec.get("dataset", {}).get("id", "")
        if st.button(
            "Clone",
            key=f"do-clone-{study.id}",
            disabled=not own or str(own).startswith(LOCAL),
            help="Opens New study with everything as in this one.",
        ):
            replace_draft({**study.spec, "name": shown_name(study.name, otherwise="")})
            st.switch_page("pages/new_study.py")
        st.download_button(
            "Export",
            data=lambda: exported(study),
            file_name=f"{file_name(study.name)}-{study.id}{SUFFIX}",
            mime="application/zip",
            on_click="ignore",
            key=f"do-export-{study.id}",
            help="The whole study as one file, which Import here or elsewhere takes in. Tables "
            "of your own are not in it.",
        )
        st.button(
            "Delete",
            key=f"do-delete-{study.id}",
            on_click=ask,
            args=(manager().delete, study.id),
            kwargs={"by": user_id()},
            disabled=study.status.active,
            help="This search is not over. Open the study and stop it first."
            if study.status.active
            else f"{count(study.trials, 'trial')} and the best model. It can be undone for 10 "
            "minutes.",
        )


def exported(study: StudyRow) -> bytes:
    """The file of a study; called at the click."""
    with TemporaryDirectory(dir=manager().home.path, prefix=".export-") as place:
        path = Path(place) / "study"
        manager().archive.export_study(study, path)
        return path.read_bytes()


def render_undo() -> None:
    """Draw what the user has deleted in the last minutes, each with its way back."""
    trash = manager().trash
    for note in trash.restorable(by=user_id())[:3]:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"deleted-{note.id}", gap="small"
        ):
            st.html(html.text(f"“{note.name}” was deleted.", "ts-small"), width="content")
            st.button(
                "Undo",
                type="tertiary",
                key=f"undo-{note.id}",
                on_click=ask,
                args=(trash.restore, note.id),
            )


def _rename(study_id: str) -> None:
    """Give the study the name that was typed."""
    ask(manager().rename, study_id, st.session_state[f"name-{study_id}"])
