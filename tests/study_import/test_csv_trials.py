"""Tables of trials, as people and tools write them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest

from tests.study_import.test_round_trip import again, same_trials
from tuning_core.catalog import TrialStatus
from tuning_core.journal.events import TrialStarted
from tuning_core.study_export import StudyRecord
from tuning_core.study_import import ReadOptions, RunsError, read_runs
from tuning_core.study_import.metric_names import is_metric, known_direction
from tuning_core.study_import.runs import RecordedSearch, events_of, spec_of

PLAIN = """\
id;lr;units;act;skip;val_acc;val_loss;status
a1;0,001;16;relu;True;0,91;0,3;finished
a2;0,01;32;tanh;False;0,5;1,5;crashed
a3;0,1;64;relu;True;;;running
a4;0,25;64;relu;True;;;
"""


def read(tmp_path: Path, text: str, name: str = "runs.csv", **options: Any) -> RecordedSearch:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_runs(path, ReadOptions(**options))[1]


def test_columns_are_told_apart_by_names_and_kinds(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN, objective="val_acc")
    assert (found.direction, found.name, found.metrics) == ("max", "runs", {"val_loss": "min"})
    assert [dict(trial.config) for trial in found.trials][:2] == [
        {"lr": 0.001, "units": 16, "act": "relu", "skip": True},
        {"lr": 0.01, "units": 32, "act": "tanh", "skip": False},
    ]
    assert [trial.score for trial in found.trials] == [0.91, 0.5, None, None]
    assert [str(trial.status) for trial in found.trials] == [
        *("completed", "failed", "running", "failed")
    ]
    assert found.trials[0].epochs[0].metrics == {"val_loss": 0.3, "val_acc": 0.91}
    space = spec_of(found).search_space
    assert space["units"].values() == tuple(range(16, 65))
    assert space["skip"].values() == (False, True)
    assert space["lr"].count is None


def test_every_score_is_the_number_that_the_table_has(tmp_path: Path) -> None:
    scores = [math.pi / 7**power for power in range(12)]
    text = "\n".join(["x,score", *(f"{place},{score!r}" for place, score in enumerate(scores))])
    found = read(tmp_path, text, objective="score", direction="max")
    assert [trial.score for trial in found.trials] == scores


def test_the_table_of_optuna_s_trials_is_read(tmp_path: Path) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    study.optimize(
        lambda t: t.suggest_float("x", 0, 1) + (t.suggest_categorical("k", ["a", "b"]) == "a"),
        n_trials=12,
    )
    text = study.trials_dataframe().to_csv(index=False)
    found = read(tmp_path, text, objective="value", direction="min")
    assert [trial.score for trial in found.trials] == [trial.value for trial in study.trials]
    assert [dict(trial.config) for trial in found.trials] == [t.params for t in study.trials]
    for ours, theirs in zip(found.trials, study.trials, strict=True):
        assert theirs.duration is not None
        assert ours.seconds == pytest.approx(theirs.duration.total_seconds(), abs=1e-5)


def test_our_own_table_is_recognised(recorded: StudyRecord, tmp_path: Path) -> None:
    found = again(recorded, "trials", tmp_path / "trials.csv", direction="max")
    same_trials(found, recorded)
    assert [trial.seconds for trial in found.trials] == [t.seconds for t in recorded.trials]
    assert [t.parameters for t in found.trials] == [t.parameters for t in recorded.trials]
    named = again(recorded, "trials", tmp_path / "named.csv", objective="val_accuracy")
    assert (named.objective, named.direction) == ("val_accuracy", "max")
    with pytest.raises(RunsError, match="--direction max or min") as refused:
        again(recorded, "trials", tmp_path / "third.csv")
    assert (refused.value.needs, refused.value.choices) == ("direction", ("max", "min"))


def test_our_own_table_may_have_been_sorted_and_shortened(tmp_path: Path) -> None:
    head = "number,status,score,best_epoch,units,trained_epochs,seconds,parent,parameters,note"
    lines = [
        "7,completed,0.9,2,16,2,1,3,9,",
        "2,completed,0.4,1,8,1,1,,9,",
        "3,completed,0.8,1,16,1,1,,9,",
    ]
    text = "\n".join([head, *lines, "8,completed,0.1,1,32,1,1,5,9,"])
    found = read(tmp_path, text, direction="max")
    assert [(t.score, t.parent) for t in found.trials] == [
        (0.4, None), (0.8, None), (0.9, 2), (0.1, None)
    ]  # fmt: skip
    # Of trials that say to have gone on with themselves, none has.
    odd = replace(found, trials=[replace(found.trials[0], parent=1)])
    assert {e.parent for e in events_of(odd, spec_of(odd)) if isinstance(e, TrialStarted)} == {None}


@pytest.mark.parametrize(
    ("text", "options", "sentence", "needs"),
    [
        ("a,b\n1,2\n3,4\n", {}, r"objective: say which column is the score.*'a', 'b'", "objective"),
        ("a,b\n1,2\n", {"objective": "c"}, r"'c' is no column of the table\. It has", "objective"),
        ("a,b\n1,x\n", {"objective": "b"}, "'b' has texts", ""),
        ("a,b\n1,2\n", {"objective": "b"}, "does not say which b is better", "direction"),
        ("a,b\nx,y\n", {}, "no column of numbers", ""),
        ("id,loss\n1,2\n3,4\n", {"objective": "loss"}, "No column of the table is a hyper", ""),
        ("a,loss\n1,2\n", {"objective": "loss", "parameters": ("q",)}, "'q' is no column", "p"),
        ("", {}, "The file is empty", ""),
    ],
)
def test_what_the_table_does_not_say_is_asked_for(
    tmp_path: Path, text: str, options: dict[str, Any], sentence: str, needs: str
) -> None:
    with pytest.raises(RunsError, match=sentence) as refused:
        read(tmp_path, text, **options)
    assert refused.value.needs.startswith(needs)


def test_named_columns_alone_are_hyperparameters(tmp_path: Path) -> None:
    text = "lr,score,loss,note\n0.1,1,mse,x\n0.2,2,mae,y\n"
    found = read(tmp_path, text, objective="score", direction="max", parameters=("loss", "lr"))
    assert [dict(trial.config) for trial in found.trials] == [
        {"lr": 0.1, "loss": "mse"},
        {"lr": 0.2, "loss": "mae"},
    ]
    assert found.trials[1].status is TrialStatus.COMPLETED


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        *(
            ("val_accuracy", "max"),
            ("epoch_loss", "min"),
            ("evaluation_accuracy_vs_iterations", "max"),
        ),
        *(("metrics.test_rmse", "min"), ("val_f1_score", "max")),
        *(("sparse_categorical_crossentropy", "min"), ("binary_accuracy_1", "max")),
    ],
)
def test_names_of_metrics_say_which_way_is_better(name: str, direction: str | None) -> None:
    assert known_direction(name) == direction


def test_hyperparameters_that_are_named_like_metrics_are_none() -> None:
    assert not any(map(is_metric, ("learning_rate", "loss_weight", "error_tolerance", "scored")))
