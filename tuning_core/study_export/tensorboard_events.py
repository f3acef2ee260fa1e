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

from tuning_core.catalog import Hyperparameter, TrialStatus, Value
from tuning_core.catalog.objectives import metric_label
from tuning_core.space import Parameter, Range
from tuning_core.spec.study import StudySpec
from tuning_core.store import EpochRow, ExecutionRow, StudyRow, TrialRow
from tuning_core.study_export.record import StudyRecord

SCORE = "score"
"""The tag of a training's score, that of its best epoch: TensorBoard's table shows the last one
of a tag, and the mean over the trainings of a trial."""

BETTER = {"max": "Larger is better.", "min": "Smaller is better."}
"""What the score's description says."""

_STATUS = {
    TrialStatus.COMPLETED: api_pb2.STATUS_SUCCESS,
    TrialStatus.PRUNED: api_pb2.STATUS_SUCCESS,
    TrialStatus.SKIPPED: api_pb2.STATUS_SUCCESS,
    TrialStatus.DIVERGED: api_pb2.STATUS_FAILURE,
    TrialStatus.FAILED: api_pb2.STATUS_FAILURE,
}


class Board:
    """The event files of a study, written as it goes: what came out of a file stays in it.

    Whoever goes on with a folder writes it anew, to the same bytes. Methods raise OSError.
    """

    def __init__(self, folder: Path, study: StudyRow, spec: StudySpec) -> None:
        self._folder = folder
        self._study = study
        self._record = StudyRecord(study, spec, [])
        self._digits = len(str(spec.trials))
        self._sessions: dict[tuple[int, int], _Session] = {}
        with _Events(folder, study.created) as events:
            events.write(study.created, 0, [_experiment(self._record)])

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._sessions.values():
            session.close()

    def update(
        self,
        trials: Sequence[TrialRow],
        epochs: Sequence[EpochRow],
        executions: Sequence[ExecutionRow],
    ) -> None:
        """Take in what has come since: trials, epochs, executions.

        Trials that are new or have changed, all their new epochs, and the executions of those that
        ended.
        """
        by_trial: dict[int, dict[int, list[EpochRow]]] = {}
        for row in epochs:
            by_trial.setdefault(row.trial, {}).setdefault(row.execution, []).append(row)
        scores: dict[int, dict[int, float | None]] = {}
        for training in executions:
            scores.setdefault(training.trial, {})[training.execution] = training.score
        for trial in trials:
            known = {number for place, number in self._sessions if place == trial.number}
            rows, ends = by_trial.get(trial.number, {}), scores.get(trial.number, {})
            for number in sorted({*known, *rows, *ends}) or [1]:
                session = self._session(trial, number)
                session.add(sorted(rows.get(number, []), key=lambda row: row.epoch))
                if trial.status.ended:
                    session.end(trial, ends.get(number))

    def _session(self, trial: TrialRow, number: int) -> _Session:
        known = self._sessions.get((trial.number, number))
        if known is None:
            run = self._folder / f"trial_{trial.number:0{self._digits}}"
            if self._record.spec.executions > 1:
                run = run / f"execution_{number}"
            known = _Session(self._record, trial, run)
            self._sessions[trial.number, number] = known
        return known


class _Session:
    """One training: its event file, open until the trial has ended."""

    def __init__(self, record: StudyRecord, trial: TrialRow, run: Path) -> None:
        self._time = trial.started or record.study.created
        self._step = trial.initial_epoch
        self._ended = False
        self._events = _Events(run, self._time)
        self._events.write(self._time, 0, [_start(record, trial, self._time)])

    def add(self, rows: Sequence[EpochRow]) -> None:
        """Write the epochs after the last; one that was trained again is the same again."""
        for row in rows:
            if self._ended or row.epoch <= self._step:
                continue
            self._time += row.seconds or 0.0
            self._step = row.epoch
            values = [_scalar(name, value) for name, value in row.metrics.items()]
            self._events.write(self._time, self._step, values)
        if not self._ended:
            self._events.flush()

    def end(self, trial: TrialRow, score: float | None) -> None:
        """Write the score and how it ended, and close the file."""
        if self._ended:
            return
        if score is not None:
            self._events.write(self._time, self._step, [_scalar(SCORE, score)])
        self._events.write(self._time, self._step, [_end(trial, self._time)])
        self.close()

    def close(self) -> None:
        """Close the file; nothing more is written."""
        self._ended = True
        self._events.close()


