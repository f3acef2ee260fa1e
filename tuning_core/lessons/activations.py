"""Lesson: activations."""

from __future__ import annotations

from tuning_core.lessons import parts

EPOCHS = 40
DATA = {"id": "spirals", "validation": 0.3, "test": 0.1}
ACTIVATIONS = ("relu", "tanh", "sigmoid", "linear")


def _values(activation: str, layers: int) -> dict[str, parts.Value]:
    return {"activation": activation, "layers": layers, "units": 24, "learning_rate": 0.01}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """The two spirals, learned with each activation."""
    layers = int(chosen["layers"])
    return tuple(parts.run(name, _values(name, layers), EPOCHS, DATA) for name in ACTIVATIONS)


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The validation accuracy with every activation."""
    return (parts.curve_picture(seen, style, "accuracy", (0.4, 1.02), EPOCHS),)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Without a bend depth adds nothing; of the bent ones some are quicker."""
    most = {name: seen.curve(name).most("val_accuracy") for name in ACTIVATIONS}
    bent = {name: value for name, value in most.items() if name != "linear"}
    best = max(bent, key=lambda name: bent[name])
    relu, sigmoid = (seen.curve(name).last("loss") for name in ("relu", "sigmoid"))
    layers = int(seen.chosen["layers"])
    return (
        parts.Claim(
            f"linear never gets beyond {most['linear']:.0%} of the rows right, with {layers} "
            "hidden layers as with any other number: two turns of a spiral are no matter for one "
            "straight cut.",
            most["linear"] < 0.75,
        ),
        parts.Claim(
            f"{best} gets furthest, to {most[best]:.0%}.",
            most[best] > most["linear"],
        ),
        parts.Claim(
            f"relu is quicker than sigmoid here: a training loss of {relu:.2f} against "
            f"{sigmoid:.2f} after {EPOCHS} epochs.",
            relu < sigmoid,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What a stack of linear layers is."""
    curve = seen.curve("linear")
    return parts.Answer(
        0,
        "A sum of sums is a sum: two linear layers multiply out to one. In the picture the linear "
        f"network ends at {curve.last('val_accuracy'):.0%}, and more layers would not help it.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The spirals with relu."""
    return parts.network(_values("relu", int(chosen["layers"])), EPOCHS, DATA)


LESSON = parts.Lesson(
    id="activations",
    title="Activations",
    text=(
        "A hidden unit adds up its inputs, each times a weight, and then bends the sum: that bend "
        "is the activation. Without it a network of any depth is one straight cut through the "
        "data, for layers of sums multiply out to a single sum.",
        "relu cuts off below zero. tanh and sigmoid squash large sums to a plateau, on which the "
        "slope is nearly nothing: the gradient that comes back through several such layers is a "
        "product of small numbers, and the first layers hardly learn. relu has no plateau on its "
        "right side, which is why deep networks use it or one of its smooth relatives.",
        "The picture learns to tell two spirals apart.",
    ),
    knobs=(parts.Knob("layers", "Hidden layers", (1, 2, 3, 4), 2),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Five hidden layers, all with a linear activation. What can the network draw?",
        ("One straight boundary", "A boundary with five bends", "Any boundary"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="Two layers without a bend draw one straight line.",
        goals=(parts.Goal("val_accuracy", above=0.93),),
        turn=("activation",),
        values=_values("linear", 2),
        data=DATA,
        epochs=30,
        solution={"activation": "relu"},
    ),
    references=(
        "Glorot, Bordes and Bengio: Deep Sparse Rectifier Neural Networks, 2011.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 6.3.",
    ),
)
