"""The Library: what can be done with a study, taking one in, cleaning up, what was interrupted."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from pages.components.library.imports import SUFFIX
from pages.components.shared import html
from pages.components.shared.errors import ask, press, render_refusal
from pages.components.shared.manager_session import manager
from pages.components.shared.study_draft import replace_draft
from pages.components.shared.user import NOT_MINE, person, user_id
from tuning_core.catalog import DATASETS
from tuning_core.findings.formatting import count, file_name, size_words
from tuning_core.manager import Manager
from tuning_core.manager.library.storage import (
    BUNDLES,
    CHECKPOINTS,
    DOWNLOAD,
    KEPT_ROWS,
    PREDICTIONS,
    SHARED_ROWS,
    TRASH,
    UPLOADS,
    Removable,
    Usage,
)
from tuning_core.spec.dataset import LOCAL
from tuning_core.spec.model import Ability, abilities_of
from tuning_core.spec.validation import MAX_NAME, shown_name
from tuning_core.store import StoreError, StudyRow


def render_actions(study: StudyRow) -> None:
    """Draw a menu of actions at the end of a study's row."""
    menu = st.popover("Actions", type="tertiary", key=f"actions-{study.id}", on_change="rerun")
    if not menu.open:
        return
    mine = manager().access.may_change(study.id, person())
    with menu:
        if mine:
            _render_rename(study)
        else:
            st.html(html.text(NOT_MINE, "ts-muted ts-small"))
        own = study.spec.get("dataset", {}).get("id", "")
        if Ability.WHAT_IF in abilities_of(study.spec) and st.button(
            "Clone",
            key=f"do-clone-{study.id}",
            disabled=not own or str(own).startswith(LOCAL),
            help="Opens New study with everything as in this one.",
        ):
            replace_draft({**study.spec, "name": shown_name(study.name, otherwise="")})
            st.switch_page("pages/new_study.py")
        chosen = study.id in _to_compare()
        st.button(
            "Leave out of Compare" if chosen else "Choose for Compare",
            key=f"do-compare-{study.id}",
            on_click=_choose,
            args=(study.id,),
            help="Several chosen studies are put side by side.",
        )
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
        if mine:
            st.button(
                "Delete",
                key=f"do-delete-{study.id}",
                on_click=press,
                args=(manager().delete, study.id),
                kwargs={"by": person()},
                disabled=study.status.active,
                help="This search is not over. Open the study and stop it first."
                if study.status.active
                else f"{count(study.trials, 'trial')} and the best model. It can be undone for 10 "
                "minutes.",
            )


def _render_rename(study: StudyRow) -> None:
    with st.form(f"rename-{study.id}", border=False):
        st.text_input("Name", study.name, max_chars=MAX_NAME, key=f"name-{study.id}")
        st.form_submit_button(
            "Rename", key=f"do-rename-{study.id}", on_click=_rename, args=(study.id,)
        )


_TO_COMPARE = "studies_to_compare"


def _to_compare() -> list[str]:
    chosen: list[str] = st.session_state.setdefault(_TO_COMPARE, [])
    return chosen


def _choose(study_id: str) -> None:
    chosen = _to_compare()
    chosen.remove(study_id) if study_id in chosen else chosen.append(study_id)


def render_chosen() -> None:
    """Draw how many studies are chosen for Compare, and the way there."""
    chosen = _to_compare()
    if not chosen:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="to-compare"):
        words = f"{count(len(chosen), 'study', 'studies')} chosen"
        st.html(html.text(words, "ts-small"), width="content")
        if st.button("Compare", key="compare-chosen"):
            st.switch_page("pages/compare.py", query_params={"ids": ",".join(chosen)})
        st.button("None", type="tertiary", key="compare-none", on_click=chosen.clear)


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
                on_click=press,
                args=(trash.restore, note.id),
                kwargs={"by": person()},
            )


def _rename(study_id: str) -> None:
    """Give the study the name that was typed."""
    ask(manager().editing.rename, study_id, st.session_state[f"name-{study_id}"], by=person())


_WORDS = {
    BUNDLES: ("Exported models and bundles", "made again at the next download"),
    PREDICTIONS: ("Predictions for tables", "made again on demand"),
    CHECKPOINTS: ("Checkpoints of studies that are over", "nothing needs them"),
    SHARED_ROWS: ("Rows that the lanes of ended studies shared", "written again when needed"),
    KEPT_ROWS: ("Rows of large tables, as they were read", "read again when needed"),
    UPLOADS: ("Uploaded tables that no study uses", "gone for good"),
    TRASH: ("Deleted studies", "gone for good, there is no undo then"),
}


def render_clean_up(usage: Usage) -> None:
    """Draw each kind of removable file with its size and a button that removes it."""
    with st.expander(f"Clean up: {size_words(usage.total)} on the disk", key="clean-up"):
        if not usage.removable:
            st.html(html.text("Nothing here could be made or fetched again.", "ts-muted ts-small"))
        for removable in usage.removable:
            words, button = st.columns([5, 1], vertical_alignment="center")
            words.html(html.text(_line(removable), "ts-small"))
            button.button(
                "Remove",
                key=f"remove-{removable.id}",
                on_click=press,
                args=(manager().storage.remove, removable.id),
                kwargs={"by": person()},
            )


def _line(removable: Removable) -> str:
    if removable.id.startswith(DOWNLOAD):
        title = DATASETS[removable.id.removeprefix(DOWNLOAD)].title
        return f"Files of {title}: {size_words(removable.size)}, fetched again when needed"
    what, after = _WORDS[removable.id]
    return f"{what}: {count(removable.count, 'item')}, {size_words(removable.size)}, {after}"


def render_interrupted(engine: Manager) -> None:
    """Draw what the last end of the server left: searches to resume, a database made anew."""
    if engine.database_rebuild is not None:
        st.warning(str(engine.database_rebuild))
    try:
        left = engine.interrupted.studies(by=person())
    except StoreError as error:
        st.error(str(error))
        return
    render_refusal()
    if not left:
        return
    names = ", ".join(f"“{study.name}”" for study in left[:3])
    more = f" and {len(left) - 3:,} more" if len(left) > 3 else ""
    verb = "was" if len(left) == 1 else "were"
    with st.container(border=True, key="leftovers"):
        words, buttons = st.columns([3, 1.2], vertical_alignment="center")
        words.text(
            f"{count(len(left), 'search', 'searches')} {verb} under way when the server ended: "
            f"{names}{more}. Nothing that was trained is lost."
        )
        with buttons.container(horizontal=True, horizontal_alignment="right", gap="small"):
            st.button(
                "Resume" if len(left) == 1 else "Resume all",
                key="resume-left",
                on_click=press,
                args=(engine.interrupted.resume,),
                kwargs={"by": person()},
            )
            st.button(
                "Leave",
                key="leave-left",
                on_click=press,
                args=(engine.interrupted.leave,),
                kwargs={"by": person()},
                help="They stay as they are; each can be resumed from its page.",
            )
