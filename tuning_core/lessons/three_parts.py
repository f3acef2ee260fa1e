"""Lesson: training, validation and test rows, and what tuning on the test rows does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 4
DATA = {"id": "digits", "validation": 0.2, "test": 0.7}
CANDIDATES = 24
WAYS = 200
"""How many times the rows to tune on are picked."""
UNITS = (40, 48, 56, 64, 72)
DROPOUTS = (0.0, 0.05, 0.1)


@dataclass(frozen=True)
class Told:
    """Accuracies, means over many ways to pick the rows to tune on.

    ``tuned`` and ``fresh``, shape (candidates,), are those of the leader after so many tries, on
    the rows it was chosen by and on all others. ``typical`` is the mean candidate's.
    """

    tuned: np.ndarray
    fresh: np.ndarray
    typical: float


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Candidates that hardly differ: a few units, a little dropout, another seed."""
    return tuple(
        parts.run(
            f"candidate {number + 1}",
            {
                "learning_rate": 0.01,
                "units": UNITS[number % len(UNITS)],
                "dropout": DROPOUTS[number % len(DROPOUTS)],
            },
            EPOCHS,
            DATA,
            seed=number,
            views=("predictions",),
        )
        for number in range(CANDIDATES)
    )


def told(seen: parts.Seen) -> Told:
    """What choosing by a few rows promises and holds, from the candidates that have ended.

    The rows that no network learned from are divided :data:`WAYS` times: ``rows`` of them to
    tune on, all others fresh.
    """
    views = [curve.views.get("predictions") for curve in seen.curves]
    right = np.array(
        [np.asarray(v["truth"]) == np.asarray(v["said"]) for v in views if v is not None], float
    )
    if not len(right):
        return Told(np.zeros(0), np.zeros(0), 0.0)
    amount = int(seen.chosen["rows"])
    rng = np.random.default_rng(5)
    tuned, fresh = np.zeros(len(right)), np.zeros(len(right))
    for _ in range(WAYS):
        order = rng.permutation(right.shape[1])
        on, off = right[:, order[:amount]].mean(axis=1), right[:, order[amount:]].mean(axis=1)
        # The first of the highest so far.
        ahead = np.maximum.accumulate(on)
        leader = np.maximum.accumulate(
            np.where(np.r_[True, on[1:] > ahead[:-1]], np.arange(len(on)), 0)
        )
        tuned += on[leader] / WAYS
        fresh += off[leader] / WAYS
    return Told(tuned, fresh, float(right.mean()))


def _promised(found: Told) -> float:
    """How much more the winner has on the rows tuned on than on fresh ones."""
    return float(found.tuned[-1] - found.fresh[-1])


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The leader's score on the rows tuned on and on fresh ones, against the number of tries."""
    found = told(seen)
    tries = range(1, len(found.tuned) + 1)
    lines = [
        charts.Line("tuned on", tries, found.tuned.tolist()),
        charts.Line("fresh rows", tries, found.fresh.tolist()),
    ]
    chart = charts.labelled_lines(
        lines,
        x_title="candidates tried",
        y_title="accuracy of the best so far (0 to 1)",
        x_limits=(1, CANDIDATES),
        y_limits=(0.75, 1.0),
        dark=style.dark,
        height=style.height,
        scale=style.scale,
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """The score that was tuned rises with every try; the truth does not keep up."""
    found = told(seen)
    tuned, fresh = float(found.tuned[-1]), float(found.fresh[-1])
    rows = int(seen.chosen["rows"])
    return (
        parts.Claim(
            f"The best of {CANDIDATES} candidates looks like {tuned:.1%} on the {rows} rows it was "
            f"chosen by. On fresh rows it has {fresh:.1%}: {100 * (tuned - fresh):.1f} points "
            "less.",
            tuned > fresh,
        ),
        parts.Claim(
            f"Choosing among {CANDIDATES} raised the score tuned on by "
            f"{100 * (tuned - found.tuned[0]):.1f} points and that on fresh rows by "
            f"{100 * (fresh - found.fresh[0]):.1f}.",
            bool(tuned - found.tuned[0] > fresh - found.fresh[0]),
        ),
        parts.Claim(
            f"A candidate taken blindly has {found.typical:.1%}.",
            found.typical < tuned,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """How much less rows give away when there are more of them."""
    few = told(parts.Seen({**seen.chosen, "rows": 20}, seen.curves))
    many = told(parts.Seen({**seen.chosen, "rows": 160}, seen.curves))
    gaps = [*map(_promised, (few, many))]
    return parts.Answer(
        0,
        f"With 20 rows the winner promises {100 * gaps[0]:.1f} points more than it has on fresh "
        f"rows, with 160 rows {100 * gaps[1]:.1f}. A score on few rows scatters widely, and the "
        "best of many tries is the luckiest one.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """A search whose test rows stay untouched until they are revealed."""
    return parts.search(
        "A search that never sees the test rows",
        {
            "learning_rate": 0.01,
            "units": {"choices": list(UNITS)},
            "dropout": {"choices": list(DROPOUTS)},
        },
        dataset=DATA,
        trials=15,
        epochs=EPOCHS,
        seed=1,
    )


LESSON = parts.Lesson(
    id="three_parts",
    title="Training, validation and test",
    text=(
        "Training rows teach the network. Validation rows choose among networks: epochs, widths, "
        "rates. Test rows are looked at once, at the very end, and say what to expect of the one "
        "that was chosen.",
        "Why not choose by the test rows? Because choosing uses them up. Here 24 networks that "
        "hardly differ are tried, and the best on a few rows is kept. Its score on these rows "
        "rises with every try, for the luckiest of many is kept. On rows that had no say in the "
        "choice it hardly rises with it. The picture is the mean over 200 ways to pick the rows.",
        "This app shows the test score of a study on demand, and records that it was seen.",
    ),
    knobs=(
        parts.Knob(
            "rows",
            "Rows to tune on",
            (20, 40, 80, 160),
            40,
            help="The other rows that no network learned from are the fresh ones.",
        ),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Which test part is worn out sooner by trying many candidates on it?",
        ("A small one", "A large one", "Both alike"),
        answer,
    ),
    try_it=try_it,
    aim=parts.PictureAim(
        words="Find how many rows it takes until the winner promises less than 3 points more than "
        "it has on fresh rows.",
        name="points promised too much",
        value=lambda seen: 100 * _promised(told(seen)),
        below=3.0,
        solution={"rows": 160},
    ),
    references=(
        "Cawley and Talbot: On Over-fitting in Model Selection and Subsequent Selection Bias, "
        "2010.",
        "Dwork et al.: The Reusable Holdout, Science, 2015.",
        "Hastie, Tibshirani and Friedman: The Elements of Statistical Learning, 2009, chapter 7.",
    ),
)
