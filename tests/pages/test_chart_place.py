"""Every chart names itself to a screen reader, and shows its data as a table."""

from __future__ import annotations

import ast
import json

import pandas as pd
from streamlit.testing.v1 import AppTest

from pages.components.shared.chart_place import told_first
from tests.test_import_rules import ROOT
from tuning_core.charts.models.plane import scatter_preview


def _draw() -> None:
    import pandas as pd

    from pages.components.shared.chart_place import render_document
    from tuning_core.charts.models.plane import scatter_preview

    points = pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 2.0], "label": ["a", "b"]})
    render_document(scatter_preview(points, dark=False, height=200).to_dict(), "points")


def test_a_chart_says_what_it_shows_once_and_its_data_is_there() -> None:
    points = pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 2.0], "label": ["a", "b"]})
    described = scatter_preview(points, dark=False, height=200).to_dict()["description"]
    drawn = AppTest.from_function(_draw).run().get("vega_lite_chart")[0].proto
    assert drawn.alt == described
    assert "description" not in json.loads(drawn.spec)
    assert len(drawn.datasets) == 1


def test_the_table_of_a_chart_is_the_frame_that_its_tooltips_tell_most_of() -> None:
    ends, trials = pd.DataFrame({"x": [0, 1]}), pd.DataFrame({"trial": [1], "score": [0.5]})
    document = {
        "layer": [
            {"data": {"name": "ends"}, "encoding": {"x": {"field": "x"}}},
            {
                "data": {"name": "trials"},
                "layer": [{"encoding": {"tooltip": [{"field": "trial"}, {"field": "score"}]}}],
            },
        ],
        "datasets": {"ends": ends, "trials": trials},
    }
    assert list(told_first(document)) == ["trials", "ends"]


def test_no_page_draws_a_chart_past_its_description() -> None:
    for path in sorted((ROOT / "pages").rglob("*.py")):
        calls = [
            node.attr
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute)
        ]
        if path.name != "chart_place.py":
            assert not {"vega_lite_chart", "altair_chart", "line_chart"} & {*calls}, path
