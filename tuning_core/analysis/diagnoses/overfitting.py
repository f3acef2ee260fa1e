"""Diagnoses of fit: too close, too loose, unfinished, or finished long ago."""

from __future__ import annotations

import numpy as np

from tuning_core.analysis.diagnoses.diagnosis import (
    PENALTIES,
    Diagnosis,
    TrainingCurves,
    label,
    smoothed,
    steady_fall,
    wobble,
)
from tuning_core.analysis.observations import Array
from tuning_core.catalog.objectives import METRIC_LABELS, metric_label

END = 3
"""Epochs whose median stands for the end of a curve."""
RISEN = 1.1
"""Times its lowest value at which the validation loss ends when a network overfits."""
STILL_FALLING = 0.8
"""Share of its value at that epoch to which the training loss falls meanwhile."""
GAP = 0.03
"""Accuracy on the training rows above that on the others."""
LOSS_GAP = 1.5
"""The same of a regression: times its training loss."""
BEYOND_NOISE = 3.0
"""Deviations of its noise by which the validation loss must have risen."""


def overfitting(training: TrainingCurves) -> Diagnosis | None:
    """The validation loss rises while the training loss falls."""
    loss, unseen = training.curve("loss"), training.curve("val_loss")
    metric = training.objective.metric
    if loss is None or unseen is None:
        return None
    smooth = smoothed(unseen)
    lowest = int(smooth.argmin())
    after = training.epochs - 1 - lowest
    last = unseen[-max(END, training.epochs // 4) :]
    end = float(max(np.median(last), _end(unseen)))
    rise = end / smooth[lowest]
    fall = _end(loss) / smoothed(loss)[lowest]
    if after < END or rise < RISEN or fall > STILL_FALLING:
        return None
    # The more epochs it stays up there, the less it can be chance.
    noise = wobble(unseen) * (END / len(last)) ** 0.5
    if end - smooth[lowest] < BEYOND_NOISE * noise or not _gap(training):
        return None
    words = (
        f"The validation loss was lowest in epoch {lowest + 1} ({smooth[lowest]:.3g}) and ends at "
        f"{end:.3g}, while the training loss fell to {_end(loss):.2g}."
    )
    if metric != "loss":
        known = METRIC_LABELS.get(metric, "").capitalize()
        words += f" {known or metric}: {_pair(training)}."
    return Diagnosis("overfitting", "Overfits", words, _hold_back(training, lowest + 1), 6.0)


def _gap(training: TrainingCurves) -> bool:
    """Whether rows that were learned from are answered clearly better than the others."""
    if training.classes:
        ours, theirs = training.curve("accuracy"), training.curve("val_accuracy")
        if ours is None or theirs is None:
            return False
        return _end(ours) - _end(theirs) >= GAP
    ours, theirs = training.curve("loss"), training.curve("val_loss")
    return ours is not None and theirs is not None and _end(theirs) > LOSS_GAP * _end(ours)


def _end(values: Array) -> float:
    """Where a curve ends."""
    return float(np.median(values[-END:]))


def _hold_back(training: TrainingCurves, epoch: int) -> str:
    if not training.config.get("patience"):
        return f"Stop near epoch {epoch} (a patience does), or add dropout or L2."
    return "Add dropout or L2, or take fewer units."


LACKING = 0.05
"""Accuracy that the best trial has more, and half of all mistakes fewer at least."""
LACKING_ERROR = 0.2
"""The same of a regression: share of the best trial's error."""
SOON = 0.5
"""Share of what is lacking that as many epochs again may bring at the present pace."""


def underfitting(training: TrainingCurves) -> Diagnosis | None:
    """Worse on its own training rows than the best trial on rows that it has not seen."""
    known = training.best_known
    ours, theirs = training.error(""), training.error("val_")
    if known is None or ours is None or theirs is None:
        return None
    best = training.as_error(known)
    least = float(min(smoothed(ours).min(), smoothed(theirs).min()))
    lacking = least - best
    if training.classes:
        enough = lacking >= LACKING and least >= 2 * best
    else:
        enough = lacking >= LACKING_ERROR * best
    window = max(2, training.epochs // 4)
    before, now = _before_and_now(theirs, window)
    pace = max(0.0, before - now)
    # What twice the epochs would bring at the present pace is a matter of epochs, not of fit.
    if not enough or pace / window * training.epochs > SOON * lacking:
        return None
    words = (
        f"Not even on its own training rows does it reach what the best trial reaches on rows that "
        f"it has not seen: {_pair(training)}; best trial {known:.3g}."
    )
    return Diagnosis("underfitting", "Underfits", words, _let_loose(training), 5.0)


STRONG_DROPOUT, STRONG_PENALTY = 0.5, 0.03
"""From here on what holds a network back is the first to be lowered."""
SLOW_RATE = 1e-4
"""Learning rate below which a larger one is worth trying first."""


def _let_loose(training: TrainingCurves) -> str:
    config = training.config
    for name in (*PENALTIES, "dropout"):
        if float(config.get(name, 0.0)) >= (
            STRONG_DROPOUT if name == "dropout" else STRONG_PENALTY
        ):
            return f"Lower {label(name)}, now {config[name]:g}."
    if float(config.get("learning_rate", 1.0)) < SLOW_RATE:
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


def improving(training: TrainingCurves) -> Diagnosis | None:
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
    at_end = int(smoothed(unseen).argmin()) >= training.epochs - END
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


def _shrinks(training: TrainingCurves, error: tuple[float, float]) -> bool:
    """Whether the error of a regression, half as fast as it must, but steadily, becomes smaller."""
    return not training.classes and error[1] <= (1 - SMALLER_ERROR / 2) * error[0]


def _before_and_now(values: Array, window: int) -> tuple[float, float]:
    """A curve a window before its end, and at its end."""
    return float(np.median(values[-window - 2 : -window])), float(np.median(values[-2:]))


PLATEAU_EPOCHS = 12
"""Epochs below which two halves say nothing of a plateau."""
FLAT = 0.05
"""Share by which the validation loss may differ between the parts of a plateau."""


LESS_ERROR = 0.9
"""Share of the error of the first half below which the second half has brought something."""
MEDIAN_ERROR = 1.25
"""The error of a median, in deviations over the root of the number of values."""


def plateau(training: TrainingCurves) -> Diagnosis | None:
    """The second half of the epochs changed nothing."""
    unseen, errors = training.curve("val_loss"), training.error("val_")
    if unseen is None or errors is None or training.epochs < PLATEAU_EPOCHS:
        return None
    half = training.epochs // 2
    if steady_fall(smoothed(unseen[half:])) > FLAT:
        return None
    first, last = np.array_split(unseen[half:], 2)
    before, after = smoothed(errors[:half]).min(), smoothed(errors[half:]).min()
    level = float(np.median(first))
    middle = unseen[half - 2 : half + 2]
    lower = smoothed(unseen[half:]).min() < (1 - 2 * FLAT) * smoothed(unseen[:half]).min()
    fewer = after < LESS_ERROR * before - (_row(errors) if training.classes else 0.0)
    if lower or fewer or any(_away(part, first, unseen) for part in (last, middle)):
        return None
    words = (
        f"Since epoch {half} of {training.epochs} the validation loss stays at {level:.3g} "
        f"(within {100 * FLAT:.0f}%), and {metric_label(training.objective.metric)} gains nothing."
    )
    step = f"{half} epochs would do: spend the rest on more trials, or let the learning rate decay."
    return Diagnosis("plateau", "Stopped learning halfway", words, step, 2.0)


def _away(part: Array, from_part: Array, curve: Array) -> bool:
    """Whether two parts of a curve lie further apart than flat ones do, noise allowed for."""
    level = float(np.median(from_part))
    noise = MEDIAN_ERROR * wobble(curve) * (1 / len(part) + 1 / len(from_part)) ** 0.5
    return abs(float(np.median(part)) - level) > max(FLAT * level, 2 * noise)


def _pair(training: TrainingCurves) -> str:
    """The objective's metric at the end, on both parts."""
    name = training.objective.metric
    ours, theirs = training.curve(name), training.curve(f"val_{name}")
    if ours is None or theirs is None:
        return ""
    return f"{_end(ours):.3g} on training rows, {_end(theirs):.3g} on the others"
