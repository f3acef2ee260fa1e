"""A study as TensorBoard's HParams plugin shows it: a session group a trial, a session a training.

The event files are made of TensorBoard's own messages, without TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)
from tensorboard.summary.writer.record_writer import RecordWriter

from tuning_core.catalog import HYPERPARAMETERS, TrialStatus, Value
from tuning_core.catalog.objectives import METRIC_LABELS, metrics_for
from tuning_core.exchange.record import StudyRecord
from tuning_core.space import Parameter, Range
from tuning_core.store import EpochRow, TrialRow

SCORE = "score"
"""The tag of a training's score, that of its best epoch: TensorBoard's table shows the last one
of a tag, and the mean over the trainings of a trial."""

_STATUS = {
    TrialStatus.COMPLETED: api_pb2.STATUS_SUCCESS,
    TrialStatus.PRUNED: api_pb2.STATUS_SUCCESS,
    TrialStatus.SKIPPED: api_pb2.STATUS_SUCCESS,
    TrialStatus.DIVERGED: api_pb2.STATUS_FAILURE,
    TrialStatus.FAILED: api_pb2.STATUS_FAILURE,
}


def write_tensorboard(record: StudyRecord, folder: Path) -> None:
    """Writes event files below ``folder``, a run for each training. Raises OSError."""
    with _Events(folder, record.study.created) as events:
        events.write(record.study.created, 0, [_experiment(record)])
    digits = len(str(len(record.trials)))
    for trial in record.trials:
        name = f"trial_{trial.number:0{digits}}"
        epochs: dict[int, list[EpochRow]] = {}
        for row in record.epochs.get(trial.number, ()):
            epochs.setdefault(row.execution, []).append(row)
        scores = {e.execution: e.score for e in record.executions.get(trial.number, ())}
        numbers = sorted({*epochs, *scores}) or [1]
        for number in numbers:
            several = record.spec.executions > 1
            run = folder / name / f"execution_{number}" if several else folder / name
            _write_session(record, trial, run, epochs.get(number, []), scores.get(number))


def _write_session(
    record: StudyRecord,
    trial: TrialRow,
    run: Path,
    epochs: Sequence[EpochRow],
    score: float | None,
) -> None:
    time = trial.started or record.study.created
    with _Events(run, time) as events:
        events.write(time, 0, [_start(record, trial, time)])
        step = trial.initial_epoch
        for row in epochs:
            time += row.seconds or 0.0
            step = row.epoch
            values = [_scalar(name, value) for name, value in row.metrics.items()]
            events.write(time, step, values)
        if score is not None:
            events.write(time, step, [_scalar(SCORE, score)])
        if trial.status.ended:
            events.write(time, step, [_end(trial, time)])


def _experiment(record: StudyRecord) -> Summary.Value:
    spec = record.spec
    objective, task = spec.objective_info, spec.dataset_info.task
    tags = {SCORE: f"{objective.label}, best epoch"}
    for metric in metrics_for(task, spec.dataset_info.classes):
        tags |= {f"val_{metric}": f"validation {METRIC_LABELS[metric]}"}
    for metric in metrics_for(task, spec.dataset_info.classes):
        tags |= {metric: f"training {METRIC_LABELS[metric]}"}
    # The training part has no area under the curve.
    tags.pop("auc", None)
    experiment = api_pb2.Experiment(
        name=record.study.name,
        description=f"Tunescape study {record.study.id}: {record.study.name}",
        time_created_secs=record.study.created,
        hparam_infos=[_hparam(parameter) for parameter in record.shown],
        metric_infos=[
            api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=label)
            for tag, label in tags.items()
        ],
    )
    return _told(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=experiment))


def _hparam(parameter: Parameter) -> api_pb2.HParamInfo:
    info = HYPERPARAMETERS[parameter.name]
    found = api_pb2.HParamInfo(
        name=parameter.name, display_name=info.label, description=info.help, type=_type(parameter)
    )
    if isinstance(parameter, Range):
        found.domain_interval.min_value = float(parameter.low)
        found.domain_interval.max_value = float(parameter.high)
    else:
        for value in parameter.values() or ():
            _put(found.domain_discrete.values.add(), value, parameter)
    return found


def _type(parameter: Parameter) -> int:
    values = parameter.values() if not isinstance(parameter, Range) else (0.0,)
    kinds = {_kind(value) for value in values or ()}
    return int(kinds.pop()) if len(kinds) == 1 else int(api_pb2.DATA_TYPE_STRING)


def _kind(value: Value) -> int:
    if isinstance(value, bool):
        return int(api_pb2.DATA_TYPE_BOOL)
    return int(api_pb2.DATA_TYPE_STRING if isinstance(value, str) else api_pb2.DATA_TYPE_FLOAT64)


def _put(target: object, value: Value, parameter: Parameter) -> None:
    """Sets the field of a protobuf value that the hyperparameter's type asks for."""
    field = {
        api_pb2.DATA_TYPE_BOOL: "bool_value",
        api_pb2.DATA_TYPE_FLOAT64: "number_value",
        api_pb2.DATA_TYPE_STRING: "string_value",
    }[_type(parameter)]
    setattr(target, field, str(value) if field == "string_value" else value)


def _start(record: StudyRecord, trial: TrialRow, time: float) -> Summary.Value:
    info = SessionStartInfo(group_name=f"trial {trial.number}", start_time_secs=time)
    for parameter in record.shown:
        if parameter.name in trial.config:
            _put(info.hparams[parameter.name], trial.config[parameter.name], parameter)
    return _told(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=info))


def _end(trial: TrialRow, time: float) -> Summary.Value:
    info = SessionEndInfo(status=_STATUS[trial.status], end_time_secs=time)
    return _told(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=info))


def _told(tag: str, content: HParamsPluginData) -> Summary.Value:
    return Summary.Value(
        tag=tag,
        metadata=metadata.create_summary_metadata(content),
        tensor=metadata.NULL_TENSOR,
    )


def _scalar(tag: str, value: float) -> Summary.Value:
    return Summary.Value(tag=tag, simple_value=value)


class _Events:
    """One event file."""

    def __init__(self, run: Path, time: float) -> None:
        run.mkdir(parents=True, exist_ok=True)
        self._file = (run / f"events.out.tfevents.{int(time):010}.tunescape").open("wb")
        self._records = RecordWriter(self._file)
        self._records.write(Event(wall_time=time, file_version="brain.Event:2").SerializeToString())

    def __enter__(self) -> _Events:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, time: float, step: int, values: Iterable[Summary.Value]) -> None:
        """Records values of one moment."""
        event = Event(wall_time=time, step=step, summary=Summary(value=values))
        self._records.write(event.SerializeToString())
