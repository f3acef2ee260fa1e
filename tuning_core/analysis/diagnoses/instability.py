"""Diagnoses of steps that are too large, and of networks that answer every row alike."""

from __future__ import annotations

import numpy as np

from tuning_core.analysis.diagnoses.diagnosis import (
    PENALTIES,
    Diagnosis,
    TrainingCurves,
    label,
    steady_fall,
    wobble,
)
from tuning_core.catalog import TrialStatus

EXPLODED, GROWN = 5.0, 2.0
"""Times its smallest and its first value that a loss which explodes ends at."""
FEWEST_LOSSES = 3
"""Epochs below which a loss that grows may yet fall."""


def divergence(training: TrainingCurves) -> Diagnosis | None:
    """The loss was lost, or grew without end."""
    next_step = f"Lower the learning rate, or try {label('clipnorm')}."
    if training.status is TrialStatus.DIVERGED:
        words = f"The loss stopped being a number in epoch {training.epochs + 1}{_rate(training)}."
        return Diagnosis("divergence", "Diverged", words, next_step, 10.0)
    loss = training.curve("loss")
    if loss is None or len(loss) < FEWEST_LOSSES:
        return None
    if loss[-1] > GROWN * loss[0] and loss[-1] > EXPLODED * loss.min():
        words = f"The training loss grew from {loss.min():.3g} to {loss[-1]:.3g}{_rate(training)}."
        return Diagnosis("divergence", "Diverged", words, next_step, 10.0)
    return None


STILL_LEARNING = 0.0005
"""Share of the training loss that a network which learns slowly takes off in the last quarter of
the epochs; one that has settled on a single answer rests."""

NO_SKILL = 0.03
"""How far from 0 the R2 of an answer that does not depend on the row may lie."""
RESTING = NO_SKILL / 3
"""How far it may move meanwhile: one that learns slowly passes through 0."""


