"""Lesson: initialisers."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 12
RATE = 0.003
NAMES = {
    "zeros": "zeros",
    "normal": "normal, 0.05",
    "glorot_uniform": "Glorot",
    "he_normal": "He",
}


def _values(initializer: str, layers: int) -> dict[str, parts.Value]:
    return {"kernel_initializer": initializer, "layers": layers, "learning_rate": RATE}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """The same network from each kind of first weights."""
    layers = int(chosen["layers"])
    return tuple(
        parts.run(words, _values(name, layers), EPOCHS) for name, words in reversed(NAMES.items())
    )


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The validation loss from every kind of first weights."""
    return (parts.curve_picture(seen, style, "loss", (0.15, 3), EPOCHS, log=True),)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Zeros never learn; drawing to the width of the layer starts better."""
    zeros, normal, glorot, he = (seen.curve(words) for words in NAMES.values())
    early = 3
    after = {c.label: c.at("val_loss", early) for c in (normal, glorot, he)}
    best = min(after, key=lambda name: after[name])
    return (
        parts.Claim(
            f"From zeros the network stays where it began: validation loss "
            f"{zeros.values('val_loss')[0]:.2f} after one epoch, {zeros.last('val_loss'):.2f} at "
            "the end. Guessing among ten digits costs ln 10 = 2.30.",
            zeros.last("val_loss") > 2.2,
        ),
        parts.Claim(
            f"After {early} epochs {best} is ahead with {after[best]:.2f}; a fixed deviation of "
            f"0.05 has {after[normal.label]:.2f}.",
            best != normal.label,
        ),
        parts.Claim(
            f"Glorot and He both end below the fixed deviation: {glorot.last('val_loss'):.2f} and "
            f"{he.last('val_loss'):.2f} against {normal.last('val_loss'):.2f}.",
            max(glorot.last("val_loss"), he.last("val_loss")) < normal.last("val_loss"),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """Why zeros stay."""
    right = seen.curve(NAMES["zeros"]).last("val_accuracy")
    return parts.Answer(
        1,
        "All units of a layer see the same, say the same and are corrected the same: they stay one "
        f"unit for ever, and with zeros not even that one moves. It got {right:.0%} of the "
        "validation rows right.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network of the picture with He's weights."""
    return parts.network(_values("he_normal", int(chosen["layers"])), EPOCHS, parts.DIGITS)


LESSON = parts.Lesson(
    id="initialisers",
    title="Initialisers",
    text=(
        "Before the first update the weights must be something. All zeros is the one clear "
        "mistake: units that begin alike are corrected alike, and a layer of 64 equal units is a "
        "layer of one.",
        "So weights are drawn at random, and the question is how widely. A signal passes through "
        "one layer after the other. Weights too small make it fade, weights too large make it "
        "explode, and the deeper the network the worse. Glorot draws to a width that keeps the "
        "size of the signal for tanh. He doubles the variance, because relu cuts half of the "
        "signal away.",
        "With one layer the choice hardly matters. Make the network deeper and watch a fixed "
        "deviation fall behind.",
    ),
    knobs=(parts.Knob("layers", "Hidden layers", (1, 2, 3, 4, 6), 3),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Why does a network that begins with zeros not learn?",
        (
            "Its learning rate is too small",
            "All units of a layer stay alike",
            "Zeros cannot be multiplied",
        ),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="Six layers that begin with a fixed deviation of 0.05: the signal fades on its way.",
        goals=(parts.Goal("val_loss", below=0.6),),
        turn=("kernel_initializer",),
        values=_values("normal", 6),
        epochs=4,
        solution={"kernel_initializer": "he_normal"},
    ),
    references=(
        "Glorot and Bengio: Understanding the Difficulty of Training Deep Feedforward Neural "
        "Networks, 2010.",
        "He, Zhang, Ren and Sun: Delving Deep into Rectifiers, 2015.",
    ),
)
