"""Lesson: L1 and L2."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 40
DATA = {"id": "diabetes", "validation": 0.4, "test": 0.2}
FACTORS = {"l2": (0.0, 0.01, 0.1, 1.0), "l1": (0.0, 0.001, 0.01, 0.1)}


def _values(kind: str, factor: float) -> dict[str, parts.Value]:
    return {"units": 128, "learning_rate": 0.003, kind: factor}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """A wide network on few rows with each price of weights."""
    kind = str(chosen["kind"])
    return tuple(
        parts.run(f"{factor:g}", _values(kind, factor), EPOCHS, DATA) for factor in FACTORS[kind]
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Mean absolute errors, which leave the price of the weights out."""
    return parts.gap_pictures(seen, style, "mae", (0, 80), EPOCHS, "error (mean absolute)")


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """A price narrows the gap; too high a price leaves nothing."""
    none, *_, most = seen.curves
    middle = seen.curves[2]
    gaps = [curve.last("val_mae") - curve.last("mae") for curve in (none, middle)]
    best = min(seen.curves, key=lambda curve: curve.last("val_mae"))
    return (
        parts.Claim(
            f"Without a price the network is {none.last('mae'):.0f} off on its training rows and "
            f"{none.last('val_mae'):.0f} on others: a gap of {gaps[0]:.0f}. At {middle.label} the "
            f"gap is {gaps[1]:.0f}.",
            gaps[1] < gaps[0],
        ),
        parts.Claim(
            f"Smallest validation error at the end: {best.label} with {best.last('val_mae'):.1f}; "
            f"without a price {none.last('val_mae'):.1f}.",
            best is not none,
        ),
        parts.Claim(
            f"At {most.label} weights are too dear to be used at all: the training error stays at "
            f"{most.last('mae'):.0f}.",
            most.last("mae") > 1.3 * middle.last("mae"),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """Why one of the two drives weights to zero."""
    return parts.Answer(
        1,
        "The slope of |w| is the same however small w is, so a weight that earns less than its "
        "price is pushed all the way to zero. The slope of w² shrinks with w: it makes "
        "weights small, hardly ever zero.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with a middling price."""
    kind = str(chosen["kind"])
    return parts.network(_values(kind, FACTORS[kind][2]), EPOCHS, DATA)


LESSON = parts.Lesson(
    id="penalties",
    title="L1 and L2: a price for weights",
    text=(
        "A network that has learned its rows by heart needs large weights to bend that sharply. So "
        "weights are given a price: a factor times the sum of their squares (L2), or of their "
        "sizes (L1), joins the loss. The network then uses a weight only if it earns what it "
        "costs.",
        "L2 makes all weights small. L1 makes many of them vanish and leaves the rest, which is a "
        "way to find out which inputs matter.",
        "The factor is searched on a log scale. Too small does nothing; too large and every weight "
        "is too dear, and the network answers with the mean. The picture shows the errors without "
        "the price.",
    ),
    knobs=(
        parts.Knob(
            "kind",
            "Price of",
            ("l2", "l1"),
            "l2",
            kind="choice",
            words={"l2": "L2, squares", "l1": "L1, sizes"},
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Which of the two makes many weights exactly zero?",
        ("L2", "L1", "Both alike"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="128 units in two layers learn 177 patients by heart. All are to stay.",
        goals=(parts.Goal("val_mae", below=46.5, at="end"),),
        turn=("l1", "l2"),
        values={"units": 128, "learning_rate": 0.003},
        data=DATA,
        epochs=EPOCHS,
        solution={"l2": 0.03},
    ),
    references=(
        "Krogh and Hertz: A Simple Weight Decay Can Improve Generalization, 1991.",
        "Tibshirani: Regression Shrinkage and Selection via the Lasso, 1996.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 7.1.",
    ),
)
