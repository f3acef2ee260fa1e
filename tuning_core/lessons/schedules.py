"""Lesson: learning-rate schedules."""

from __future__ import annotations

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 20
TAIL = 6
"""Epochs at the end over which a curve's unrest is measured."""

SCHEDULES: dict[str, dict[str, parts.Value]] = {
    "constant": {},
    "exponential": {"schedule": "exponential", "decay_rate": 0.01, "decay_epochs": EPOCHS},
    "step": {"schedule": "step", "decay_rate": 0.3, "decay_epochs": 5},
    "cosine": {"schedule": "cosine", "decay_rate": 0.01, "decay_epochs": EPOCHS},
}
"""The values that make each schedule."""


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """The same network under each schedule."""
    rate = float(chosen["learning_rate"])
    return tuple(
        parts.run(name, {"learning_rate": rate, **values}, EPOCHS)
        for name, values in SCHEDULES.items()
    )


def rates(name: str, rate: float) -> np.ndarray:
    """The learning rate at the start of each epoch of the picture, shape (EPOCHS,)."""
    values = SCHEDULES[name]
    epochs = np.arange(EPOCHS, dtype=float)
    decays = epochs / float(values.get("decay_epochs", 1))
    left = float(values.get("decay_rate", 1.0))
    if name == "exponential":
        return rate * left**decays
    if name == "step":
        return rate * left ** np.floor(decays)
    if name == "cosine":
        return rate * (left + (1 - left) * 0.5 * (1 + np.cos(np.pi * np.minimum(decays, 1.0))))
    return np.full(EPOCHS, rate)


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The rates of each schedule, and what comes of them."""
    rate = float(seen.chosen["learning_rate"])
    lines = [
        charts.Line(name, range(1, EPOCHS + 1), rates(name, rate).tolist()) for name in SCHEDULES
    ]
    schedule = charts.labelled_lines(
        lines,
        x_title="epoch",
        y_title="learning rate",
        x_limits=(1, EPOCHS),
        y_limits=(0, rate * 1.05),
        names=False,
        dark=style.dark,
        height=style.height,
    )
    return (
        parts.curve_picture(seen, style, "loss", (0.05, 3), EPOCHS, log=True),
        schedule,
    )


def _unrest(seen: parts.Seen, name: str) -> float:
    return seen.curve(name).wobble("val_loss", EPOCHS - TAIL)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """How calm each ends, and which ends lowest."""
    constant = _unrest(seen, "constant")
    others = {name: _unrest(seen, name) for name in SCHEDULES if name != "constant"}
    calmest = min(others, key=lambda name: others[name])
    ends = {name: seen.curve(name).last("val_loss") for name in SCHEDULES}
    order = sorted(ends, key=lambda name: ends[name])
    return (
        parts.Claim(
            f"In the last {TAIL} epochs the validation loss under a constant rate moves by "
            f"{constant:.3g} an epoch; under {calmest}, the calmest, by {others[calmest]:.2g}.",
            constant > others[calmest],
        ),
        parts.Claim(
            f"Every schedule that ends small ends calmer than the constant rate: "
            f"{', '.join(f'{name} {value:.2g}' for name, value in others.items())}.",
            all(value < constant for value in others.values()),
        ),
        parts.Claim(
            f"Lowest validation loss at the end: {order[0]} ({ends[order[0]]:.3f}), then "
            f"{order[1]} ({ends[order[1]]:.3f}); the constant rate has {ends['constant']:.3f}.",
            order[0] != "constant",
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What a cosine leaves of the rate halfway."""
    share = rates("cosine", 1.0)[EPOCHS // 2]
    step = rates("exponential", 1.0)[EPOCHS // 2]
    return parts.Answer(
        1,
        f"The cosine still has {share:.0%} of it, the exponential {step:.0%}: it falls fastest at "
        "first, the cosine in the middle. So a cosine keeps its long steps for longer.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture under a cosine."""
    values = {"learning_rate": float(chosen["learning_rate"]), **SCHEDULES["cosine"]}
    return parts.network(values, EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="schedules",
    title="Learning-rate schedules",
    text=(
        "Long steps are good at the start, when the valley is far away. Near its floor they are "
        "a nuisance: each jumps from one slope to the other, and the loss rattles instead of "
        "settling. A schedule begins with long steps and ends with short ones.",
        "Exponential takes the same share away in every epoch. Step keeps the rate for a while and "
        "then cuts it. A cosine starts slowly, falls in the middle and ends gently.",
        "A schedule is no cure for a wrong start: it multiplies the learning rate, which still has "
        "to be found. With a small rate there is little to calm, and shrinking it only slows "
        "training down.",
    ),
    knobs=(
        parts.Knob(
            "learning_rate", "Learning rate at the start", (0.001, 0.003, 0.01, 0.02, 0.03), 0.02
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Halfway through, which schedule has more of its learning rate left?",
        ("The exponential", "The cosine", "Both the same"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="A rate of 0.05 is quick at first, and rattles when it should settle.",
        goals=(parts.Goal("val_loss", below=0.42, at="end"),),
        turn=("schedule", "decay_rate", "decay_epochs"),
        values={"learning_rate": 0.05},
        epochs=20,
        solution={"schedule": "exponential", "decay_rate": 0.05, "decay_epochs": 10},
    ),
    references=(
        "Loshchilov and Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts, 2017.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 8.3.1.",
    ),
)
