"""A report is one file that needs nothing else, says its answers first, and runs no text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.pages.recorded import record
from tuning_core.findings.reference_words import simpler_words
from tuning_core.manager import Manager, ManagerError
from tuning_core.manager.questions.best_model import BestPredictions
from tuning_core.report import document
from tuning_core.report.document import report
from tuning_core.report.elements import Figure, says
from tuning_core.report.sections.assessed import OLD, others, references
from tuning_core.report.sections.deciding import deciding
from tuning_core.report.sections.drives import drives, slices
from tuning_core.report.sections.taught import more_rows, path
from tuning_core.report.told import Told, read_told
from tuning_core.spec.decision import Decision, Threshold

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


REFERENCES: dict[str, Any] = {
    "objective": "val_accuracy",
    "label": "accuracy",
    "direction": "max",
    "rows": 114,
    "folds": 1,
    "test": None,
    "sentence": "A tie: the best network and trees.",
    "best": {"trial": 8, "score": 0.908},
    "baselines": [
        {"id": "trees", "label": "Trees", "score": 0.9, "low": 0.83, "high": 0.94, "note": ""},
    ],
    "compared": [{"id": "trees", "gain": 0.008, "low": -0.01, "high": 0.026, "verdict": "tie"}],
}
SECRET = "salary of B. Brown"
COLUMNS: dict[str, Any] = {
    "part": "validation",
    "rows": 114,
    "of_rows": 114,
    "repeats": 10,
    "metric": "accuracy",
    "stands_for": "",
    "score": 0.908,
    "columns": [{"column": SECRET, "drop": 0.1, "low": 0.05, "high": 0.15, "sure": True}],
}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of what was found out beside the search alone, which has few charts."""
    monkeypatch.setattr(document, "SECTIONS", (references, drives, deciding, others))


@pytest.mark.usefixtures("short")
def test_an_assessment_is_told_in_its_section_and_in_the_answers(told: Told) -> None:
    page = report(replace(told, kept={"baselines": REFERENCES, "columns": COLUMNS}))
    words = words_of(page)
    assert words.count("A tie: the best network and trees.") == 2
    assert "Beside plain models" in words
    assert "Trees 0.9000 0.8300 to 0.9400 0.008 (\N{MINUS SIGN}0.01 to 0.026, a tie)" in words
    assert f"Dealing out the values of {SECRET} to other rows costs 10.0 points." in words
    assert not re.search(r"\byes\b|of rows|stands for", words)


@pytest.mark.usefixtures("short")
def test_values_of_the_data_are_left_out_for_whoever_may_not_see_them(told: Told) -> None:
    kept = {"baselines": REFERENCES, "columns": COLUMNS}
    page = report(replace(told, kept=kept, rows=False))
    assert "Beside plain models" in words_of(page)
    assert SECRET not in page
    assert "Which columns do the best model's answers rest on? Found out;" in words_of(page)


@pytest.mark.usefixtures("short")
def test_what_the_best_model_says_and_what_was_decided_is_told(told: Told) -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(200) % 2
    told_right = np.clip(rng.normal(0.3 + 0.4 * truth, 0.15), 0.01, 0.99)
    said = np.stack([1 - told_right, told_right], axis=1).astype(np.float32)
    none = np.array([], dtype=int)
    found = BestPredictions(
        told.study.best_trial or 0, ("no", "yes, it is"), truth, said.argmax(axis=1),
        said.max(axis=1), said, none, None, {}, {},
    )  # fmt: skip
    decided = Decision(trial=8, threshold=Threshold(positive=1, threshold=0.25, miss=5.0))
    words = words_of(report(replace(told, predictions={"validation": found}, decided=decided)))
    assert "Decided: yes, it is is said from a probability of 0.25 on." in words
    assert f"From 0.25 on, yes, it is is said of {int((said[:, 1] >= 0.25).sum())} of 200" in words
    area = roc_auc_score(truth, said[:, 1])
    assert f"Area under the ROC curve {area:.3f}" in words
    assert "Whether it is as sure as it should be" in words
    # A model of another trial is not the best one.
    other = replace(found, trial=found.trial + 1)
    assert "ROC" not in words_of(report(replace(told, predictions={"validation": other})))


def test_intervals_are_drawn_for_those_alone_who_may_see_rows(told: Told) -> None:
    truth, none = np.linspace(0, 1, 100), np.array([], dtype=int)
    found = BestPredictions(
        told.study.best_trial or 0, (), truth, truth[::-1], None, None, none, None, {}, {}
    )  # fmt: skip
    known = replace(told, predictions={"validation": found})
    drawn, hidden = deciding(known), deciding(replace(known, rows=False))
    assert drawn is not None
    assert hidden is not None
    assert any(isinstance(piece, Figure) for piece in drawn.pieces)
    assert not any(isinstance(piece, Figure) for piece in hidden.pieces)
    assert hidden.pieces == [piece for piece in drawn.pieces if not isinstance(piece, Figure)]


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


def test_what_is_kept_of_another_version_says_so(told: Told) -> None:
    kept: dict[str, dict[str, Any]] = {
        "baselines": {"rows": 3},
        "columns": {"columns": [{}]},
        "slices": {"secret": "value 17."},
        "ablation": {"steps": "none"},
        "rows_curve": {"sizes": "none"},
        "no_such": {},
    }
    old = replace(told, kept=kept)
    for make in (references, drives, slices, path, more_rows):
        found = make(old)
        assert found is not None
        assert found.pieces == [says(OLD)]


def test_a_plain_model_that_does_no_worse_is_what_to_take() -> None:
    rows = [{"id": "linear", "label": "Logistic regression"}, {"id": "trees", "label": "Trees"}]
    ahead = {"compared": [{"id": one["id"], "verdict": "better"} for one in rows]}
    found = {"baselines": rows, "compared": [{"id": "trees", "verdict": "tie"}]}
    assert simpler_words({**found, **ahead, "test": None}) == ""
    assert simpler_words({**found, "test": None}).startswith("Trees: no worse, and simpler.")
    assert simpler_words({**found, "test": ahead}) == ""
