"""Lesson: dropout with a weight constraint."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 40
DATA = {"id": "diabetes", "validation": 0.4, "test": 0.2}
RATES = (0.0, 0.2, 0.5, 0.8)
CONSTRAINTS: dict[parts.Value, str] = {0.0: "none", 0.5: "0.5", 1.0: "1", 3.0: "3"}


def _values(rate: float, largest: float) -> dict[str, parts.Value]:
    values: dict[str, parts.Value] = {"units": 256, "learning_rate": 0.003, "dropout": rate}
    if largest:
        values |= {"kernel_constraint": "max_norm", "max_norm": largest}
    return values


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """A wide network on few rows with each dropout."""
    largest = float(chosen["max_norm"])
    return tuple(parts.run(f"{rate:g}", _values(rate, largest), EPOCHS, DATA) for rate in RATES)


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Validation loss beside training loss, for every dropout."""
    return parts.gap_pictures(seen, style, "loss", (0, 1.2), EPOCHS, "loss (standardised)")


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Dropout narrows the gap, and too much of it underfits."""
    none, _, half, most = seen.curves
    gaps = [curve.last("val_loss") - curve.last("loss") for curve in (none, half)]
    return (
        parts.Claim(
            f"Gap between validation and training loss at the end: {gaps[0]:.2f} without dropout, "
            f"{gaps[1]:.2f} with 0.5.",
            gaps[1] < gaps[0],
        ),
        parts.Claim(
            f"Validation loss at the end: {none.last('val_loss'):.2f} without, "
            f"{half.last('val_loss'):.2f} with 0.5.",
            half.last("val_loss") < none.last("val_loss"),
        ),
        parts.Claim(
            f"0.8 is too much here: even the training loss stays at {most.last('loss'):.2f}, and "
            f"validation ends at {most.last('val_loss'):.2f}, above that of 0.5.",
            most.last("loss") > half.last("loss") and most.last("val_loss") > half.last("val_loss"),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """Why training can look worse than validation."""
    most = seen.curves[-1]
    first = most.at("loss", 1), most.at("val_loss", 1)
    return parts.Answer(
        0,
        "Units are silenced while the network trains, never when it is measured on validation "
        f"rows. With 0.8 the first epoch of the picture has {first[0]:.2f} in training and "
        f"{first[1]:.2f} in validation.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with a dropout of one half."""
    values = _values(0.5, float(chosen["max_norm"]))
    return parts.network(values, EPOCHS, DATA)


LESSON = parts.Lesson(
    id="dropout",
    title="Dropout, with a weight constraint",
    text=(
        "Dropout silences a share of the hidden units at random in every update. No unit can rely "
        "on a certain other one being there, so each has to be of use by itself: much like "
        "training many thinned networks and averaging them. It costs capacity and time, so it "
        "wants wider layers and more epochs.",
        "It is often used with a limit on the length of each unit's incoming weights (max norm). "
        "Weights that may not grow without end bear a larger learning rate, which makes up for the "
        "noise that dropout brings in.",
        "The picture learns from 177 patients with 256 units in each of two layers, far too many "
        "for so few rows.",
    ),
    knobs=(
        parts.Knob(
            "max_norm",
            "Largest norm of a unit's weights",
            tuple(CONSTRAINTS),
            0.0,
            words=CONSTRAINTS,
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "With much dropout the training loss is above the validation loss. Why?",
        (
            "Only training is handicapped by silenced units",
            "The validation rows are easier",
            "The network has learned the validation rows",
        ),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="256 units in two layers on 177 patients: far too many, and all are to stay.",
        goals=(parts.Goal("val_loss", below=0.65, at="end"),),
        turn=("dropout", "kernel_constraint", "max_norm"),
        values=_values(0.0, 0.0),
        data=DATA,
        epochs=EPOCHS,
        solution={"dropout": 0.6},
    ),
    references=(
        "Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov: Dropout, 2014, "
        "section 5.1 on max norm.",
        "Hinton et al.: Improving Neural Networks by Preventing Co-Adaptation of Feature "
        "Detectors, 2012.",
    ),
)
