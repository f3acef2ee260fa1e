"""What a whole search shows, in words: where its range ends, what it wasted, how sure it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import mannwhitneyu

from tuning_core.analysis.diagnoses.diagnosis import Diagnosis, label
from tuning_core.analysis.importance import Importances
from tuning_core.analysis.observations import Observations
from tuning_core.analysis.winner import Rivalry
from tuning_core.catalog import Hyperparameter, Value
from tuning_core.space import Choice, Parameter, Range, SearchSpace

FEWEST_TRIALS = 12
"""Scored trials below which a search shows nothing."""

EDGE = 0.1
"""Part of a range, on its scale, that counts as its edge."""
BEST_SHARE, FEWEST_BEST = 4, 5
"""The best are one in so many of the trials, and so many at least."""
AT_END = 0.5
"""Share of the trials at the end of a range that must be among the best."""
LEANING = 0.75
"""Place beyond which the middle one of the best trials must lie, seen from the other end."""
SURE = 0.005
"""Chance of seeing this without an effect, shared among the hyperparameters looked at."""

LOST_SHARE = 0.15
LOST_TRIALS = 3
"""Trials that diverged before it is worth a word: a share of all, and so many at least."""
PARTED = 0.25
"""Trials above the lowest rate that diverged, for each that did, up to which that rate is named."""

IDLE = 0.1
"""Share of the variance that a hyperparameter without effect stays below."""
IDLE_TRIALS = 50


@dataclass(frozen=True)
class Trials:
    """The ended trials of a study: configurations, scores (None when lost), and what diverged."""

    configs: Sequence[Mapping[str, Value]]
    scores: Sequence[float | None]
    diverged: Sequence[bool]
    direction: Literal["min", "max"]


@dataclass(frozen=True)
class Search:
    """A search as the diagnoses look at it.

    ``table`` has the scored trials; ``rival`` and ``importances`` are there where they are known.
    ``declared_in`` says where a range goes on that the space cannot widen. What another tool
    ``recorded`` cannot be trained here.
    """

    space: SearchSpace
    trials: Trials
    table: Observations
    rival: Rivalry | None = None
    importances: Importances | None = None
    declared_in: str = "where the model declares it"
    recorded: bool = False


def divergence(search: Search) -> Iterator[Diagnosis]:
    """Many trials diverged; the learning rate above which, where it parts them cleanly."""
    trials = search.trials
    lost = [c for c, gone in zip(trials.configs, trials.diverged, strict=True) if gone]
    if len(lost) < max(LOST_TRIALS, LOST_SHARE * len(trials.configs)):
        return
    words = f"{len(lost)} of {len(trials.configs)} trials diverged."
    rates = [rate for c in lost if (rate := _rate(c)) is not None]
    kept = [
        rate
        for c, gone in zip(trials.configs, trials.diverged, strict=True)
        if not gone and (rate := _rate(c)) is not None
    ]
    step = f"Lower the upper end of the learning rate, or search {label('clipnorm')}."
    if len(rates) == len(lost) and kept:
        above = sum(rate >= min(rates) for rate in kept)
        if above <= PARTED * len(rates):
            words += f" All had a learning rate of at least {min(rates):.2g}; {above} others had."
            step = f"End the range of the learning rate at {min(rates):.2g}."
    yield Diagnosis("divergence", "Trials were lost", words, step, 9.0)


def _rate(config: Mapping[str, Value]) -> float | None:
    """The learning rate; None without one, or where a model of one's own calls names so."""
    value = config.get("learning_rate")
    return None if isinstance(value, str | bool) or value is None else float(value)


def edges(search: Search) -> Iterator[Diagnosis]:
    """Hyperparameters whose best trials crowd at an end of the range."""
    table = search.table
    if len(table.scores) < FEWEST_TRIALS:
        return
    numeric = [
        (column, search.space[axis.name], search.space.known[axis.name])
        for column, axis in enumerate(table.axes)
        if not axis.names and axis.count not in (1, 2)
    ]
    for column, parameter, info in numeric:
        found = _edge(parameter, info, column, search, len(numeric))
        if found is not None:
            yield found


