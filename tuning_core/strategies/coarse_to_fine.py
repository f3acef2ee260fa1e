"""Random search in ever narrower ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from keras_tuner.src.engine import oracle as kt_oracle
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.catalog.explanation import Explanation
from tuning_core.space import Choice, Config, Parameter
from tuning_core.spec.study import StudySpec
from tuning_core.strategies.explanations import coverage
from tuning_core.strategies.replayable_oracle import REJECTIONS, ReplayableOracle
from tuning_core.strategies.suggestion import Suggestion

Spans: TypeAlias = list[tuple[float, float]]
"""Parts of a hyperparameter's scale from 0 to 1, each as likely to be drawn from."""

EVERYWHERE: Spans = [(0.0, 1.0)]


class CoarseToFineStrategy(ReplayableOracle, kt_oracle.Oracle):
    """Random search in ``rounds``, each around the best ``keep`` share of the trials before it.

    The trials of the budget, or all configurations where there are fewer, are divided evenly.
    Ranges narrow to what the best trials enclose, and half way on to the next value tried beyond
    it, so that a best value at an edge can still move outward; choices narrow to the best
    trials' values, two at least. A hyperparameter that none of them has keeps its whole range.
    Once nothing new is found there, trials are drawn from the whole space.
    """

    def __init__(self, spec: StudySpec, rounds: int = 3, keep: float = 0.25) -> None:
        super().__init__(spec)
        self._rounds = rounds
        self._keep = keep
        self._narrowed: tuple[int, dict[str, Spans]] = (0, {})

    @override
    def populate_space(self, trial_id: str) -> dict[str, Any]:
        spans = self._spans()
        rng = self.generator()
        for _ in range(REJECTIONS):
            config = self._drawn(spans, rng)
            if not self._duplicate(config):
                self.because = "box"
                return self.running(self.searched_values(config))
        self.because = "rest"
        return self.running(self._random_values())

    @override
    def needs_ended(self) -> int:
        first = self._first(self._before())
        return self.number(first[-1]) + 1 if first else 0

    @override
    def account(self, suggestion: Suggestion) -> Explanation:
        before, spans = self._narrowed
        if self.because == "rest":
            words = "Nothing new is left in the narrowed ranges: drawn at random from all of them."
            return self.explanation(suggestion, "coverage", words)
        if not before:
            words = "The first, coarse round: drawn at random from the whole ranges."
            return self.explanation(suggestion, "coverage", words)
        first = self._first(before)
        best = math.ceil(self._keep * len(first))
        number = min(before * self._rounds // self._total, self._rounds - 1) + 1
        words = (
            f"Round {number} of {self._rounds}: drawn at random from the ranges around the best "
            f"{best:,} of the first {len(first):,} trials."
        )
        earlier = [*self.earlier(suggestion.number).values()]
        profiles = coverage(self.space, suggestion.config, earlier, spans)
        good = [self.number(trial_id) for trial_id in self._ranked(first)[:best]]
        return self.explanation(suggestion, "coverage", words, profiles, {"good": good})

    @property
    def _total(self) -> int:
        """Trials that the rounds divide."""
        return min(self.budget, self.space.size() or self.budget)

    def _spans(self) -> dict[str, Spans]:
        """Where this round draws: a function of the trials before it."""
        before = self._before()
        if before != self._narrowed[0]:
            self._narrowed = before, self._around_the_best(before)
        return self._narrowed[1]

    def _before(self) -> int:
        """Trials of its own before the round that the next trial is in."""
        total = self._total
        number = min(self.own_trials * self._rounds // total, self._rounds - 1)
        return -(-number * total // self._rounds)

    def _around_the_best(self, count: int) -> dict[str, Spans]:
        first = self._first(count)
        tried: list[Config] = [self.trials[trial_id].hyperparameters.values for trial_id in first]
        ranked = [self.trials[i].hyperparameters.values for i in self._ranked(first)]
        best = math.ceil(self._keep * len(first))
        return {p.name: _narrowed(p, ranked, best, tried) for p in self.space.searched}

    def _ranked(self, trial_ids: Sequence[str]) -> list[str]:
        """Those that have a score, the best first."""
        scores = {trial_id: self.trials[trial_id].score for trial_id in trial_ids}
        sign = -1.0 if self.objective.direction == "max" else 1.0
        scored = [(sign * score, i) for i, score in scores.items() if score is not None]
        return [trial_id for _, trial_id in sorted(scored)]

    def _first(self, count: int) -> list[str]:
        """The trials begun before the strategy had asked for ``count``, without the foreign."""
        begun: list[str] = []
        own = 0
        for trial_id in self.trials:
            if own == count:
                break
            given = self._given.get(trial_id)
            own += given is None or not given.added
            if trial_id not in self._foreign:
                begun.append(trial_id)
        return begun

    def _drawn(self, spans: dict[str, Spans], rng: np.random.Generator) -> Config:
        config: Config = {}
        for parameter in self.space.parameters:
            if self.space.active(parameter.name, config):
                config[parameter.name] = _value(parameter, spans, rng)
        return config


def _value(parameter: Parameter, spans: dict[str, Spans], rng: np.random.Generator) -> Value:
    if not parameter.searched:
        return parameter.quantile(0.0)
    parts = spans.get(parameter.name, EVERYWHERE)
    low, high = parts[int(rng.integers(len(parts)))]
    return parameter.quantile(float(rng.uniform(low, high)))


def _narrowed(
    parameter: Parameter, ranked: Sequence[Config], best: int, tried: Sequence[Config]
) -> Spans:
    """Where the first ``best`` of the ``ranked`` trials, the best first, have a hyperparameter."""
    name = parameter.name
    values = [config[name] for config in ranked[:best] if name in config]
    if not values:
        return EVERYWHERE
    if isinstance(parameter, Choice):
        return _shares(parameter, _kept(name, ranked, best))
    places = [parameter.position(value) for value in values]
    low, high = min(places), max(places)
    around = [parameter.position(config[name]) for config in tried if name in config]
    below = [place for place in around if place < low]
    above = [place for place in around if place > high]
    return [
        (
            (max(below) + low) / 2 if below else 0.0,
            (min(above) + high) / 2 if above else 1.0,
        )
    ]


def _kept(name: str, ranked: Sequence[Config], best: int) -> list[Value]:
    """The values of the best trials; when they agree, the first other one that follows, too."""
    kept: list[Value] = []
    for index, config in enumerate(ranked):
        if index >= best and len(kept) > 1:
            break
        if name in config and config[name] not in kept:
            kept.append(config[name])
    return kept


def _shares(parameter: Choice, kept: Sequence[Value]) -> Spans:
    """The shares of the kept values; of numbers, also of those between them."""
    if not any(isinstance(value, str | bool) for value in parameter.choices):
        low, high = min(kept), max(kept)
        kept = [value for value in parameter.choices if low <= value <= high]  # type: ignore[operator]
    count = len(parameter.choices)
    return [(i / count, (i + 1) / count) for i, v in enumerate(parameter.choices) if v in kept]
