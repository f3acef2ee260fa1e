"""Lesson: optimizers."""

from __future__ import annotations

from tuning_core.catalog import Value
from tuning_core.charts.parts.chart import Chart
from tuning_core.lessons.parts.curve_picture import curve_picture
from tuning_core.lessons.parts.lesson import (
    Answer,
    Chosen,
    Claim,
    Knob,
    Lesson,
    Look,
    Question,
    Seen,
    Setting,
)
from tuning_core.lessons.parts.runs import DIGITS, Run, run
from tuning_core.lessons.parts.settings import network

EPOCHS = 15
OPTIMIZERS: dict[str, dict[str, Value]] = {
    "Adam": {"optimizer": "adam"},
    "SGD": {"optimizer": "sgd"},
    "SGD, momentum 0.9": {"optimizer": "sgd", "momentum": 0.9},
    "RMSprop": {"optimizer": "rmsprop"},
    "Adagrad": {"optimizer": "adagrad"},
}


def runs(chosen: Chosen) -> tuple[Run, ...]:
    """The same network with each optimizer at one learning rate."""
    rate = float(chosen["learning_rate"])
    return tuple(
        run(name, {**values, "learning_rate": rate}, EPOCHS) for name, values in OPTIMIZERS.items()
    )


def pictures(seen: Seen, look: Look) -> tuple[Chart, ...]:
    """The validation loss under every optimizer."""
    return (curve_picture(seen, look, "loss", (0.1, 4), EPOCHS, log=True),)


def claims(seen: Seen) -> tuple[Claim, ...]:
    """Who ends lowest and highest at this rate."""
    ends = {curve.label: curve.last("val_loss") for curve in seen.curves}
    order = sorted(ends, key=lambda name: ends[name])
    plain, fast = ends["SGD"], ends["SGD, momentum 0.9"]
    rate = float(seen.chosen["learning_rate"])
    return (
        Claim(
            f"At {rate:g}, {order[0]} ends lowest ({ends[order[0]]:.2f}) and {order[-1]} highest "
            f"({ends[order[-1]]:.2f}).",
            ends[order[0]] < ends[order[-1]],
        ),
        Claim(
            f"Momentum helps SGD at this rate: {fast:.2f} instead of {plain:.2f}.",
            fast < plain,
        ),
        Claim(
            f"At this rate Adam is ahead of plain SGD: {ends['Adam']:.2f} against {plain:.2f}.",
            ends["Adam"] < plain,
        ),
    )


def answer(seen: Seen) -> Answer:
    """Why adam moves at all with small gradients."""
    first = seen.curve("Adam").at("val_loss", 1), seen.curve("SGD").at("val_loss", 1)
    return Answer(
        0,
        "It divides by the size of recent gradients: a weight moves by about the learning rate "
        "however small its gradient. SGD moves by rate times gradient. After the first epoch here: "
        f"{first[0]:.2f} against {first[1]:.2f}.",
    )


def setting(chosen: Chosen) -> Setting:
    """The network of the picture with SGD and momentum."""
    values = {**OPTIMIZERS["SGD, momentum 0.9"], "learning_rate": float(chosen["learning_rate"])}
    return network(values, EPOCHS, DIGITS)


LESSON = Lesson(
    id="optimizers",
    title="Optimizers",
    text=(
        "An optimizer is the rule that turns gradients into updates. SGD takes the gradient times "
        "the learning rate. Momentum adds the last updates to it. Adagrad gives every weight its "
        "own rate, which shrinks with all the gradients it has ever seen. RMSprop forgets old "
        "gradients, so its rates can recover. Adam is RMSprop with momentum.",
        "None is best as such. What looks like a better optimizer is often a better learning rate "
        "for it: those that divide by the size of the gradients want rates near 0.001, plain SGD "
        "wants far larger ones. Move the rate, and the order changes. So an honest comparison "
        "tunes the rate of each.",
    ),
    knobs=(Knob("learning_rate", "Learning rate for all", (0.0003, 0.001, 0.01, 0.1, 0.3), 0.001),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=Question(
        "Gradients are tiny. Which of the two still takes steps of about the learning rate?",
        ("Adam", "SGD", "Neither"),
        answer,
    ),
    setting=setting,
    references=(
        "Kingma and Ba: Adam: A Method for Stochastic Optimization, 2015.",
        "Choi et al.: On Empirical Comparisons of Optimizers for Deep Learning, 2019.",
        "Wilson et al.: The Marginal Value of Adaptive Gradient Methods in Machine Learning, 2017.",
    ),
)
