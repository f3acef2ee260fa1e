"""The best model in another program's format: made when it is chosen, offered once compared."""

from __future__ import annotations

import importlib.util
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from tests.manager.conftest import eventually
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_study_tabs import showing
from tuning_core.catalog.model_formats import Comparison
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import identity, note_sources

STUDY = "aaaaaaaa"
CHOICE = f"model-format-{STUDY}"


def keep_model(engine: Manager) -> None:
    (files := engine.home.study(STUDY)).folder.mkdir(exist_ok=True)
    files.best.write_bytes(b"weights")


def offered(app: AppTest) -> bool:
    """Whether the button of the bundle can be used."""
    found = [b.proto for b in app.get("download_button") if b.proto.label == "Download bundle"]
    return not found[0].disabled


def test_a_compared_file_is_offered_with_its_largest_difference(
    engine: Manager, opened: Opener
) -> None:
    record(engine.store, STUDY)
    keep_model(engine)
    files = engine.home.study(STUDY)
    with zipfile.ZipFile(files.bundle_as("litert"), "w") as bundle:
        bundle.comment = Comparison(100, 0.0039, 50_119.5).to_json()
    note_sources(files.bundle_as("litert"), identity([files.best, files.journal]))
    app = opened("study", id=STUDY)
    said = showing(app, "Best model")
    assert offered(app)
    assert "model.tflite" not in said
    app.button_group(key=CHOICE).set_value("litert").run()
    said = showing(app, "Best model")
    assert offered(app)
    far = "at most 0.0039 from the model on 100 rows (answers up to 50,119.5)."
    assert f"Adds model.tflite: {far}" in said


@pytest.mark.usefixtures("scripted")
def test_it_is_asked_for_when_it_is_chosen_and_a_refusal_is_said(
    engine: Manager, opened: Opener
) -> None:
    record(engine.store, STUDY)
    keep_model(engine)
    app = opened("study", id=STUDY)
    showing(app, "Best model")
    assert not engine.conversions.asking(STUDY, "onnx")
    app.button_group(key=CHOICE).set_value("onnx").run()
    assert not offered(app)
    eventually(lambda: engine.conversions.refused(STUDY, "onnx") == "No bundle today.")
    assert "No bundle today." in showing(app, "Best model")
    assert not offered(app)


def test_what_is_not_installed_is_a_sentence(
    engine: Manager, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(engine.store, STUDY)
    keep_model(engine)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    app = opened("study", id=STUDY)
    showing(app, "Best model")
    app.button_group(key=CHOICE).set_value("onnx").run()
    said = showing(app, "Best model")
    assert "ONNX needs tf2onnx, onnx, onnxruntime, which is not installed here" in said
    assert not offered(app)


def test_while_a_search_runs_only_keras_is_offered(engine: Manager, opened: Opener) -> None:
    record(engine.store, STUDY, status="running")
    keep_model(engine)
    app = opened("study", id=STUDY)
    showing(app, "Best model")
    assert [option.content for option in app.button_group(key=CHOICE).proto.options] == ["Keras"]