def constant(training: TrainingCurves) -> Diagnosis | None:
    """The answer does not depend on the row."""
    last = slice(training.epochs // 2, None)
    loss = training.curve("loss")
    learns = loss is not None and steady_fall(loss[-training.epochs // 4 :]) > STILL_LEARNING
    if learns and not _pressed(training):
        return None
    if training.classes:
        if not _one_class(training, last):
            return None
        accuracy = training.curve("val_accuracy")
        assert accuracy is not None
        words = (
            f"In the last {training.epochs - training.epochs // 2} epochs the validation accuracy "
            f"stays at {np.median(accuracy[last]):.3g} and the loss at that of one and the same "
            "answer for every row."
        )
    else:
        found = training.curve("val_r2"), training.curve("r2")
        if found[0] is None or found[1] is None:
            return None
        away = max(float(np.abs(np.median(values[last]))) for values in found if values is not None)
        if away > NO_SKILL or max(np.ptp(found[1][last]), abs(found[1][-1])) > RESTING:
            return None
        words = f"R² is {np.median(found[0][last]):.3f}: the answer is the mean, whatever the row."
    return Diagnosis("constant", "Gives every row the same answer", words, _revive(training), 9.0)


TIED_AREA = 1e-4
"""How far from a half the AUC of equal answers may lie: ties are worth exactly half."""
BY_CHANCE = 1.5
"""Times what guessing one of all classes gets right below which an accuracy shows no skill."""
SAME_SHARE = 0.05
"""Accuracy by which the training rows may differ from the others under one answer for all."""
SETTLED = 0.02
"""Share by which a loss moves at most when one answer is all that was learned, and the accuracy
on the training rows where the loss has something added."""
LEAST_LOSS, MOST_LOSS = 0.97, 1.06
"""Times the least and the largest loss of one answer between which the curves stay."""


def _one_class(training: TrainingCurves, last: slice) -> bool:
    """Whether a classifier's curves are those of one answer for all rows, and of nothing else."""
    curves = [training.curve(name) for name in ("accuracy", "val_accuracy", "loss", "val_loss")]
    if any(curve is None for curve in curves):
        return False
    ours, theirs, loss, val_loss = (curve[last] for curve in curves if curve is not None)
    area = training.curve("val_auc")
    if area is not None:
        return bool(np.all(np.abs(area[last] - 0.5) < TIED_AREA))
    if _pressed(training):
        by_chance = max(np.median(ours), np.median(theirs)) < BY_CHANCE / training.classes
        if by_chance and max(np.ptp(ours), np.ptp(theirs)) < SHAKEN:
            return True
    most = np.log(training.classes)
    if all(abs(np.median(values) / most - 1) < EVEN for values in (loss, val_loss)):
        return True
    moves = np.ptp(theirs) > 0 or abs(np.median(ours) - theirs[0]) > SAME_SHARE
    if moves or theirs[0] > MAJORITY or np.ptp(loss) > SETTLED * np.median(loss):
        return False
    least = _prior_entropy(float(theirs[0]), training.classes)
    if not _plain_loss(training):
        return bool(np.ptp(ours) < SETTLED and theirs[0] < BY_CHANCE / training.classes)
    return bool(loss.min() > LEAST_LOSS * least and val_loss.max() < MOST_LOSS * most)


HEAVY = 0.1
"""Weight of a penalty that can press all weights of a layer to zero."""
SHAKEN = 0.05
"""Accuracy by which such weights, shaken around zero, change the answer that all rows get."""


def _pressed(training: TrainingCurves) -> bool:
    """Whether a heavy penalty lies on the weights; it goes on falling when nothing is learned."""
    return _heaviest(training)[1] >= HEAVY


def _heaviest(training: TrainingCurves) -> tuple[str, float]:
    """The penalty of the largest weight, and that weight; 0 without any."""
    weights = {name: float(training.config.get(name, 0.0)) for name in PENALTIES}
    name = max(weights, key=weights.__getitem__)
    return name, weights[name]


MAJORITY = 0.6
"""Share of one class above which its accuracy could be skill as well."""

EVEN = 0.005
"""Distance, as a share, of a loss from that of giving all classes the same probability."""


def _prior_entropy(largest: float, classes: int) -> float:
    """The least entropy of class shares whose largest is given, in nats."""
    whole = min(int(1 / max(largest, 1 / classes)), classes)
    shares = np.array([largest] * whole + [max(0.0, 1 - whole * largest)])
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _revive(training: TrainingCurves) -> str:
    config = training.config
    if config.get("kernel_initializer") == "zeros":
        return "Start the weights with another initializer than zeros."
    if _pressed(training):
        name, weight = _heaviest(training)
        return f"Weaken {label(name)}, now {weight:g}: it presses all weights to zero."
    return "Lower the learning rate: too large steps can leave units that never answer again."


def _plain_loss(training: TrainingCurves) -> bool:
    """Whether the recorded loss is cross-entropy or squared error with nothing added."""
    config = training.config
    penalised = _heaviest(training)[1] > 0
    smooth = float(config.get("label_smoothing", 0.0)) > 0
    return config.get("loss", "auto") in PLAIN_LOSSES and not penalised and not smooth


PLAIN_LOSSES = ("auto", "cross_entropy", "mse")

BLOWN_UP = 5.0
"""Times the loss of always giving the best single answer that no sound training starts with."""

BLOWN_UP_LARGE = 2.0
LARGE_RATE = 0.05
"""The same of a rate at which a bad start of the weights is the less likely cause."""

RESTLESS = 0.03
"""Noise of the validation loss, as a share of the loss of the best single answer."""
UNSOLVED = 0.3
"""The same share of the training loss below which a network has learned its rows anyway."""
RISING_STEPS = 0.3
"""Share of the epochs in which the training loss of a restless network rises."""
RESTLESS_EPOCHS = 10
"""Epochs below which jumps may be those of the beginning."""
FIRST_EPOCHS = 3
"""Epochs in which the first steps throw a loss away."""


def _trivial_loss(training: TrainingCurves) -> float:
    """The loss of the best answer that does not depend on the row, at most."""
    return float(np.log(training.classes)) if training.classes else 1.0


def unstable(training: TrainingCurves) -> Diagnosis | None:
    """The first steps threw the loss far above that of one answer for all rows."""
    loss = training.curve("loss")
    if loss is None or not _plain_loss(training):
        return None
    trivial = _trivial_loss(training)
    first = float(loss[:FIRST_EPOCHS].max())
    large = float(training.config.get("learning_rate", 0.0)) >= LARGE_RATE
    if first > (BLOWN_UP_LARGE if large else BLOWN_UP) * trivial:
        words = (
            f"In the first epochs the training loss was {first:.3g}; always giving one answer "
            f"costs {trivial:.2g}. The steps{_rate(training)} overshoot."
        )
        return Diagnosis("unstable", TOO_LARGE, words, _smaller_steps(training), 8.0)
    return None


TOO_LARGE = "Learning rate may be too large"
"""Not that it is: the search may have found nothing better, and go on with such rates."""


def _smaller_steps(training: TrainingCurves) -> str:
    rate = training.config.get("learning_rate")
    other = "a tenth of the learning rate" if rate is None else f"{float(rate) / 10:.2g}"
    return (
        f"Compare it with {other}, or with warm-up epochs; if that scores better, end the range "
        "lower."
    )


def restless(training: TrainingCurves) -> Diagnosis | None:
    """The loss jumps up and down and comes no nearer."""
    # On the validation rows: dropout shakes the training loss of a sound network as well.
    loss, unseen = training.curve("loss"), training.curve("val_loss")
    if loss is None or unseen is None or not _plain_loss(training):
        return None
    if len(loss) < RESTLESS_EPOCHS:
        return None
    quarter = len(unseen) // 4
    later, noise, trivial = loss[quarter:], wobble(unseen[quarter:]), _trivial_loss(training)
    rises = float(np.mean(np.diff(later) > 0))
    if noise < RESTLESS * trivial or rises < RISING_STEPS:
        return None
    if np.median(later) < UNSOLVED * trivial:
        return None
    words = (
        f"The training loss rises in {100 * rises:.0f}% of the epochs, and the validation loss "
        f"jumps by about {noise:.2g} around {np.median(unseen[quarter:]):.3g}{_rate(training)}."
    )
    return Diagnosis("unstable", TOO_LARGE, words, _smaller_steps(training), 8.0)


def _rate(training: TrainingCurves) -> str:
    value = training.config.get("learning_rate") if training.ours else None
    return "" if value is None else f" at a learning rate of {value:g}"
