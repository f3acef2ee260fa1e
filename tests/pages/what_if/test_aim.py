"""An aim stands over What-if's pictures, is told from the runs kept there, and is remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pages.components.shared.user import named
from pages.components.shared.what_if_link import query_of, setting_of
from pages.components.what_if.kept_runs import kept_runs
from tests.pages.conftest import words
from tests.pages.what_if.test_kept_runs import trained
from tests.pages.what_if.test_what_if import tab_of
from tuning_core.catalog import TrialStatus
from tuning_core.lessons import all_lessons
from tuning_core.lessons.parts import Aim
from tuning_core.manager import Manager
from tuning_core.manager.library.lessons_done import LessonsDone
from tuning_core.spec.training_request import TrainingRequest

BROWSER = "c" * 32


def aim_of(lesson: str) -> Aim:
    aim = all_lessons()[lesson].aim
    assert isinstance(aim, Aim)
    return aim


def keep(
    request: TrainingRequest,
    loss: float,
    status: TrialStatus = TrialStatus.COMPLETED,
) -> None:
    """A run of the browser's user that has come to a validation loss."""
    kept = kept_runs(named(f"browser:{BROWSER}"))
    metrics = {"loss": loss, "val_loss": loss, "accuracy": 0.5, "val_accuracy": 0.5}
    epochs = (metrics,) * request.epochs
    training = replace(trained(1), request=request, epochs=epochs, status=status)
    kept.keep(kept.begin(training, None))


def test_an_aim_is_pursued_reached_and_remembered(engine: Manager):
    aim, lessons = aim_of("learning_rate"), LessonsDone(engine.home.path / "lessons")
    query = query_of(aim.start, at_once=False, aim="learning_rate")
    tab = tab_of(BROWSER, **query)
    assert aim.words in words(tab)
    assert "No run counts yet." in words(tab)
    keep(aim.start.changed(epochs=4), 0.2)
    keep(aim.start, 0.2, TrialStatus.DIVERGED)
    keep(aim.start.changed(values={"learning_rate": 0.001}), 1.2)
    tab = tab_of(BROWSER, **query)
    assert "Best so far: 1.2 with learning rate 0.001. Not yet." in words(tab)
    assert lessons.reached(BROWSER) == frozenset()
    keep(aim.start.changed(values={"learning_rate": 0.01}), 0.2)
    tab = tab_of(BROWSER, **query)
    assert "Reached: 0.2 with learning rate 0.01." in words(tab)
    assert lessons.reached(BROWSER) == {"learning_rate"}
    assert lessons.done(BROWSER) == frozenset()
    assert tab.query_params["aim"] == "learning_rate"
    tab.switch_page("pages/learn.py").run()
    assert any("aim reached" in link.proto.label for link in tab.get("page_link"))
    tab.query_params["lesson"] = "learning_rate"
    tab.run()
    assert "You have reached it." in words(tab)


def test_what_does_not_count_is_said_and_the_start_is_a_click_away(engine: Manager):
    aim = aim_of("dropout")
    strayed = aim.start.changed(seed=7)
    tab = tab_of(BROWSER, **query_of(strayed, at_once=False, aim="dropout"))
    assert "it does not count: the seed is 7, not 1." in words(tab)
    tab.button(key="what-if-aim-start").click().run()
    assert "does not count" not in words(tab)
    assert tab.session_state["what_if"].setting.request.seed == 1
    tab.button(key="what-if-aim-leave").click().run()
    assert aim.words not in words(tab)
    assert "aim" not in tab.query_params
    assert not tab.exception


@pytest.mark.parametrize("asked", ["bayesian", "nothing", "<b>x</b>"])
def test_an_aim_that_there_is_not_is_said(asked: str):
    read = setting_of({"aim": asked})
    assert read.setting.aim == ""
    assert read.complaints[0].startswith("aim: expected a lesson with an aim for What-if")


def test_a_picture_reaches_its_aim_and_is_remembered(engine: Manager):
    tab = tab_of(BROWSER, train="ask")
    tab.switch_page("pages/learn.py")
    tab.query_params["lesson"] = "grid_random"
    tab.run()
    assert "Values that the grid tries: 3. Not yet." in words(tab)
    tab.query_params["trials"] = "25"
    tab.select_slider[0].set_value(25).run()
    assert "Values that the grid tries: 5. Reached." in words(tab)
    assert LessonsDone(engine.home.path / "lessons").reached(BROWSER) == {"grid_random"}
