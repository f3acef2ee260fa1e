"""Lesson: what a filter sees."""

from __future__ import annotations

import itertools

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 30
COUNTS = (4, 8, 16)
SEEDS = (1, 2, 3)
CHANCE = 2 / 8
"""What a slope explains of nine random numbers less their mean: two directions of eight."""

BEFORE, AFTER = "before training", "after training"


def _values(filters: int) -> dict[str, parts.Value]:
    return {"blocks": 1, "filters": filters, "kernel_size": 3, "dropout": 0.0}


def _label(filters: int, seed: int) -> str:
    return f"{filters} filters, seed {seed}"


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Convolutional networks of one block, with each number of filters, from several seeds."""
    views = ["inside", "importance"]
    return tuple(
        parts.run(_label(filters, seed), _values(filters), EPOCHS, parts.DIGITS, seed, views, "cnn")
        for seed in SEEDS
        for filters in COUNTS
    )


def drawn(chosen: parts.Chosen) -> str:
    """The network that the reader looks at."""
    return _label(int(chosen["filters"]), SEEDS[0])


def _slopes(filters: np.ndarray) -> list[float]:
    """Of each filter (filters, 3, 3) the share of its pattern that a straight slope explains.

    A slope from dark to light, in whatever direction: what an edge looks like from near by.
    """
    flat = filters.reshape(len(filters), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    down, across = np.indices(filters.shape[1:]).reshape(2, -1) - (filters.shape[1] - 1) / 2
    along = flat @ np.stack([down, across]).T / np.sqrt((down**2).sum())
    shares: list[float] = ((along**2).sum(axis=1) / (flat**2).sum(axis=1)).tolist()
    return shares


def _edges(seen: parts.Seen) -> dict[str, list[float]]:
    """The share of every filter of all trainings, before and after."""
    found: dict[str, list[float]] = {BEFORE: [], AFTER: []}
    for curve in seen.curves:
        for name, epoch in ((BEFORE, 0), (AFTER, EPOCHS)):
            if epoch in curve.inside:
                found[name] += _slopes(parts.first_filters(curve, epoch))
    return found


def _lost(seen: parts.Seen, filters: int, seeds: tuple[int, ...] = SEEDS) -> list[list[float]]:
    """What each filter's silence costs, in shares of the rows, a list for each seed so far."""
    curves = [seen.curve(_label(filters, seed)) for seed in seeds]
    found = [curve.views.get("importance", {}).get("lost") for curve in curves]
    return [lost for lost in found if lost]


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """What it costs to silence a filter, or how much of each is a slope."""
    words = {
        str(count): [
            f"filter {n + 1}, seed {seed}"
            for seed in SEEDS
            for lost in _lost(seen, count, (seed,))
            for n in range(len(lost))
        ]
        for count in COUNTS
    }
    if seen.chosen["shown"] == "edges":
        groups, title, limits = _edges(seen), "share that is a slope (0 to 1)", (0.0, 1.0)
        x_title = "filters of all networks"
    else:
        groups = {str(count): [*itertools.chain(*_lost(seen, count))] for count in COUNTS}
        title, limits, x_title = "accuracy lost without it (0 to 1)", (-0.03, 0.45), "filters"
    chart = charts.strips(
        groups,
        y_title=title,
        y_limits=limits,
        x_title=x_title,
        words=words,
        dark=style.dark,
        height=style.height,
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """Filters turn to edges; some matter, some hardly; the more there are the less one matters."""
    edges = {name: float(np.mean(shares)) for name, shares in _edges(seen).items()}
    count = int(seen.chosen["filters"])
    [lost] = _lost(seen, count, SEEDS[:1])
    most, least = int(np.argmax(lost)), int(np.argmin(lost))
    worst = {n: float(np.mean([max(one) for one in _lost(seen, n)])) for n in COUNTS}
    few, many = min(COUNTS), max(COUNTS)
    return (
        parts.Claim(
            f"A slope from dark to light, an edge seen from near by, is {edges[AFTER]:.0%} of the "
            f"average filter's pattern after training; before it {edges[BEFORE]:.0%}, where chance "
            f"gives {CHANCE:.0%}.",
            edges[AFTER] > edges[BEFORE],
        ),
        parts.Claim(
            f"In the drawn network, silencing filter {most + 1} costs {lost[most]:.1%} of the "
            f"rows, filter {least + 1} only {lost[least]:.1%}.",
            lost[most] > lost[least],
        ),
        parts.Claim(
            f"The more filters, the less one matters: losing the most important of {few} costs "
            f"{worst[few]:.1%} on average, of {many} {worst[many]:.1%}.",
            worst[few] > worst[many],
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What one place of a feature map says."""
    accuracy = seen.curve(drawn(seen.chosen)).last("val_accuracy")
    return parts.Answer(
        1,
        "Nine pixels are too few to know a digit by. The map only says where the pattern is; the "
        f"layers behind it put the maps together, and here get {accuracy:.0%} of the rows right.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """The network that is drawn."""
    setting = parts.network(_values(int(chosen["filters"])), EPOCHS, parts.DIGITS)
    return parts.TryIt(setting.page, {**setting.document, "family": "cnn"})


LESSON = parts.Lesson(
    id="filters",
    title="What a filter sees",
    text=(
        "A filter is a patch of nine weights that is slid over the picture. At each place it asks "
        "one question: how much do these nine pixels look like me? The answers make a feature map, "
        "as large as the picture and bright where the pattern is.",
        "Nobody tells a filter what to look for. It begins with random numbers; the training "
        "pushes it towards whatever helps to tell digits apart, and strokes have edges.",
        "The drawing shows the filters and what they make of one picture: click another, and "
        "play the epochs. The chart asks what each filter is worth: its map is silenced after the "
        "training, and the validation rows are counted again.",
    ),
    knobs=(
        parts.Knob("filters", "Filters of the drawn network", COUNTS, 8),
        parts.Knob(
            "shown",
            "Chart",
            ("cost", "edges"),
            "cost",
            words={"cost": "what silence costs", "edges": "how much is edge"},
            kind="choice",
        ),
    ),
    runs=runs,
    drawn=drawn,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "A place in the map of a filter of the first block is bright. What is known?",
        (
            "Which digit it is",
            "That a small pattern is there",
            "That the network is sure",
        ),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="A filter of one pixel sees no edge, however many pixels there are.",
        goals=(parts.Goal("val_accuracy", above=0.72),),
        turn=("kernel_size", "filters"),
        at_most={"filters": 4},
        values={**_values(4), "kernel_size": 1},
        family="cnn",
        epochs=10,
        solution={"kernel_size": 5},
    ),
    references=(
        "LeCun, Bottou, Bengio and Haffner: Gradient-Based Learning Applied to Document "
        "Recognition, 1998.",
        "Zeiler and Fergus: Visualizing and Understanding Convolutional Networks, 2014.",
    ),
)
