"""Lesson: what a hidden unit sees."""

from __future__ import annotations

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 40
WIDTHS = (1, 2, 3, 4, 8)
SEEDS = (1, 2, 3)
DEEP = "4 + 4"
"""Two layers of four units: the second looks at the first."""

GOOD = 0.95
STRAIGHT = 0.02
"""How much of a map's slopes may point aside and the map still count as one straight edge."""


def _data(chosen: parts.Chosen) -> dict[str, parts.Value]:
    return {"id": chosen["data"], "validation": 0.3, "test": 0.1}


def _values(network: str) -> dict[str, parts.Value]:
    units = [int(number) for number in network.split(" + ")]
    return {
        "layers": len(units),
        "units": units[0],
        "activation": "tanh",
        "learning_rate": 0.03,
    }


def _label(network: str, seed: int) -> str:
    return f"{network}, seed {seed}"


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Every width of one layer from several seeds, and one network of two layers."""
    asked = [(str(width), seed) for seed in SEEDS for width in WIDTHS]
    return tuple(
        parts.run(
            _label(network, seed),
            _values(network),
            EPOCHS,
            _data(chosen),
            seed,
            ["inside"] if seed == SEEDS[0] else [],
        )
        for network, seed in [*asked, (DEEP, SEEDS[0])]
    )


def drawn(chosen: parts.Chosen) -> str:
    """The network that the reader looks at."""
    return _label(str(chosen["network"]), SEEDS[0])


def _best(seen: parts.Seen, seed: int) -> dict[int, float]:
    """The highest validation accuracy so far of each width."""
    found = {width: seen.curve(_label(str(width), seed)) for width in WIDTHS}
    return {width: curve.most("val_accuracy") for width, curve in found.items() if curve.epochs}


def _range(seen: parts.Seen, width: int) -> tuple[float, float]:
    """The lowest and highest best accuracy of a width over the seeds."""
    best = [_best(seen, seed)[width] for seed in SEEDS]
    return min(best), max(best)


def _needed(seen: parts.Seen) -> int:
    """The fewest units of one layer that are good from every seed."""
    enough = [width for width in WIDTHS if _range(seen, width)[0] >= GOOD]
    return min(enough, default=WIDTHS[-1])


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The best accuracy against the units of one layer, a line for each seed."""
    lines = [
        charts.Line(f"seed {seed}", [*best], [*best.values()])
        for seed in SEEDS
        for best in (_best(seen, seed),)
    ]
    chart = charts.labelled_lines(
        lines,
        x_title="units in one hidden layer",
        y_title="best validation accuracy (0 to 1)",
        x_limits=(1, WIDTHS[-1]),
        y_limits=(0.5, 1.02),
        points=True,
        dark=style.dark,
        height=style.height,
        scale=style.scale,
    )
    return (chart,)


def _bent(maps: np.ndarray) -> list[float]:
    """Of each map the share of its slopes that point aside from their main direction.

    The smaller eigenvalue of the mean outer product of the gradient, as a share of both.
    """
    found = []
    for values in maps:
        slopes = np.stack([slope.ravel() for slope in np.gradient(values)])
        small, large = np.linalg.eigvalsh(slopes @ slopes.T)
        found.append(float(max(small, 0.0) / (small + large)) if large > 0 else 0.0)
    return found


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """How many lines the boundary takes, and that a second layer is needed to see a bend."""
    needed = _needed(seen)
    fewer = WIDTHS[max(0, WIDTHS.index(needed) - 1)]
    poor, good = _range(seen, fewer), _range(seen, needed)
    first, second = map(_bent, parts.unit_maps(seen.curve(_label(DEEP, SEEDS[0])), EPOCHS))
    straight, bent = (sum(value < STRAIGHT for value in layer) for layer in (first, second))
    return (
        parts.Claim(
            f"With {fewer} unit{'s' if fewer > 1 else ''}, no seed of {len(SEEDS)} gets more than "
            f"{poor[1]:.0%} of the rows right.",
            poor[1] < GOOD,
        ),
        parts.Claim(
            f"{needed} units are enough: {good[0]:.0%} at least, from every seed.",
            good[0] >= GOOD,
        ),
        parts.Claim(
            f"In the network {DEEP}, {straight} of the {len(first)} maps of the first layer are "
            f"one straight edge; of the second layer's, {bent or 'none'} of {len(second)}.",
            straight == len(first) and bent < len(second),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """How many lines close a shape."""
    needed = _needed(seen)
    return parts.Answer(
        2,
        "Two lines leave a wedge or a strip that is open at its ends; three close a triangle. In "
        f"the picture {needed} units of one layer are the fewest that reach {GOOD:.0%} from every "
        "seed.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network that is drawn."""
    return parts.network(_values(str(chosen["network"])), EPOCHS, _data(chosen))


LESSON = parts.Lesson(
    id="hidden_units",
    title="What a hidden unit sees",
    text=(
        "A unit of the first layer takes x and y, each times a weight, and adds a bias. Where the "
        "sum is zero lies a straight line: on one side the unit says something positive, on the "
        "other something negative, softly. That is all it can see.",
        "A ring has no straight side. One line cuts a piece off it; two leave a strip; three close "
        "a triangle around what is inside, and with more the corners get rounder. The answer only "
        "weighs the lines against each other.",
        "Each small map is what one unit says over the plane. Play the epochs to see the lines "
        "move into place, then choose 4 + 4: units of a second layer add up lines, and see corners "
        "and islands.",
    ),
    knobs=(
        parts.Knob("network", "Units of the drawn network", (*map(str, WIDTHS), DEEP), "3"),
        parts.Knob(
            "data",
            "Data",
            ("circles", "xor"),
            "circles",
            words={"circles": "a ring", "xor": "four corners"},
            kind="choice",
        ),
    ),
    runs=runs,
    drawn=drawn,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "How many units of one layer does it take to fence in a disc?",
        ("One", "Two", "Three"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="One unit draws one line, and the disc inside the ring has none beside it.",
        goals=(parts.Goal("val_accuracy", above=GOOD),),
        turn=("units",),
        at_most={"units": 4},
        values=_values("1"),
        data={"id": "circles", "validation": 0.3, "test": 0.1},
        epochs=EPOCHS,
        solution={"units": 4},
    ),
    references=(
        "Lippmann: An Introduction to Computing with Neural Nets, 1987, figure 14.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 6.1.",
    ),
)
