"""Lesson: Bayesian search, one step at a time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from tuning_core.charts import lessons as charts
from tuning_core.lessons import parts
from tuning_core.space.parameters import Range

RATES = Range("learning_rate", 1e-5, 1.0, scale="log")
PLACES = 201
FIRST = (0.12, 0.88)
"""Shares of the range at which the first two trials stand."""
MOST = 12


@dataclass(frozen=True)
class Stepped:
    """The search after some trials: where they stand, and what the model makes of them.

    Arrays of shape (PLACES,) run along the range, shares from 0 to 1; ``tried`` and ``scores``
    are of the trials, ``following`` is the place of the next one.
    """

    mean: np.ndarray
    deviation: np.ndarray
    bound: np.ndarray
    tried: tuple[int, ...]
    following: int


def hidden_loss(share: np.ndarray) -> np.ndarray:
    """A validation loss along the range: slow learning at the left, divergence at the right."""
    slow = 2.2 / (1 + np.exp(9 * (share - 0.33)))
    wild = 2.6 / (1 + np.exp(-22 * (share - 0.86)))
    return 0.18 + slow + wild + 0.07 * np.sin(9 * share)


@lru_cache(128)
def stepped(trials: int, courage: float) -> Stepped:
    """The search after so many trials, with so many deviations of courage.

    A Gaussian process with a Matern 5/2 kernel (Rasmussen and Williams 2006, eq. 4.17) and the
    lower confidence bound (Srinivas et al. 2010): mean - courage * deviation.
    """
    places = np.linspace(0, 1, PLACES)
    if trials <= len(FIRST):
        tried = tuple(round(share * (PLACES - 1)) for share in FIRST)
    else:
        last = stepped(trials - 1, courage)
        tried = (*last.tried, last.following)
    mean, deviation = _model(places, tried, hidden_loss(places[list(tried)]))
    bound = mean - courage * deviation
    untried = np.setdiff1d(np.arange(PLACES), tried)
    following = int(untried[np.argmin(bound[untried])])
    return Stepped(mean, deviation, bound, tried, following)


def _model(
    places: np.ndarray, tried: tuple[int, ...], scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    kernel = ConstantKernel(1.0, (0.1, 10.0)) * Matern(0.2, (0.08, 0.5), nu=2.5)
    process = GaussianProcessRegressor(
        kernel + WhiteKernel(1e-5, "fixed"), normalize_y=True, random_state=0
    )
    with warnings.catch_warnings():
        # A setting at its bound is as well as so few trials can tell.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(places[list(tried), None], scores)
    mean, deviation = process.predict(places[:, None], return_std=True)
    return mean, deviation


def _after(seen: parts.Seen) -> Stepped:
    return stepped(int(seen.chosen["trials"]), float(seen.chosen["courage"]))


def pictures(seen: parts.Seen, style: parts.Style) -> tuple[parts.Chart, ...]:
    """The model over the range, with the trials so far and the next one."""
    after = _after(seen)
    places = np.linspace(0, 1, PLACES)
    rates = [float(RATES.quantile(share)) for share in places]
    chart = charts.surrogate_picture(
        rates,
        hidden_loss(places),
        after.mean,
        after.deviation,
        after.bound,
        after.tried,
        after.following,
        title="learning rate",
        score="validation loss",
        dark=style.dark,
        height=style.height,
    )
    return (chart,)


def _best_loss(seen: parts.Seen) -> float:
    """The lowest loss that the trials so far have found."""
    return float(hidden_loss(np.linspace(0, 1, PLACES))[list(_after(seen).tried)].min())


def claims(seen: parts.Seen) -> tuple[parts.Claim, ...]:
    """What can be read off the model, and how near the search has come."""
    after = _after(seen)
    losses = hidden_loss(np.linspace(0, 1, PLACES))
    tried = list(after.tried)
    lowest, best = float(losses.min()), float(losses[tried].min())
    start = float(losses[tried[: len(FIRST)]].min())
    distance = np.abs(np.arange(PLACES)[:, None] - np.array(tried)[None, :]).min(axis=1)
    surest, least = after.deviation[tried].max(), after.deviation[int(distance.argmax())]
    return (
        parts.Claim(
            f"The band is narrow at trials (at most ± {surest:.2g}) and wide far from them "
            f"(± {least:.2g} at the widest gap).",
            bool(surest < least),
        ),
        parts.Claim(
            "The next trial stands where the lower edge of the band is lowest of all untried.",
            bool(after.bound[after.following] <= np.delete(after.bound, tried).min()),
        ),
        parts.Claim(
            f"After {len(tried)} trials the best loss is {best:.3f}, lower than at the start "
            f"({start:.3f}). The lowest there is: {lowest:.3f}.",
            best < start,
        ),
    )


def answer(seen: parts.Seen) -> parts.Answer:
    """How courage changes where the next trials go, at equal trials."""
    bold, timid = stepped(MOST, 5.0), stepped(MOST, 0.0)
    spread = [float(np.std(np.array(s.tried[2:]) / (PLACES - 1))) for s in (bold, timid)]
    return parts.Answer(
        0 if spread[0] > spread[1] else 1,
        f"After {MOST} trials with courage 5 the trials that the model chose spread by "
        f"{spread[0]:.2f} of the range; with courage 0, which trusts the mean alone, by "
        f"{spread[1]:.2f}. Courage is what makes a search look where it knows little.",
    )


def try_it(chosen: parts.Chosen) -> parts.TryIt:
    """A Bayesian search for the learning rate of a small network."""
    return parts.search(
        "A Bayesian search for the learning rate",
        {"learning_rate": {"low": 1e-5, "high": 1.0, "scale": "log"}},
        "bayesian",
        trials=12,
        settings={"beta": float(chosen["courage"])},
    )


LESSON = parts.Lesson(
    id="bayesian",
    title="Bayesian search, step by step",
    text=(
        "Grid and random search forget: the tenth trial is chosen as if the first nine had never "
        "been. Bayesian search keeps a model of the score, here a Gaussian process. Between the "
        "trials so far it draws a likely curve (the mean) and says how far off it may be (the "
        "band).",
        "The next trial goes where the band reaches lowest. That is either near a good trial, or "
        "far from all: exploiting and exploring settled by one number. Courage says how many "
        "deviations the band is wide.",
        "Press Next step and watch the model learn. The dashed curve is the truth. A real search "
        "never sees it, it pays a training for each point.",
    ),
    knobs=(
        parts.Knob("trials", "Trials so far", tuple(range(2, MOST + 1)), 4, kind="step"),
        parts.Knob(
            "courage",
            "Courage (deviations)",
            (0.0, 0.5, 1.0, 2.0, 2.6, 5.0),
            2.6,
            help="0 trusts the mean alone. The strategy of this app uses 2.6 unless told.",
        ),
    ),
    pictures=pictures,
    claims=claims,
    question=parts.Question(
        "Twelve trials each: which search scatters its trials more widely over the range?",
        ("The one with courage 5", "The one with courage 0"),
        answer,
    ),
    try_it=try_it,
    aim=parts.PictureAim(
        words="Find a loss below 0.31 with at most 6 trials.",
        name="best loss so far",
        value=_best_loss,
        below=0.31,
        at_most={"trials": 6},
        solution={"trials": 6, "courage": 1.0},
    ),
    references=(
        "Snoek, Larochelle and Adams: Practical Bayesian Optimization of Machine Learning "
        "Algorithms, 2012.",
        "Srinivas, Krause, Kakade and Seeger: Gaussian Process Optimization in the Bandit "
        "Setting, 2010.",
        "Frazier: A Tutorial on Bayesian Optimization, 2018.",
    ),
)
