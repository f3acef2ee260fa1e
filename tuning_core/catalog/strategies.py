"""Search strategies: what each does and which settings it takes."""

from __future__ import annotations

from tuning_core.catalog.settings import Configurable, Setting


class StrategyInfo(Configurable):
    """A way to choose the next configuration."""


STRATEGIES: dict[str, StrategyInfo] = {
    strategy.id: strategy
    for strategy in (
        StrategyInfo(
            "manual",
            "Manual",
            "Trains the configurations that you list, in their order, and nothing else.",
            (
                Setting(
                    "configurations",
                    "Configurations",
                    "configurations",
                    (),
                    0,
                    0,
                    'What each trial sets, such as {"units": 32}; the rest keeps its default.',
                ),
            ),
        ),
        StrategyInfo(
            "one_at_a_time",
            "One at a time",
            "Sweeps one hyperparameter, keeps its best value and goes on to the next.",
            (
                Setting(
                    "order",
                    "Order",
                    "names",
                    None,
                    0,
                    0,
                    "Which hyperparameters come first; the others follow in the order in which "
                    "they are worth tuning.",
                ),
                Setting(
                    "joint",
                    "Tuned together",
                    "groups",
                    (),
                    0,
                    0,
                    "Hyperparameters that are swept as one grid because they interact, such as "
                    "layers and units.",
                ),
                Setting(
                    "points",
                    "Points per range",
                    "integer",
                    5,
                    2,
                    100,
                    "How many values a range without a step is cut into, ends included.",
                ),
            ),
        ),
        StrategyInfo(
            "grid",
            "Grid search",
            "Tries every combination in order: complete, but its size multiplies with each "
            "hyperparameter.",
            (
                Setting(
                    "points",
                    "Points per range",
                    "integer",
                    5,
                    2,
                    100,
                    "How many values a range without a step is cut into, ends included.",
                ),
            ),
        ),
        StrategyInfo(
            "random",
            "Random search",
            "Draws every hyperparameter on its own: hard to beat when only a few of them matter.",
        ),
        StrategyInfo(
            "quasi_random",
            "Quasi-random search",
            "Spreads trials evenly over the whole space, without the gaps and clusters of chance.",
        ),
        StrategyInfo(
            "coarse_to_fine",
            "Coarse to fine",
            "Random search in rounds, each in narrower ranges around the best trials so far.",
            (
                Setting(
                    "rounds",
                    "Rounds",
                    "integer",
                    3,
                    2,
                    20,
                    "How often the ranges are drawn, the first time in full.",
                ),
                Setting(
                    "keep",
                    "Share kept",
                    "float",
                    0.25,
                    0.01,
                    0.9,
                    "The best share of the trials so far that the next ranges enclose.",
                ),
            ),
        ),
        StrategyInfo(
            "bayesian",
            "Bayesian optimisation",
            "Fits a Gaussian process to the scores so far and tries where it expects, or cannot "
            "rule out, the best.",
            (
                Setting(
                    "initial_points",
                    "Random trials first",
                    "integer",
                    None,
                    1,
                    10_000,
                    "Trials drawn at random before the model of the scores is trusted. "
                    "Default: three for each hyperparameter, at most a third of the trials.",
                ),
                Setting(
                    "beta",
                    "Exploration",
                    "float",
                    2.6,
                    0.0,
                    100.0,
                    "Weight of the uncertainty in the acquisition: larger explores more.",
                ),
            ),
        ),
        StrategyInfo(
            "tpe",
            "TPE",
            "Compares where good trials lie with where bad ones do and draws where only the good "
            "are dense.",
            (
                Setting(
                    "initial_points",
                    "Random trials first",
                    "integer",
                    10,
                    1,
                    10_000,
                    "Trials drawn at random before good and bad are told apart.",
                ),
                Setting(
                    "candidates",
                    "Candidates",
                    "integer",
                    24,
                    1,
                    1_000,
                    "Draws of which the most promising is tried; more of them explore less.",
                ),
            ),
        ),
        StrategyInfo(
            "evolution",
            "Evolution",
            "Crosses and mutates the best configurations, generation after generation.",
            (
                Setting(
                    "population",
                    "Population",
                    "integer",
                    10,
                    2,
                    1_000,
                    "Trials in a generation; as many of the best so far are parents of the next. "
                    "The first generation is random.",
                ),
                Setting(
                    "mutation",
                    "Mutation",
                    "float",
                    None,
                    0.0,
                    1.0,
                    "Chance that a hyperparameter is drawn anew. "
                    "Default: one hyperparameter of each child.",
                ),
            ),
        ),
        StrategyInfo(
            "hyperband",
            "Hyperband",
            "Starts many configurations on few epochs and promotes the best to more epochs.",
            (
                Setting(
                    "factor",
                    "Reduction factor",
                    "integer",
                    3,
                    2,
                    10,
                    "One in this many trials is promoted, to this many times the epochs.",
                ),
                Setting(
                    "iterations",
                    "Iterations",
                    "integer",
                    1,
                    1,
                    100,
                    "How often the whole set of brackets is run.",
                ),
            ),
        ),
    )
}
"""By hand first, then drawn, then those that learn from the scores."""
