"""Taking a file from the browser into the home folder, and nothing of it into the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.components.shared import html
from pages.components.shared.manager_session import home
from pages.components.shared.user import user_id
from tuning_core.datasets import DataError, store_upload
from tuning_core.datasets.tables.readers import accepted_endings
from tuning_core.spec.dataset import MAX_TITLE


@dataclass(frozen=True)
class Upload:
    """A stored file: ``id`` is ``upload:<sha256>``, ``title`` its name without the ending."""

    id: str
    title: str


def render_table_upload(label: str, name: str) -> None:
    """Draw an uploader of tables, as ``render_upload``."""
    render_upload(label, name, accepted_endings(), store_upload)


def render_upload(
    label: str, name: str, endings: Sequence[str] | None, store: Callable[..., str]
) -> None:
    """Draw an uploader; ``arrived(name)`` gives what came last, from the next run on.

    ``store`` keeps a file of one of the ``endings`` and returns its id, or raises DataError.

    A file that is refused is answered with a sentence and leaves nothing behind, nor what came
    before it. What stands above it must not come and go: Streamlit forgets a file on its way when
    an uploader moves.
    """
    refused = f"{name}-refused"
    file = render_uploader(label, name, type=endings)
    if file is not None:
        st.session_state.pop(refused, None)
        try:
            with st.spinner("Storing the file"):
                identity = store(file, home(), file.name, user=user_id())
            note_arrived(name, Upload(identity, _title(file.name)))
        except DataError as error:
            st.session_state[refused] = str(error)
            forget_arrived(name)
        renew_uploader(name, file)
        st.rerun()
    if refused in st.session_state:
        st.error(html.plain(st.session_state[refused]))


def render_uploader(label: str, name: str, **options: object) -> UploadedFile | None:
    """Draw an uploader; the file that has come, until ``renew_uploader``."""
    key = f"{name}-{st.session_state.get(_count(name), 0)}"
    file = st.file_uploader(label, key=key, **options)  # type: ignore[call-overload]
    # A file of a connection that broke is gone: it comes as something else.
    return file if isinstance(file, UploadedFile) else None


def render_camera(label: str, name: str, **options: object) -> UploadedFile | None:
    """Draw a camera; the photograph that was taken, until ``renew_uploader``."""
    key = f"{name}-{st.session_state.get(_count(name), 0)}"
    photograph = st.camera_input(label, key=key, **options)  # type: ignore[arg-type]
    return photograph if isinstance(photograph, UploadedFile) else None


def renew_uploader(name: str, file: UploadedFile) -> None:
    """Draw an empty one at the next run: the old one would keep the body in memory."""
    context = get_script_run_ctx()
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    st.session_state[_count(name)] = st.session_state.get(_count(name), 0) + 1
    if context is not None and remove is not None:
        remove(session_id=context.session_id, file_id=file.file_id)


def arrived(name: str) -> Upload | None:
    """The file that came last at the uploader ``name``, if any, until it is forgotten.

    Whoever takes it over forgets it only afterwards: another click may end a run at any line.
    """
    upload: Upload | None = st.session_state.get(_arrived(name))
    return upload


def note_arrived(name: str, upload: Upload) -> None:
    """Have a file that is stored already count as what came last at the uploader ``name``."""
    st.session_state[_arrived(name)] = upload


def forget_arrived(name: str) -> None:
    """Forget a file that was taken over."""
    st.session_state.pop(_arrived(name), None)


def _arrived(name: str) -> str:
    return f"{name}-arrived"


def _count(name: str) -> str:
    return f"{name}-count"


def _title(file_name: str) -> str:
    """What a study calls the data: printable, of a bounded length."""
    stem = PurePath(file_name.replace("\\", "/")).stem
    return "".join(c for c in stem if c.isprintable()).strip()[:MAX_TITLE] or "Upload"
