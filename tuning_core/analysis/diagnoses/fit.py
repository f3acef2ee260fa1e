"""Diagnoses of fit: too close, too loose, unfinished, or finished long ago."""

from __future__ import annotations

import numpy as np

from tuning_core.analysis.curves import Training, smoothed, steady_fall, wobble
from tuning_core.analysis.diagnoses.finding import PENALTIES, Diagnosis, label
from tuning_core.analysis.observations import Array
from tuning_core.catalog.objectives import METRIC_LABELS

RISEN = 1.1
"""Times its lowest value at which the validation loss ends when a network overfits."""
STILL_FALLING = 0.8
"""Share of its value at that epoch to which the training loss falls meanwhile."""
GAP = 0.03
"""Accuracy on the training rows above that on the others."""


def overfitting(training: Training) -> Diagnosis | None:
    """The validation loss rises while the training loss falls."""
    loss, unseen = training.curve("loss"), training.curve("val_loss")
    metric = training.objective.metric
    if loss is None or unseen is None:
        return None
    smooth = smoothed(unseen)
    lowest = int(smooth.argmin())
    after = training.epochs - 1 - lowest
    last = unseen[-max(3, training.epochs // 4) :]
    end = float(max(np.median(last), np.median(unseen[-3:])))
    rise = end / smooth[lowest]
    fall = float(np.median(loss[-3:])) / smoothed(loss)[lowest]
    if after < 3 or rise < RISEN or fall > STILL_FALLING:
        return None
    # The more epochs it stays up there, the less it can be chance.
    noise = wobble(unseen) * (3 / len(last)) ** 0.5
    if end - smooth[lowest] < 3 * noise or not _gap(training):
        return None
    words = (
        f"The validation loss was lowest in epoch {lowest + 1} ({smooth[lowest]:.3g}) and ends at "
        f"{end:.3g}, while the training loss fell to {np.median(loss[-3:]):.2g}."
    )
    if metric != "loss":
        words += f" {METRIC_LABELS[metric].capitalize()}: {_pair(training)}."
    return Diagnosis("overfitting", "Overfits", words, _hold_back(training, lowest + 1), 6.0)


def _gap(training: Training) -> bool:
    """Whether rows that were learned from are answered clearly better than the others."""
    if training.classes:
        ours, theirs = training.curve("accuracy"), training.curve("val_accuracy")
        if ours is None or theirs is None:
            return False
        return bool(np.median(ours[-3:]) - np.median(theirs[-3:]) >= GAP)
    ours, theirs = training.curve("loss"), training.curve("val_loss")
    return bool(
        ours is not None
        and theirs is not None
        and np.median(theirs[-3:]) > 1.5 * np.median(ours[-3:])
    )


def _hold_back(training: Training, epoch: int) -> str:
    if not training.config.get("patience"):
        return f"Stop near epoch {epoch} (a patience does), or add dropout or L2."
    return "Add dropout or L2, or take fewer units."


def underfitting(training: Training) -> Diagnosis | None:
    """Worse on its own training rows than the best trial on rows that it has not seen."""
    known = training.best_known
    ours, theirs = training.error(""), training.error("val_")
    if known is None or ours is None or theirs is None:
        return None
    best = training.as_error(known)
    least = float(min(smoothed(ours).min(), smoothed(theirs).min()))
    lacking = least - best
    enough = (lacking >= 0.05 and least >= 2 * best) if training.classes else lacking >= 0.2 * best
    window = max(2, training.epochs // 4)
    before, now = _before_and_now(theirs, window)
    pace = max(0.0, before - now)
    # What twice the epochs would bring at the present pace is a matter of epochs, not of fit.
    if not enough or pace / window * training.epochs > 0.5 * lacking:
        return None
    words = (
        f"Not even on its own training rows does it reach what the best trial reaches on rows that "
        f"it has not seen: {_pair(training)}; best trial {known:.3g}."
    )
    return Diagnosis("underfitting", "Underfits", words, _let_loose(training), 5.0)


def _let_loose(training: Training) -> str:
    config = training.config
    for name in (*PENALTIES, "dropout"):
        if float(config.get(name, 0.0)) >= (0.5 if name == "dropout" else 0.03):
            return f"Lower {label(name)}, now {config[name]:g}."
    if float(config.get("learning_rate", 1.0)) < 1e-4:
        return f"Raise the learning rate, now {config['learning_rate']:g}."
    return "Take more units or layers, or a larger learning rate."


GAINED = 0.05
"""Share of the validation loss that the last quarter of the epochs must have taken off."""
SMALLER_ERROR = 0.03
"""The same of the error of a regression."""
FEWER_MISTAKES = 0.015
"""Accuracy that it must have brought, and two rows at least."""
SOLVED = 0.02
"""Error below which more epochs bring nothing worth saying."""


def improving(training: Training) -> Diagnosis | None:
    """The last epochs are the best by far: there is more to be had."""
    unseen, errors = training.curve("val_loss"), training.error("val_")
    if unseen is None or errors is None:
        return None
    window = max(2, training.epochs // 4)
    loss, error = (_before_and_now(values, window) for values in (unseen, errors))
    gained = 1 - loss[1] / loss[0] if loss[0] > 0 else 0.0
    if training.classes:
        fewer = error[0] - error[1] >= max(FEWER_MISTAKES, 2 * _row(errors)) and error[1] >= SOLVED
    else:
        fewer = error[1] <= (1 - SMALLER_ERROR) * error[0]
    if steady_fall(unseen[training.epochs // 2 :]):
        # It loses no pace: the epochs to come bring what the last ones did.
        gained, fewer = 2 * gained, fewer or _shrinks(training, error)
    at_end = int(smoothed(unseen).argmin()) >= training.epochs - 3
    if gained < GAINED or not fewer or not at_end:
        return None
    words = (
        f"The last {window} of {training.epochs} epochs took {100 * gained:.0f}% off the "
        f"validation loss, and the last epochs are the best."
    )
    return Diagnosis(
        "improving", "Still improving at its end", words, "Give it about twice the epochs.", 4.0
    )


def _row(errors: Array) -> float:
    """What a single row adds to a share of mistakes: the smallest step that the curve takes."""
    steps = np.abs(np.diff(errors))
    return float(steps[steps > 0].min(initial=1.0))


def _shrinks(training: Training, error: tuple[float, float]) -> bool:
    """Whether the error of a regression, half as fast as it must, but steadily, becomes smaller."""
    return not training.classes and error[1] <= (1 - SMALLER_ERROR / 2) * error[0]


def _before_and_now(values: Array, window: int) -> tuple[float, float]:
    """A curve a window before its end, and at its end."""
    return float(np.median(values[-window - 2 : -window])), float(np.median(values[-2:]))


FLAT = 0.05
"""Share by which the validation loss may differ between the parts of a plateau."""


def plateau(training: Training) -> Diagnosis | None:
    """The second half of the epochs changed nothing."""
    unseen, errors = training.curve("val_loss"), training.error("val_")
    if unseen is None or errors is None or training.epochs < 12:
        return None
    half = training.epochs // 2
    if steady_fall(smoothed(unseen[half:])) > FLAT:
        return None
    first, last = np.array_split(unseen[half:], 2)
    before, after = smoothed(errors[:half]).min(), smoothed(errors[half:]).min()
    level = float(np.median(first))
    middle = unseen[half - 2 : half + 2]
    lower = smoothed(unseen[half:]).min() < (1 - 2 * FLAT) * smoothed(unseen[:half]).min()
    fewer = after < 0.9 * before - (_row(errors) if training.classes else 0.0)
    if lower or fewer or any(_away(part, first, unseen) for part in (last, middle)):
        return None
    words = (
        f"Since epoch {half} of {training.epochs} the validation loss stays at {level:.3g} "
        f"(within {100 * FLAT:.0f}%), and {METRIC_LABELS[training.objective.metric]} gains nothing."
    )
    step = f"{half} epochs would do: spend the rest on more trials, or let the learning rate decay."
    return Diagnosis("plateau", "Stopped learning halfway", words, step, 2.0)


def _away(part: Array, from_part: Array, curve: Array) -> bool:
    """Whether two parts of a curve lie further apart than flat ones do, noise allowed for."""
    level = float(np.median(from_part))
    # The error of a median is 1.25 deviations over the root of the number of values.
    noise = 1.25 * wobble(curve) * (1 / len(part) + 1 / len(from_part)) ** 0.5
    return abs(float(np.median(part)) - level) > max(FLAT * level, 2 * noise)


def _pair(training: Training) -> str:
    """The objective's metric at the end, on both parts."""
    name = training.objective.metric
    ours, theirs = training.curve(name), training.curve(f"val_{name}")
    if ours is None or theirs is None:
        return ""
    return (
        f"{np.median(ours[-3:]):.3g} on training rows, {np.median(theirs[-3:]):.3g} on the others"
    )
