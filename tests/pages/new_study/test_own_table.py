"""A table of the reader's own: taken, understood, corrected, refused in words."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.components.new_study import table_reading
from pages.components.new_study.table_reading import in_labels
from pages.components.shared import html
from pages.components.shared.errors import SENTENCE
from tests.datasets.json_lines import cars as json_cars
from tests.datasets.json_lines import register
from tests.datasets.workbooks import report, towns, workbook
from tests.pages.conftest import Opener
from tests.pages.test_pages import words
from tuning_core.datasets.tables import packed
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec

OWN = "Your own table"
NASTY = "![x](http://other.example/x.png)"


def cars(rows: int = 120, target: str = "sold") -> str:
    """A semicolon table with a decimal comma, missing values, marks and a column of classes."""
    random.seed(1)
    lines = [f"age;price;colour;<b>note</b>;{target}"]
    for row in range(rows):
        age = random.randint(0, 20)
        price = f"{random.random() * 9000:.2f}".replace(".", ",")
        colour = random.choice(("red", "green", ""))
        lines.append(f"{age};{price};{colour};{random.choice((NASTY, '=1+1', '*a*'))};")
        lines[-1] += "yes" if age < 4 and row % 9 else "no"
    return "\n".join(lines) + "\n"


def own_table(app: AppTest, content: str | bytes, name: str = "cars.csv") -> AppTest:
    """The form after a file was dropped on it."""
    app.segmented_control[0].set_value(OWN).run()
    body = content.encode() if isinstance(content, str) else content
    app.file_uploader[0].set_value((name, body, "text/csv")).run()
    assert not app.exception
    assert SENTENCE not in words(app)
    return app


def shown(app: AppTest) -> dict:
    """The document that the page shows, in full."""
    return json.loads(app.code[0].value)


def picker(app: AppTest, label: str):
    """The select box of that label."""
    return next(box for box in app.selectbox if box.label == label)


def test_a_choice_without_a_file_asks_for_one_and_cannot_be_launched(opened: Opener):
    app = opened("new_study")
    app.segmented_control[0].set_value(OWN).run()
    assert "Choose a CSV, Excel or Parquet file" in words(app)
    assert not app.error
    assert app.button(key="launch").disabled


def test_an_uploaded_table_is_understood_and_can_be_launched(opened: Opener):
    app = own_table(opened("new_study"), cars())
    spec = parse_spec(shown(app)).dataset
    assert (spec.target, spec.task, spec.classes) == ("sold", "classification", ["no", "yes"])
    assert (spec.delimiter, spec.decimal, spec.header, spec.title) == (";", ",", True, "cars")
    assert spec.columns is not None
    assert spec.columns["age"] == spec.columns["price"] == "number"
    assert spec.columns["colour"] == "category"
    assert not app.button(key="launch").disabled
    assert "Classes are uneven" in words(app)
    [weights] = [toggle for toggle in app.toggle if "Weigh" in toggle.label]
    weights.set_value(True).run()
    assert parse_spec(shown(app)).dataset.class_weights == "balanced"


def test_target_task_and_reading_can_be_corrected(opened: Opener):
    app = own_table(opened("new_study"), cars())
    picker(app, "Column to predict").set_value("price").run()
    spec = parse_spec(shown(app))
    assert (spec.dataset.target, spec.dataset.task) == ("price", "regression")
    assert spec.objective == "val_mae"
    picker(app, "Rows are divided").set_value("group").run()
    picker(app, "Groups are in").set_value("colour").run()
    assert parse_spec(shown(app)).dataset.group == "colour"
    picker(app, "Between columns").set_value(",").run()
    assert app.button(key="launch").disabled
    assert app.error


def test_a_spec_with_a_table_of_this_home_restores_the_section(opened: Opener, engine: Manager):
    app = own_table(opened("new_study"), cars())
    picker(app, "Column to predict").set_value("age").run()
    document = shown(app)
    other = opened("new_study")
    other.session_state["browser_id"] = app.session_state["browser_id"]
    other.text_area(key="pasted_spec").set_value(json.dumps(document))
    other.button(key="use-spec").click().run()
    assert not other.exception
    assert shown(other) == document
    assert picker(other, "Column to predict").value == "age"


def test_a_spec_with_an_unknown_table_asks_for_its_file(opened: Opener):
    document = {"id": "upload:" + "0" * 64, "target": "a", "task": "regression"}
    app = opened("new_study")
    app.text_area(key="pasted_spec").set_value(json.dumps({"dataset": document}))
    app.button(key="use-spec").click().run()
    assert not app.exception
    assert "not here or not yours" in words(app)
    assert app.button(key="launch").disabled


def zipped() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("cars.csv", cars())
    return body.getvalue()


REFUSED: dict[str, str | bytes] = {
    "empty": "",
    "blank": " \n\n",
    "zip": zipped(),
    "one column": "a\n1\n2\n3\n",
    "10,000 columns": ",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" * 10_000),
    "no row": "a,b\n",
    "one class": "a,b\n" + "1,x\n" * 40,
    "NUL bytes": b"a,b\n1,2\n\x00\x00,3\n" * 20,
    "ragged": "a,b\n1,2\n1,2,3\n",
    "open quote": 'a,b\n1,"2\n3,4\n',
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_cannot_be_used_is_answered_with_a_sentence(
    name: str, opened: Opener, engine: Manager
):
    app = own_table(opened("new_study"), REFUSED[name])
    [said] = [error.value for error in app.error]
    assert said[-1] in "."
    assert "Traceback" not in said
    assert app.button(key="launch").disabled
    assert engine.store.studies() == []
    own_table(app, cars())
    assert not app.button(key="launch").disabled


def test_a_file_outlives_a_run_that_another_click_ends(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    app = opened("new_study")
    app.segmented_control[0].set_value(OWN).run()
    with monkeypatch.context() as patch:
        # Where a run is at when it is ended: it reads the table, which takes seconds.
        patch.setattr("pages.components.new_study.own_table.render_reading", lambda *_: st.stop())
        app.file_uploader[0].set_value(("cars.csv", cars().encode(), "text/csv")).run()
    assert "Read with a semicolon" in words(app.run())
    assert not app.button(key="launch").disabled


def test_names_and_cells_with_marks_are_shown_as_they_are(opened: Opener):
    table = cars(target=NASTY).replace("age", "<img src=x onerror=alert(1)>")
    app = own_table(opened("new_study"), table, f"{NASTY}<b>.csv")
    picker(app, "Column to predict").set_value("colour").run()
    drawn = "".join(element.proto.body for element in app.get("html"))
    assert "<img src=x" not in drawn
    assert "<b>note" not in drawn
    marked = [e.value for kind in (app.error, app.warning, app.info, app.markdown) for e in kind]
    assert not [text for text in marked if "![x](" in text]
    assert html.plain(NASTY).startswith("\\!\\[")


def test_the_body_of_a_file_is_not_kept_in_the_session(opened: Opener):
    body = cars(20_000).encode()
    app = own_table(opened("new_study"), body)
    assert len(body) > 500_000
    assert max(len(repr(value)) for value in app.session_state.values()) < 50_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,y\n" + "".join(f"{n},{n % 7}.5\n" for n in range(40)), "no column is left"),
        ("x,y\n1.5,2\n2.5,3\n3.5,5\n4.5,1\n0.5,7\n", "5 rows leave none"),
        ("x,y\n" + "".join(f"{n}.5,3.0\n" for n in range(40)), "are the same"),
    ],
    ids=["no column", "five rows", "one value"],
)
def test_what_cannot_be_trained_on_is_said_instead_of_launched(
    text: str, said: str, opened: Opener
):
    app = own_table(opened("new_study"), text)
    assert any(said in error.value for error in app.error)
    assert app.button(key="launch").disabled


def test_parts_without_a_class_are_said_beside_launch(opened: Opener):
    rows = "".join(f"p{n // 5},{n * 37 % 61},c{n // 5}\n" for n in range(60))
    app = own_table(opened("new_study"), "who,x,y\n" + rows)
    picker(app, "Rows are divided").set_value("group").run()
    picker(app, "Groups are in").set_value("who").run()
    assert not app.exception
    assert any("No training row is of the class" in warning.value for warning in app.warning)
    assert not app.button(key="launch").disabled


def test_values_stand_beside_what_was_read_and_the_reading_can_be_corrected(opened: Opener):
    lines = [
        "rooms;size;price",
        *(f"{n % 5};{n},5 {('km', 'm')[n % 2]};{n + 1},660" for n in range(40)),
    ]
    app = own_table(opened("new_study"), "\n".join(lines) + "\n")
    picker(app, "Column to predict").set_value("rooms").run()
    said = words(app).replace("\\", "")
    assert "1,660 could be 1.66 or 1660" in said
    assert "Would be numbers but for 'km', 'm': write all in one of these" in said
    [table] = [frame.value for frame in app.dataframe if "shown" in frame.value]
    shown_of = dict(zip(table["column"], table["shown"], strict=True))
    assert shown_of["price"].startswith("1,660 → 1.66; 2,660 → 2.66")
    picker(app, "Decimal mark").set_value(".").run()
    spec = parse_spec(shown(app)).dataset
    assert (spec.decimal, spec.thousands) == (".", ",")
    [table] = [frame.value for frame in app.dataframe if "shown" in frame.value]
    assert dict(zip(table["column"], table["shown"], strict=True))["price"].startswith(
        "1,660 → 1660"
    )


def test_sentences_name_the_controls_of_the_page(opened: Opener):
    lines = ["rooms;size;price", *(f"{n % 5};{n};{n + 1},660" for n in range(40))]
    app = own_table(opened("new_study"), "\n".join(lines) + "\n")
    said = words(app).replace("\\", "")
    assert "set “Decimal mark” to “point”" in said
    app = own_table(opened("new_study"), "a\n1\n2\n")
    assert any("say so in “Between columns”" in error.value for error in app.error)
    assert "dataset." not in "".join(said + error.value for error in app.error)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("set dataset.header to true if", "set “Names of the columns” to “in the first line” if"),
        ("dataset.target: all values are", "“Column to predict”: all values are"),
        ("dataset.columns.when: line 2", "Column when: line 2"),
        ("set dataset.skip to the number", "set “Lines above the table” to the number"),
    ],
)
def test_a_field_is_called_as_its_control(sentence: str, words: str):
    assert in_labels(sentence) == words


def test_lines_above_quotes_and_blanks_can_be_corrected(opened: Opener):
    lines = ["a title", "x\ty\tz", *(f'{n}.5\t"in {n % 3}"\t{n % 2}' for n in range(40))]
    app = own_table(opened("new_study"), "\n".join(lines) + "\n")
    assert parse_spec(shown(app)).dataset.skip == 1
    assert "1 line above left out" in words(app)
    picker(app, "Around texts").set_value(False).run()
    spec = parse_spec(shown(app)).dataset
    assert (spec.quotes, spec.skip) == (False, 1)
    [above] = [box for box in app.number_input if box.label == "Lines above the table"]
    assert above.value == 1
    above.set_value(2).run()
    assert not app.exception
    assert [box.label for box in app.number_input if box.value == 2]


def test_a_table_of_another_reader_is_taken_and_understood(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
):
    register(monkeypatch)
    app = opened("new_study")
    app.segmented_control[0].set_value(OWN).run()
    assert "Choose a CSV, Excel, Parquet or JSON lines file" in words(app)
    app = own_table(app, json_cars(), "cars.jsonl")
    spec = parse_spec(shown(app)).dataset
    assert (spec.target, spec.classes, spec.title) == ("sold", ["no", "yes"], "cars")
    assert spec.columns == {"price": "number", "colour": "category"}
    assert spec.delimiter is None
    assert "Between columns" not in [box.label for box in app.selectbox]
    assert not app.button(key="launch").disabled


def test_the_sheet_of_a_workbook_is_chosen_and_its_table_found_anew(opened: Opener, tmp_path: Path):
    book = workbook(tmp_path / "book.xlsx", Towns=towns(), Sales=report)
    app = own_table(opened("new_study"), book.read_bytes(), "book.xlsx")
    assert (shown(app)["dataset"]["sheet"], shown(app)["dataset"]["skip"]) == ("Towns", 0)
    app = picker(app, "Sheet").set_value("Sales").run()
    assert not app.exception
    dataset = shown(app)["dataset"]
    assert (dataset["sheet"], dataset["skip"], dataset["decimal"]) == ("Sales", 3, ".")
    assert "2023 sold" in {dataset["target"], *dataset["columns"]}
    assert not app.button(key="launch").disabled


def test_a_packed_table_is_not_unpacked_again_for_its_sheets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "0123.gz"
    path.write_bytes(gzip.compress(workbook(tmp_path / "a.xlsx", A=towns(5)).read_bytes()))
    assert table_reading._choices(str(path)) == {"sheet": ["A"]}
    monkeypatch.setattr(packed, "_unpacked", lambda *_: pytest.fail("unpacked"))
    assert table_reading._choices(str(path)) == {"sheet": ["A"]}
