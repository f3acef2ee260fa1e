"""However a search or its home ends: the search is as without us, and the study says how it was."""

from __future__ import annotations

import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import pytest

import tuning_core
from tests import warm
from tests.manager.conftest import eventually
from tests.watching.conftest import Home, Watched, X, Y, build
from tuning_core.home.home import Home as OpenHome
from tuning_core.home.home import HomeFiles
from tuning_core.journal.reading import read_events
from tuning_core.manager.searches.interrupted_studies import SCRIPT_ENDED, recover
from tuning_core.store import Store

ROOT = Path(__file__).parents[2]
Search = Callable[..., Watched]
Project = dict[str, Any]


class At(keras.callbacks.Callback):
    """Does something at the end of the n-th epoch of a search."""

    left = 0

    def __init__(self, epoch: int, what: Callable[[], None]) -> None:
        super().__init__()
        At.left, self.what = epoch, what

    def __deepcopy__(self, memo: Any) -> At:
        return self

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        At.left -= 1
        if At.left == 0:
            self.what()


def tuner_in(project: Project, **options: Any) -> keras_tuner.Tuner:
    return keras_tuner.RandomSearch(
        build, "val_loss", **{"max_trials": 2, "seed": 1, **project, **options}
    )


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_search_that_fails_raises_and_says_why(
    search: Search, home: Home, project: Project
) -> None:
    def broken(hp: Any) -> None:
        hp.Int("any", 1, 9)
        if broken_now:
            raise ValueError("nothing can be built")
        return build(hp)

    broken_now: list[int] = []
    tuner = keras_tuner.RandomSearch(broken, "val_loss", max_trials=9, seed=1, **project)
    broken_now.append(1)
    with pytest.raises(RuntimeError, match="consecutive failures"):
        search(tuner)
    found = home.only()
    assert found.row.status == "failed"
    assert found.row.message == (
        "RuntimeError: Number of consecutive failures exceeded the limit of 3. … "
        "ValueError: nothing can be built"
    )
    assert [trial.status for trial in found.trials] == ["failed"] * 3


def test_an_interrupted_search_goes_on_in_its_study(
    search: Search, home: Home, project: Project
) -> None:
    tuner = tuner_in(project)
    with pytest.raises(KeyboardInterrupt):
        search(tuner, callbacks=[At(4, interrupt)])
    first = home.only()
    assert (first.row.status, first.row.message) == ("interrupted", "KeyboardInterrupt")
    assert [trial.status for trial in first.trials] == ["completed", "waiting"]
    again = tuner_in(project)
    found = search(again)
    assert found.id == first.id == home.only().id
    assert found.row.status == "finished"
    theirs = [again.oracle.trials[id].score for id in ("0", "1")]
    assert [trial.score for trial in found.trials] == theirs
    assert [row.epoch for row in found.epochs()] == [1, 2] * 2


def test_a_project_that_begins_anew_is_another_study(search: Search, project: Project) -> None:
    first = search(tuner_in(project, max_trials=1))
    second = search(tuner_in(project, max_trials=1, overwrite=True))
    assert first.id != second.id


def test_trials_from_before_are_taken_in(search: Search, project: Project) -> None:
    unwatched = tuner_in(project, max_trials=1)
    unwatched.search(X, Y, epochs=1, validation_data=(X, Y), verbose=0)
    tuner = tuner_in(project)
    found = search(tuner)
    assert [trial.score for trial in found.trials] == [
        tuner.oracle.trials[id].score for id in ("0", "1")
    ]


@pytest.mark.parametrize("trouble", ["gone", "file", "below a file", "database"])
def test_a_home_that_fails_is_one_warning_and_the_search_goes_on(
    trouble: str, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "home"
    # No epoch is the zeroth.
    at = 1 if trouble == "gone" else 0
    if trouble == "database":
        path.mkdir()
        (path / "tunescape.db").write_bytes(b"no database" * 1000)
    elif trouble != "gone":
        path.write_text("a file")
        path = path / "home" if trouble == "below a file" else path
    tuner = tuner_in(project, max_trials=1)
    watch = tuning_core.watch(tuner, home=path)
    assert watch is not None

    def remove() -> None:
        eventually(lambda: watch.study)
        shutil.rmtree(path)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        options = {
            "validation_data": (X, Y),
            "verbose": 0,
            "callbacks": [At(at, remove)],
        }
        tuner.search(X, Y, epochs=2, **options)
    ours = [str(each.message) for each in said if "Tunescape" in str(each.message)]
    assert len(ours) == 1
    assert ours[0].startswith("Tunescape does not record this search any more: ")
    assert ours[0].endswith(" The search goes on.")
    assert tuner.oracle.get_best_trials()[0].score is not None


def test_warnings_that_are_errors_do_not_reach_the_search(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "home"
    path.write_text("a file")
    tuner = tuner_in(project, max_trials=1)
    tuning_core.watch(tuner, home=path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        tuner.search(X, Y, epochs=1, validation_data=(X, Y), verbose=0)
    assert tuner.oracle.get_best_trials()[0].score is not None


SCRIPT = """
import sys
sys.path.insert(0, {root!r})
import time
import tuning_core
from tests.watching.test_ends import At, X, Y, tuner_in
tuner = tuner_in({{"directory": {folder!r}, "project_name": "project"}})
tuning_core.watch(tuner, home={home!r})
wait = [At(4, lambda: time.sleep(600))] if {waits} else []
tuner.search(X, Y, epochs=2, validation_data=(X, Y), verbose=0, callbacks=wait)
"""


def test_a_killed_script_leaves_an_interrupted_study_that_it_goes_on_with(
    home: Home, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"

    def started(*, waits: bool) -> warm.Forked:
        text = SCRIPT.format(root=str(ROOT), folder=str(tmp_path), home=str(home.path), waits=waits)
        script.write_text(text)
        return warm.popen([sys.executable, "-I", str(script)])

    process = started(waits=True)
    eventually(lambda: HomeFiles(home.path).database.exists())
    eventually(lambda: Store(HomeFiles(home.path).database).studies())
    found = home.only()
    eventually(lambda: len(found.epochs()) == 3)
    assert found.row.status == "running"
    assert found.row.owner.startswith(f"{process.pid}:")
    recover(found.store, OpenHome(home.path))
    assert found.row.status == "running"
    process.send_signal(signal.SIGKILL)
    process.wait()
    recover(found.store, OpenHome(home.path))
    assert (found.row.status, found.row.message) == ("interrupted", SCRIPT_ENDED)
    assert started(waits=False).wait() == 0
    assert home.only().id == found.id
    assert found.row.status == "finished"
    assert [trial.status for trial in found.trials] == ["completed"] * 2
    assert [(row.trial, row.epoch) for row in found.epochs()] == [
        (trial, epoch) for trial in (1, 2) for epoch in (1, 2)
    ]
    seqs = [event["seq"] for event in read_events(HomeFiles(home.path).study(found.id).journal)]
    assert seqs == list(range(1, len(seqs) + 1))
