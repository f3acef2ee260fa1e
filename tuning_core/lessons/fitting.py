"""Lesson: underfitting and overfitting."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 60
DATA = {"id": "diabetes", "validation": 0.4, "test": 0.2}
SMALL = "linear"


def _values(units: int) -> dict[str, parts.Value]:
    if units == 0:
        return {"layers": 0, "learning_rate": 0.001}
    return {"layers": 2, "units": units, "learning_rate": 0.003}


def _name(units: int) -> str:
    return SMALL if units == 0 else f"{units} units"


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """A linear model and a network of the reader's width."""
    return tuple(
        parts.run(_name(units), _values(units), EPOCHS, DATA) for units in (int(chosen["units"]), 0)
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Training and validation loss of both."""
    chart = parts.curve_picture(
        seen,
        style,
        "loss",
        (0, 1.6),
        EPOCHS,
        parts=(parts.VALIDATION, parts.TRAINING),
        title="loss (standardised squared error)",
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """What the gap between the two curves says."""
    linear = seen.curve(SMALL)
    wide = seen.curve(_name(int(seen.chosen["units"])))
    gaps = [curve.last("val_loss") - curve.last("loss") for curve in (linear, wide)]
    losses = wide.values("val_loss")
    lowest = losses.index(min(losses)) + 1
    early = wide.at("loss", 1), losses[0]
    return (
        parts.Claim(
            f"Overfitting is a gap: at the end the validation loss of {wide.label} is "
            f"{gaps[1]:.2f} above its training loss; for the linear model it is {gaps[0]:.2f}.",
            gaps[1] > gaps[0],
        ),
        parts.Claim(
            f"{wide.label}: the training loss ends at {wide.last('loss'):.2f}, the validation loss "
            f"was lowest in epoch {lowest} ({min(losses):.2f}) and ends at {losses[-1]:.2f}.",
            losses[-1] > min(losses),
        ),
        parts.Claim(
            f"Underfitting is a high training loss: the linear model ends at "
            f"{linear.last('loss'):.2f}, where {wide.label} has {wide.last('loss'):.2f}.",
            linear.last("loss") > wide.last("loss"),
        ),
        parts.Claim(
            f"In the first epoch the validation loss ({early[1]:.2f}) is below the training loss "
            f"({early[0]:.2f}): training is averaged while the network still gets better.",
            early[1] < early[0],
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """Reads a pair of curves."""
    linear = seen.curve(SMALL)
    return parts.Answer(
        1,
        f"The linear model of the picture is such a case: {linear.last('loss'):.2f} in training, "
        f"{linear.last('val_loss'):.2f} in validation. More rows or more dropout would not help "
        "it; it needs more units, more layers or more epochs.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with the reader's width."""
    return parts.network(_values(int(chosen["units"])), EPOCHS, DATA)


LESSON = parts.Lesson(
    id="fitting",
    title="Underfitting and overfitting",
    text=(
        "Two curves tell most of what one needs to know. The training loss says how well the "
        "network does on rows it learns from, the validation loss on rows it never learned from.",
        "Both high: it underfits. It is too small, too tightly regularised, or not trained for "
        "long enough. Training low and validation high: it overfits. It has learned its rows by "
        "heart, with their accidents. The gap between the two is the measure.",
        "At the very start the validation curve can lie below the other: the training loss is a "
        "mean over an epoch in which the network was still improving, and dropout handicaps "
        "training alone. The picture predicts the course of diabetes from 177 patients.",
    ),
    knobs=(parts.Knob("units", "Units in each of two layers", (2, 4, 8, 32, 128, 256), 128),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Training and validation loss are both high and close together. What helps?",
        ("More dropout", "A larger network", "Fewer epochs"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="Two layers of 128 units learn 177 patients by heart.",
        goals=(
            parts.Goal(parts.GAP, below=0.22),
            parts.Goal("val_loss", below=0.6, at="end"),
        ),
        turn=("units", "layers"),
        values=_values(128),
        data=DATA,
        epochs=40,
        solution={"layers": 1, "units": 16},
    ),
    references=(
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 5.2.",
        "Geman, Bienenstock and Doursat: Neural Networks and the Bias/Variance Dilemma, 1992.",
    ),
)
