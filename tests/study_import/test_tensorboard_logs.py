"""Logs that TensorBoard's own HParams interface has written, and ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import summary_v2 as hp
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from tests.study_import.test_round_trip import again
from tuning_core.study_export import StudyRecord
from tuning_core.study_import import ReadOptions, RunsError, read_runs
from tuning_core.study_import.runs import RecordedSearch, spec_of

UNITS = hp.HParam("num_units", hp.Discrete([16, 32]))
DROPOUT = hp.HParam("dropout", hp.RealInterval(0.1, 0.2))
OPTIMIZER = hp.HParam("optimizer", hp.Discrete(["adam", "sgd"]))
CONFIG = hp.hparams_config_pb([UNITS, DROPOUT, OPTIMIZER], [hp.Metric("accuracy")])
BEGIN = 1e9


def events(
    folder: Path, *summaries: tuple[int, Summary], name: str = "events.out.tfevents.1"
) -> None:
    """Write an event file; each summary at its step, a second after the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=BEGIN, file_version="brain.Event:2").SerializeToString())
        for place, (step, summary) in enumerate(summaries, start=1):
            event = Event(wall_time=BEGIN + place, step=step, summary=summary)
            writer.write(event.SerializeToString())


def scalar(tag: str, value: float) -> Summary:
    """A scalar as ``tf.summary.scalar`` of TensorFlow 2 writes it."""
    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    tensor = tensor_util.make_tensor_proto(np.float32(value))
    made = Summary.Value(tag=tag, tensor=tensor, metadata=SummaryMetadata(plugin_data=plugin))
    return Summary(value=[made])


def start(values: Mapping[Any, Any], **more: Any) -> tuple[int, Summary]:
    return 0, hp.hparams_pb(values, start_time_secs=BEGIN, **more)


def read(path: Path, **options: Any) -> RecordedSearch:
    return read_runs(path, ReadOptions(**options))[1]


def test_the_tutorial_s_logs_are_read(tmp_path: Path) -> None:
    logs = tmp_path / "hparam_tuning"
    events(logs, (0, CONFIG))
    configs = [
        {UNITS: units, DROPOUT: dropout, OPTIMIZER: optimizer}
        for units in (16, 32)
        for dropout in (0.1, 0.2)
        for optimizer in ("adam", "sgd")
    ]
    for place, config in enumerate(configs):
        events(logs / f"run-{place}", start(config), (1, scalar("accuracy", 0.5 + place / 31)))
    found = read(logs)
    assert (found.name, found.objective, found.direction) == ("hparam_tuning", "accuracy", "max")
    assert [trial.score for trial in found.trials] == [
        float(np.float32(0.5 + p / 31)) for p in range(8)
    ]
    assert [dict(trial.config) for trial in found.trials] == [
        {known.name: value for known, value in config.items()} for config in configs
    ]
    assert {str(trial.status) for trial in found.trials} == {"completed"}
    space = spec_of(found).search_space
    assert space["num_units"].values() == (16, 32)
    assert (space["dropout"].count, space["optimizer"].values()) == (None, ("adam", "sgd"))


def test_folders_of_keras_s_callback_are_training_and_validation(tmp_path: Path) -> None:
    for place, trial in enumerate("ab"):
        run = tmp_path / trial
        events(run, start({"lr": 0.1 * (place + 1)}, trial_id=trial))
        for part, shift in (("train", 0.0), ("validation", 0.25)):
            rows = [(step, scalar("epoch_accuracy", step / 8 + shift)) for step in range(3)]
            batches = (900, scalar("evaluation_accuracy_vs_iterations", 1.0))
            events(run / part, *rows, batches)
    found = read(tmp_path)
    assert (found.objective, found.direction) == ("val_accuracy", "max")
    assert found.metrics == {"accuracy": "max", "val_accuracy": "max"}
    first = found.trials[0]
    assert [(row.epoch, dict(row.metrics)) for row in first.epochs] == [
        (epoch, {"accuracy": (epoch - 1) / 8, "val_accuracy": (epoch - 1) / 8 + 0.25})
        for epoch in (1, 2, 3)
    ]
    assert (first.score, first.started) == (0.5, BEGIN)
    assert read(tmp_path, objective="accuracy").trials[0].score == 0.25


