"""A model that the server offers is a family of New study, by what its file declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.manager.conftest import eventually
from tests.pages.conftest import Opener, words
from tests.pages.new_study.test_strategy_choices import field
from tuning_core.home.model_files import VARIABLE, kept_model
from tuning_core.manager import Manager

DENSE = Path(__file__).parents[3] / "examples" / "own" / "dense.py"


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"{DENSE}:build_model")


def test_without_a_model_nothing_of_one_is_offered(opened: Opener):
    app = opened("new_study")
    assert "A model's own data" not in field(app.segmented_control, "data-source").options
    assert field(app.radio, "family").options == ["Linear", "MLP", "CNN"]


def test_an_offered_model_is_described_narrowed_and_launched(
    scripted: None, offered: None, opened: Opener, engine: Manager
):
    app = opened("new_study")
    assert "build_model (dense.py)" in field(app.radio, "family").options
    field(app.segmented_control, "data-source").set_value("A model's own data").run()
    assert "being run to see what it declares" in words(app)
    (key,) = engine.own_models.offered
    eventually(lambda: engine.own_models.described(key, None))
    app.run()
    assert not app.exception
    said = words(app)
    assert "It is trained by compiled epochs" in said
    assert "unknown until the first trial has ended" in said
    assert "1,400" in said
    [kind] = [w for w in app.selectbox if w.key and w.key.startswith("layers-") and "kind" in w.key]
    kind.set_value("Fixed").run()
    field(app.button, "launch").click().run()
    assert not app.exception
    (study,) = engine.store.studies()
    assert study.spec["space"] == {"layers": 1}
    assert study.spec["model"]["name"] == "build_model"
    assert kept_model(engine.home.study(study.id)) is not None
