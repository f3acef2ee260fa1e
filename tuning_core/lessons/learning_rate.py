"""Lesson: the learning rate."""

from __future__ import annotations

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 20
LARGE, GOOD, TINY = 1.0, 0.01, 1e-7
FIXED = (GOOD, LARGE, TINY)


def _name(rate: float) -> str:
    return charts.number_text(rate)


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """The three classic rates and the reader's own."""
    rates = dict.fromkeys((*FIXED, float(chosen["learning_rate"])))
    return tuple(parts.run(_name(rate), {"learning_rate": rate}, EPOCHS) for rate in rates)


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The loss of every rate, training and validation, on a log axis."""
    return (
        parts.curve_picture(
            seen,
            style,
            "loss",
            (0.001, 10),
            EPOCHS,
            log=True,
            parts=(parts.VALIDATION, parts.TRAINING),
        ),
    )


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """That 1 bounces, 0.01 learns and 1e-7 stands still."""
    large, good, tiny = (seen.curve(_name(rate)) for rate in (LARGE, GOOD, TINY))
    own = seen.curve(_name(float(seen.chosen["learning_rate"])))
    rest = EPOCHS // 4
    bounces = [curve.rises("loss", rest) for curve in (large, good)]
    moved = abs(tiny.last("loss") - tiny.at("loss", 1))
    first, last = own.at("val_loss", 1), own.last("val_loss")
    return (
        parts.Claim(
            f"1 oscillates: after epoch {rest + 1} its training loss went up in {bounces[0]} of "
            f"{EPOCHS - rest - 1} epochs, that of 0.01 in {bounces[1]}. It ends at "
            f"{large.last('val_accuracy'):.0%} of validation rows right, guessing gives 10%.",
            bounces[0] > bounces[1] and large.last("val_accuracy") < 0.3,
        ),
        parts.Claim(
            f"0.01 works: {good.last('val_accuracy'):.0%} right after {EPOCHS} epochs.",
            good.last("val_accuracy") > 0.85,
        ),
        parts.Claim(
            f"1e-7 learns nothing: its training loss moved by {moved:.4f} in {EPOCHS} epochs.",
            moved < 0.01,
        ),
        parts.Claim(
            f"Yours, {own.label}: validation loss {first:.3g} after one epoch, {last:.3g} at the "
            f"end, {'lower' if last < first else 'not lower'}.",
            len(own.epochs) == EPOCHS or own.diverged,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """The distance that a rate of 1e-7 covers, against that of 0.01."""
    good, tiny = seen.curve(_name(GOOD)), seen.curve(_name(TINY))
    gained = good.at("loss", 1) - good.last("loss")
    crawled = max(tiny.at("loss", 1) - tiny.last("loss"), 1e-9)
    factor = GOOD / TINY
    return parts.Answer(
        2,
        f"Its steps are {factor:,.0f} times as small: in the {EPOCHS} epochs of the picture it "
        f"lowered the training loss by {crawled:.1g}, against {gained:.2f}. "
        "Waiting is no remedy for a rate that is far too small.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with the reader's rate."""
    return parts.network({"learning_rate": float(chosen["learning_rate"])}, EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="learning_rate",
    title="The learning rate",
    text=(
        "Training goes downhill on the loss in small steps. The learning rate is the length of a "
        "step. If one knob is to be tuned, it is this one.",
        "Too long a step jumps over the valley and lands on the other side, perhaps higher than "
        "before: the loss oscillates, or is thrown so far off that the network never recovers. "
        "Too short a step goes the right way and never arrives. Between them lie a few powers of "
        "ten in which training works, and one of them is quickest.",
        "The picture trains the same small network on handwritten digits with 1, 0.01 and 1e-7. "
        "Add a rate of your own and look for the edges of what works.",
    ),
    knobs=(
        parts.Knob(
            "learning_rate",
            "Your learning rate",
            (1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 0.3, 1.0, 3.0),
            1e-3,
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "How many times more epochs would 1e-7 need to get as far as 0.01, if steps were all?",
        ("10 times", "1,000 times", "100,000 times"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="With a rate of 0.0001 this network has hardly moved after five epochs.",
        goals=(parts.Goal("val_loss", below=0.5),),
        turn=("learning_rate",),
        values={"learning_rate": 1e-4},
        epochs=5,
        solution={"learning_rate": 0.01},
    ),
    references=(
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 11.4.1.",
        "Bengio: Practical Recommendations for Gradient-Based Training of Deep Architectures, "
        "2012.",
        "Smith: Cyclical Learning Rates for Training Neural Networks, 2017.",
    ),
)
