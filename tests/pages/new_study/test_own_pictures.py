"""Pictures of the reader's own: a zip, taken, shown, doubted, refused in words."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.parts.shapes import SHAPES, zipped
from pages.components.shared.errors import SENTENCE
from tests.pages.conftest import Opener
from tests.pages.test_pages import words
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

OWN = "Your own pictures"
NASTY = "<img src=x onerror=alert(1)>![x](http:"


def own_pictures(app: AppTest, content: bytes, name: str = "shapes.zip") -> AppTest:
    """The form after a zip was dropped on it."""
    app.segmented_control[0].set_value(OWN).run()
    app.file_uploader[0].set_value((name, content, "application/zip")).run()
    assert not app.exception
    assert SENTENCE not in words(app)
    return app


def with_files(body: bytes, **files: bytes) -> bytes:
    stream = io.BytesIO(body)
    with zipfile.ZipFile(stream, "a") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def shown(app: AppTest) -> dict:
    """The document that the page shows, in full."""
    return json.loads(app.code[0].value)


def test_an_uploaded_zip_is_understood_and_can_be_launched(opened: Opener):
    app = opened("new_study")
    app.segmented_control[0].set_value(OWN).run()
    assert "Choose pictures first" in words(app)
    assert app.button(key="launch").disabled
    app = own_pictures(app, zipped(8))
    dataset = parse_spec(shown(app)).dataset
    assert (dataset.side, dataset.colour, dataset.title) == (32, True, "shapes")
    assert dataset.classes == sorted(SHAPES)
    assert not app.button(key="launch").disabled
    drawn = "".join(element.proto.body for element in app.get("html"))
    assert drawn.count("data:image/png") == 30
    assert "28 training" in drawn
    [side] = [c for c in app.segmented_control if c.label == "Pixels of a side"]
    side.set_value(48).run()
    [colours] = [c for c in app.segmented_control if c.label == "Colours"]
    colours.set_value(False).run()
    changed = parse_spec(shown(app)).dataset
    assert (changed.side, changed.colour, changed.info.input_shape) == (48, False, (48, 48))
    assert not app.exception
    assert {"CNN", "MLP"} <= set(app.radio[0].options)


def test_doubtful_files_are_named_with_what_is_wrong(opened: Opener):
    body = with_files(zipped(8), shapes__bar__empty=b"", shapes__star__note=b"hello")
    app = own_pictures(opened("new_study"), body)
    [table] = [frame.value for frame in app.dataframe if "words" in frame.value]
    assert table["file"].tolist() == ["shapes/bar/empty", "shapes/star/note"]
    assert table["words"].tolist()[0] == "is empty"
    assert set(table["kept"]) == {"left out"}
    assert [e.label for e in app.expander if "doubtful" in e.label] == [
        "2 doubtful files, 2 left out"
    ]
    assert not app.button(key="launch").disabled


def test_a_spec_with_pictures_of_this_home_restores_the_section(opened: Opener):
    document = shown(own_pictures(opened("new_study"), zipped(8)))
    other = opened("new_study")
    other.text_area(key="pasted_spec").set_value(json.dumps(document))
    other.button(key="use-spec").click().run()
    assert not other.exception
    assert shown(other) == document
    lost = {**document, "dataset": {**document["dataset"], "id": "upload:" + "0" * 64}}
    other.text_area(key="pasted_spec").set_value(json.dumps(lost))
    other.button(key="use-spec").click().run()
    assert not other.exception
    assert "not here or not yours" in words(other)
    assert other.button(key="launch").disabled


ONE = zipfile.ZipFile(io.BytesIO(zipped(2))).read("shapes/bar/000.png")
REFUSED = {
    "no zip": b"a,b\n1,2\n",
    "an empty zip": with_files(b""),
    "one class": with_files(b"", cats__1=ONE),
    "no picture": with_files(b"", cats__1=b"x", dogs__1=b"y"),
    "two files": with_files(b"", cats__1=ONE, dogs__1=ONE),
    "a damaged zip": zipped(2)[:5_000],
}


@pytest.mark.parametrize("name", REFUSED)
def test_pictures_that_cannot_be_used_are_answered_with_a_sentence(
    name: str, opened: Opener, engine: Manager
):
    app = own_pictures(opened("new_study"), REFUSED[name])
    [said] = [error.value for error in app.error]
    assert said[-1] == "."
    assert "Traceback" not in said
    assert app.button(key="launch").disabled
    own_pictures(app, zipped(8))
    assert not app.button(key="launch").disabled


def test_names_with_marks_are_shown_as_they_are(opened: Opener):
    files = {f"{NASTY}__{n}": ONE + bytes([n]) for n in range(10)}
    files |= {f"plain__{n}": ONE + bytes([n + 50]) for n in range(10)}
    app = own_pictures(opened("new_study"), with_files(b"", **files), f"{NASTY}.zip")
    assert parse_spec(shown(app)).dataset.classes == sorted(["plain", NASTY.split("/")[-1]])
    drawn = "".join(element.proto.body for element in app.get("html"))
    assert "<img src=x" not in drawn
    marked = [e.value for kind in (app.error, app.warning, app.info, app.markdown) for e in kind]
    assert not [text for text in marked if "![x](" in text]


def test_the_body_of_a_zip_is_not_kept_in_the_session(opened: Opener):
    body = zipped(20)
    app = own_pictures(opened("new_study"), body)
    assert len(body) > 500_000
    assert max(len(repr(value)) for value in app.session_state.values()) < 50_000
