"""Runs of What-if outlive the tab and the server, and nothing else gets in among them."""

from __future__ import annotations

import json
import math
from concurrent.futures import Future
from pathlib import Path

import pytest

from pages.components.shared.user import named
from pages.components.what_if.kept_runs import MOST_RUNS, KeptRuns
from tests.pages.conftest import Opener, words
from tests.pages.what_if.test_what_if import tab_of
from tuning_core.analysis.forecast import Forecast
from tuning_core.catalog import TrialStatus
from tuning_core.manager import Manager, TrainingSnapshot, TrainingState
from tuning_core.manager.library.user_files import MOST_BYTES, UserFiles
from tuning_core.spec.training_request import parse_training

USER, BROWSER = "a" * 24, "b" * 32


def trained(seed: int, epochs: int = 2, loss: float = 0.5) -> TrainingSnapshot:
    """A training that has ended."""
    request = parse_training({"dataset": {"id": "moons"}, "epochs": epochs, "seed": seed})
    metrics = {"loss": loss, "val_loss": loss, "accuracy": 0.8, "val_accuracy": 1 / (2 + seed)}
    return TrainingSnapshot(
        id=f"{seed}",
        request=request,
        state=TrainingState.DONE,
        place=0,
        epochs=(metrics,) * epochs,
        network={"kind": "plane"},
        inside={0: "large"},
        rates=(),
        views={},
        status=TrialStatus.COMPLETED,
        message="",
        note="",
        share=0.0,
        seconds=0.25,
        parameters=17,
    )


def opened_on(folder: Path) -> KeptRuns:
    return KeptRuns(UserFiles(folder, 10), USER)


def test_what_was_kept_is_there_when_the_server_starts_again(tmp_path: Path):
    forecast: Future[Forecast | None] = Future()
    forecast.set_result(Forecast(0.5, 0.4, 0.6))
    kept = opened_on(tmp_path)
    for seed in (1, 2):
        kept.keep(kept.begin(trained(seed, loss=math.nan if seed == 2 else 0.5), forecast))
    kept.turn_pin(kept.runs[1])
    first, second = opened_on(tmp_path).runs
    assert (first.number, first.pinned, second.number, second.pinned) == (1, False, 2, True)
    assert first.request == trained(1).request
    assert first.score == pytest.approx(1 / 3)
    assert first.expected == Forecast(0.5, 0.4, 0.6)
    assert len(first.training.epochs) == 2
    assert not first.training.inside
    assert math.isnan(second.training.epochs[0]["val_loss"])
    assert opened_on(tmp_path).begin(trained(3), None).number == 3


def test_two_tabs_have_one_list_and_no_number_twice(tmp_path: Path):
    kept = opened_on(tmp_path)
    here, there = kept.begin(trained(1), None), kept.again(trained(1))
    assert there is not None
    assert there.id == here.id
    kept.drop(there)
    other = kept.begin(trained(2), None)
    kept.keep(other)
    kept.keep(here)
    assert sorted(run.number for run in kept.runs) == [1, 2]
    kept.turn_pin(here)
    looked = kept.again(trained(1))
    assert looked is not None
    assert looked.pinned


def test_the_oldest_that_is_not_pinned_makes_room(tmp_path: Path):
    kept = opened_on(tmp_path)
    for seed in range(MOST_RUNS + 3):
        run = kept.begin(trained(seed), None)
        if seed == 0:
            kept.turn_pin(run)
        kept.keep(run)
    assert len(kept.runs) == MOST_RUNS
    assert [run.number for run in kept.runs[:2]] == [1, 5]


def test_long_trainings_take_no_more_room_than_there_is(tmp_path: Path):
    kept = opened_on(tmp_path)
    for seed in range(14):
        kept.keep(kept.begin(trained(seed, epochs=1_000), None))
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size <= MOST_BYTES
    again = opened_on(tmp_path).runs
    assert 1 < len(again) < 14
    assert again[-1].request == kept.runs[-1].request


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1",
        b"\xff",
        b'{"version": 2, "runs": []}',
        b'{"version": 1, "runs": {}}',
        b"[" * 9_999,
    ],
)
def test_a_file_that_cannot_be_read_counts_as_no_runs(content: bytes, tmp_path: Path):
    (tmp_path / f"{USER}.json").write_bytes(content)
    kept = opened_on(tmp_path)
    assert kept.runs == []
    kept.keep(kept.begin(trained(1), None))
    assert len(opened_on(tmp_path).runs) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("request", {"dataset": {"id": "none"}}),
        ("request", None),
        ("epochs", {"val_loss": [1.0], "val_accuracy": [1.0, 2.0]}),
        ("epochs", {}),
        ("epochs", 3),
        ("number", "first"),
        ("forecast", [1.0]),
        ("status", "unheard of"),
    ],
)
def test_a_run_that_cannot_be_read_hides_no_other(field: str, value: object, tmp_path: Path):
    kept = opened_on(tmp_path)
    for seed in (1, 2):
        kept.keep(kept.begin(trained(seed), None))
    (file,) = tmp_path.iterdir()
    document = json.loads(file.read_bytes())
    document["runs"][0][field] = value
    file.write_text(json.dumps(document))
    assert [run.number for run in opened_on(tmp_path).runs] == [2]


def test_a_page_shows_what_its_user_has_kept(engine: Manager, opened: Opener):
    user = named(f"browser:{BROWSER}")
    before = KeptRuns(UserFiles(engine.home.path / "what_if", 10), user)
    for seed in (1, 2):
        before.keep(before.begin(trained(seed), None))
    tabs = [tab_of(BROWSER, train="ask", seed="3") for _ in range(2)]
    assert all("Run 2:" in words(tab) and "seed 1 \u2192 2" in words(tab) for tab in tabs)
    assert "Run 2:" not in words(opened("what_if", train="ask"))
    tabs[0].button(key="what-if-pin-1").click().run()
    tabs[1].run()
    assert [run.pinned for run in tabs[1].session_state["what_if"].runs] == [True, False]
    tabs[0].button(key="what-if-clear").click().run()
    tabs[1].run()
    assert not tabs[1].session_state["what_if"].runs
    assert not any(tab.exception for tab in tabs)