def _edge(
    parameter: Parameter, info: Hyperparameter, column: int, search: Search, looked_at: int
) -> Diagnosis | None:
    table = search.table
    shares = table.shares[:, column]
    active = ~np.isnan(shares)
    shares, scores = shares[active], table.scores[active]
    if len(shares) < FEWEST_TRIALS:
        return None
    order = np.argsort(-scores if table.direction == "max" else scores, kind="stable")
    top = max(FEWEST_BEST, len(order) // BEST_SHARE)
    best, rest = shares[order[:top]], shares[order[top:]]
    upper = bool(best[0] > 0.5)
    seen = best if upper else 1 - best
    everywhere = shares if upper else 1 - shares
    # A listed value stands in the middle of its share: the last of few is not near 1.
    count = table.axes[column].count
    reach = 1 - max(EDGE, 0.5 / count + 1e-9 if count else 0.0)
    # Luck may keep the best one off the very end; those that lie there are among the best then.
    at_end, of_those = int((seen >= reach).sum()), int((everywhere >= reach).sum())
    equals = everywhere[scores == scores[order[0]]]
    if min(equals.min(), np.median(seen)) < LEANING or at_end < max(1, AT_END * of_those):
        return None
    if not _free_beyond(parameter, info, upper):
        return None
    side = "greater" if upper else "less"
    if mannwhitneyu(best, rest, alternative=side).pvalue > SURE / looked_at:
        return None
    low, high = _ends(parameter)
    end, name = (high if upper else low), info.name
    at = float(np.mean(seen >= LEANING))
    words = (
        f"The best trial lies near the {'upper' if upper else 'lower'} end ({end:g}) of the range "
        f"of {name}, and so do {round(at * top)} of the best {top}."
    )
    declared = info.declared and end == (info.high if upper else info.low)
    where = search.declared_in if declared else ""
    step = f"Move the range of {name} {'above' if upper else 'below'} {end:g} {where}".rstrip()
    title = "The best value is at the edge"
    return Diagnosis("edge", title, words, f"{step}.", 8.0, parameter.name, upper)


def widened(parameter: Range, info: Hyperparameter, upper: bool) -> tuple[float, float]:
    """The range with one end further out, as far as the hyperparameter can be.

    About a factor of ten on a logarithmic scale, else half its width. Its steps keep their places.
    """
    mirrored = parameter.scale == "reverse_log"
    low, high = parameter.low, parameter.high
    outward = 1 if upper else -1
    if parameter.scale == "linear":
        step = parameter.step or (1.0 if parameter.integer else (high - low) / 2)
        reached = [
            (high if upper else low) + outward * n * step
            for n in range(1, max(1, round((high - low) / 2 / step)) + 1)
        ]
    else:
        step = parameter.step or 10.0
        end = high if upper else low
        reached = [
            1 - (1 - end) / step ** (outward * n) if mirrored else end * step ** (outward * n)
            for n in range(1, max(1, round(1 / math.log10(step))) + 1)
        ]
    if parameter.step is None:
        least = -math.inf if info.low is None else info.low
        reached = [max(least, min(math.inf if info.high is None else info.high, reached[-1]))]
    possible = [
        # Twelve places: 1 - 10 * 0.1 is 0.
        round(float(f"{value:.6g}"), 12)
        for value in reached
        if (info.low is None or value >= info.low) and (info.high is None or value <= info.high)
    ]
    if not possible:
        return low, high
    end = float(round(possible[-1])) if parameter.integer else possible[-1]
    return (low, end) if upper else (end, high)


def _ends(parameter: Parameter) -> tuple[float, float]:
    if isinstance(parameter, Range):
        return parameter.low, parameter.high
    assert isinstance(parameter, Choice)
    values = [float(value) for value in parameter.choices if not isinstance(value, str)]
    return values[0], values[-1]


def _free_beyond(parameter: Parameter, info: Hyperparameter, upper: bool) -> bool:
    """Whether the hyperparameter could go further than its range; choices must be in order.

    What is declared can be declared otherwise.
    """
    if isinstance(parameter, Choice) and list(parameter.choices) != sorted(
        parameter.choices, key=float
    ):
        return False
    low, high = _ends(parameter)
    if info.declared:
        return True
    if upper:
        return info.high is None or high < info.high
    return info.low is None or low > info.low


def within_noise(search: Search) -> Iterator[Diagnosis]:
    """The winner cannot be told from the next best."""
    rival = search.rival
    if rival is None or not rival.equals:
        return
    first, more = rival.equals[0], len(rival.equals) - 1
    others = f"trial {first}" + (f" and {more} more" if more else "")
    known = {
        "executions": f"over {rival.pairs} trainings each",
        "neighbours": f"{rival.pairs} pairs of near-identical configurations differ as much",
        "rows": f"one training per trial on {rival.pairs:,} validation rows",
    }[rival.how]
    words = (
        f"Trial {rival.winner} cannot be told from {others}: {_lead(rival)}, and a difference of "
        f"less than {rival.smallest:.2g} can be luck ({known})."
    )
    step = (
        "Take the simpler of them, or train them more often."
        if rival.how == "executions"
        else "Train the best few again where the search was run."
        if search.recorded
        else "Confirm the best few with repeats."
    )
    yield Diagnosis("noise", "The winner may be lucky", words, step, 7.0)


def _lead(rival: Rivalry) -> str:
    """How far the winner is ahead, and of how many it is not."""
    if not rival.tied:
        return f"it leads by {rival.lead:.2g}"
    if rival.tied < len(rival.equals):
        return f"{rival.tied} of them {'have' if rival.tied > 1 else 'has'} the same score"
    return "all have the same score" if rival.tied > 1 else "both have the same score"


def exhausted(search: Search) -> Iterator[Diagnosis]:
    """Every configuration of a discrete space has been tried."""
    size = search.space.size()
    if size is None or size < 2:
        return
    tried = {search.space.key(config) for config in search.trials.configs}
    if len(tried) < size:
        return
    words = f"All {size:,} configurations of the space have been tried."
    step = "More trials repeat them: widen a range, add a hyperparameter, or give more epochs."
    yield Diagnosis("exhausted", "The search is exhausted", words, step, 5.0)


def idle(search: Search) -> Iterator[Diagnosis]:
    """Hyperparameters that surely explain next to nothing; one sentence for all."""
    importances = search.importances
    if importances is None or importances.trials < IDLE_TRIALS:
        return
    best = {item.name: item for item in importances.best}
    names = [
        item
        for item in importances.variance
        if item.share is not None
        and item.trials >= IDLE_TRIALS
        and (item.high or 1.0) <= IDLE
        and not (item.name in best and best[item.name].significant)
    ]
    if not names:
        return
    infos = [search.space.known[item.name] for item in names]
    labels = ", ".join(info.name for info in infos)
    most = max(item.high or 0.0 for item in names)
    by_luck = not any(item.significant for item in names)
    begin = labels if infos[0].declared else f"{labels[0].upper()}{labels[1:]}"
    words = (
        f"{begin}: at most {100 * most:.0f}% of the variance over "
        f"{importances.trials:,} trials" + (", no more than luck." if by_luck else ".")
    )
    step = f"Fix {labels} and spend the trials on others."
    yield Diagnosis("idle", "Searched for little", words, step, 3.0)
