"""Storages that Optuna itself has written are read as Optuna reads them."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import pytest
from optuna.samplers import RandomSampler
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tuning_core.catalog import TrialStatus
from tuning_core.study_import import ReadOptions, RunsError, optuna_sqlite, read_runs
from tuning_core.study_import.runs import RecordedSearch, spec_of

STATUSES = {
    TrialState.COMPLETE: TrialStatus.COMPLETED,
    TrialState.PRUNED: TrialStatus.PRUNED,
    TrialState.FAIL: TrialStatus.FAILED,
    TrialState.RUNNING: TrialStatus.RUNNING,
    TrialState.WAITING: TrialStatus.WAITING,
}


def objective(trial: optuna.Trial) -> float:
    rate = trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True)
    units = trial.suggest_int("units", 8, 64, step=8)
    kind = trial.suggest_categorical("kind", ["adam", None, 3, True, 0.5])
    if kind == "adam":
        trial.suggest_float("beta", 0.5, 0.9, step=0.1)
    if trial.number % 7 == 5:
        raise ValueError("boom")
    for step in range(5):
        trial.report(units + rate * step if step != 2 else math.nan, step)
        if trial.number % 5 == 1 and step == 3:
            raise optuna.TrialPruned
    return math.inf if trial.number == 9 else units + rate * 4


def sqlite(path: Path) -> str:
    return f"sqlite:///{path}"


def searched(storage: str | BaseStorage, trials: int, name: str = "theirs") -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        direction="maximize",
        sampler=RandomSampler(seed=1),
    )
    study.optimize(objective, n_trials=trials, catch=(ValueError,))
    study.enqueue_trial({"units": 8})
    return study


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, optuna.Study]:
    path = tmp_path_factory.mktemp("optuna") / "theirs.db"
    study = searched(sqlite(path), 14)
    study.ask()
    study.ask()  # One that runs, beside one that waits.
    study.enqueue_trial({"units": 16})
    return path, study


def read(path: Path, **options: str) -> RecordedSearch:
    return read_runs(path, ReadOptions(**options))[1]  # type: ignore[arg-type]


def agrees(found: RecordedSearch, study: optuna.Study) -> None:
    """Every number, status and curve is the one that Optuna reads."""
    assert found.direction == ("max" if study.direction.name == "MAXIMIZE" else "min")
    assert len(found.trials) == len(study.trials)
    for ours, theirs in zip(found.trials, study.trials, strict=True):
        infinite = theirs.value is not None and not math.isfinite(theirs.value)
        assert ours.score == (None if infinite else theirs.value)
        if not infinite:
            assert ours.status is STATUSES[theirs.state]
        assert ours.config == {n: "None" if v is None else v for n, v in theirs.params.items()}
        curve = {row.epoch - 1: row.metrics["value"] for row in ours.epochs}
        assert curve.keys() == theirs.intermediate_values.keys()
        for step, value in theirs.intermediate_values.items():
            assert curve[step] == value or math.isnan(value)
        if theirs.datetime_start is not None:
            assert ours.started == pytest.approx(theirs.datetime_start.timestamp(), abs=1e-3)
        if theirs.duration is not None:
            assert ours.seconds == pytest.approx(theirs.duration.total_seconds(), abs=1e-3)
    spec_of(found)


def test_a_database_is_read_as_optuna_reads_it(written: tuple[Path, optuna.Study]) -> None:
    path, study = written
    found = read(path)
    agrees(found, study)
    assert {str(trial.status) for trial in found.trials} == {
        *("completed", "pruned", "failed", "diverged", "running", "waiting")
    }
    space = spec_of(found).search_space
    assert space["kind"].values() == ("adam", "None", 3, True, 0.5)
    assert (space["units"].grid(99)[:2], space["learning_rate"].count) == ((8, 16), None)
    assert found.notes == [
        "Optuna counts trials as complete whose value is infinite; here they have diverged."
    ]


def test_a_journal_is_read_as_optuna_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "theirs.log"
    storage = JournalStorage(JournalFileBackend(str(path)))
    searched(storage, 1, "other")
    optuna.delete_study(study_name="other", storage=storage)
    study = searched(storage, 24)
    study.ask()
    study.add_trial(study.trials[0])
    agrees(read(path), study)
    with path.open("a") as file:
        file.write('torn\n{"op_code": 4, "study_id": "x"}\n{"op_code": 5}\n{"op_code":')
    torn = read(path)
    assert len(torn.trials) == 26
    assert torn.notes[-1] == "Torn lines of the journal that were left out: 2."
    with path.open("a") as file:
        file.write(f'"{"x" * 4_000_000}"\n')
    with pytest.raises(RunsError, match="has a line of more than 4 MB"):
        read(path)


def test_of_several_studies_one_is_to_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "two.db"
    for name in ("one", "two"):
        searched(sqlite(path), 1, name)
    with pytest.raises(RunsError, match="choose one with --study: 'one', 'two'") as refused:
        read(path)
    assert (refused.value.needs, refused.value.choices) == ("study", ("one", "two"))
    with pytest.raises(RunsError, match="expected one of 'one', 'two', received 'three'"):
        read(path, study="three")
    assert read(path, study="two").name == "two"


def test_of_several_objectives_the_first_is_taken_or_the_named(tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    study = optuna.create_study(storage=sqlite(path), directions=["minimize", "maximize"])
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        study.set_metric_names(["error", "speed"])
    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 2.0), n_trials=2)
    first = read(path)
    assert (first.objective, first.direction) == ("error", "min")
    assert first.notes[0] == "The study has 2 objectives; what is shown is 'error'."
    named = read(path, objective="speed")
    assert (named.objective, named.direction, named.trials[0].score) == ("speed", "max", 2.0)


def older(path: Path, *statements: str) -> Path:
    with sqlite3.connect(path) as database:
        database.executescript(";".join(statements))
    database.close()
    return path


V2_0 = """
CREATE TABLE version_info (version_info_id, schema_version, library_version);
CREATE TABLE studies (study_id INTEGER, study_name VARCHAR, direction VARCHAR);
CREATE TABLE trials (trial_id INTEGER, number INTEGER, study_id INTEGER, state VARCHAR, value FLOAT,
    datetime_start DATETIME, datetime_complete DATETIME);
