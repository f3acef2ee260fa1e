"""Rules of early termination: when a trial is ended because others did better by then."""

from __future__ import annotations

from tuning_core.catalog.settings import Configurable, StrategySetting


class TerminationRule(Configurable):
    """A rule that stands beside any strategy."""


_STARTUP = StrategySetting(
    "startup_trials",
    "Trials left alone first",
    "integer",
    5,
    0,
    10_000,
    "So many trials train to their last epoch before any is ended early.",
)
_WARMUP = StrategySetting(
    "warmup_epochs",
    "Epochs left alone first",
    "integer",
    1,
    0,
    10_000,
    "No trial is ended before it has trained this many epochs.",
)

TERMINATION_RULES: dict[str, TerminationRule] = {
    rule.id: rule
    for rule in (
        TerminationRule(
            "median",
            "Median",
            "Ends a trial whose best score so far is worse than the median of the others at the "
            "same epoch.",
            (_STARTUP, _WARMUP),
        ),
        TerminationRule(
            "percentile",
            "Percentile",
            "Ends a trial that is not among the best share of the others at the same epoch.",
            (
                StrategySetting(
                    "percentile",
                    "Percentile kept",
                    "float",
                    25.0,
                    1.0,
                    99.0,
                    "The share of trials, in per cent, that a trial must be among to go on.",
                ),
                _STARTUP,
                _WARMUP,
            ),
        ),
        TerminationRule(
            "successive_halving",
            "Successive halving",
            "At epochs that grow by a factor, lets only the best of those that came so far go on.",
            (
                StrategySetting(
                    "min_epochs",
                    "First rung, epochs",
                    "integer",
                    1,
                    1,
                    10_000,
                    "Epochs that every trial trains before it is compared.",
                ),
                StrategySetting(
                    "factor",
                    "Reduction factor",
                    "integer",
                    3,
                    2,
                    10,
                    "One in this many goes on from a rung, to this many times the epochs.",
                ),
            ),
        ),
    )
}
"""Median: Golovin et al. 2017, "Google Vizier"; successive halving: Li et al. 2020, "A System for
Massively Parallel Hyperparameter Tuning", algorithm 2."""