def _experiment(record: StudyRecord) -> Summary.Value:
    spec = record.spec
    tags = {SCORE: f"{spec.objective_info.label}, best epoch"}
    words = {name: metric_label(name) for name in spec.reported}
    tags |= {f"val_{name}": f"validation {label}" for name, label in words.items()}
    tags |= {name: f"training {label}" for name, label in words.items()}
    if spec.metrics is not None:
        tags = {tag: label for tag, label in tags.items() if tag in (SCORE, *spec.metrics)}
    else:
        # The training part has no area under the curve.
        tags.pop("auc", None)
    experiment = api_pb2.Experiment(
        name=record.study.name,
        description=f"Tunescape study {record.study.id}: {record.study.name}",
        time_created_secs=record.study.created,
        hparam_infos=[_hparam(p, record.spec.known[p.name]) for p in record.shown],
        metric_infos=[
            api_pb2.MetricInfo(
                name=api_pb2.MetricName(tag=tag),
                display_name=label,
                description=BETTER[spec.objective_info.direction] if tag == SCORE else "",
            )
            for tag, label in tags.items()
        ],
    )
    return _summary(metadata.EXPERIMENT_TAG, HParamsPluginData(experiment=experiment))


def _hparam(parameter: Parameter, info: Hyperparameter) -> api_pb2.HParamInfo:
    found = api_pb2.HParamInfo(
        name=parameter.name, display_name=info.label, description=info.help, type=_type(parameter)
    )
    if isinstance(parameter, Range):
        found.domain_interval.min_value = float(parameter.low)
        found.domain_interval.max_value = float(parameter.high)
    else:
        for value in parameter.values() or ():
            _set_value(found.domain_discrete.values.add(), value, parameter)
    return found


def _type(parameter: Parameter) -> int:
    values = parameter.values() if not isinstance(parameter, Range) else (0.0,)
    kinds = {_kind(value) for value in values or ()}
    return int(kinds.pop()) if len(kinds) == 1 else int(api_pb2.DATA_TYPE_STRING)


def _kind(value: Value) -> int:
    if isinstance(value, bool):
        return int(api_pb2.DATA_TYPE_BOOL)
    return int(api_pb2.DATA_TYPE_STRING if isinstance(value, str) else api_pb2.DATA_TYPE_FLOAT64)


def _set_value(target: object, value: Value, parameter: Parameter) -> None:
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
            _set_value(info.hparams[parameter.name], trial.config[parameter.name], parameter)
    return _summary(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=info))


def _end(trial: TrialRow, time: float) -> Summary.Value:
    info = SessionEndInfo(status=_STATUS[trial.status], end_time_secs=time)
    return _summary(metadata.SESSION_END_INFO_TAG, HParamsPluginData(session_end_info=info))


def _summary(tag: str, content: HParamsPluginData) -> Summary.Value:
    found = metadata.create_summary_metadata(content)
    # A map has no order of its own; the same study is to give the same bytes.
    whole = HParamsPluginData.FromString(found.plugin_data.content)
    found.plugin_data.content = whole.SerializeToString(deterministic=True)
    return Summary.Value(tag=tag, metadata=found, tensor=metadata.NULL_TENSOR)


def _scalar(tag: str, value: float) -> Summary.Value:
    return Summary.Value(tag=tag, simple_value=value)


class _Events:
    """One event file."""

    def __init__(self, run: Path, time: float) -> None:
        run.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{int(time):010}.tunescape"
        for earlier in run.glob("*.tunescape"):
            # A trial that was begun again has another time, and its events are all written anew.
            if earlier.name != name:
                earlier.unlink()
        self._file = (run / name).open("wb")
        self._records = RecordWriter(self._file)
        self._records.write(Event(wall_time=time, file_version="brain.Event:2").SerializeToString())

    def __enter__(self) -> _Events:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def flush(self) -> None:
        """Let others read what was written."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def write(self, time: float, step: int, values: Iterable[Summary.Value]) -> None:
        """Records values of one moment."""
        event = Event(wall_time=time, step=step, summary=Summary(value=values))
        self._records.write(event.SerializeToString())
