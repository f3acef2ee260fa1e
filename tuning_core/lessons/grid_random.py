"""Lesson: grid against random search."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pandas as pd

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts
from tuning_core.space import SearchSpace
from tuning_core.space.parameters import Range

SPACE = SearchSpace([Range("x", 0.0, 1.0), Range("y", 0.0, 1.0)])
PEAKS = (0.37, 0.64, 0.18, 0.83, 0.44, 0.71, 0.29, 0.57)
"""Where the important hyperparameter is best, one place for each landscape."""
WIDTH = 0.06
MATTERS = 0.03
"""How much of the score the unimportant hyperparameter decides."""
SHARE_OF_RUNS = 300


def profile(x: np.ndarray, landscape: int) -> np.ndarray:
    """The score along the important hyperparameter, 0 to 1: a narrow peak on a gentle slope."""
    peak = np.exp(-0.5 * ((x - PEAKS[landscape - 1]) / WIDTH) ** 2)
    return 0.12 + 0.1 * x + 0.75 * peak


def score(x: np.ndarray, y: np.ndarray, landscape: int) -> np.ndarray:
    """The score of a configuration; the second hyperparameter hardly matters."""
    return profile(x, landscape) + MATTERS * y


def configurations(strategy: str, trials: int, seed: int) -> pd.DataFrame:
    """The ``x`` and ``y`` that grid or random search tries, from the search space itself."""
    if strategy == "grid":
        found = list(SPACE.configurations(math.isqrt(trials)))
    else:
        rng = np.random.default_rng(seed)
        found = [SPACE.sample(rng) for _ in range(trials)]
    return pd.DataFrame({"x": [float(c["x"]) for c in found], "y": [float(c["y"]) for c in found]})


def tried(seen: parts.Chosen, strategy: str) -> pd.DataFrame:
    """The configurations of a strategy with their ``score``."""
    landscape = int(seen["landscape"])
    frame = configurations(strategy, int(seen["trials"]), 100 + landscape)
    return frame.assign(score=score(frame["x"].to_numpy(), frame["y"].to_numpy(), landscape))


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The same number of trials by both strategies, dropped onto the important axis."""
    places = np.linspace(0, 1, 161)
    curve = pd.DataFrame({"x": places, "score": profile(places, int(seen.chosen["landscape"]))})
    return tuple(
        charts.projection(
            tried(seen.chosen, strategy), curve, title=title, dark=style.dark, height=style.height
        )
        for strategy, title in (("grid", "Grid"), ("random", "Random"))
    )


def _different(frame: pd.DataFrame) -> int:
    return int(frame["x"].round(9).nunique())


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """How many values of the important hyperparameter each has tried, and what they found."""
    grid, random = (tried(seen.chosen, strategy) for strategy in ("grid", "random"))
    trials = len(grid)
    bests = float(grid["score"].max()), float(random["score"].max())
    higher = "random" if bests[1] > bests[0] else "grid"
    wins = random_wins(trials)
    return (
        parts.Claim(
            f"{trials} trials each: the grid tried {_different(grid)} values of the important "
            f"hyperparameter, random search {_different(random)}.",
            _different(grid) < _different(random),
        ),
        parts.Claim(
            f"Best score here: grid {bests[0]:.2f}, random {bests[1]:.2f}. "
            f"This time {higher} found more.",
            (bests[1] > bests[0]) == (higher == "random"),
        ),
        parts.Claim(
            f"It is luck, but not an even chance: over {SHARE_OF_RUNS} draws on all landscapes "
            f"random search beat the grid in {wins:.0%}.",
            wins > 0.5,
        ),
    )


@lru_cache
def random_wins(trials: int) -> float:
    """In what share of many draws random search finds more than the grid, over all landscapes."""
    won = 0
    for draw in range(SHARE_OF_RUNS):
        landscape = draw % len(PEAKS) + 1
        frames = [configurations(strategy, trials, 1000 + draw) for strategy in ("grid", "random")]
        bests = [
            float(score(f["x"].to_numpy(), f["y"].to_numpy(), landscape).max()) for f in frames
        ]
        won += bests[1] > bests[0]
    return won / SHARE_OF_RUNS


def answer(seen: parts.Seen) -> parts.Answer:
    """How many values of each of five hyperparameters a grid of 3,125 trials tries."""
    trials, dimensions = 3125, 5
    values = round(trials ** (1 / dimensions))
    return parts.Answer(
        (5, 25, 3125).index(values),
        f"{values} to the power of {dimensions} is {values**dimensions:,}: a grid spends its "
        f"trials on combinations, and has {values} values for the one that matters. Random search "
        f"would have tried {trials:,} values of it.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """A random search over two hyperparameters of which one matters far more."""
    return parts.search(
        "Random search over two hyperparameters",
        {
            "learning_rate": {"low": 1e-5, "high": 1.0, "scale": "log"},
            "input_dropout": {"low": 0.0, "high": 0.2},
        },
        trials=int(chosen["trials"]),
    )


LESSON = parts.Lesson(
    id="grid_random",
    title="Grid against random search",
    text=(
        "A grid looks thorough: every combination of a few values of each hyperparameter. But "
        "usually one hyperparameter decides most of the score, and nobody knows beforehand which. "
        "Here the horizontal one matters and the vertical one hardly does.",
        "Drop every trial onto the axis that matters. The columns of the grid fall on top of each "
        "other: nine trials are only three experiments. Random trials never share a value, so "
        "nine trials stay nine experiments, and a narrow peak is less easily missed.",
        "Neither is clever. Change the landscape a few times: now and then the grid happens to "
        "stand on the peak.",
    ),
    knobs=(
        parts.Knob("trials", "Trials", (4, 9, 16, 25, 36), 9),
        parts.Knob("landscape", "Landscape", tuple(range(1, len(PEAKS) + 1)), 1),
    ),
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Five hyperparameters, a grid of 3,125 trials: how many values of each does it try?",
        ("5", "25", "3,125"),
        answer,
    ),
    try_it=try_it,
    aim=parts.PictureAim(
        words="Have the grid try more than 4 values of the hyperparameter that matters. Random "
        "search does so with 5 trials.",
        name="values that the grid tries",
        value=lambda seen: float(_different(tried(seen.chosen, "grid"))),
        above=4,
        solution={"trials": 25},
    ),
    references=(
        "Bergstra and Bengio: Random Search for Hyper-Parameter Optimization, 2012, figure 1.",
        "Li et al.: Hyperband, 2018, section 1.",
    ),
)
