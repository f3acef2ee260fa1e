"""Try it on What-if: the present run answers, and the next one to the same drawing."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.components.shared.try_it.row_answer import percent
from pages.components.what_if.session import WhatIfSession
from pages.components.what_if.try_it import place_of
from tests.manager.conftest import eventually
from tests.pages.conftest import Opener, words
from tuning_core.manager import Manager


def settled(app: AppTest) -> str:
    """What the page says once its present run has ended and answers."""

    def answered() -> bool:
        app.run()
        return "with the weights that it has now" in words(app) and "made ready" not in words(app)

    eventually(answered, 120)
    return words(app).replace("&lt;", "<").replace("&gt;", ">")


def test_the_network_of_the_present_run_answers_and_the_next_one_anew(
    opened: Opener, engine: Manager
):
    app = opened("what_if", dataset="digits", epochs="2", units="8")
    assert "Nearest training rows" not in words(app)
    app.session_state["what-if-try-place"] = True
    said = settled(app)
    assert "run 1 after 2 epochs" in said
    session: WhatIfSession = app.session_state["what_if"]
    assert session.current is not None
    question = {"strokes": [[500, 100, 500, 900]]}
    app.session_state[f"row-asked-{place_of(session.current.request.dataset)}"] = question
    said = settled(app)
    first = engine.new_rows.of_training(session.current.training).ask(question)
    assert percent(max(first.prediction)) in said
    assert said.count(" away") >= 6
    slider = next(s for s in app.select_slider if s.label == "Epochs")
    slider.set_value(10).run()
    eventually(lambda: "run 1 after 10 epochs" in settled(app), 120)
    later = engine.new_rows.of_training(session.current.training).ask(question)
    assert later.prediction != first.prediction
    assert percent(max(later.prediction)) in settled(app)
    assert not app.exception
