"""Lesson: momentum, and the moving average behind it."""

from __future__ import annotations

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 20
RATE = 0.01
STEPS = 200
FIXED = (0.9, 0.98)


def series() -> tuple[np.ndarray, np.ndarray]:
    """A signal that rises and falls once, and the same with noise; shapes (STEPS,)."""
    signal = 2 * np.sin(np.linspace(0, 1.5 * np.pi, STEPS))
    return signal, signal + np.random.default_rng(3).normal(0, 1.0, STEPS)


def moving_average(values: np.ndarray, weight: float) -> np.ndarray:
    """The exponentially weighted mean of all values so far, corrected at the start.

    Each value counts ``weight`` times as much as the one after it (Kingma and Ba 2015, section 3).
    """
    total, result = 0.0, np.empty(len(values))
    for index, value in enumerate(values):
        total = weight * total + (1 - weight) * value
        result[index] = total / (1 - weight ** (index + 1))
    return result


def _weights(chosen: parts.Chosen) -> list[float]:
    return list(dict.fromkeys((*FIXED, float(chosen["momentum"]))))


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """SGD without momentum, with 0.9 and 0.98, and with the reader's own."""
    weights = dict.fromkeys((0.0, *_weights(chosen)))
    return tuple(
        parts.run(
            charts.number_text(weight),
            {"optimizer": "sgd", "learning_rate": RATE, "momentum": weight},
            EPOCHS,
        )
        for weight in weights
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Moving averages of a noisy series, and trainings with the same weights as momentum."""
    _, noisy = series()
    places = range(1, STEPS + 1)
    lines = [charts.Line("values", places, noisy.tolist(), quiet=True)]
    # Without momentum comes first in the trainings: the same weights then share their colours.
    lines += [charts.Line("0", [], [])]
    lines += [
        charts.Line(charts.number_text(weight), places, moving_average(noisy, weight).tolist())
        for weight in _weights(seen.chosen)
        if weight
    ]
    averages = charts.labelled_lines(
        lines,
        x_title="step",
        y_title="value and its moving average",
        x_limits=(0, STEPS),
        y_limits=(-4.5, 4.5),
        dark=style.dark,
        height=style.height,
        scale=style.scale,
    )
    return (averages, parts.curve_picture(seen, style, "loss", (0.05, 3), EPOCHS, log=True))


def _lag(weight: float) -> float:
    """Root mean square distance of the moving average of the signal itself from the signal."""
    signal, _ = series()
    return float(np.sqrt(np.mean((moving_average(signal, weight) - signal) ** 2)))


def _unrest(weight: float) -> float:
    """Mean step of the noisy series' moving average, its first fifth left out."""
    return float(np.abs(np.diff(moving_average(series()[1], weight)[STEPS // 5 :])).mean())


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Smoothness against delay, and what momentum does for a slow training."""
    less, more = FIXED
    plain, middle = seen.curve("0"), seen.curve(charts.number_text(less))
    own = float(seen.chosen["momentum"])
    memory = 1 / (1 - own)
    share = 1 - own**memory
    return (
        parts.Claim(
            f"The average with {more} is smoother than with {less} (it moves by "
            f"{_unrest(more):.3f} a step against {_unrest(less):.3f}) and further behind "
            f"({_lag(more):.2f} off the signal against {_lag(less):.2f}).",
            _unrest(more) < _unrest(less) and _lag(more) > _lag(less),
        ),
        parts.Claim(
            f"SGD at {RATE} with momentum {less} reaches a validation loss of "
            f"{middle.last('val_loss'):.2f} in {EPOCHS} epochs, without momentum "
            f"{plain.last('val_loss'):.2f}.",
            middle.last("val_loss") < plain.last("val_loss"),
        ),
        parts.Claim(
            f"Yours, {own:g}, looks back on about 1 / (1 - {own:g}) = {memory:,.0f} steps: they "
            f"carry {share:.0%} of the weight.",
            share > 0.6,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """How many steps an average with 0.98 looks back on."""
    weight = 0.98
    share = 1 - weight ** (1 / (1 - weight))
    return parts.Answer(
        2,
        f"1 / (1 - {weight}) = {1 / (1 - weight):.0f}. The last {1 / (1 - weight):.0f} steps carry "
        f"{share:.0%} of the weight, older ones the rest.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """SGD with the reader's momentum."""
    values: dict[str, parts.Value] = {
        "optimizer": "sgd",
        "learning_rate": RATE,
        "momentum": float(chosen["momentum"]),
    }
    return parts.network(values, EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="momentum",
    title="Momentum and the moving average",
    text=(
        "A moving average keeps most of what it was and takes in a little of what is new. With a "
        "weight of 0.9 it looks back on about 10 values, with 0.98 on about 50. The longer it "
        "looks back, the smoother it is, and the later it notices a turn: see the first picture.",
        "Momentum does the same with gradients. Each update goes on in the direction of the last "
        "ones. What points to and fro cancels out, what points the same way adds up, so that the "
        "steps along a gentle slope grow up to ten times as long with 0.9.",
        "Too much of it overshoots: a ball that has gathered speed rolls up the other side. The "
        "second picture trains with the same weights.",
    ),
    knobs=(
        parts.Knob(
            "momentum",
            "Your momentum",
            (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999),
            0.99,
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "On about how many past values does an average with a weight of 0.98 look back?",
        ("2", "20", "50", "98"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="SGD creeps at this small learning rate, which stays as it is.",
        goals=(parts.Goal("val_loss", below=0.4, at="end"),),
        turn=("momentum",),
        values={"optimizer": "sgd", "learning_rate": RATE, "momentum": 0.0},
        epochs=12,
        solution={"momentum": 0.95},
    ),
    references=(
        "Sutskever, Martens, Dahl and Hinton: On the Importance of Initialization and Momentum "
        "in Deep Learning, 2013.",
        "Goh: Why Momentum Really Works, Distill, 2017.",
        "Kingma and Ba: Adam, 2015, section 3.",
    ),
)
