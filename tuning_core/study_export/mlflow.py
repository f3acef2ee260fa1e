"""A study as an experiment of MLflow, a run for each trial: in a folder, or at a tracking server.

MLflow is optional, and imported where it is used: pages read the label of this exporter.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tuning_core.catalog import TrialStatus
from tuning_core.store import TrialRow
from tuning_core.study_export.record import Exporter, StudyRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient

VARIABLE = "TUNESCAPE_MLFLOW"

_STATES = {
    TrialStatus.WAITING: "SCHEDULED",
    TrialStatus.RUNNING: "RUNNING",
    TrialStatus.COMPLETED: "FINISHED",
    TrialStatus.PRUNED: "KILLED",
    TrialStatus.SKIPPED: "KILLED",
    TrialStatus.DIVERGED: "FAILED",
    TrialStatus.FAILED: "FAILED",
}
_SETTINGS = {
    # It reports its use to its makers unless told not to.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # A server that is not there is said so within a minute, not after many.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
_TRIAL, _LOGGED, _STUDY = "tunescape.trial", "tunescape.state", "tunescape.study"
_MOST_METRICS, _MOST_PARAMS = 1_000, 100
"""That MLflow takes at once."""


def log_mlflow(record: StudyRecord, where: str, model: Path | None = None) -> str:
    """Adds the study to the runs in a folder or at an http(s) address; returns what was done.

    In a folder they are in ``mlflow.db``, files in ``artifacts``. A trial that was logged before
    and has not changed is left alone. ``model``, a file, goes to the best run.

    Raises:
        OSError: MLflow does not take it; its first line is in the message.
    """
    if where.startswith(("http://", "https://")):
        return _log(record, where, None, model)  # The server says where artifacts go.
    (folder := Path(where).absolute()).mkdir(exist_ok=True)
    return _log(record, _database(folder), (folder / "artifacts").as_uri(), model)


def write_mlflow(record: StudyRecord, folder: Path) -> None:
    """Writes a new folder with the study alone, which may be moved. Raises OSError."""
    folder.mkdir()
    _log(record, _database(folder.absolute()), "mlflow-artifacts:/", None)


def _database(folder: Path) -> str:
    return f"sqlite:///{folder / 'mlflow.db'}"


def _log(record: StudyRecord, address: str, artifacts: str | None, model: Path | None) -> str:
    os.environ.update(_SETTINGS)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        client = MlflowClient(tracking_uri=address, registry_uri=address)
        experiment = _experiment(client, record, artifacts)
        known = {
            run.data.tags.get(_TRIAL, ""): run
            for run in client.search_runs([experiment], max_results=50_000)
        }
        new = 0
        for trial in record.trials:
            earlier = known.get(str(trial.number))
            if earlier is not None:
                if earlier.data.tags.get(_LOGGED) == _logged(record, trial):
                    continue
                client.delete_run(earlier.info.run_id)
            run_id = _log_trial(client, experiment, record, trial)
            new += 1
            if model is not None and trial.number == record.study.best_trial:
                client.log_artifact(run_id, str(model), "model")
            # Last: what was cut off before is logged anew.
            client.set_tag(run_id, _LOGGED, _logged(record, trial))
        name = client.get_experiment(experiment).name
    except (MlflowException, OSError) as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        # An address may hold a password, and a page shows this.
        reason = re.sub(r"//[^/\s]*@", "//", reason)[:200]
        raise OSError(f"MLflow did not take the study: {reason}") from error
    trials = len(record.trials)
    return f"{trials:,} trials are runs of {name!r} in MLflow, {new:,} of them new or changed."


def _experiment(client: MlflowClient, record: StudyRecord, artifacts: str | None) -> str:
    """The id of the study's experiment, which is made where there is none."""
    study = record.study
    found = client.search_experiments(filter_string=f"tags.`{_STUDY}` = '{study.id}'")
    if found:
        return str(found[0].experiment_id)
    tags = {
        _STUDY: study.id,
        "tunescape.objective": record.spec.objective,
        "tunescape.dataset": record.spec.dataset_info.title,
        "tunescape.strategy": record.searched_by,
    }
    name = f"{study.name} ({study.id})"
    return str(client.create_experiment(name, artifact_location=artifacts, tags=tags))


