"""A report is one file that needs nothing else, says its answers first, and runs no text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.pages.recorded import record
from tuning_core.manager import Manager, ManagerError
from tuning_core.report.document import report
from tuning_core.report.elements import Html
from tuning_core.report.sections.assessed import assessed
from tuning_core.report.sections.tellers import OLD
from tuning_core.report.told import Told, read_told

NAME = "</script><img src=x onerror=alert(1)>"
SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-1, "scale": "log"},
    "optimizer": {"choices": ["adam", "sgd"]},
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Manager]:
    manager = Manager(tmp_path_factory.mktemp("report") / "home", spare=False)
    yield manager
    manager.close()


@pytest.fixture(scope="module")
def told(engine: Manager) -> Told:
    record(engine.store, "abcd1234", name=NAME, trials=8, epochs=3, space=SPACE)
    return read_told(engine.home, "abcd1234", {"rows": True})


@pytest.fixture(scope="module")
def page(told: Told) -> str:
    return report(told)


def words_of(page: str) -> str:
    """What a reader reads: no script, no style, no tag."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", bare)).split())


def charts_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page)
    assert found is not None
    charts: dict[str, Any] = json.loads(found[1])
    return charts


def test_the_five_answers_stand_first(page: str) -> None:
    words = words_of(page)
    answers = ("What won", "By how much", "Is it real", "What mattered", "What next")
    places = [words.index(title) for title in answers]
    assert places == sorted(places)
    assert places[-1] < words.index("Question")
    assert "Trial 8, with validation accuracy 0.9080: 0.001 ahead of trial 7." in words
    # The scores are 0.901 and 0.903 to 0.908: the second trial diverged.
    assert "It is 0.003 better than the median trial." in words


def test_nothing_of_a_user_becomes_a_tag(page: str) -> None:
    assert "<img src=x" not in page
    assert page.count("<script") == page.count("</script>") == 3
    assert NAME in words_of(page)


def test_a_browser_may_fetch_nothing_and_no_text_becomes_code(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'unsafe-inline'")
    assert "unsafe-eval" not in policy[1]
    bare = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    tags = " ".join(re.findall(r"<[a-z][^>]*>", bare))
    named = re.findall(r"""\b(?:src|href)=["']?([^"'>\s]+)""", tags)
    assert named
    assert all(address.startswith(("#", "data:image/svg+xml;base64,")) for address in named)


def test_every_chart_is_live_in_light_and_dark_and_has_its_picture(page: str) -> None:
    charts = charts_of(page)
    places = page.count('<div class="live"')
    assert len(charts["charts"]) == places > 4
    assert page.count('src="data:image/svg+xml;base64,') == places
    for chart in charts["charts"]:
        assert chart["light"]["spec"] != chart["dark"]["spec"]
        assert "datasets" not in chart["light"]["spec"]
        assert {*chart["light"]["data"].values()} <= {*charts["data"]}
    # The same rows in light and dark are there once.
    assert len(charts["data"]) < sum(len(c["light"]["data"]) for c in charts["charts"]) * 2


def test_a_process_of_its_own_writes_what_can_be_said(engine: Manager, tmp_path: Path) -> None:
    record(engine.store, "efgh5678", trials=0, status="failed", message="No memory was left.")
    engine.reports.write("efgh5678", tmp_path / "told.html")
    page = (tmp_path / "told.html").read_text(encoding="utf-8")
    assert "No trial has ended" in words_of(page)
    assert "The search failed. No memory was left." in words_of(page)
    assert charts_of(page)["charts"] == []
    assert [path.name for path in engine.home.path.glob("tmp*")] == []


def test_a_study_that_is_not_there_has_no_report(engine: Manager, tmp_path: Path) -> None:
    with pytest.raises(ManagerError, match="zzzz9999"):
        engine.reports.write("zzzz9999", tmp_path / "none.html")


def test_assessments_are_told_and_what_cannot_be_read_says_so(told: Told) -> None:
    curve = {"id": "linear", "label": "Linear", "score": 0.95, "low": 0.93, "high": 0.97}
    references: dict[str, Any] = {
        "label": "accuracy",
        "best": {"trial": 8, "score": 0.908},
        "baselines": [curve],
        "sentence": "A linear model does better.",
        "test": None,
    }
    kept: dict[str, dict[str, Any]] = {
        "baselines": references,
        "rows_curve": {"sizes": "none"},
        "no_such": {},
    }
    found = assessed(replace(told, kept=kept))
    assert found is not None
    words = words_of("".join(piece.content for piece in found.pieces if isinstance(piece, Html)))
    assert "A linear model does better." in words
    assert "Best network, trial 8 0.9080 Linear 0.9500 0.9300 to 0.9700" in words
    assert OLD in words


def test_values_of_the_data_are_for_those_who_may_see_them(told: Told) -> None:
    found = assessed(replace(told, rows=False, kept={"columns": {"secret": "value 17."}}))
    assert found is not None
    words = words_of("".join(piece.content for piece in found.pieces if isinstance(piece, Html)))
    assert "values of the data" in words
    assert "17" not in words
