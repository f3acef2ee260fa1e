"""The one manager of this process: every session and every page shares it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import streamlit as st

from tuning_core.home.server_log import keep_log
from tuning_core.manager import HomeError, Manager, default_home
from tuning_core.manager.workers.machine import searches_allowed

_managers: dict[Path, Manager] = {}
_opening = threading.Lock()
_stopping = threading.Event()


def home() -> Path:
    """The folder of studies and data: $TUNESCAPE_HOME, by default .tunescape/ in the project."""
    return default_home()


def open_manager() -> Manager:
    """The manager of this process, started at the first call.

    TUNESCAPE_SPARE=0 keeps no warm worker, for machines with little memory; TUNESCAPE_SEARCHES
    says how many searches run at once; TUNESCAPE_RESUME=1 goes on with what ran when the last
    server ended. What TUNESCAPE_MODELS names in vain is said on standard error. Raises HomeError
    (one sentence) when the home folder cannot be used, one of these cannot be understood, or the
    server stops.
    """
    spare = os.environ.get("TUNESCAPE_SPARE", "1") != "0"
    resumes = os.environ.get("TUNESCAPE_RESUME", "0") == "1"
    # Not one of Streamlit's caches: a client's message can empty those.
    with _opening:
        if _stopping.is_set():
            raise HomeError("The server is stopping.")
        opened = _managers.get(home())
        if opened is None or opened.closed:
            searches = searches_allowed()
            keep_log(home())
            opened = Manager(home(), server=True, spare=spare, searches=searches, resumes=resumes)
            _managers[home()] = opened
            for sentence in opened.own_models.wrong:
                print(sentence, file=sys.stderr, flush=True)
        return opened


def close_manager() -> None:
    """Close the manager with the server; a page that still runs opens no other."""
    with _opening:
        _stopping.set()
        opened = _managers.get(home())
    if opened is not None:
        opened.close()


def manager() -> Manager:
    """The manager, or the sentence that says why there is none and the end of the page."""
    try:
        opened = open_manager()
        opened.home.check()
    except HomeError as error:
        st.error(str(error))
        st.stop()
    return opened