def _log_trial(client: MlflowClient, experiment: str, record: StudyRecord, trial: TrialRow) -> str:
    from mlflow.entities import Metric, Param

    start = int(1_000 * (trial.started or record.study.created))
    run = client.create_run(
        experiment,
        start_time=start,
        run_name=f"trial {trial.number}",
        tags=_tags(record, trial),
    )
    run_id: str = run.info.run_id
    metrics = [
        Metric(_named(name), value, start + int(1_000 * seconds), step)
        for name, value, seconds, step in _metrics(record, trial)
    ]
    named: dict[str, str] = {}
    for name, value in trial.config.items():
        key = _named(name)
        while key in named:
            key += "_"
        named[key] = str(value)
    params = [Param(key, value) for key, value in named.items()]
    for first in range(0, len(params), _MOST_PARAMS):
        client.log_batch(run_id, params=params[first : first + _MOST_PARAMS])
    for first in range(0, len(metrics), _MOST_METRICS):
        client.log_batch(run_id, metrics=metrics[first : first + _MOST_METRICS])
    state = _STATES[trial.status]
    if trial.status.ended:
        client.set_terminated(run_id, state, start + int(1_000 * (trial.seconds or 0)))
    else:
        client.update_run(run_id, state)
    return run_id


def _metrics(record: StudyRecord, trial: TrialRow) -> Iterator[tuple[str, float, float, int]]:
    """(name, value, seconds since its start, epoch) of all that was measured of a trial.

    Of several trainings ``NAME/2`` is that of the second, NAME their mean at each epoch.
    """
    rows = record.epochs.get(trial.number, ())
    several = len({row.execution for row in rows}) > 1
    passed, means = 0.0, dict[tuple[str, int], list[float]]()
    for row in rows:
        passed += row.seconds or 0.0
        for name, value in row.metrics.items():
            means.setdefault((name, row.epoch), []).append(value)
            yield (f"{name}/{row.execution}" if several else name), value, passed, row.epoch
    if several:
        yield from ((n, fmean(values), passed, epoch) for (n, epoch), values in means.items())
    last = max((row.epoch for row in rows), default=0)
    if trial.score is not None:
        yield "score", trial.score, passed, trial.best_epoch or last
    for name, value in _test(record, trial).items():
        yield f"test_{name}", value, passed, last


def _test(record: StudyRecord, trial: TrialRow) -> Mapping[str, float]:
    """Metrics of the test part, where they were revealed of this trial's model."""
    return (record.study.test or {}) if record.study.test_trial == trial.number else {}


def _logged(record: StudyRecord, trial: TrialRow) -> str:
    """What changes when a trial does."""
    best = "best" if trial.number == record.study.best_trial else ""
    facts: Sequence[Any] = (trial.status, trial.epochs, trial.score, best, _test(record, trial))
    return " ".join(map(str, facts))


def _tags(record: StudyRecord, trial: TrialRow) -> dict[str, str]:
    given = {
        _STUDY: record.study.id,
        _TRIAL: trial.number,
        "tunescape.status": trial.status,
        "tunescape.best": trial.number == record.study.best_trial,
        "tunescape.best_epoch": trial.best_epoch,
        "tunescape.parent": trial.parent,
        "tunescape.parameters": trial.parameters,
        "mlflow.note.content": trial.message or None,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _named(name: str) -> str:
    """A name as MLflow takes it: of letters, digits, ``_ - . / :`` and blanks, and a plain path."""
    parts = re.sub(r"[^\w.\-/ :]", "_", name).split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "_"


EXPORTER = Exporter(
    id="mlflow",
    label="MLflow",
    opens_in="MLflow",
    help="Log a study's trials as runs of MLflow, in a folder or at an http(s) address.",
    ending="-mlflow.zip",
    write=write_mlflow,
    mime="application/zip",
    folder=True,
    hint="Unpack it, then in that folder: mlflow server --backend-store-uri sqlite:///mlflow.db",
    packages=("mlflow",),
    log=log_mlflow,
    variable=VARIABLE,
)
