"""Studies in Python: run one, open one, and what it holds by now."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from tuning_core.api.frames import curves_frame, trials_frame
from tuning_core.api.managers import borrowed_manager
from tuning_core.api.models import Model, named_model, refuse_in_worker
from tuning_core.api.notebook import progress_output, study_html
from tuning_core.api.specs import Spec, document_of, warn
from tuning_core.catalog import Value
from tuning_core.cli.main import checked_spec
from tuning_core.cli.output import Progress, number, planned_words
from tuning_core.cli.own_model import Change, with_model
from tuning_core.home.home import HomeFiles, no_study
from tuning_core.home.model_files import kept_model
from tuning_core.manager import HomeError, Manager, default_home
from tuning_core.manager.searches.interrupted_studies import recover
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import Store, StudyRow

if TYPE_CHECKING:
    import keras
    import pandas as pd

_TICK_SECONDS, _LOOK_SECONDS, _STOP_SECONDS = 0.2, 1.0, 15.0


@dataclass(frozen=True)
class Best:
    """The best trial of a study so far: its number, its score, and all its hyperparameters."""

    trial: int
    score: float
    configuration: dict[str, Value]


class Study:
    """A study of a home: each look shows what is recorded by then, whichever process runs it."""

    def __init__(self, study_id: str, home: Path) -> None:
        self.id = study_id
        self.home = home

    @property
    def name(self) -> str:
        """Its name, as its spec says or what stands for it."""
        return self._row.name

    @property
    def status(self) -> str:
        """One of queued, running, paused, stopped, interrupted, failed and finished."""
        return str(self._row.status)

    @property
    def message(self) -> str:
        """Why it is as it is, in one sentence; "" where there is nothing to say."""
        return self._row.message

    @property
    def spec(self) -> StudySpec:
        """What it searches, every default filled in; ``spec.to_json()`` writes it."""
        return _spec(self._row)

    @property
    def trials(self) -> pd.DataFrame:
        """A row a trial: ``number``, ``status``, ``score``, its hyperparameters, and what it took.

        The last columns are ``epochs``, ``seconds`` and ``message``. Hyperparameters are those
        that were searched, or else differ.
        """
        with self._reading() as (store, row):
            return trials_frame(_spec(row), store.trials(self.id))

    @property
    def curves(self) -> pd.DataFrame:
        """A row an epoch: ``trial``, ``execution``, ``epoch``, every metric, ``seconds``."""
        with self._reading() as (store, _):
            return curves_frame(store.epochs(self.id))

    @property
    def best(self) -> Best | None:
        """The best trial so far; None before one has a score."""
        with self._reading() as (store, row):
            if row.best_trial is None or row.best_score is None:
                return None
            trials = store.trials(self.id)
        config = next(trial.config for trial in trials if trial.number == row.best_trial)
        return Best(row.best_trial, row.best_score, config)

    @property
    def test(self) -> dict[str, float] | None:
        """Metrics of the best model on the test part; None until they are revealed."""
        return self._row.test

    def model(self) -> keras.Model:
        """The best model so far, which takes raw inputs. Keras is imported now.

        Raises ManagerError where there is none.
        """
        with borrowed_manager(self.home) as manager:
            path = manager.best_model.export_model(self.id)
            kept = kept_model(manager.home.study(self.id))
        import keras

        if kept is None:
            return keras.saving.load_model(path)
        from tuning_core.own_models.loading import load_model

        # The author's layers and lambdas are in the author's file, which is read as well.
        known = load_model(kept.file.path, kept.file.name).custom_objects
        return keras.saving.load_model(path, custom_objects=known, safe_mode=False)

    def reveal_test(self) -> dict[str, float]:
        """Evaluate the best model on the test part, once; that is recorded.

        Raises ManagerError.
        """
        with borrowed_manager(self.home) as manager:
            return manager.reveal_test(self.id)

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> Study:
        """Wait until it runs no more, at most ``timeout`` seconds, and return it."""
        limit = None if timeout is None else time.monotonic() + timeout
        shown = Progress(self.id, self.spec.plan(), progress_output()) if progress else None
        with borrowed_manager(self.home) as manager:
            while True:
                row = _look(manager, self.id)
                if shown is not None:
                    shown.show(row)
                if not row.status.active or (limit is not None and time.monotonic() > limit):
                    break
        if shown is not None:
            shown.end(row)
        return self

    def stop(self) -> Study:
        """End it within one epoch; ``resume`` goes on with it.

        Raises ManagerError where another process runs it, or none does.
        """
        with borrowed_manager(self.home) as manager:
            manager.stop(self.id)
            manager.wait(self.id, _STOP_SECONDS)
        return self

    def resume(self, *, wait: bool = True, progress: bool = True) -> Study:
        """Go on with a study that was stopped or interrupted or has failed.

        Raises ManagerError where there is nothing to resume.
        """
        with ExitStack() as stack:
            manager = stack.enter_context(borrowed_manager(self.home))
            manager.resume(self.id)
            _give_back_later(manager, self.id, stack.pop_all())
        return self._followed(progress) if wait else self

    def __repr__(self) -> str:
        row = self._row
        best = "no score yet"
        if row.best_score is not None:
            objective = row.spec.get("objective", "score")
            best = f"best {objective} {number(row.best_score)} (trial {row.best_trial})"
        return f"<Study {row.id} {row.name!r}: {row.status}, {row.trials} trials, {best}>"

    def _repr_html_(self) -> str:
        with self._reading() as (store, row):
            return study_html(row, _spec(row), store.trials(self.id))

    @property
    def _row(self) -> StudyRow:
        with self._reading() as (_, row):
            return row

    @contextmanager
    def _reading(self) -> Iterator[tuple[Store, StudyRow]]:
        with closing(Store(HomeFiles(self.home).database, reading=True)) as store:
            row = store.study(self.id)
            if row is None:
                raise no_study(self.id, self.home)
            yield store, row

    def _followed(self, progress: bool) -> Study:
        """Wait for it; an interruption stops it, and is passed on."""
        try:
            self.wait(progress=progress)
        except KeyboardInterrupt:
            words = f"Stopping; tuning_core.open_study({self.id!r}).resume() goes on."
            print(f"\n{words}", flush=True)
            self.stop()
            raise
        return self


def run(
    spec: Spec,
    *,
    model: Model | None = None,
    home: str | os.PathLike[str] | None = None,
    wait: bool = True,
    progress: bool = True,
) -> Study:
    """Run the study that a spec describes: a dict, JSON text, the path of a file, a StudySpec.

    ``model`` is one of your own, as Keras Tuner takes it: ``FILE.py:NAME``, or a function of hp or
    a ``keras_tuner.HyperModel`` class of a file, which a worker reads anew.

    It is kept in ``home``, by default where pages and command line keep theirs. Without ``wait``
    it goes on in the background, until this process ends. ``progress`` prints how far it is.
    Raises SpecError for a spec that cannot be run, HomeError, ManagerError.
    """
    refuse_in_worker()
    place = _home(home)
    own = None if model is None else named_model(model)
    holder = Namespace(worker=None)
    change: Change = dict if own is None else partial(with_model, holder, own, place)
    with ExitStack() as stack:
        stack.callback(lambda: holder.worker and holder.worker.kill())
        checked = checked_spec(document_of(spec), place, warn, change)
        manager = stack.enter_context(borrowed_manager(place, holder.worker))
        holder.worker = None  # The manager's by now, and perhaps another study's later.
        if progress:
            words = planned_words(checked.plan(), manager.costs.estimate(checked))
            print(words, flush=True)
        study = Study(manager.launch(checked, model=own), place)
        _give_back_later(manager, study.id, stack.pop_all())
    return study._followed(progress) if wait else study


def open_study(study_id: str, *, home: str | os.PathLike[str] | None = None) -> Study:
    """A study that is recorded. Raises ManagerError where there is none of that id."""
    place = _home(home)
    HomeFiles(place).study(study_id)
    _settle(place)
    if not HomeFiles(place).database.exists():
        raise no_study(study_id, place)
    study = Study(study_id, place)
    _ = study.status
    return study


def studies(*, home: str | os.PathLike[str] | None = None) -> list[Study]:
    """All studies of a home, newest first."""
    place = _home(home)
    _settle(place)
    if not HomeFiles(place).database.exists():
        return []
    with closing(Store(HomeFiles(place).database, reading=True)) as store:
        return [Study(row.id, place) for row in store.studies()]


def _home(home: str | os.PathLike[str] | None) -> Path:
    return (default_home() if home is None else Path(home).expanduser()).absolute()


def _settle(home: Path) -> None:
    """Bring a home up to date, where it is there and can be written."""
    if HomeFiles(home).database.exists():
        with suppress(HomeError), borrowed_manager(home):
            pass


def _spec(row: StudyRow) -> StudySpec:
    return parse_spec(row.spec, local_files=True)


def _give_back_later(manager: Manager, study_id: str, borrowed: ExitStack) -> None:
    """Give a manager back once it runs a study no more."""

    def follow() -> None:
        with borrowed:
            manager.queue.wait(study_id, None)

    Thread(target=follow, name=f"study-{study_id}-end", daemon=True).start()


def _look(manager: Manager, study_id: str) -> StudyRow:
    """A study a moment later, or once it has ended; one that another process runs as well."""
    if study_id in (*manager.running(), *manager.queued()):
        return manager.wait(study_id, _TICK_SECONDS)
    row = manager.study(study_id)
    if row.status.active:
        time.sleep(_LOOK_SECONDS)
        recover(manager.store, manager.home)
        row = manager.study(study_id)
    return row
