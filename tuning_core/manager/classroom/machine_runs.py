"""What the machine players of a challenge have run: the trials of their searches as runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from tuning_core.catalog.hyperparameters import HYPERPARAMETERS
from tuning_core.classroom.challenge import Challenge
from tuning_core.classroom.play import Run, judged_epoch
from tuning_core.home.home import ManagerError
from tuning_core.spec.training_request import TrainingRequest
from tuning_core.store import EpochRow, Store, TrialRow

MOST_KEPT = 50


class MachineRuns:
    """Reads the runs of searches, and keeps them until there is news."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[int, dict[int, Run]]] = OrderedDict()

    def of(self, challenge: Challenge, study_id: str) -> tuple[Run, ...]:
        """The runs of a search so far, in the order of its trials; none of one that is gone.

        A trial that goes on from another is the same training, longer: it has paid for its own
        epochs alone.
        """
        with self._lock:
            seq = self._store.last_seq(study_id)
            kept = self._kept.get(study_id)
            if kept is None or kept[0] != seq:
                known = {} if kept is None else kept[1]
                kept = self._kept[study_id] = (
                    seq,
                    _runs(challenge, self._store, study_id, known),
                )
            self._kept.move_to_end(study_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return tuple(kept[1].values())


def _runs(
    challenge: Challenge, store: Store, study_id: str, known: Mapping[int, Run]
) -> dict[int, Run]:
    """Runs by trial; of the ``known`` ones those are made anew that have come further."""
    study = store.study(study_id)
    if study is None:
        return {}
    trials = {trial.number: trial for trial in store.trials(study_id)}
    epochs: dict[int, list[EpochRow]] = {}
    for row in store.epochs(study_id):
        epochs.setdefault(row.trial, []).append(row)
    return {
        number: _run(
            challenge, int(study.spec["seed"]), trial, trials, epochs[number], known.get(number)
        )
        for number, trial in trials.items()
        if number in epochs
    }


def _run(
    challenge: Challenge,
    seed: int,
    trial: TrialRow,
    trials: Mapping[int, TrialRow],
    rows: list[EpochRow],
    known: Run | None,
) -> Run:
    scores = {row.epoch: row.metrics.get(challenge.objective) for row in rows}
    last = max(scores)
    epoch = judged_epoch(challenge, scores)
    if known is not None and known.epochs == last:
        request = known.request  # To make one takes longer than all the rest.
    else:
        request = _request(challenge, seed, trial, trials, last)
    score = None if epoch is None else scores[epoch]
    return Run(request, len(rows), last, score, epoch, trial.parameters)


def _request(
    challenge: Challenge, seed: int, trial: TrialRow, trials: Mapping[int, TrialRow], epochs: int
) -> TrainingRequest:
    """The training of a trial, which began with the first that it goes on from."""
    first = trial
    while first.parent is not None and first.parent in trials:
        first = trials[first.parent]
    values = {n: v for n, v in trial.config.items() if not HYPERPARAMETERS[n].inherits}
    try:
        return challenge.request().changed(
            values=values, epochs=epochs, seed=seed, trial=first.number
        )
    except ValueError as error:
        raise ManagerError(str(error)) from error
