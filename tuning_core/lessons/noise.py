"""Lesson: noise on the inputs."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 40
DATA = {"id": "diabetes", "validation": 0.4, "test": 0.2}
LEVELS = (0.0, 0.5, 1.0, 3.0)


def _values(level: float, units: int) -> dict[str, parts.Value]:
    return {"units": units, "learning_rate": 0.003, "gaussian_noise": level}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """A wide network on few rows, with each amount of noise."""
    units = int(chosen["units"])
    return tuple(parts.run(f"{level:g}", _values(level, units), EPOCHS, DATA) for level in LEVELS)


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Validation loss beside training loss, for every amount of noise."""
    return parts.gap_pictures(seen, style, "loss", (0, 1.4), EPOCHS, "loss (standardised)")


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Some noise narrows the gap, much drowns the rows."""
    none, some, _, most = seen.curves
    gaps = [curve.last("val_loss") - curve.last("loss") for curve in (none, some)]
    return (
        parts.Claim(
            f"Gap between validation and training loss at the end: {gaps[0]:.2f} without noise, "
            f"{gaps[1]:.2f} with {some.label}.",
            gaps[1] < gaps[0],
        ),
        parts.Claim(
            f"Validation loss at the end: {none.last('val_loss'):.2f} without noise, "
            f"{some.last('val_loss'):.2f} with {some.label}.",
            some.last("val_loss") < none.last("val_loss"),
        ),
        parts.Claim(
            f"Noise of {most.label} drowns what there is to learn: both losses are highest with "
            f"it, {most.last('val_loss'):.2f} and {most.last('loss'):.2f}.",
            all(
                most.last(metric) == max(curve.last(metric) for curve in seen.curves)
                for metric in ("loss", "val_loss")
            ),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What a deviation of one means on scaled inputs."""
    some, one = seen.curves[1], seen.curves[2]
    return parts.Answer(
        1,
        "The columns are scaled to deviation 1 before the network sees them, so noise of 1 is as "
        f"large as all the differences between rows. Training ends at {one.last('loss'):.2f} with "
        f"it, at {some.last('loss'):.2f} with {some.label}.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with some noise."""
    return parts.network(_values(0.5, int(chosen["units"])), EPOCHS, DATA)


LESSON = parts.Lesson(
    id="noise",
    title="Noise on the inputs",
    text=(
        "A patient with a blood pressure of 101 is no other patient than one with 102. A network "
        "with many weights and few rows can tell them apart all the same, and learns a rule for "
        "each. Adding fresh noise to the inputs in every epoch takes that away: a row is never "
        "seen twice alike, so only what holds in its neighbourhood can be learned.",
        "It is the simplest augmentation there is, and for small noise it does much the same as "
        "a price on steep answers. Validation and test rows are never disturbed.",
        "How much? Inputs are scaled, so 1 is a deviation of the column. Look for the point where "
        "noise begins to drown the signal.",
    ),
    knobs=(parts.Knob("units", "Units in each of two layers", (16, 64, 128, 256), 128),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Noise with a deviation of 1 on scaled inputs: how large is it?",
        (
            "One percent of a value",
            "As large as the differences between rows",
            "One unit of the original column",
        ),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="128 units in two layers tell every patient from every other.",
        goals=(parts.Goal("val_loss", below=0.62, at="end"),),
        turn=("gaussian_noise",),
        values=_values(0.0, 128),
        data=DATA,
        epochs=EPOCHS,
        solution={"gaussian_noise": 0.5},
    ),
    references=(
        "Bishop: Training with Noise Is Equivalent to Tikhonov Regularization, 1995.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 7.5.",
    ),
)
