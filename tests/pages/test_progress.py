"""The page of a study says how far a long epoch is."""

from __future__ import annotations

from functools import partial

import pytest

from pages.components import engine as engine_module
from tests.manager.conftest import SCRIPTED, eventually, spec_named
from tests.pages.conftest import Opener
from tests.pages.test_pages import words
from tuning_core.manager import Manager


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that speak the protocol without training."""
    monkeypatch.setattr(engine_module, "Manager", partial(Manager, worker_command=SCRIPTED))


def test_a_long_epoch_shows_its_progress(scripted: None, engine: Manager, opened: Opener):
    study_id = engine.launch(spec_named("long", trials=4, epochs=10))
    eventually(lambda: engine.progress(study_id))
    said = words(opened("study", id=study_id))
    assert "trial 2 of 4 · epoch 2 of 10, 40 %" in said
    assert "width:28.50%" in said
    engine.stop(study_id)
    assert engine.wait(study_id, 30).status == "stopped"
    assert "40 %" not in words(opened("study", id=study_id))
