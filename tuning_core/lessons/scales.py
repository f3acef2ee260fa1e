"""Lesson: why a range has a scale."""

from __future__ import annotations

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts
from tuning_core.space.parameters import Range, Scale

RANGES: dict[str, tuple[float, float, Scale]] = {
    "learning rate": (1e-4, 1.0, "log"),
    "momentum": (0.9, 0.9999, "reverse_log"),
}
NAMES: dict[str, str] = {
    "linear": "linear scale",
    "log": "log scale",
    "reverse_log": "reverse log scale",
}


def drawn(chosen: parts.Chosen) -> dict[str, list[float]]:
    """The draws of each scale, by the scale's name; both from the same random shares."""
    low, high, scale = RANGES[str(chosen["range"])]
    shares = np.random.default_rng(int(chosen["again"])).random(int(chosen["draws"]))
    scales: tuple[Scale, ...] = ("linear", scale)
    return {
        NAMES[kind]: [
            float(Range("drawn", low, high, scale=kind).quantile(float(share))) for share in shares
        ]
        for kind in scales
    }


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """Both scales' draws on one axis."""
    name = str(seen.chosen["range"])
    low, high, scale = RANGES[name]
    chart = charts.draws(
        drawn(seen.chosen),
        (low, high),
        title=name,
        towards_one=scale == "reverse_log",
        dark=style.dark,
        height=style.height,
    )
    return (chart,)


def _beyond(chosen: parts.Chosen) -> tuple[str, int, int, int]:
    """What the linear scale neglects, how many draws each scale has there, and of how many."""
    low, high, scale = RANGES[str(chosen["range"])]
    linear, other = drawn(chosen).values()
    if scale == "log":
        edge = high / 10
        counts = [sum(value < edge for value in values) for values in (linear, other)]
        return f"below {edge:g}", counts[0], counts[1], len(linear)
    edge = 1 - (1 - low) / 10
    counts = [sum(value > edge for value in values) for values in (linear, other)]
    return f"above {edge:g}", counts[0], counts[1], len(linear)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Where the draws of each scale fall."""
    where, linear, other, count = _beyond(seen.chosen)
    low, high, scale = RANGES[str(seen.chosen["range"])]
    median = Range("drawn", low, high, scale=scale).quantile(0.5)
    return (
        parts.Claim(
            f"{linear} of {count} draws on the linear scale lie {where}; "
            f"on the {NAMES[scale]} it is {other}.",
            linear < other,
        ),
        parts.Claim(
            f"Half of what the {NAMES[scale]} draws lies below {median:.3g}; on the linear scale "
            f"half lies below {(low + high) / 2:.3g}.",
            bool(median != (low + high) / 2),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """The share of a linear range from 0.0001 to 1 that lies below 0.1."""
    linear = Range("drawn", 1e-4, 1.0)
    share = linear.position(0.1)
    options = (0.10, 0.50, 0.75)
    right = int(np.argmin([abs(share - option) for option in options]))
    return parts.Answer(
        right,
        f"{share:.0%}. The other three quarters of the range in powers of ten, where most good "
        "learning rates lie, share a tenth of the draws.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """A random search over the range on the right scale."""
    low, high, scale = RANGES[str(chosen["range"])]
    space: dict[str, object] = {"learning_rate": {"low": low, "high": high, "scale": scale}}
    if scale == "reverse_log":
        space = {
            "optimizer": "sgd",
            "learning_rate": 0.01,
            "momentum": {"low": low, "high": high, "scale": scale},
        }
    return parts.search(f"The {chosen['range']} on a {NAMES[scale]}", space)


LESSON = parts.Lesson(
    id="scales",
    title="Why a range has a scale",
    text=(
        "A learning rate of 0.1 and one of 0.2 behave much alike; 0.001 and 0.002 differ as much "
        "from each other as those two. What counts is the factor between two values, not their "
        "difference. So a range of learning rates is searched evenly in its powers of ten: on a "
        "log scale.",
        "Momentum is the same story from the other end. With 0.9 about 10 past gradients count, "
        "with 0.99 about 100, with 0.999 about 1,000. What matters is the distance to 1. "
        "Reverse log draws that distance evenly in its powers of ten.",
        "The picture draws from one range twice, with the same random numbers. The figures "
        "count the draws in each power of ten.",
    ),
    knobs=(
        parts.Knob("range", "Range", tuple(RANGES), "learning rate", kind="choice"),
        parts.Knob("draws", "Draws", (20, 50, 100, 200), 50),
        parts.Knob("again", "Draw again", tuple(range(1, 9)), 1, help="Other random numbers."),
    ),
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Learning rates from 0.0001 to 1, drawn on a linear scale: how many fall below 0.1?",
        ("About 10 %", "About 50 %", "About 75 %"),
        answer,
    ),
    try_it=try_it,
    aim=parts.PictureAim(
        words="Get more than 12 learning rates below 0.1 out of the linear scale. The log scale "
        "needs about 20 draws for it.",
        name="linear draws below 0.1",
        value=lambda seen: float(_beyond(seen.chosen)[1]),
        above=12,
        held={"range": "learning rate"},
        solution={"draws": 200, "again": 2},
    ),
    references=(
        "Bengio: Practical Recommendations for Gradient-Based Training of Deep Architectures, "
        "2012, section 3.",
        "Goodfellow, Bengio and Courville: Deep Learning, 2016, section 11.4.",
    ),
)
