"""The tab of the best model: its mistakes, its test score explained, its confirmation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.study.best_model.confirmation import progress_words
from tests.manager.conftest import eventually
from tests.pages.conftest import Opener
from tests.pages.recorded import record
from tests.pages.study.test_study_tabs import charts, showing
from tuning_core.analysis.confirmation import verdict
from tuning_core.analysis.metric_intervals import Interval, drop, share_interval
from tuning_core.catalog import StudyStatus
from tuning_core.findings.confirmed_words import verdict_words
from tuning_core.findings.revealed_words import drop_words
from tuning_core.home.locks import own_token
from tuning_core.manager import Manager
from tuning_core.manager.questions.best_model import ANSWERS, identity, note_sources
from tuning_core.manager.questions.confirmation import Confirmation
from tuning_core.space import default_config

STUDY = "aaaaaaaa"


def keep_answers(
    engine: Manager, part: str, classes: Sequence[str] = tuple("0123456789"), **arrays: np.ndarray
) -> Path:
    """What a worker would have kept of the answers to some rows, and the model they are of."""
    files = engine.home.study(STUDY)
    files.folder.mkdir(exist_ok=True)
    if not files.best.exists():
        files.best.write_bytes(b"weights")
    columns = [name for name in arrays if name.startswith("columns")]
    metrics = {"accuracy": [0.5, 0.3, 0.7, 6], "mae": [2.0, 1.0, 3.0, 6]}
    groups = {name.rsplit("_", 1)[0]: 1 for name in arrays}
    meta = {
        "part": part,
        "trial": 4,
        "columns": [f"feature {n}" for n in range(len(columns))],
        "metrics": metrics,
        "classes": [*classes],
        "groups": groups,
    }
    document = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    np.savez(files.answers(part), allow_pickle=False, meta=document, **arrays)
    note_sources(files.answers(part), identity([files.best], ANSWERS))
    return files.answers(part)


def keep_pictures(engine: Manager, part: str = "validation") -> Path:
    return keep_answers(
        engine,
        part,
        truth_0=np.array([0, 1, 2, 3, 4, 4]),
        said_0=np.array([0, 1, 2, 9, 9, 9]),
        sure_0=np.array([0.9, 0.8, 0.7, 0.6, 0.95, 0.5], dtype=np.float32),
        shown_0=np.arange(6),
        pictures_0=np.zeros((6, 8, 8), dtype=np.uint8),
    )


def keep_flowers(engine: Manager) -> Path:
    """Answers to three rows of a table, one of them wrong."""
    return keep_answers(
        engine,
        "validation",
        truth_0=np.array([0, 1, 2]),
        said_0=np.array([0, 1, 1]),
        sure_0=np.array([0.9, 0.8, 0.7], dtype=np.float32),
        shown_0=np.arange(3),
        columns_0=np.array([0.1, 0.2, 0.3]),
    )


def keep_confirmation(
    engine: Manager, trials: list[int], seeds: int, scores: dict[int, list[float | None]]
) -> None:
    path = engine.home.study(STUDY).confirmation.journal
    path.parent.mkdir(parents=True)
    events: list[dict[str, Any]] = [{"kind": "asked", "trials": trials, "seeds": seeds}]
    events += [
        {"kind": "trained", "trial": trial, "seed": seed, "score": score, "status": "completed"}
        for trial, values in scores.items()
        for seed, score in enumerate(values, 1)
    ]
    lines = [json.dumps({"seq": n, "time": 0.0, **event}) for n, event in enumerate(events, 1)]
    path.write_text("\n".join(lines) + "\n")


def tab(opened: Opener) -> AppTest:
    return opened("study", id=STUDY)


def test_mistakes_are_shown_surest_first_and_by_cell(opened: Opener, engine: Manager):
    record(engine.store, STUDY)
    keep_pictures(engine)
    app = tab(opened)
    said = showing(app, "Best model")
    assert "3 of 6 validation rows wrong (50.0 %)" in said
    assert "Most often 4 is taken for 9 (2 times)" in said
    assert said.count("<figure") == 3
    assert said.index("4 → 9") < said.index("3 → 9")
    assert "confusion-validation" in charts(app)
    app.button_group(key="predictions-kind").set_value("a sample").run()
    assert "right and wrong" in showing(app, "Best model")
    app.session_state[f"confusion-validation-{STUDY}"] = {
        "selection": {"cell": [{"truth": 4, "predicted": 9}]}
    }
    said = showing(app, "Best model")
    assert "4 taken for 9: 2 rows" in said
    assert said.count("<figure") == 2


def test_a_regression_shows_its_largest_errors(opened: Opener, engine: Manager):
    record(engine.store, STUDY, dataset={"id": "diabetes"}, objective="val_mae")
    keep_answers(
        engine,
        "validation",
        truth_0=np.array([100.0, 120.0, 90.0]),
        said_0=np.array([101.0, 180.0, 80.0]),
        shown_0=np.arange(3),
        columns_0=np.array([0.1, 0.2, 0.3]),
    )
    app = tab(opened)
    said = showing(app, "Best model")
    assert "Off by 23.67 on average over 3 validation rows, half of them by less than 10." in said
    frame = next(f.value for f in app.dataframe if "true minus predicted" in f.value)
    assert list(frame["true minus predicted"]) == [-60.0, 10.0, -1.0]
    app.session_state[f"residuals-validation-{STUDY}"] = {"selection": {"row": [{"row": 2}]}}
    showing(app, "Best model")
    frame = next(f.value for f in app.dataframe if "true minus predicted" in f.value)
    assert list(frame["true"]) == [90.0]


def place_of(node: Any, kind: str, above: tuple[int, ...] = ()) -> tuple[int, ...] | None:
    """Where the first element of a kind stands, as the browser is told: a number for each level."""
    for number, child in getattr(node, "children", {}).items():
        here = (*above, number)
        found = here if child.type == kind else place_of(child, kind, here)
        if found is not None:
            return found
    return None


def test_the_uploader_stays_in_its_place_while_answers_and_confirmations_come(
    opened: Opener, engine: Manager
):
    # A browser forgets a file on its way to an uploader that moves.
    record(engine.store, STUDY, dataset={"id": "iris"})
    app = tab(opened)
    showing(app, "Best model")
    before = place_of(app.main, "file_uploader")
    keep_flowers(engine)
    keep_confirmation(engine, [3, 4], 2, {3: [0.9, 0.92], 4: [0.94, 0.96]})
    assert "3 validation rows wrong" in showing(app, "Best model")
    assert before is not None
    assert place_of(app.main, "file_uploader") == before
    app.session_state["study_panel"] = (STUDY, "Extend the budget")
    showing(app, "Best model")
    assert place_of(app.main, "file_uploader") == before


def test_a_file_that_is_refused_takes_the_place_of_the_one_before(opened: Opener, engine: Manager):
    record(engine.store, STUDY, dataset={"id": "iris"})
    keep_flowers(engine)
    app = tab(opened)
    showing(app, "Best model")
    for body, scorable in ((b"a,b\n1,2\n", True), (b"\n", False), (b"a,b\n1,3\n", True)):
        app.file_uploader[0].set_value(("new.csv", body, "text/csv")).run()
        assert [button.key for button in app.button if button.key == "score"] == [
            "score"
        ] * scorable
        assert ("The file is empty" in " ".join(e.value for e in app.error)) is not scorable


def test_nothing_is_asked_of_a_worker_that_is_not_there(opened: Opener, engine: Manager):
    record(engine.store, STUDY)
    keep_pictures(engine).write_bytes(b"torn")
    app = tab(opened)
    showing(app, "Best model")
    assert app.button(key="answers-validation").label == "Ask the best model"
    assert not engine.predictions.asking(STUDY, "validation")
    record(engine.store, "bbbbbbbb", cross_validation={"folds": 3})
    app = opened("study", id="bbbbbbbb")
    assert "no validation row is new to it" in showing(app, "Best model")


def test_a_search_that_runs_is_not_disturbed(opened: Opener, engine: Manager):
    record(engine.store, STUDY, status="stopped", planned=9)
    engine.store.set_status(STUDY, StudyStatus.RUNNING, owner=own_token())
    app = tab(opened)
    # A page of a study that runs is redrawn at every tick, and not all of it at each.
    eventually(lambda: "Shown when the search has ended" in showing(app, "Best model"), 60)
    assert app.button(key="confirmation-begin").disabled


def test_the_test_score_is_explained(opened: Opener, engine: Manager):
    record(engine.store, STUDY)
    event = {"seq": 99, "kind": "test_revealed", "trial": 4, "metrics": {"accuracy": 0.85}}
    engine.store.apply(STUDY, [event])
    keep_pictures(engine, "test")
    said = showing(tab(opened), "Best model")
    assert "0.85" in said
    assert "359 validation rows and 6 test rows" in said
    assert "flatters it by up to" in said


def test_a_confirmation_says_who_can_be_told_apart(opened: Opener, engine: Manager):
    record(engine.store, STUDY, trials=5)
    keep_confirmation(
        engine,
        [5, 4, 0],
        3,
        {5: [0.95, 0.951, 0.949], 4: [0.95, 0.949, 0.951], 0: [0.8, 0.801, 0.799]},
    )
    app = tab(opened)
    said = showing(app, "Best model")
    assert "cannot be told apart on 3 seeds" in said
    assert "The default is 0.15 worse than" in said
    assert "On 3 new seeds it is 0.15 better than the default on average." in said
    assert any(key.startswith("confirmed") for key in charts(app))
    assert app.button(key="confirmation-begin").disabled is False
    app.slider(key="confirmation-trials-4").set_value(2).run()
    app.slider(key="confirmation-seeds").set_value(3).run()
    assert "All of these are trained." in showing(app, "Best model")


def test_a_confirmation_that_was_cut_short_can_be_continued(opened: Opener, engine: Manager):
    record(engine.store, STUDY, trials=5)
    keep_confirmation(engine, [5, 4], 4, {5: [0.9, None], 4: [0.9]})
    app = tab(opened)
    assert "Stopped after 3 of 8 trainings." in showing(app, "Best model")
    assert app.button(key="confirmation-continue")


def test_the_default_among_the_trials_says_what_was_gained(opened: Opener, engine: Manager):
    config = default_config(record(engine.store, "bbbbbbbb").search_space)
    record(engine.store, STUDY, changes={1: {"config": config}})
    said = showing(tab(opened), "Best model")
    assert "The default, trial 1, scored 0.9010: the search gained 0.003." in said


@pytest.mark.parametrize(
    ("scores", "searched", "said"),
    [
        ({1: [0.9, 0.91, 0.9]}, 1, "Only trial 1 has scores"),
        ({1: [0.9], 2: [0.8]}, 1, "Too few trainings"),
        (
            {1: [0.9, 0.91, 0.9], 2: [0.8, 0.81, 0.8], 3: [0.7, 0.71, 0.7]},
            2,
            "Worse than trial 1, beyond luck: trial 2 by 0.1 and trial 3 by 0.2. "
            "Trial 2, the winner of the search, was lucky there.",
        ),
        ({1: [0.9, 0.72, 0.8], 2: [0.8, 0.9, 0.7]}, 1, "Trials 1 and 2 cannot be told apart"),
        ({0: [0.9, 0.7, 0.8], 2: [0.8, 0.9, 0.7]}, 2, "Trial 2 and the default cannot"),
        ({1: [0.9, None, 0.8], 2: [0.8, 0.9, 0.7]}, 1, "Trial 1 on 1 of the seeds came to no"),
    ],
)
def test_a_verdict_in_words(scores: dict[int, list[float | None]], searched: int, said: str):
    found = verdict(scores, "max")
    assert found is not None
    assert said in verdict_words(found, searched)


def test_progress_in_words():
    waiting = Confirmation("waiting", (1, 0), 3, message="A search runs.")
    assert progress_words(waiting) == "A search runs."
    running = Confirmation("running", (1, 0), 3, {1: (0.9,), 0: ()}, trial=0, seed=1)
    assert progress_words(running) == "Training 2 of 6: the default on seed 1."


@pytest.mark.parametrize(
    ("validation", "test", "said"),
    [
        (share_interval(90, 100), share_interval(85, 100), "That is within the luck of 100"),
        (share_interval(900, 1000), share_interval(500, 1000), "do not differ so much by luck"),
        (share_interval(900, 1000), share_interval(500, 1000), "may be of another kind"),
        (share_interval(80, 100), share_interval(90, 100), "0.1 better than the 0.8"),
        (share_interval(80, 100), share_interval(80, 100), "The same accuracy"),
    ],
)
def test_a_drop_in_words(validation: Interval, test: Interval, said: str):
    words = drop_words(drop(validation, test, "max", 20), "accuracy", 20)
    assert said in words
    assert words.endswith("The test score is the figure to report.")
