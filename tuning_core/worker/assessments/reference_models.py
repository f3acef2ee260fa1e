"""The plain models that a study is held against, fitted by scikit-learn on the study's own rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any

import numpy as np

from tuning_core.analysis.references.paired import Answers
from tuning_core.datasets import FoldedData, PreparedData, TargetScale

STEPS = 1_000
"""Of the linear model's solver."""
_TICK = 0.25
"""Seconds between two looks at a model that is being fitted."""


@dataclass(frozen=True)
class Turn:
    """Rows to train on and rows that judge: those of a split, or of one fold.

    ``x`` and ``held_x`` (n, d) are preprocessed; ``y`` (n,) classes or standardised values,
    ``truth`` classes or values in the unit to which ``target`` brings answers back.
    """

    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    held_x: np.ndarray
    truth: np.ndarray
    target: TargetScale = field(default_factory=TargetScale)

    def answers(self, said: np.ndarray) -> Answers:
        """What a model says, (n, outputs), in double precision and the unit of ``truth``."""
        return self.target.original(np.asarray(said, np.float64))


def turns_of(data: PreparedData | FoldedData, standardised: bool = False) -> list[Turn]:
    """The split, or each fold; ``standardised`` leaves the values of a regression so."""

    def turn(x: Any, y: Any, weights: Any, held_x: Any, held_y: Any, own: TargetScale) -> Turn:
        target = TargetScale() if standardised else own
        truth = held_y
        if data.info.task == "regression":
            truth = target.original(np.asarray(held_y, np.float64))
        return Turn(x, y, weights, held_x, truth, target)

    if isinstance(data, PreparedData):
        train, held = data.train, data.validation
        return [turn(train.x, train.y, data.weights, held.x, held.y, data.target)]
    found = []
    for fold in data.folds:
        rows, held_rows = fold.train_rows, slice(fold.first, fold.last)
        weights = None if fold.weights is None else fold.weights[rows]
        x, y = fold.x, fold.y
        found.append(turn(x[rows], y[rows], weights, x[held_rows], y[held_rows], fold.target))
    return found


@dataclass(frozen=True)
class ReferenceModel:
    """A kind of model; ``most`` numbers (rows x columns x classes) are fitted in bounded time.

    One in the target's ``own_unit`` learns no logarithms of it.
    """

    id: str
    label: str
    classifier: Callable[[], Any]
    regressor: Callable[[], Any]
    most: int
    weighted: bool = True
    own_unit: bool = False

    def make(self, task: str) -> Any:
        """An estimator of scikit-learn, not fitted."""
        return self.classifier() if task == "classification" else self.regressor()


def reference_models(task: str) -> tuple[ReferenceModel, ...]:
    """The kinds, the simplest first."""
    # Imported late: few requests of a worker need it.
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge

    classes = task == "classification"
    constant = ("majority", "Most frequent class") if classes else ("mean", "Mean of the target")
    return (
        # By the shares of the classes as they are: balanced ones have no most frequent class.
        # The mean of logarithms is not what the mean of the target is.
        ReferenceModel(
            *constant,
            lambda: DummyClassifier(strategy="prior"),
            DummyRegressor,
            2**62,
            weighted=False,
            own_unit=not classes,
        ),
        ReferenceModel(
            "linear",
            "Logistic regression" if classes else "Ridge regression",
            lambda: LogisticRegression(max_iter=STEPS),
            Ridge,
            100_000_000,
        ),
        ReferenceModel(
            "trees",
            "Gradient-boosted trees",
            lambda: HistGradientBoostingClassifier(random_state=0),
            lambda: HistGradientBoostingRegressor(random_state=0),
            40_000_000,
        ),
    )


@dataclass
class Fitted:
    """What came of a kind of model: its ``answers`` to the held rows of each turn.

    ``note`` says what was left out, or why there are no answers.
    """

    model: ReferenceModel
    answers: list[Answers] = field(default_factory=list)
    seconds: float = 0.0
    note: str = ""


def fitted(
    model: ReferenceModel, turns: Sequence[Turn], outputs: int, task: str, tick: Callable[[], None]
) -> Fitted:
    """Fits a kind of model on every turn; ``tick`` is called meanwhile and may raise."""
    found, started = Fitted(model), time.monotonic()
    classes = outputs if task == "classification" else 1
    for turn in turns:
        rows = _sample(turn, model.most, classes)
        if len(rows) < len(turn.y):
            found.note = (
                f"Fitted on {len(rows):,} of {len(turn.y):,} training rows, drawn at random: on "
                "all of them it would take too long."
            )
        if task == "classification" and model.weighted and len(np.unique(turn.y[rows])) < 2:
            return Fitted(model, note="Its training rows hold a single class.")
        try:
            said, slow = _followed(partial(_fit, model, turn, rows, classes, task), tick)
        except (ValueError, MemoryError) as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            return Fitted(model, note=f"scikit-learn does not take these rows: {first[:200]}")
        if slow:
            found.note += f" Its solver was ended after {STEPS:,} steps."
        found.answers.append(turn.answers(said))
    found.seconds, found.note = time.monotonic() - started, found.note.strip()
    return found


def _sample(turn: Turn, most: int, classes: int) -> np.ndarray:
    """Numbers of the training rows that are fitted."""
    rows = len(turn.y)
    cells = max(1, turn.x.shape[1]) * (classes if classes > 2 else 1)
    few = max(1_000, most // cells)
    if rows <= few:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, few, replace=False))


def _fit(
    model: ReferenceModel, turn: Turn, rows: np.ndarray, classes: int, task: str
) -> tuple[np.ndarray, bool]:
    """(what it says to the held rows, whether its solver was ended early)."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    x, y, weights = turn.x, turn.y, turn.weights
    if len(rows) < len(y):
        x, y, weights = x[rows], y[rows], None if weights is None else weights[rows]
    estimator = model.make(task)
    if model.own_unit:
        y = turn.target.original(np.asarray(y, np.float64))
    # The other cores are for the pages and for searches.
    with threadpool_limits(1), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ConvergenceWarning)
        estimator.fit(x, y, sample_weight=weights if model.weighted else None)
        if task == "regression":
            said = np.asarray(estimator.predict(turn.held_x)).reshape(-1, 1)
            said = turn.target.standardised(said) if model.own_unit else said
        else:
            # A class that no training row had gets nothing.
            said = np.zeros((len(turn.held_x), classes))
            said[:, estimator.classes_.astype(int)] = estimator.predict_proba(turn.held_x)
    return said, any(issubclass(w.category, ConvergenceWarning) for w in warned)


def _followed(work: Callable[[], Any], tick: Callable[[], None]) -> Any:
    """What ``work`` returns or raises, done on a thread of its own.

    What ``tick`` raises passes through; the thread then ends by itself, unheard.
    """
    done: list[Any] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:  # Raised again by whoever waits.
            failed.append(error)

    thread = Thread(target=run, name="reference", daemon=True)
    thread.start()
    while thread.is_alive():
        tick()
        thread.join(_TICK)
    if failed:
        raise failed[0]
    return done[0]