CREATE TABLE trial_params (trial_id INTEGER, param_name VARCHAR, param_value FLOAT,
    distribution_json VARCHAR);
CREATE TABLE trial_values (trial_id INTEGER, step INTEGER, value FLOAT);
INSERT INTO version_info VALUES (1, 12, '2.0.0');
INSERT INTO studies VALUES (1, 'old', 'MAXIMIZE');
INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE', 0.5, '2020-08-01 10:00:00.000000',
    '2020-08-01 10:00:07.500000');
INSERT INTO trial_params VALUES (1, 'x', 0.25,
    '{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.25}}');
INSERT INTO trial_params VALUES (1, 'n', 3,
    '{"name": "IntUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}');
INSERT INTO trial_params VALUES (1, 'r', 0.01,
    '{"name": "LogUniformDistribution", "attributes": {"low": 1e-3, "high": 1}}');
INSERT INTO trial_values VALUES (1, 1, 0.4), (1, 2, 0.5)
"""


def test_a_database_of_before_2_4_is_read(tmp_path: Path) -> None:
    found = read(older(tmp_path / "old.db", V2_0))
    (trial,) = found.trials
    assert (found.direction, trial.score, trial.seconds, trial.best_epoch) == ("max", 0.5, 7.5, 2)
    assert trial.config == {"x": 0.25, "n": 3, "r": 0.01}
    assert [row.metrics["value"] for row in trial.epochs] == [0.4, 0.5]
    scales = {n: (d.kind, d.scale, d.step) for n, d in found.declared.items()}
    assert scales == {
        "x": ("float", "linear", 0.25),
        "n": ("integer", "linear", None),
        "r": ("float", "log", None),
    }


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (lambda p: p.write_bytes(b"SQLite format 3\0" + b"x" * 5000), "damaged"),
        (lambda p: older(p, "CREATE TABLE a (b)"), "no storage of Optuna: it has no table version"),
        (
            lambda p: older(p, V2_0, "UPDATE version_info SET schema_version = 99"),
            "another schema than those of Optuna 1.3 to 5",
        ),
        (lambda p: older(p, V2_0, "DELETE FROM trials"), "has no trial yet"),
        (lambda p: older(p, V2_0, "DELETE FROM studies"), "has no study yet"),
        (
            lambda p: older(p, V2_0, "DROP TABLE trials", "CREATE VIEW trials AS SELECT 1"),
            "no storage of Optuna: it has no table trials",
        ),
        (
            lambda p: older(p, V2_0, "UPDATE trial_params SET distribution_json = '{'"),
            "torn, or was written by hand",
        ),
    ],
)
def test_a_database_that_is_none_is_one_sentence(
    tmp_path: Path, broken: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / "study.db"
    broken(path)
    with pytest.raises(RunsError, match=sentence):
        read(path)


def test_changes_that_are_beside_a_storage_are_not_passed_over(tmp_path: Path) -> None:
    path = older(tmp_path / "old.db", V2_0)
    with closing(sqlite3.connect(path)) as searching:
        searching.execute("PRAGMA journal_mode = WAL")
        searching.execute("UPDATE trials SET value = 0.75")
        searching.commit()
        with pytest.raises(RunsError, match=r"last changes are not in it but in old\.db-wal"):
            read(path)
    assert read(path).trials[0].score == 0.75


def test_a_storage_with_too_many_trials_says_so(
    written: tuple[Path, optuna.Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optuna_sqlite, "MOST_TRIALS", 3)
    with pytest.raises(RunsError, match="more than 3 trials"):
        read(written[0])


def test_a_thousand_trials_are_all_there(
    written: tuple[Path, optuna.Study], tmp_path: Path
) -> None:
    path = tmp_path / "large.db"
    path.write_bytes(written[0].read_bytes())
    added = range(100, 1100)
    trials = ",".join(f"({n}, {n - 1}, 1, 'COMPLETE')" for n in added)
    values = ",".join(f"({n}, 0, {n}.5, 'FINITE')" for n in added)
    older(
        path,
        f"INSERT INTO trials (trial_id, number, study_id, state) VALUES {trials}",
        f"INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES {values}",
    )
    assert [trial.score for trial in read(path).trials[-1000:]] == [n + 0.5 for n in added]
