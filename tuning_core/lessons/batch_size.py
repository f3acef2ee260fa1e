"""Lesson: the batch size."""

from __future__ import annotations

import math

from tuning_core.lessons import parts

EPOCHS = 12
ROWS = 359
"""Training rows of the picture."""
SIZES = (64, 16, 10, 2, 1)


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """SGD with each batch size at one learning rate, the quickest to train first."""
    rate = float(chosen["learning_rate"])
    return tuple(
        parts.run(
            str(size), {"optimizer": "sgd", "learning_rate": rate, "batch_size": size}, EPOCHS
        )
        for size in SIZES
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The validation loss for every batch size."""
    return (parts.curve_picture(seen, style, "loss", (0.1, 4), EPOCHS, log=True),)


def updates(size: int) -> int:
    """Updates in an epoch."""
    return math.ceil(ROWS / size)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Small batches are quick and noisy, large ones slow and steady."""
    one, large = seen.curve("1"), seen.curve("64")
    early = 2
    losses = one.at("val_loss", early), large.at("val_loss", early)
    rises = one.rises("val_loss"), large.rises("val_loss")
    ends = {size: seen.curve(str(size)).last("val_loss") for size in SIZES}
    best = min(ends, key=lambda size: ends[size])
    return (
        parts.Claim(
            f"An epoch is {updates(1)} updates with a batch size of 1 and {updates(64)} with 64. "
            f"After {early} epochs the validation losses are {losses[0]:.2f} and {losses[1]:.2f}.",
            losses[0] < losses[1],
        ),
        parts.Claim(
            f"Noise: from epoch to epoch the validation loss went up {rises[0]} times with a batch "
            f"size of 1 and {rises[1]} times with 64.",
            rises[0] > rises[1],
        ),
        parts.Claim(
            f"At this learning rate a batch size of {best} ends lowest, at {ends[best]:.2f}; "
            f"64 ends at {ends[64]:.2f}.",
            ends[best] < ends[64],
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """How noise falls with the batch size."""
    return parts.Answer(
        1,
        f"The mean of n independent rows scatters by 1 / √n: four times the rows halve the noise, "
        f"at four times the work for one update. Here an epoch falls from {updates(16)} updates "
        f"to {updates(64)}.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with batches of 16."""
    values: dict[str, parts.Value] = {
        "optimizer": "sgd",
        "learning_rate": float(chosen["learning_rate"]),
        "batch_size": 16,
    }
    return parts.network(values, EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="batch_size",
    title="The batch size",
    text=(
        "Each update looks at one batch of rows. A batch of 1 is the cheapest update there is and "
        "a wild one: a single row says little about all of them. A batch of all rows points the "
        "right way, and costs a whole epoch for a single step.",
        "So with one learning rate and the same number of epochs, small batches take many noisy "
        "steps and large ones few calm ones. Noise is not only bad: it shakes a network out of "
        "poor places. And work on a batch is done in parallel, so large batches finish their epoch "
        "sooner.",
        "Batch size and learning rate belong together. Turn the rate up and see which batch "
        "sizes bear it.",
    ),
    knobs=(
        parts.Knob("learning_rate", "Learning rate (SGD)", (0.003, 0.01, 0.05, 0.1, 0.3), 0.05),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Batches of 64 instead of 16: how much less do the gradients scatter?",
        ("A quarter of before", "Half of before", "Not at all"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="SGD takes six steps an epoch here: too few at this learning rate.",
        goals=(parts.Goal("val_loss", below=0.5),),
        turn=("batch_size",),
        values={"optimizer": "sgd", "learning_rate": 0.05, "batch_size": 64},
        epochs=4,
        solution={"batch_size": 2},
    ),
    references=(
        "Keskar et al.: On Large-Batch Training for Deep Learning, 2017.",
        "Masters and Luschi: Revisiting Small Batch Training for Deep Neural Networks, 2018.",
        "Goyal et al.: Accurate, Large Minibatch SGD, 2017.",
    ),
)
