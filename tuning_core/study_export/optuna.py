"""A study as a storage that Optuna and Optuna Dashboard open: an SQLite file.

Optuna is imported where it is used, for pages read the label of this exporter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tuning_core.catalog import TrialStatus, Value
from tuning_core.space import Parameter, Range
from tuning_core.store import TrialRow
from tuning_core.study_export.record import Exporter, StudyRecord

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_STATES = {
    TrialStatus.WAITING: "WAITING",
    TrialStatus.RUNNING: "RUNNING",
    TrialStatus.COMPLETED: "COMPLETE",
    TrialStatus.PRUNED: "PRUNED",
    TrialStatus.SKIPPED: "PRUNED",
    TrialStatus.DIVERGED: "FAIL",
    TrialStatus.FAILED: "FAIL",
}
_DIRECTIONS = {"min": "minimize", "max": "maximize"}


def write_optuna(record: StudyRecord, path: Path) -> None:
    """Writes the study to a new SQLite file.

    Optuna counts trials from 0, our number is an attribute of each. The intermediate values are the
    objective after each epoch, the mean over the trainings of a trial.
    """
    import optuna
    from optuna.storages import RDBStorage
    from sqlalchemy import URL, MetaData, insert

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = RDBStorage(str(URL.create("sqlite", database=str(path))))
    direction = _DIRECTIONS[record.spec.objective_info.direction]
    study = optuna.create_study(storage=storage, study_name=record.study.name, direction=direction)
    for name, value in {
        "tunescape_study": record.study.id,
        "objective": record.spec.objective,
        "dataset": record.spec.dataset_info.title,
        "strategy": record.searched_by,
    }.items():
        study.set_user_attr(name, value)
    rows = _rows([_frozen(record, trial) for trial in record.trials], study._study_id)
    # Optuna adds a trial with a query for each of its values: minutes for thousands of them.
    tables = MetaData()
    tables.reflect(storage.engine)
    with storage.engine.begin() as connection:
        for name, made in rows.items():
            if made:
                connection.execute(insert(tables.tables[name]), made)
    storage.engine.dispose()


def _rows(trials: Sequence[FrozenTrial], study_id: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of each of Optuna's tables."""
    from optuna.distributions import distribution_to_json

    rows: dict[str, list[dict[str, Any]]] = {
        "trials": [],
        "trial_params": [],
        "trial_values": [],
        "trial_intermediate_values": [],
        "trial_user_attributes": [],
    }
    for number, trial in enumerate(trials, start=1):
        of_trial = {"trial_id": number}
        rows["trials"].append(
            {
                **of_trial,
                "number": trial.number,
                "study_id": study_id,
                "state": trial.state.name,
                "datetime_start": _stored(trial.datetime_start),
                "datetime_complete": _stored(trial.datetime_complete),
            }
        )
        for name, value in trial.params.items():
            drawn = trial.distributions[name]
            rows["trial_params"].append(
                {
                    **of_trial,
                    "param_name": name,
                    "param_value": drawn.to_internal_repr(value),
                    "distribution_json": distribution_to_json(drawn),
                }
            )
        if trial.value is not None:
            rows["trial_values"].append(
                {**of_trial, "objective": 0, "value": trial.value, "value_type": "FINITE"}
            )
        for step, value in trial.intermediate_values.items():
            rows["trial_intermediate_values"].append(
                {
                    **of_trial,
                    "step": step,
                    "intermediate_value": value,
                    "intermediate_value_type": "FINITE",
                }
            )
        for name, value in trial.user_attrs.items():
            rows["trial_user_attributes"].append(
                {**of_trial, "key": name, "value_json": json.dumps(value)}
            )
    return rows


def _stored(moment: datetime | None) -> datetime | None:
    """A time of this machine as Optuna's database has it: UTC without saying so."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def _frozen(record: StudyRecord, trial: TrialRow) -> FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    state = TrialState[_STATES[trial.status]]
    if state is TrialState.COMPLETE and trial.score is None:
        state = TrialState.FAIL
    params = {p.name: trial.config[p.name] for p in record.shown if p.name in trial.config}
    distributions = {
        p.name: _distribution(p, params[p.name]) for p in record.shown if p.name in params
    }
    started = datetime.fromtimestamp(trial.started or record.study.created)
    ended = started + timedelta(seconds=trial.seconds or 0.0)
    return FrozenTrial(
        number=trial.number - 1,
        trial_id=-1,
        state=state,
        value=None if state is TrialState.FAIL else trial.score,
        values=None,
        datetime_start=None if state is TrialState.WAITING else started,
        datetime_complete=ended if state.is_finished() else None,
        params=params,
        distributions=distributions,
        user_attrs=_attributes(trial),
        system_attrs={},
        intermediate_values=_curve(record, trial.number),
    )


def _attributes(trial: TrialRow) -> dict[str, Any]:
    given: Mapping[str, Any] = {
        "number": trial.number,
        "status": str(trial.status),
        "epochs": trial.epochs,
        "best_epoch": trial.best_epoch,
        "seconds": trial.seconds,
        "parameters": trial.parameters,
        "parent": trial.parent,
        "note": trial.message or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _curve(record: StudyRecord, number: int) -> dict[int, float]:
    """The objective by epoch, over the trainings that reached it."""
    found: dict[int, list[float]] = {}
    for row in record.epochs.get(number, ()):
        value = row.metrics.get(record.spec.objective)
        if value is not None:
            found.setdefault(row.epoch, []).append(value)
    return {epoch: fmean(values) for epoch, values in sorted(found.items())}


def _distribution(parameter: Parameter, value: Value) -> BaseDistribution:
    """What a value was drawn from, as Optuna says it; it has no reverse-log scale.

    A value from outside, such as of a trial that a person added, widens the range for its trial.
    """
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if not isinstance(parameter, Range) or isinstance(value, str):
        choices = list(parameter.values() or ())
        return CategoricalDistribution(choices if value in choices else [*choices, value])
    low, high = min(parameter.low, value), max(parameter.high, value)
    log = parameter.scale == "log"
    if parameter.integer:
        step = int(parameter.step) if parameter.step and not log else 1
        made: BaseDistribution = IntDistribution(int(low), int(high), log=log, step=step)
    else:
        linear = parameter.scale == "linear"
        made = FloatDistribution(low, high, log=log, step=parameter.step if linear else None)
    if made._contains(made.to_internal_repr(value)):
        return made
    if parameter.integer:
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)


EXPORTER = Exporter(
    id="optuna",
    label="Optuna",
    opens_in="Optuna and its dashboard",
    help="Write a study as a storage that Optuna and its dashboard open.",
    ending=".db",
    hint="Optuna Dashboard 0.21 shows the importances that answer here what separates the best "
    "trials; 0.19 and 0.20 show others where the objective is maximised.",
    write=write_optuna,
    mime="application/vnd.sqlite3",
)
