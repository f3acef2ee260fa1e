"""Lesson: optimizers."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 15
OPTIMIZERS: dict[str, dict[str, parts.Value]] = {
    "Adam": {"optimizer": "adam"},
    "SGD": {"optimizer": "sgd"},
    "SGD, momentum 0.9": {"optimizer": "sgd", "momentum": 0.9},
    "RMSprop": {"optimizer": "rmsprop"},
    "Adagrad": {"optimizer": "adagrad"},
}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """The same network with each optimizer at one learning rate."""
    rate = float(chosen["learning_rate"])
    return tuple(
        parts.run(name, {**values, "learning_rate": rate}, EPOCHS)
        for name, values in OPTIMIZERS.items()
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The validation loss under every optimizer."""
    return (parts.curve_picture(seen, style, "loss", (0.1, 4), EPOCHS, log=True),)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Who ends lowest and highest at this rate."""
    ends = {curve.label: curve.last("val_loss") for curve in seen.curves}
    order = sorted(ends, key=lambda name: ends[name])
    plain, fast = ends["SGD"], ends["SGD, momentum 0.9"]
    rate = float(seen.chosen["learning_rate"])
    return (
        parts.Claim(
            f"At {rate:g}, {order[0]} ends lowest ({ends[order[0]]:.2f}) and {order[-1]} highest "
            f"({ends[order[-1]]:.2f}).",
            ends[order[0]] < ends[order[-1]],
        ),
        parts.Claim(
            f"Momentum helps SGD at this rate: {fast:.2f} instead of {plain:.2f}.",
            fast < plain,
        ),
        parts.Claim(
            f"At this rate Adam is ahead of plain SGD: {ends['Adam']:.2f} against {plain:.2f}.",
            ends["Adam"] < plain,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """Why adam moves at all with small gradients."""
    first = seen.curve("Adam").at("val_loss", 1), seen.curve("SGD").at("val_loss", 1)
    return parts.Answer(
        0,
        "It divides by the size of recent gradients: a weight moves by about the learning rate "
        "however small its gradient. SGD moves by rate times gradient. After the first epoch here: "
        f"{first[0]:.2f} against {first[1]:.2f}.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with SGD and momentum."""
    values = {**OPTIMIZERS["SGD, momentum 0.9"], "learning_rate": float(chosen["learning_rate"])}
    return parts.network(values, EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
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
    knobs=(
        parts.Knob(
            "learning_rate", "Learning rate for all", (0.0003, 0.001, 0.01, 0.1, 0.3), 0.001
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Gradients are tiny. Which of the two still takes steps of about the learning rate?",
        ("Adam", "SGD", "Neither"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="Plain SGD stands nearly still at 0.001, a rate that suits Adam. Keep SGD, and give "
        "it a rate of its own.",
        goals=(parts.Goal("val_loss", below=0.42),),
        turn=("learning_rate",),
        values={"optimizer": "sgd", "learning_rate": 0.001},
        epochs=10,
        solution={"learning_rate": 0.3},
    ),
    references=(
        "Kingma and Ba: Adam: A Method for Stochastic Optimization, 2015.",
        "Choi et al.: On Empirical Comparisons of Optimizers for Deep Learning, 2019.",
        "Wilson et al.: The Marginal Value of Adaptive Gradient Methods in Machine Learning, 2017.",
    ),
)
