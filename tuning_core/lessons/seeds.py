"""Lesson: seeds and noise, or whether a winner is real."""

from __future__ import annotations

import numpy as np
from scipy import stats

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts

EPOCHS = 8
MOST = 9
FIRST: dict[str, parts.Value] = {"learning_rate": 0.01}
RIVALS: dict[str, dict[str, parts.Value]] = {
    "0.008": {"learning_rate": 0.008},
    "0.003": {"learning_rate": 0.003},
}


def _label(setting: str, seed: int) -> str:
    return f"{setting}, seed {seed}"


def runs(chosen: parts.Chosen) -> tuple[parts.LessonRun, ...]:
    """Two settings on the same seeds, turn by turn."""
    rival = str(chosen["rival"])
    pair = {"0.01": FIRST, rival: RIVALS[rival]}
    return tuple(
        parts.run(_label(name, seed), values, EPOCHS, parts.FEW_DIGITS, seed=seed)
        for seed in range(1, MOST + 1)
        for name, values in pair.items()
    )


def _scores(seen: parts.Seen) -> tuple[list[float], list[float]]:
    """The scores of both on the seeds that are looked at, as far as both have ended."""
    rival, most = str(seen.chosen["rival"]), int(seen.chosen["seeds"])
    pairs = [
        (seen.curve(_label("0.01", seed)), seen.curve(_label(rival, seed)))
        for seed in range(1, most + 1)
    ]
    ended = [(a, b) for a, b in pairs if a.state == b.state == "done"]
    return (
        [a.last("val_accuracy") for a, _ in ended],
        [b.last("val_accuracy") for _, b in ended],
    )


def mean_band(scores: list[float]) -> tuple[float, float]:
    """The 95 % confidence interval of the mean (Student 1908)."""
    half = float(stats.sem(scores) * stats.t.ppf(0.975, len(scores) - 1))
    return float(np.mean(scores)) - half, float(np.mean(scores)) + half


def difference(first: list[float], second: list[float]) -> tuple[float, float, float]:
    """Mean difference of pairs with the same seed, and the ends of its 95 % interval."""
    gaps = [a - b for a, b in zip(first, second, strict=True)]
    return (float(np.mean(gaps)), *mean_band(gaps))


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """A dot for each seed, the mean, and how sure the mean is."""
    first, second = _scores(seen)
    groups = {"0.01": first, str(seen.chosen["rival"]): second}
    chart = charts.strips(
        groups,
        x_title="learning rate, a dot for each seed",
        y_title="validation accuracy (0 to 1)",
        y_limits=(0.75, 0.95),
        bands={name: mean_band(scores) for name, scores in groups.items() if len(scores) > 1},
        dark=style.dark,
        height=style.height,
    )
    return (chart,)


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """How much a seed moves a score, who wins by one seed, and what the interval says."""
    first, second = _scores(seen)
    rival = str(seen.chosen["rival"])
    mean, low, high = difference(first, second)
    pairs = list(zip(first, second, strict=True))
    wins, losses = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
    split = "a single seed could have named either the winner"
    if not wins or not losses:
        split = "no seed speaks for the other"
    told = low > 0 or high < 0
    return (
        parts.Claim(
            f"One setting, {len(first)} seeds: 0.01 gets from {min(first):.1%} to "
            f"{max(first):.1%}, with nothing changed but the seed.",
            np.ptp(first) > 0,
        ),
        parts.Claim(
            f"Seed against seed, 0.01 wins {wins} and {rival} {losses} of {len(first)}: {split}.",
            wins + losses > 0,
        ),
        parts.Claim(
            f"Mean difference {100 * mean:+.2f} points, 95 % interval {100 * low:+.2f} to "
            f"{100 * high:+.2f}: "
            + (
                "zero lies outside, the difference is real."
                if told
                else "zero lies inside, the two cannot be told apart."
            ),
            told == bool(stats.ttest_rel(first, second).pvalue < 0.05),
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """How the interval shrinks with the number of seeds."""
    first, second = _scores(parts.Seen({**seen.chosen, "seeds": MOST}, seen.curves))
    _, low, high = difference(first, second)
    _, few_low, few_high = difference(first[:3], second[:3])
    return parts.Answer(
        2,
        f"The interval shrinks with the root of the number of seeds, four times the seeds halve "
        f"it. Here it is {100 * (few_high - few_low):.1f} points wide after 3 seeds and "
        f"{100 * (high - low):.1f} after {MOST}.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """A comparison of both settings with repeats."""
    rates = [0.01, float(str(chosen["rival"]))]
    return parts.search(
        "Two learning rates, five seeds each",
        {"learning_rate": {"choices": rates}},
        "grid",
        dataset=parts.FEW_DIGITS,
        trials=2,
        epochs=EPOCHS,
        repeats=5,
    )


LESSON = parts.Lesson(
    id="seeds",
    title="Seeds and noise: is the winner real?",
    text=(
        "A seed decides the first weights and the order of the rows. Nobody would call it a "
        "setting, and yet it moves the score. A search ranks trials by scores that contain this "
        "noise, so the trial on top is partly the best and partly the luckiest.",
        "Before believing that one setting beats another, train both on several seeds. Compare "
        "pairs with the same seed, and look at the interval of the mean difference. If zero lies "
        "inside, what you have is no winner, only a coin that fell on one side.",
        "Start with few seeds and add more. Then take a rival that is truly different.",
    ),
    knobs=(
        parts.Knob("seeds", "Seeds", tuple(range(2, MOST + 1)), 6, kind="step"),
        parts.Knob("rival", "Against 0.01", tuple(RIVALS), "0.008", kind="choice"),
    ),
    runs=runs,
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "An interval is twice as wide as you can bear. How many times the seeds do you need?",
        ("√2 times", "2 times", "4 times"),
        answer,
    ),
    try_it=try_it,
    aim=parts.Aim(
        scene="One lucky seed proves nothing: what counts is a setting's mean over all the seeds "
        "that you give it.",
        goals=(parts.Goal("val_accuracy", above=0.878),),
        turn=("learning_rate",),
        seeds=3,
        values={"learning_rate": 0.001},
        data=parts.FEW_DIGITS,
        epochs=EPOCHS,
        solution={"learning_rate": 0.01},
    ),
    references=(
        "Bouthillier et al.: Accounting for Variance in Machine Learning Benchmarks, 2021.",
        "Reimers and Gurevych: Reporting Score Distributions Makes a Difference, 2017.",
        "Student: The Probable Error of a Mean, 1908.",
    ),
)
