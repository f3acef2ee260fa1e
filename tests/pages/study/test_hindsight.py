"""What the records say of shortcuts, on the page: verdicts, and why there are none."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.recorded import record
from tests.pages.study.test_analysis_blocks import STUDY, words
from tests.pages.study.test_own_and_recorded import store
from tests.spec.own import recorded_spec
from tuning_core.analysis.background import result_file
from tuning_core.analysis.hindsight.records import NAME, Hindsight, hindsight_json
from tuning_core.analysis.hindsight.replay import Replay
from tuning_core.analysis.hindsight.short_trainings import At, ShortTrainings
from tuning_core.analysis.hindsight.surrogate import Surrogate
from tuning_core.findings.hindsight_words import lack, lack_of_scores
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager
from tuning_core.spec.study import parse_spec


def blocks() -> None:
    """The three parts alone, as a page of their own."""
    from pages.components.shared.manager_session import manager
    from pages.components.study import hindsight_block
    from pages.components.study.live import live_study

    live = live_study("aaaaaaaa", manager().store)
    assert live is not None
    hindsight_block.render_replay(live, True, None)
    hindsight_block.render_short_trainings(live, True, None)
    hindsight_block.render_surrogate(live, True, None)


def opened() -> AppTest:
    app = AppTest.from_function(blocks, default_timeout=30).run()
    assert not app.exception
    return app


def live_of(engine: Manager) -> LiveStudy:
    """What a page knows of the study."""
    row = engine.store.study(STUDY)
    assert row is not None
    spec = parse_spec(row.spec)
    live = LiveStudy(row, spec, spec.plan(), engine.store)
    live.pull()
    return live


def keep(engine: Manager, **found: Any) -> None:
    path = result_file(engine.home.study(STUDY).folder, NAME)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(hindsight_json(Hindsight(trials=30, full=30, looked_at=30, **found)))


FOUND: dict[str, Any] = {
    "replays": (
        Replay("median", {"startup_trials": 2}, 30, 90, {3: 1, 31: 2}, 3, 31, 0.021),
        Replay("percentile", {}, 30, 90, {}, 0, 31, 0.0),
    ),
    "short": ShortTrainings(30, 3, (At(1, 0.5, 0.2, 0.7, 0.4, 5), At(3, 1, 1, 1, 1, 1)), None),
    "surrogate": Surrogate((0.9,) * 30, (0.8,) * 30, -0.2, 0.1, -0.3, 0.4),
}


def test_verdicts_are_told_in_words_with_a_picture_each(engine: Manager) -> None:
    record(engine.store, STUDY, trials=31)
    keep(engine, **FOUND)
    app = opened()
    said = words(app)
    assert "ended 2 of 30 trials and saved 3% of the epochs" in said
    assert (
        "ended the best one, trial 31, after epoch 2: the best score would be 0.021 worse" in said
    )
    assert "Only trainings of all 3 epochs can be trusted" in said
    assert "No better than a guess" in said
    assert len(app.get("vega_lite_chart")) == 3
    app.segmented_control[0].set_value("Percentile").run()
    assert "ended none of 30 trials" in words(app)


@pytest.mark.parametrize(
    ("study", "curves", "scores"),
    [
        ({"trials": 6}, "there are 5", "This begins with 25 trials"),
        ({"trials": 31, "epochs": 1}, "one epoch cannot be cut short", ""),
        ({"trials": 31, "strategy": {"id": "hyperband"}}, "Hyperband decides the epochs", ""),
    ],
)
def test_why_nothing_can_be_said_is_said_at_once(
    study: dict[str, Any], curves: str, scores: str, engine: Manager
) -> None:
    record(engine.store, STUDY, **study)
    live = live_of(engine)
    assert curves in lack(live)
    assert lack_of_scores(live).startswith(scores)
    assert bool(lack_of_scores(live)) == bool(scores)


def test_another_tools_search_is_looked_back_on_where_it_has_epochs(engine: Manager) -> None:
    store(engine, STUDY, recorded_spec(), epochs=0)
    assert "Optuna recorded no epochs" in lack(live_of(engine))


def test_epochs_without_the_objective_are_said(engine: Manager) -> None:
    store(engine, STUDY, recorded_spec(), epochs=3)
    keep(engine, surrogate=FOUND["surrogate"])
    assert "Its epochs do not have" in words(opened())
