"""Search strategies: what each does, how it behaves and which settings it takes."""

from __future__ import annotations

from tuning_core.catalog.settings import StrategySetting
from tuning_core.catalog.strategy import Extent, StrategyInfo, StrategySketch, WaitsFor


def _constant_liar(assumed: str) -> str:
    return (
        "Suggestions come in rounds of as many: those that run beside a suggestion are counted as "
        f"if they came out like {assumed} so far (constant liar; Ginsbourger et al. 2010)."
    )


_NOTHING_TO_COME = (
    "its trials so far say nothing of those to come. Leave it out, or choose a strategy that draws "
    "from the whole space."
)
_POINTS = StrategySetting(
    "points",
    "Points per range",
    "integer",
    5,
    2,
    100,
    "How many values a range without a step is cut into, ends included.",
)

STRATEGIES: dict[str, StrategyInfo] = {
    strategy.id: strategy
    for strategy in (
        StrategyInfo(
            "manual",
            "Manual",
            "Trains the configurations that you list, in their order, and nothing else.",
            (
                StrategySetting(
                    "configurations",
                    "Configurations",
                    "configurations",
                    (),
                    0,
                    0,
                    'What each trial sets, such as {"units": 32}; the rest keeps its default.',
                ),
            ),
            extent=Extent.LIST,
            never_settles=f"a list is trained in its order; {_NOTHING_TO_COME}",
            whole="all that are listed",
            ranges_stay="a list of configurations has no ranges; add a trial of your own instead.",
            sketch=StrategySketch("chosen"),
        ),
        StrategyInfo(
            "one_at_a_time",
            "One at a time",
            "Sweeps one hyperparameter, keeps its best value and goes on to the next.",
            (
                StrategySetting(
                    "order",
                    "Order",
                    "names",
                    None,
                    0,
                    0,
                    "Which hyperparameters come first; the others follow in the order in which "
                    "they are worth tuning.",
                ),
                StrategySetting(
                    "joint",
                    "Tuned together",
                    "groups",
                    (),
                    0,
                    0,
                    "Hyperparameters that are swept as one grid because they interact, such as "
                    "layers and units.",
                ),
                _POINTS,
            ),
            learns=True,
            extent=Extent.SWEEPS,
            never_settles=f"sweeps go from one hyperparameter to the next; {_NOTHING_TO_COME}",
            whole="all sweeps",
            sketch=StrategySketch("cross"),
        ),
        StrategyInfo(
            "grid",
            "Grid search",
            "Tries every combination in order: complete, but its size multiplies with each "
            "hyperparameter.",
            (_POINTS,),
            extent=Extent.GRID,
            never_settles=f"a grid is tried in its order; {_NOTHING_TO_COME}",
            whole="all of the grid",
            sketch=StrategySketch("lattice"),
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
            sketch=StrategySketch("evenly"),
        ),
        StrategyInfo(
            "coarse_to_fine",
            "Coarse to fine",
            "Random search in rounds, each in narrower ranges around the best trials so far.",
            (
                StrategySetting(
                    "rounds",
                    "Rounds",
                    "integer",
                    3,
                    2,
                    20,
                    "How often the ranges are drawn, the first time in full.",
                ),
                StrategySetting(
                    "keep",
                    "Share kept",
                    "float",
                    0.25,
                    0.01,
                    0.9,
                    "The best share of the trials so far that the next ranges enclose.",
                ),
            ),
            learns=True,
            waits_for=WaitsFor.NARROWING,
            sketch=StrategySketch("narrowing"),
        ),
        StrategyInfo(
            "bayesian",
            "Bayesian optimisation",
            "Fits a Gaussian process to the scores so far and tries where it expects, or cannot "
            "rule out, the best.",
            (
                StrategySetting(
                    "initial_points",
                    "Random trials first",
                    "integer",
                    None,
                    1,
                    10_000,
                    "Trials drawn at random before the model of the scores is trusted. "
                    "Default: three for each hyperparameter, at most a third of the trials.",
                ),
                StrategySetting(
                    "beta",
                    "Exploration",
                    "float",
                    2.6,
                    0.0,
                    100.0,
                    "Weight of the uncertainty in the acquisition: larger explores more.",
                ),
            ),
            learns=True,
            suggestion_seconds=0.03,
            waits_for=WaitsFor.ROUND,
            side_by_side=_constant_liar("the trials"),
            sketch=StrategySketch("around_best", 10, (0.07, 0.09)),
        ),
        StrategyInfo(
            "tpe",
            "TPE",
            "Compares where good trials lie with where bad ones do and draws where only the good "
            "are dense.",
            (
                StrategySetting(
                    "initial_points",
                    "Random trials first",
                    "integer",
                    10,
                    1,
                    10_000,
                    "Trials drawn at random before good and bad are told apart.",
                ),
                StrategySetting(
                    "candidates",
                    "Candidates",
                    "integer",
                    24,
                    1,
                    1_000,
                    "Draws of which the most promising is tried; more of them explore less.",
                ),
            ),
            learns=True,
            suggestion_seconds=0.003,
            waits_for=WaitsFor.ROUND,
            side_by_side=_constant_liar("the worst"),
            sketch=StrategySketch("around_best", 9, (0.14, 0.06)),
        ),
        StrategyInfo(
            "evolution",
            "Evolution",
            "Crosses and mutates the best configurations, generation after generation.",
            (
                StrategySetting(
                    "population",
                    "Population",
                    "integer",
                    10,
                    2,
                    1_000,
                    "Trials in a generation; as many of the best so far are parents of the next. "
                    "The first generation is random.",
                ),
                StrategySetting(
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
            learns=True,
            waits_for=WaitsFor.GENERATION,
            sketch=StrategySketch("around_best", 6, (0.16, 0.16)),
        ),
        StrategyInfo(
            "hyperband",
            "Hyperband",
            "Starts many configurations on few epochs and promotes the best to more epochs.",
            (
                StrategySetting(
                    "factor",
                    "Reduction factor",
                    "integer",
                    3,
                    2,
                    10,
                    "One in this many trials is promoted, to this many times the epochs.",
                ),
                StrategySetting(
                    "iterations",
                    "Iterations",
                    "integer",
                    1,
                    1,
                    100,
                    "How often the whole set of brackets is run.",
                ),
            ),
            learns=True,
            decides_epochs=True,
            extent=Extent.BRACKETS,
            never_settles=f"Hyperband compares trials of different epochs; {_NOTHING_TO_COME}",
            whole="all brackets",
            ranges_stay="Hyperband ranks the trials of a bracket against one another, so its "
            "ranges stay as they are; clone the study to search others.",
            sketch=StrategySketch("halving"),
        ),
    )
}
"""By hand first, then drawn, then those that learn from the scores."""

MACHINE_PLAYERS = ("random", "tpe", "hyperband")
"""Who plays for the machine in a challenge unless its teacher chooses others, and who races."""
