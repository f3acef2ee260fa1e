"""Lesson: epochs and early stopping."""

from __future__ import annotations

import math

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 60
DATA = {"id": "diabetes", "validation": 0.4, "test": 0.2}
VALUES: dict[str, parts.Value] = {"units": 128, "learning_rate": 0.001, "dropout": 0.3}

TANH: dict[str, parts.Value] = {"units": 16, "activation": "tanh", "learning_rate": 0.01}
"""A network that learns the spirals in leaps."""


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """One long training; the knobs only say where it would have been stopped."""
    return (parts.run("loss", VALUES, EPOCHS, DATA),)


def stopped(losses: list[float], patience: int, gain: float) -> tuple[int, int]:
    """The epoch at which early stopping ends a training, and that of the best loss until then.

    The rule of ``keras.callbacks.EarlyStopping``: so many epochs without a loss at least ``gain``
    below the best. A patience of 0 never stops.
    """
    best, waited, kept, least = math.inf, 0, 1, math.inf
    for epoch, loss in enumerate(losses, start=1):
        if loss < least:
            kept, least = epoch, loss
        if loss < best - gain:
            best, waited = loss, 0
        else:
            waited += 1
        if 0 < patience <= waited:
            return epoch, kept
    return len(losses), kept


def _found(seen: parts.Seen) -> tuple[int, int]:
    losses = seen.curves[0].values("val_loss")
    return stopped(losses, int(seen.chosen["patience"]), float(seen.chosen["min_delta"]))


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The training and the validation loss, with the stop and the epoch whose weights stay."""
    losses = seen.curves[0].values("val_loss")
    marks = []
    if losses:
        stop, kept = _found(seen)
        marks = [charts.Mark(kept, losses[kept - 1], f"best: {kept}")]
        if seen.complete and stop < EPOCHS:
            marks.append(charts.Mark(stop, losses[stop - 1], f"stopped: {stop}"))
    chart = parts.curve_picture(
        seen,
        style,
        "loss",
        (0.25, 0.85),
        EPOCHS,
        parts=(parts.VALIDATION, parts.TRAINING),
        marks=marks,
        title="loss (standardised squared error)",
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Training goes on falling, validation turns, and the patience decides."""
    curve = seen.curves[0]
    losses = curve.values("val_loss")
    _, best = stopped(losses, 0, 0.0)
    stop, kept = _found(seen)
    patience = int(seen.chosen["patience"])
    at_best = curve.at("loss", best)
    if patience == 0:
        words = f"Without stopping, {EPOCHS} epochs are trained; epoch {best} had been enough."
    else:
        words = (
            f"A patience of {patience} stops after epoch {stop} of {EPOCHS} and keeps epoch "
            f"{kept}, with a validation loss of {losses[kept - 1]:.3f}; the lowest of all is "
            f"{min(losses):.3f}."
        )
    return (
        parts.Claim(
            f"The validation loss is lowest in epoch {best} ({min(losses):.3f}) and ends at "
            f"{losses[-1]:.3f}.",
            losses[-1] > min(losses),
        ),
        parts.Claim(
            f"The training loss falls all the same, from {at_best:.2f} in epoch {best} to "
            f"{curve.last('loss'):.2f}.",
            curve.last("loss") < at_best,
        ),
        parts.Claim(words, stop < EPOCHS or patience == 0),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What a patience of one costs."""
    losses = seen.curves[0].values("val_loss")
    one, ten = stopped(losses, 1, 0.0), stopped(losses, 10, 0.0)
    worse = losses[one[1] - 1] - losses[ten[1] - 1]
    return parts.Answer(
        1,
        f"Here a patience of 1 stops after epoch {one[0]} with {losses[one[1] - 1]:.3f}, one of 10 "
        f"after epoch {ten[0]} with {losses[ten[1] - 1]:.3f}: "
        + (
            f"{worse:.3f} better, for {ten[0] - one[0]} epochs more."
            if worse > 0
            else f"no better this time, for {ten[0] - one[0]} epochs more."
        )
        + " A curve trembles, and the first tremble is no turn.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with the reader's patience."""
    values: dict[str, parts.Value] = {
        **VALUES,
        "patience": int(chosen["patience"]),
        "min_delta": float(chosen["min_delta"]),
    }
    return parts.network(values, EPOCHS, DATA)


LESSON = parts.Lesson(
    id="early_stopping",
    title="Epochs and early stopping",
    text=(
        "An epoch is one pass over the training rows. More epochs always fit those rows better. "
        "Whether they help with rows the network has not seen is another matter: at some point it "
        "begins to learn the accidents of its training rows, and the validation loss turns up.",
        "Early stopping watches the validation loss. Patience is the number of epochs it waits for "
        "a gain before it stops; the smallest gain says what counts as one. The weights that stay "
        "are those of the best epoch, not of the last.",
        "The picture trains once, for long. The knobs only move the stop, so they answer at once.",
    ),
    knobs=(
        parts.Knob(
            "patience",
            "Patience (epochs)",
            (0, 1, 2, 3, 5, 10, 20, 30),
            5,
            help="0 never stops.",
        ),
        parts.Knob("min_delta", "Smallest gain", (0.0, 0.001, 0.01, 0.05), 0.0),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Why not simply use a patience of 1?",
        (
            "It would train for too long",
            "A curve may go up for an epoch and down again",
            "It would use the test rows",
        ),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="A patience of 1 takes the first tremble for the end.",
        goals=(
            parts.Goal("val_loss", below=0.54),
            parts.Goal(parts.EPOCHS, below=60),
        ),
        turn=("patience", "min_delta"),
        values={**TANH, "patience": 1},
        data={"id": "spirals", "validation": 0.3, "test": 0.1},
        epochs=80,
        solution={"patience": 4},
    ),
    references=(
        "Prechelt: Early Stopping - But When?, 1998.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 7.8.",
    ),
)
