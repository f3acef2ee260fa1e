"""The data is shaped in What-if and in New study, and an address or a spec carries its shape."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Opener
from tests.pages.what_if.test_what_if import asked, knob
from tuning_core.catalog import DATASETS
from tuning_core.catalog.planes import FEATURES
from tuning_core.spec.study import parse_spec

pytestmark = pytest.mark.usefixtures("scripted")


def shape(app: AppTest) -> dict[str, Any]:
    """What the address says of the data beside its id."""
    return json.loads(asked(app, "data")) if "data" in app.query_params else {}


def seen(app: AppTest) -> Any:
    [pills] = [group for group in app.button_group if (group.key or "").endswith("-features")]
    return pills


def refusal(app: AppTest) -> str:
    return "".join(warning.value.replace("\\", "") for warning in app.warning)


def formula(app: AppTest) -> Any:
    [text] = [field for field in app.text_input if field.label == "Formula"]
    return text


def test_amount_noise_features_and_validation_are_in_the_address(opened: Opener) -> None:
    app = opened("what_if", train="ask", dataset="spirals")
    knob(app, "Noise").set_value(0.1).run()
    knob(app, "Points").set_value(200).run()
    knob(app, "Share for validation").set_value(0.4).run()
    seen(app).set_value(["x", "x2", "sin_y"]).run()
    expected = {"noise": 0.1, "amount": 200, "validation": 0.4, "features": ["x", "x2", "sin_y"]}
    assert shape(app) == expected
    again = opened("what_if", train="ask", dataset="spirals", data=json.dumps(expected))
    assert [knob(again, "Noise").value, knob(again, "Points").value] == [0.1, 200]
    request = again.session_state["what_if"].setting.request
    assert request.dataset.info.inputs == 3
    # What is as the dataset has it is not said.
    knob(app, "Noise").set_value(DATASETS["spirals"].noise).run()
    knob(app, "Points").set_value(1_000).run()
    seen(app).set_value(["x", "y"]).run()
    assert shape(app) == {"validation": 0.4}


def test_of_other_data_fewer_rows_can_be_taken(opened: Opener) -> None:
    app = opened("what_if", train="ask", dataset="digits")
    knob(app, "Rows").set_value(100).run()
    assert shape(app) == {"amount": 100}
    assert app.session_state["what_if"].setting.request.dataset.info.rows == 100
    knob(app, "Rows").set_value(DATASETS["digits"].rows).run()
    assert shape(app) == {}


def test_what_cannot_be_is_said_and_changes_nothing(opened: Opener) -> None:
    app = opened("what_if", train="ask", dataset="formula")
    formula(app).set_value("x*y").run()
    assert shape(app) == {"formula": "x*y"}
    formula(app).set_value("y >").run()
    assert shape(app) == {"formula": "x*y"}
    assert "ends too early" in refusal(app)
    formula(app).set_value("y > x").run()
    seen(app).set_value([]).run()
    assert shape(app) == {"formula": "y > x"}
    assert "features: expected some of" in refusal(app)
    seen(app).set_value(["xy"]).run()
    assert shape(app) == {"formula": "y > x", "features": ["xy"]}
    assert not app.warning


def test_an_example_and_other_points_are_one_press(opened: Opener) -> None:
    app = opened("what_if", train="ask", dataset="formula", learning_rate="0.01")
    buttons = {button.label: button for button in app.button}
    buttons["Hill"].click().run()
    assert formula(app).value == shape(app)["formula"] == "exp(-(x^2 + y^2) / 2)"
    {button.label: button for button in app.button}["Other points"].click().run()
    assert shape(app)["draw"] > 0
    knob(app, "Data").set_value("iris").run()
    assert [shape(app), asked(app, "dataset")] == [{}, "iris"]
    assert not app.exception


def test_an_address_that_is_wrong_is_complained_of(opened: Opener) -> None:
    app = opened("what_if", train="ask", dataset="formula", data='{"formula": "y > __import__(1)"}')
    assert "no function here" in refusal(app)
    assert app.session_state["what_if"].setting.request.dataset.formula is None


def test_new_study_has_the_shape_in_its_spec(opened: Opener) -> None:
    app = opened("new_study")
    picker = next(w for w in app.selectbox if w.key and w.key.startswith("dataset-"))
    picker.set_value("formula").run()
    formula(app).set_value("x*y").run()
    knob(app, "Points").set_value(300).run()
    seen(app).set_value(list(FEATURES)).run()
    assert not app.exception
    spec = parse_spec(app.code[0].value)
    dataset = spec.dataset
    assert (dataset.formula, dataset.amount, dataset.features) == ("x*y", 300, list(FEATURES))
    assert (spec.objective, dataset.info.task) == ("val_mae", "regression")
    formula(app).set_value("exp(").run()
    assert parse_spec(app.code[0].value).dataset.formula == "x*y"
    assert "ends too early" in refusal(app)
    assert app.button(key="launch").disabled
    formula(app).set_value("x+y").run()
    assert not app.button(key="launch").disabled


def painted(app: AppTest, points: object) -> AppTest:
    """What the callback of the canvas keeps, before the page runs again."""
    app.session_state["shape-what-if-0-painted-points"] = points
    return app.run()


def test_painted_points_are_in_the_address_and_can_become_values(opened: Opener) -> None:
    app = opened("what_if", train="ask", dataset="painted")
    points = base64.urlsafe_b64encode(bytes(n * 7 % 250 if n % 3 < 2 else n % 2 for n in range(90)))
    painted(app, points.decode())
    assert shape(app) == {"points": points.decode()}
    for wrong in ("", "AAAA", "no points at all", 5, [1, 2]):
        painted(app, wrong)
        assert shape(app) == {"points": points.decode()}
        assert "points: " in refusal(app)
        assert not app.exception
    painted(app, points.decode())
    [kind] = [group for group in app.button_group if (group.key or "").endswith("-task")]
    kind.set_value("regression").run()
    said = shape(app)
    assert said["task"] == "regression"
    assert set(base64.urlsafe_b64decode(said["points"])[2::3]) == {0, 255}
    again = opened("what_if", train="ask", dataset="painted", data=json.dumps(said))
    request = again.session_state["what_if"].setting.request
    assert (request.dataset.info.rows, request.objective) == (30, "val_mae")
    [kind] = [group for group in again.button_group if (group.key or "").endswith("-task")]
    kind.set_value("classification").run()
    assert shape(again) == {"points": points.decode()}
