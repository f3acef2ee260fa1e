"""A study is changed by whoever made it, by teachers and by whoever has a shell; by nobody else."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.manager.conftest import TOY, eventually, spec_named
from tests.spec.own import recorded_spec
from tuning_core.catalog import StudyStatus
from tuning_core.manager import OPERATOR, Manager, ManagerError, Person
from tuning_core.manager.access import NOBODYS, NOT_YOURS
from tuning_core.manager.searches.interrupted_studies import SERVER_STOPPED
from tuning_core.spec.assessments import ASSESSMENTS
from tuning_core.spec.study import parse_spec

OWNER, OTHER, TEACHER = Person("owner"), Person("other"), Person("teacher", teacher=True)
HERE = Person("laptop", here=True)

CHANGES: dict[str, Callable[..., object]] = {
    "resume": lambda manager, id, by: manager.resume(id, by=by),
    "stop": lambda manager, id, by: manager.stop(id, by=by),
    "pause": lambda manager, id, by: manager.pause(id, by=by),
    "skip": lambda manager, id, by: manager.skip(id, by=by),
    "delete": lambda manager, id, by: manager.delete(id, by=by),
    "reveal_test": lambda manager, id, by: manager.reveal_test(id, by=by),
    "rename": lambda manager, id, by: manager.editing.rename(id, "mine", by=by),
    "add_trial": lambda manager, id, by: manager.editing.add_trial(id, {"units": 9}, by=by),
    "retry_lost": lambda manager, id, by: manager.editing.retry_lost(id, by=by),
    "extend": lambda manager, id, by: manager.editing.extend(id, trials=9, by=by),
    "change_ranges": lambda manager, id, by: manager.editing.change_ranges(
        id, {"units": {"low": 8, "high": 9}}, by=by
    ),
    "kill_trial": lambda manager, id, by: manager.editing.kill_trial(id, by=by),
    "begin": lambda manager, id, by: manager.confirmations.begin(id, [1, 2], 3, by=by),
    "confirmation": lambda manager, id, by: manager.confirmations.stop(id, by=by),
    "nest": lambda manager, id, by: manager.nested.begin(id, 3, by=by),
    "nested": lambda manager, id, by: manager.nested.stop(id, by=by),
    "assess": lambda manager, id, by: manager.assessments.begin(id, "toy", by=by),
    "assessment": lambda manager, id, by: manager.assessments.stop(id, "toy", by=by),
    "note": lambda manager, id, by: manager.marks.note(id, star=True, by=by),
    "decide": lambda manager, id, by: manager.decisions.decide(id, temperature=2.0, by=by),
    "share": lambda manager, id, by: manager.access.share(manager.study(id), by=by),
    "withdraw": lambda manager, id, by: manager.access.withdraw(id, by=by),
    "log": lambda manager, id, by: manager.study_exports.log("mlflow", id, "runs", by=by),
    "switch": lambda manager, id, by: manager.live_tensorboard.switch(id, True, by=by),
}


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ASSESSMENTS, TOY.id, TOY)


@pytest.fixture
def study(manager: Manager) -> str:
    """A study of the owner's that has ended."""
    study_id = manager.launch(spec_named("theirs", trials=2), user=OWNER.user)
    assert manager.wait(study_id, 60).status is StudyStatus.FINISHED
    return study_id


def _as_it_is(manager: Manager, study_id: str) -> object:
    """The study's row and every file of its folder."""
    folder = manager.home.study(study_id).folder
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return manager.study(study_id), manager.editing.waiting(study_id), files


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_the_study_of_another(manager: Manager, study: str, change: str) -> None:
    before = _as_it_is(manager, study)
    for stranger in (OTHER, HERE, Person("")):
        with pytest.raises(ManagerError) as refusal:
            CHANGES[change](manager, study, stranger)
        assert str(refusal.value) == NOT_YOURS
    assert _as_it_is(manager, study) == before


QUESTIONS: dict[str, Callable[..., object]] = {
    "model": lambda manager, id: manager.best_model.export_model(id),
    "bundle": lambda manager, id: manager.best_model.export_bundle(id),
    "score": lambda manager, id: manager.best_model.score(id, Path("rows.csv")),
    "predict": lambda manager, id: manager.best_model.predict(id, "validation"),
    "try": lambda manager, id: manager.new_rows.of_study(id),
    "why": lambda manager, id: manager.explanations.ask(id, 1),
}
KEPT = ("delete", "rename", "confirmation", "assessment", "note", "share", "withdraw", "log")
"""What can be done with a record."""


