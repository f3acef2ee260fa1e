"""Learn: lessons, each with a picture computed on the spot."""

from __future__ import annotations

import streamlit as st

from pages.components.app.guard import guard
from pages.components.learn.lesson import render_lesson
from pages.components.learn.path import render_path
from pages.components.learn.present import render_presented
from tuning_core.lessons import LESSONS
from tuning_core.manager import ManagerError

wanted = st.query_params.get("lesson", "")
lesson = LESSONS.get(wanted)
knobs = lesson.knobs if lesson is not None else ()
presented = st.query_params.get("present") == "1"
guard(
    "pages/learn.py",
    {"lesson", *(["present"] if presented else []), *(knob.id for knob in knobs)},
)

try:
    if lesson is None:
        render_path(wanted)
    elif presented:
        render_presented(lesson)
    else:
        render_lesson(lesson)
except ManagerError as error:
    st.error(str(error))
