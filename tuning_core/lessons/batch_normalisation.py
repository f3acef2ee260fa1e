"""Lesson: batch normalisation."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 15
WITH, WITHOUT = "with", "without"


def _values(normalised: bool, rate: float) -> dict[str, parts.Value]:
    return {
        "layers": 4,
        "activation": "sigmoid",
        "learning_rate": rate,
        "batch_size": 8,
        "batch_normalization": normalised,
    }


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """A deep network of sigmoids, with and without."""
    rate = float(chosen["learning_rate"])
    return (
        parts.run(WITH, _values(True, rate), EPOCHS),
        parts.run(WITHOUT, _values(False, rate), EPOCHS),
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Training and validation loss of both."""
    return (
        parts.curve_picture(
            seen,
            style,
            "loss",
            (0.02, 5),
            EPOCHS,
            log=True,
            parts=(parts.VALIDATION, parts.TRAINING),
        ),
    )


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """It learns sooner; its validation lags behind at first."""
    normalised, plain = seen.curve(WITH), seen.curve(WITHOUT)
    early = 5
    losses = [curve.at("loss", early) for curve in (normalised, plain)]
    first = normalised.at("loss", 1), normalised.at("val_loss", 1)
    return (
        parts.Claim(
            f"After {early} epochs the training loss is {losses[0]:.2f} with batch normalisation "
            f"and {losses[1]:.2f} without.",
            losses[0] < losses[1],
        ),
        parts.Claim(
            f"At the end {normalised.last('val_accuracy'):.0%} of the validation rows are right "
            f"with it, {plain.last('val_accuracy'):.0%} without.",
            normalised.last("val_accuracy") > plain.last("val_accuracy"),
        ),
        parts.Claim(
            f"In the first epoch validation lags behind ({first[1]:.2f} against {first[0]:.2f} in "
            "training): the running mean and deviation that it uses have not caught up.",
            first[1] > first[0],
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What happens to a batch of one."""
    return parts.Answer(
        2,
        "The mean of one row is that row: subtract it and every sum is zero, whatever the input. "
        "Batch normalisation needs batches that are large enough for a mean and a deviation. "
        "The picture uses 8.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with batch normalisation."""
    values = _values(True, float(chosen["learning_rate"]))
    return parts.network(values, EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="batch_normalisation",
    title="Batch normalisation",
    text=(
        "In a deep network every layer learns on shifting ground: while it adjusts, the layers "
        "below it change what they send. Batch normalisation brings the sums of each layer to mean "
        "0 and deviation 1 over the batch, then lets two learned numbers per unit scale and shift "
        "them. Sums stay where the activation has a slope, so gradients get through, and larger "
        "learning rates are borne.",
        "When it predicts there is no batch, so it uses a running mean and deviation of all "
        "batches so far. Those need some hundred updates to settle. Until then validation looks "
        "worse than the network is.",
        "The picture has four layers of sigmoids, which are hard to train without it.",
    ),
    knobs=(parts.Knob("learning_rate", "Learning rate", (0.001, 0.003, 0.01, 0.03), 0.003),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "What does batch normalisation do with batches of a single row?",
        ("It learns twice as fast", "Nothing special", "It wipes the row out"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="Four layers of sigmoids hardly learn in five epochs, at whatever rate.",
        goals=(parts.Goal("val_accuracy", above=0.7),),
        turn=("batch_normalization", "learning_rate"),
        values=_values(False, 0.003),
        epochs=5,
        solution={"batch_normalization": True, "learning_rate": 0.01},
    ),
    references=(
        "Ioffe and Szegedy: Batch Normalization, 2015.",
        "Santurkar, Tsipras, Ilyas and Madry: How Does Batch Normalization Help Optimization?, "
        "2018.",
    ),
)
