"""Lesson: cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 10
SPLITS = 15
ROWS = 30
"""Rows that validate in one split."""
VALUES: dict[str, parts.Value] = {"learning_rate": 0.01}


def _data(seed: int) -> dict[str, Any]:
    return {"id": "iris", "validation": 0.2, "test": 0.1, "seed": seed}


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """One network, trained on many divisions of the same rows."""
    return tuple(
        parts.run(f"split {seed + 1}", VALUES, EPOCHS, _data(seed)) for seed in range(SPLITS)
    )


def _scores(seen: parts.Seen) -> list[float]:
    return [curve.last("val_accuracy") for curve in seen.curves if curve.state == "done"]


def averaged(scores: list[float], size: int) -> list[float]:
    """Means of ``size`` scores each, every score used once."""
    whole = len(scores) // size
    return [float(np.mean(scores[i * size : (i + 1) * size])) for i in range(whole)]


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The score of each division beside the means of a few."""
    scores, size = _scores(seen), int(seen.chosen["splits"])
    groups = {"one split": scores, f"mean of {size} splits": averaged(scores, size)}
    chart = charts.strips(
        groups,
        x_title="what is called the score",
        y_title="validation accuracy (0 to 1)",
        y_limits=(0.75, 1.01),
        dark=style.dark,
        height=style.height,
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """One division can say anything; means of several agree."""
    scores, size = _scores(seen), int(seen.chosen["splits"])
    means = averaged(scores, size)
    spreads = float(np.ptp(scores)), float(np.ptp(means))
    return (
        parts.Claim(
            f"The same network, {len(scores)} random splits of the same 150 flowers: from "
            f"{min(scores):.1%} to {max(scores):.1%}, depending on which rows validate.",
            spreads[0] > 0.02,
        ),
        parts.Claim(
            f"Means of {size} splits reach from {min(means):.1%} to {max(means):.1%}: "
            f"{100 * spreads[1]:.1f} points instead of {100 * spreads[0]:.1f}.",
            spreads[1] < spreads[0],
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """What five folds cost and give."""
    scores = _scores(seen)
    row = 1 / ROWS
    return parts.Answer(
        1,
        f"Five trainings instead of one. For it every row validates once, and one flower no longer "
        f"counts {row:.1%} of the score, as it does in a single split here; the scores above "
        f"scatter by {100 * float(np.std(scores)):.1f} points (standard deviation).",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """A search with five folds."""
    return parts.search(
        "Iris with five folds",
        {
            "learning_rate": {"low": 0.001, "high": 0.1, "scale": "log"},
            "units": {"choices": [8, 16, 32, 64]},
        },
        dataset={"id": "iris"},
        trials=12,
        epochs=EPOCHS,
        cross_validation={"folds": max(2, int(chosen["splits"]))},
    )


LESSON = parts.Lesson(
    id="cross_validation",
    title="Cross-validation",
    text=(
        "With few rows, a validation score depends on which rows happen to validate. Put the three "
        "odd flowers there and the network looks poor; leave them in training and it looks "
        "perfect. Differences between settings drown in that lottery.",
        "Cross-validation lets all rows take their turn. The rows are cut into k folds; the "
        "network is trained k times, each time on all folds but one, and is measured on that one. "
        "The score is the mean. It costs k trainings and wins a score that can be trusted more.",
        "The picture repeats random splits, a close relative of folds, and shows what the mean of "
        "a few does to the scatter.",
    ),
    knobs=(parts.Knob("splits", "Splits in a mean", (2, 3, 5, 7), 5),),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "What is the price of five folds?",
        ("A fifth of the rows is lost", "Five trainings for one score", "Nothing"),
        answer,
    ),
    try_it=try_it,
    aim=parts.PictureAim(
        words="Find how many splits it takes until one flower counts less than 0.6 % of a score.",
        name="percent that one flower counts",
        value=lambda seen: 100 / (ROWS * int(seen.chosen["splits"])),
        below=0.6,
        solution={"splits": 7},
    ),
    references=(
        "Kohavi: A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model "
        "Selection, 1995.",
        "Hastie, Tibshirani and Friedman: The Elements of Statistical Learning, 2009, section "
        "7.10.",
    ),
)
