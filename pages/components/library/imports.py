"""Taking in a study file, or what another tool recorded: looked at first, then imported."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.components.shared import html
from pages.components.shared.manager_session import manager
from pages.components.shared.uploads import render_uploader, renew_uploader
from pages.components.shared.user import person, user_id
from tuning_core.findings.formatting import count
from tuning_core.manager import ManagerError
from tuning_core.manager.library.run_imports import FoundRuns, RunsRefusedError
from tuning_core.spec.validation import MAX_NAME, shown_name
from tuning_core.study_import import STUDY_FILE, ReadOptions

SUFFIX = ".tunescape"
"""What the name of a study file ends with."""

_WIDTH = 420
_ENDINGS = ("zip", "db", "sqlite", "sqlite3", "log", "jsonl", "csv", "tsv", "txt")
_UPLOADER = "import-file"
_REFUSED = "import-refused"
_LOOKED = "import-looked"
_LABELS = {
    "study": "Which study of the storage",
    "objective": "Which column or metric is the score",
    "direction": "Which scores are better",
    "parameters": "Which columns are hyperparameters",
}
_WAYS = {"max": "Larger ones", "min": "Smaller ones"}


def render_import() -> None:
    """Draw the way in for a study file or another tool's runs; opens the study that it becomes."""
    menu = st.popover("Import", key="import", on_change="rerun")
    if not menu.open:
        return
    # Of one width, whatever is in it.
    with menu, st.container(width=_WIDTH):
        file = render_uploader(
            "A study file, or runs of another tool",
            _UPLOADER,
            type=[SUFFIX.removeprefix("."), *_ENDINGS],
            help="What Export has written, here or on another server; a Keras Tuner project or "
            "TensorBoard HParams logs as a zip; an Optuna storage; a CSV of trials. It brings data "
            "only.",
        )
        if file is None:
            st.session_state.pop(_LOOKED, None)
            if _REFUSED in st.session_state:
                st.error(html.plain(st.session_state[_REFUSED]))
            return
        st.session_state.pop(_REFUSED, None)
        if file.name.endswith(SUFFIX):
            _take_study_file(file)
        _render_runs(file)


def _take_study_file(file: UploadedFile) -> None:
    with st.spinner("Checking every line of the file."):
        # Before the import: whatever ends this run, no file is taken in twice.
        renew_uploader(_UPLOADER, file)
        try:
            study_id = manager().archive.import_study(file, user=user_id())
        except ManagerError as error:
            _refuse(error)
    st.switch_page("pages/study.py", query_params={"id": study_id})


def _refuse(error: ManagerError) -> None:
    st.session_state[_REFUSED] = str(error)
    st.rerun()


def _render_runs(file: UploadedFile) -> None:
    """Draw what was recognised, what the file does not say, and the button that takes it in."""
    looked = _Looked.of(file)
    given = {field: looked.render(field) for field in looked.asked}
    if None in given.values():
        return  # What the file does not say is for the user to say.
    options = ReadOptions(**given)
    try:
        with st.spinner("Reading the file."):
            found = looked.look(file, options)
    except RunsRefusedError as error:
        if error.needs == STUDY_FILE:
            _take_study_file(file)
        if error.needs in _LABELS and error.choices and error.needs not in looked.asked:
            looked.asked[error.needs] = list(error.choices)
            st.rerun()
        renew_uploader(_UPLOADER, file)
        _refuse(error)
        return
    except ManagerError as error:
        renew_uploader(_UPLOADER, file)
        _refuse(error)
        return
    _render_found(found)
    name = st.text_input("Name", shown_name(found.name, otherwise=""), max_chars=MAX_NAME)
    if st.button("Import", type="primary", key="do-import-runs"):
        _take_runs(file, options, name)


def _render_found(found: FoundRuns) -> None:
    better = "larger" if found.direction == "max" else "smaller"
    words = (
        f"{found.label}: {count(found.trials, 'trial')}, "
        f"{count(found.hyperparameters, 'hyperparameter')}, ranked by {found.objective} "
        f"({better} is better)."
    )
    st.html(html.text(words))
    if found.notes:
        st.html(html.text(" ".join(found.notes), "ts-muted ts-small"))


def _take_runs(file: UploadedFile, options: ReadOptions, name: str) -> None:
    imports = manager().run_imports
    named = {**vars(options), "name": name.strip()}
    with st.spinner("Taking in every trial."):
        renew_uploader(_UPLOADER, file)
        try:
            with imports.kept(file, file.name) as path:
                study_id, _ = imports.take_in(path, ReadOptions(**named), by=person())
        except ManagerError as error:
            _refuse(error)
    st.switch_page("pages/study.py", query_params={"id": study_id})


class _Looked:
    """What is known of the file that was chosen: what was asked of the user, what was found."""

    def __init__(self, file_id: str) -> None:
        self.file_id = file_id
        self.asked: dict[str, list[str]] = {}
        self._found: dict[ReadOptions, FoundRuns | RunsRefusedError] = {}

    @classmethod
    def of(cls, file: UploadedFile) -> _Looked:
        """What is known of a file, nothing of another than the last."""
        known: _Looked | None = st.session_state.get(_LOOKED)
        if known is None or known.file_id != file.file_id:
            known = st.session_state[_LOOKED] = cls(file.file_id)
        return known

    def render(self, field: str) -> Any:
        """Draw the choice of a field; its value."""
        choices = self.asked[field]
        if field == "direction":
            return st.segmented_control(
                _LABELS[field],
                choices,
                default=choices[0],
                required=True,
                format_func=_WAYS.__getitem__,
                key=f"import-{field}-{self.file_id}",
            )
        if field == "parameters":
            chosen = st.multiselect(_LABELS[field], choices, key=f"import-{field}-{self.file_id}")
            return tuple(chosen)
        return st.selectbox(
            _LABELS[field], choices, index=None, key=f"import-{field}-{self.file_id}"
        )

    def look(self, file: UploadedFile, options: ReadOptions) -> FoundRuns:
        """What would be taken in; read once for the same options. Raises ManagerError."""
        if options not in self._found:
            imports = manager().run_imports
            try:
                with imports.kept(file, file.name) as path:
                    self._found[options] = imports.look(path, options)
            except RunsRefusedError as error:
                self._found[options] = error
        answer = self._found[options]
        if isinstance(answer, RunsRefusedError):
            raise answer
        return answer
