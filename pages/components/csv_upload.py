"""Taking a CSV file from the browser into the home folder, and nothing of it into the session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.components import look
from pages.components.engine import home
from tuning_core.datasets import DataError, store_upload
from tuning_core.spec_dataset import MAX_TITLE


@dataclass(frozen=True)
class Upload:
    """A stored file: ``id`` is ``upload:<sha256>``, ``title`` its name without the ending."""

    id: str
    title: str


def put_csv_upload(label: str, name: str) -> None:
    """Draw an uploader; ``take_upload(name)`` gives what arrives, once, in the next run.

    A file that is refused is answered with a sentence and leaves nothing behind.
    """
    count, refused = f"{name}-count", f"{name}-refused"
    file = st.file_uploader(label, key=f"{name}-{st.session_state.get(count, 0)}")
    if file is not None:
        try:
            with st.spinner("Storing the file"):
                identity = store_upload(file.getvalue(), home(), file.name)
            st.session_state[f"{name}-arrived"] = Upload(identity, _title(file.name))
        except DataError as error:
            st.session_state[refused] = str(error)
        except OSError as error:
            st.session_state[refused] = f"The file cannot be stored: {error.strerror}."
        _forget(file)
        # A new uploader takes its place: this one would keep the body in memory.
        st.session_state[count] = st.session_state.get(count, 0) + 1
        st.rerun()
    if refused in st.session_state:
        st.error(look.plain(st.session_state.pop(refused)))


def take_upload(name: str) -> Upload | None:
    """The file that has just arrived at the uploader ``name``, if any."""
    upload: Upload | None = st.session_state.pop(f"{name}-arrived", None)
    return upload


def _title(file_name: str) -> str:
    """What a study calls the table: printable, of a bounded length."""
    stem = PurePath(file_name.replace("\\", "/")).stem
    return "".join(c for c in stem if c.isprintable()).strip()[:MAX_TITLE] or "Table"


def _forget(file: UploadedFile) -> None:
    """Give the body back now; Streamlit would keep it until the session ends."""
    context = get_script_run_ctx()
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=file.file_id)