def test_sessions_of_a_group_are_trainings_of_one_trial(tmp_path: Path) -> None:
    def ended(status: Any) -> tuple[int, Summary]:
        return 2, hp_end(status)

    for run, value in (("a", 0.25), ("b", 0.75)):
        given = start({"x": True}, trial_id="one")
        success = ended(api_pb2.STATUS_SUCCESS)
        events(tmp_path / run, given, (1, scalar("loss", value)), success)
    events(tmp_path / "c", start({"x": False}), ended(api_pb2.STATUS_FAILURE))
    events(tmp_path / "d", start({"x": False}, trial_id="runs"), (1, scalar("loss", 1.0)))
    found = read(tmp_path)
    assert [(t.score, str(t.status), dict(t.config)) for t in found.trials] == [
        (0.5, "completed", {"x": True}),
        (None, "failed", {"x": False}),
        (1.0, "running", {"x": False}),
    ]
    assert [each.score for each in found.trials[0].executions] == [0.25, 0.75]
    assert spec_of(found).executions == 2


def hp_end(status: Any) -> Summary:
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    info = SessionEndInfo(status=status, end_time_secs=BEGIN + 9)
    made = metadata.create_summary_metadata(HParamsPluginData(session_end_info=info))
    return Summary(value=[Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=made)])


def test_our_own_logs_come_in_as_the_same_study(recorded: StudyRecord, tmp_path: Path) -> None:
    found = again(recorded, "tensorboard", tmp_path / "logs")
    spec = recorded.spec
    assert (found.objective, found.direction, found.name) == (
        spec.objective,
        spec.objective_info.direction,
        "round",
    )
    assert len(found.trials) == len(recorded.trials)
    for ours, theirs in zip(recorded.trials, found.trials, strict=True):
        assert theirs.score == (None if ours.score is None else pytest.approx(ours.score, rel=1e-6))
        names = {parameter.name for parameter in recorded.shown}
        assert theirs.config == {n: v for n, v in ours.config.items() if n in names}
        assert [(row.execution, row.epoch) for row in theirs.epochs] == [
            (run, epoch) for run in (1, 2) for epoch in (1, 2, 3, 4)
        ]
        metrics = recorded.epochs[ours.number][0].metrics
        assert theirs.epochs[0].metrics == pytest.approx(metrics, rel=1e-6)


@pytest.mark.parametrize(
    ("summaries", "options", "sentence"),
    [
        ([(1, scalar("accuracy", 1.0))], {}, "have no hyperparameters"),
        ([start({"x": 1}), (1, scalar("speed", 1.0))], {}, "which speed is better"),
        (
            [start({"x": 1}), (1, scalar("one", 1.0)), (1, scalar("two", 1.0))],
            {},
            "say with --objective which metric is the score: one, two",
        ),
        (
            [start({"x": 1}), (1, scalar("one", 1.0))],
            {"objective": "three"},
            "the logs have no 'three'; expected one of one",
        ),
    ],
)
def test_what_the_logs_do_not_say_is_asked_for(
    tmp_path: Path, summaries: list[Any], options: dict[str, str], sentence: str
) -> None:
    events(tmp_path / "logs", *summaries)
    with pytest.raises(RunsError, match=sentence):
        read(tmp_path / "logs", **options)


def test_logs_that_are_none_or_still_being_written(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "events.out.tfevents.9"
    events(path.parent, start({"x": 1.5}), (1, scalar("loss", math.nan)), name=path.name)
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert len(read(path.parent).trials) == 1
    path.write_bytes(whole[:5] + b"xxxx" + whole[9:])
    with pytest.raises(RunsError, match="is no event file of TensorBoard"):
        read(path.parent)