def test_what_was_recorded_elsewhere_is_looked_at_whoever_asks(manager: Manager) -> None:
    spec = parse_spec(recorded_spec())
    with pytest.raises(ManagerError, match="recorded from Optuna"):
        manager.launch(spec)
    manager.store.create_study("recorded", "theirs", spec.to_json(), time.time(), "nobody")
    manager.store.set_status("recorded", StudyStatus.INTERRUPTED, SERVER_STOPPED)
    before = _as_it_is(manager, "recorded")
    for change in CHANGES.keys() - {*KEPT}:
        with pytest.raises(ManagerError, match="recorded from Optuna"):
            CHANGES[change](manager, "recorded", OPERATOR)
    for question in QUESTIONS.values():
        with pytest.raises(ManagerError, match="recorded from Optuna"):
            question(manager, "recorded")
    assert not manager.interrupted.studies()
    assert _as_it_is(manager, "recorded") == before


def test_its_owner_and_a_teacher_change_a_study(manager: Manager, study: str) -> None:
    for person, name in ((OWNER, "by its owner"), (TEACHER, "by a teacher"), (OPERATOR, "shell")):
        manager.editing.rename(study, name, by=person)
        assert manager.study(study).name == name
    manager.editing.extend(study, trials=3, by=TEACHER)
    assert not manager.wait(study, 60).status.active
    manager.delete(study, by=OWNER)
    with pytest.raises(ManagerError, match="another user"):
        manager.trash.restore(study, by=OTHER)
    manager.trash.restore(study, by=OWNER)
    assert manager.store.readers.of(study) == OWNER.user


def test_what_is_nobodys_is_changed_on_the_machine_itself_alone(manager: Manager) -> None:
    study = manager.launch(spec_named("from the command line", trials=2))
    manager.wait(study, 60)
    with pytest.raises(ManagerError) as refusal:
        manager.editing.rename(study, "mine", by=OTHER)
    assert str(refusal.value) == NOBODYS
    manager.editing.rename(study, "laptop", by=HERE)
    assert manager.study(study).name == "laptop"


def test_a_user_cleans_up_after_themselves_alone(manager: Manager, study: str) -> None:
    bundle = manager.home.study(study).bundle
    bundle.write_bytes(b"bundle")
    assert not {r.id for r in manager.storage.usage(by=OTHER).removable}
    assert manager.storage.remove("bundles", by=OTHER) == 0
    with pytest.raises(ManagerError, match="clean-up"):
        manager.storage.remove("download:mnist", by=OTHER)
    assert bundle.exists()
    assert manager.storage.remove("bundles", by=OWNER) == 6


def test_an_upload_of_two_users_stays_until_both_have_removed_it(
    manager: Manager, old_upload: Path
) -> None:
    for user in ("one", "two"):
        assert manager.storage.remove("uploads", by=Person("stranger")) == 0
        assert old_upload.exists()
        manager.storage.remove("uploads", by=Person(user))
    assert not old_upload.exists()


@pytest.fixture
def old_upload(home: Path) -> Path:
    """The file of an upload of two users that no study uses."""
    import os

    from tuning_core.datasets import store_upload

    for user in ("one", "two"):
        identity = store_upload(b"a,b\n1,2\n3,4\n", home, "rows.csv", user=user)
    [path] = (home / "data" / "uploads").glob(f"{identity.partition(':')[2]}.*")
    os.utime(path, (0, 0))
    return path


def test_a_user_resumes_and_leaves_what_is_theirs_of_the_interrupted(
    manager: Manager, open_manager: Callable[..., Manager]
) -> None:
    ids = {user: manager.launch(spec_named(user, trials=400, epochs=9), user=user) for user in "ab"}
    eventually(lambda: manager.study(ids["a"]).status is StudyStatus.RUNNING)
    manager.close()
    again = open_manager()
    eventually(lambda: len(again.interrupted.studies()) == 2)
    assert [row.id for row in again.interrupted.studies(by=Person("a"))] == [ids["a"]]
    again.interrupted.leave(by=Person("a"))
    assert again.study(ids["a"]).status is StudyStatus.STOPPED
    assert [row.id for row in again.interrupted.studies()] == [ids["b"]]


def guarded() -> Iterator[tuple[type, str]]:
    """The class and name of every method of the manager and its parts that is ``by`` somebody."""
    parts = Manager.__init__.__globals__
    for part in {value for value in parts.values() if inspect.isclass(value)}:
        if part.__module__.startswith("tuning_core.manager"):
            for name, method in inspect.getmembers(part, inspect.isfunction):
                by = inspect.signature(method).parameters.get("by")
                if by is not None and by.default is OPERATOR:
                    yield part, name


def test_every_guarded_method_is_tried_above() -> None:
    looked_at = {"studies", "usage", "leave", "remove", "restore"}
    looked_at |= {"ask", "of_study", "of_training"}
    looked_at |= {"go_on"}  # tests/manager/searches/test_races.py
    looked_at |= {"take_in"}  # Makes a study of whoever asks.
    looked_at |= {"write"}  # tests/report/test_report.py
    assert {name for _, name in guarded()} == {*CHANGES, *looked_at} - {
        "confirmation",
        "assess",
        "assessment",
        "nest",
        "nested",
    }
