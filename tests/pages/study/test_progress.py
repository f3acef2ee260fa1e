"""The page of a study says how far a long epoch is."""

from __future__ import annotations

import json
import os
import signal

import pytest

from pages.components.study.tabs import at_rest
from tests.manager.conftest import eventually, spec_named
from tests.pages.conftest import Opener
from tests.pages.test_pages import words
from tuning_core.manager import Manager
from tuning_core.manager.searches import supervisor as study_run


def test_a_long_epoch_shows_its_progress(scripted: None, engine: Manager, opened: Opener):
    study_id = engine.launch(spec_named("long", trials=4, epochs=10))
    eventually(lambda: engine.queue.progress(study_id))
    said = words(opened("study", id=study_id))
    assert "trial 2 of 4 · epoch 2 of 10, 40 %" in said
    assert "width:28.50%" in said
    engine.stop(study_id)
    assert engine.wait(study_id, 30).status == "stopped"
    assert "40 %" not in words(opened("study", id=study_id))


def test_every_tab_says_what_the_manager_says(scripted: None, engine: Manager, opened: Opener):
    """One tab pauses, the study is resumed elsewhere: neither tab goes on saying Pausing."""
    study_id = engine.launch(spec_named("long", trials=4))
    eventually(lambda: engine.queue.progress(study_id))
    first, second = opened("study", id=study_id), opened("study", id=study_id)
    first.button(key="pause").click().run()
    assert engine.wait(study_id, 100).status == "paused"
    rests = at_rest(study_id)
    assert "Paused" in words(second.run())
    assert second.button(key="resume").click().run()
    eventually(lambda: engine.queue.progress(study_id))
    assert at_rest(study_id) != rests
    for tab in (first, second):
        said = words(tab.run())
        assert "Running" in said
        assert "Pausing" not in said
    engine.stop(study_id)
    assert engine.wait(study_id, 100).status == "stopped"


def test_a_halt_that_is_under_way_shows_in_every_tab(
    scripted: None, engine: Manager, opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    # However slow the machine is, the worker is not ended before the page has been looked at.
    monkeypatch.setattr(study_run, "STOP_SECONDS", 600.0)
    study_id = engine.launch(spec_named("deaf", trials=4))
    eventually(lambda: engine.store.trials(study_id))
    tab = opened("study", id=study_id)
    engine.pause(study_id)
    assert "Pausing" in words(tab.run())
    assert tab.button(key="stop").disabled


def test_a_page_says_that_a_worker_died_until_another_goes_on(
    scripted: None, engine: Manager, opened: Opener
):
    study_id = engine.launch(spec_named("lame", trials=4))
    eventually(lambda: len(engine.store.epochs(study_id, 2)) == 2)
    os.kill(json.loads(engine.home.study(study_id).owner.read_text())["pid"], signal.SIGKILL)
    eventually(lambda: "another goes on" in engine.wait(study_id, 0).message)
    said = words(opened("study", id=study_id))
    assert "died (killed by signal 9); another goes on." in said
    assert "epoch 2 of" not in said
    engine.stop(study_id)
    assert engine.wait(study_id, 100).status == "stopped"
