"""The same search under other strategies, planned for a given number of epochs in all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tuning_core.catalog import STRATEGIES, Extent
from tuning_core.space import SpecError, expected
from tuning_core.space.entries import unknown_name
from tuning_core.spec.parts import MAX_TRIALS
from tuning_core.spec.plan import hyperband_schedule
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.spec.validation import MAX_NAME

WORTH = 0.75
"""A grid that is tried as a whole is better than a finer one cut short, if it spends so much."""

_SIZED_BY = {Extent.GRID: "points", Extent.SWEEPS: "points", Extent.BRACKETS: "iterations"}
"""The setting by which an extent of the strategy's own grows."""


MOST_SEEDS, MOST_STUDIES = 20, 40
"""Seeds of a race, and its studies in all."""


@dataclass(frozen=True)
class Racer:
    """One study of a race."""

    strategy: str
    seed: int
    spec: StudySpec


def can_race(strategy_id: str) -> bool:
    """Whether a strategy searches by itself, so that it can be given a number of epochs."""
    return STRATEGIES[strategy_id].extent is not Extent.LIST


def race_of(spec: StudySpec, strategies: Sequence[str], seeds: int) -> list[Racer]:
    """The space of a study under each strategy, each on so many seeds, at its epochs.

    The first seed is that of the study. All of a seed come together, so that a race that is cut
    short has told as much of each strategy. The split stays the same. Raises SpecError, whose
    field is ``strategies`` or ``seeds``, or one of the spec.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise expected("seeds", f"a number from 1 to {MOST_SEEDS}", seeds)
    if not strategies:
        raise SpecError("strategies", f"expected at least one of {_racing()}, received none.")
    for name in strategies:
        if name not in STRATEGIES:
            raise SpecError("strategies", unknown_name("strategy", name, STRATEGIES))
        if not can_race(name):
            raise expected("strategies", f"strategies that search ({_racing()})", name)
    if len({*strategies}) < len(strategies):
        raise expected("strategies", "each strategy once", ",".join(strategies))
    if len(strategies) * seeds > MOST_STUDIES:
        what = f"at most {MOST_STUDIES // len(strategies)} for {len(strategies)} strategies"
        raise expected("seeds", f"{what}, {MOST_STUDIES} studies in all", seeds)
    epochs = spec.plan().epochs
    planned = {name: with_epochs(spec, name, epochs) for name in strategies}
    if not all(racer.search_space.searched for racer in planned.values()):
        raise SpecError("space", "expected a hyperparameter that is searched, received none.")
    return [
        Racer(name, spec.seed + more, _seeded(planned[name], spec.seed + more))
        for more in range(seeds)
        for name in strategies
    ]


def _seeded(spec: StudySpec, seed: int) -> StudySpec:
    name = f", {spec.strategy.info.title}, seed {seed}"
    name = spec.dataset_info.title[: MAX_NAME - len(name)] + name
    document = spec.model_dump(mode="json", exclude_none=True)
    return parse_spec({**document, "seed": seed, "name": name}, local_files=True)


def _racing() -> str:
    return ", ".join(filter(can_race, STRATEGIES))


def with_epochs(
    spec: StudySpec,
    strategy_id: str,
    epochs: int,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> StudySpec:
    """The study under a strategy whose plan comes as near to ``epochs`` as it can, never beyond.

    ``epochs`` counts those of all trainings, folds and repeats included, as ``Plan.epochs`` does.
    Trials are cut to fit; a strategy with an extent of its own gets as many ``points`` or
    ``iterations`` as fit, unless ``settings`` say how many. Brackets keep the most epochs of a
    trial, and have fewer only where not even the first of them could end. Raises SpecError for a
    strategy that has no search, for its settings, and where a single trial takes more.
    """
    if strategy_id not in STRATEGIES:
        raise SpecError("strategy.id", unknown_name("strategy", strategy_id, STRATEGIES))
    if not can_race(strategy_id):
        raise expected("strategy.id", f"a strategy that searches ({_racing()})", strategy_id)
    if epochs < 1:
        raise expected("epochs", "a number of epochs from 1", epochs)
    document = _document(spec, strategy_id, settings)
    return _Planner(document, STRATEGIES[strategy_id].extent, epochs).nearest()


def _document(spec: StudySpec, strategy_id: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The spec as JSON under the strategy, without a number of trials."""
    document = spec.model_dump(mode="json", exclude_none=True)
    own = spec.strategy.settings if spec.strategy.id == strategy_id else {}
    document["strategy"] = {"id": strategy_id, "settings": {**own, **settings}}
    for name in ("earlier", "first"):  # Of what one strategy had found before, none may know.
        document.pop(name, None)
    # Equal epochs are what is compared: no end by scores.
    for name in ("trials", "target", "settled"):
        document["budget"].pop(name, None)
    fixed = document["space"].get("epochs")
    if STRATEGIES[strategy_id].decides_epochs and isinstance(fixed, int):
        # What all trials train for is the most that a trial is promoted to.
        del document["space"]["epochs"]
        document["budget"]["epochs"] = fixed
    return document


@dataclass(frozen=True)
class _Planner:
    """``document`` is a spec without a number of trials, ``extent`` that of its strategy."""

    document: dict[str, Any]
    extent: Extent
    epochs: int

    def nearest(self) -> StudySpec:
        strategy = self.document["strategy"]
        name = _SIZED_BY.get(self.extent, "")
        if not name or name in strategy["settings"]:
            return self._cut({})
        setting = STRATEGIES[strategy["id"]].setting(name)
        low, high = int(setting.low), int(setting.high)

        def spent(value: int) -> int:
            return self._spec({name: value}).plan().epochs

        most = _largest(low, high, lambda value: spent(value) <= self.epochs)
        if most < low:
            return self._cut({name: low})
        near = spent(most)
        if most < high and (self.extent is Extent.BRACKETS or near < WORTH * self.epochs):
            return self._cut({name: most + 1})
        if self._spec({}).plan().epochs == near:
            return self._spec({})
        # Where there is no more to try, larger values change nothing.
        return self._spec({name: _largest(low, most, lambda value: spent(value) < near) + 1})

    def _cut(self, settings: Mapping[str, Any]) -> StudySpec:
        """With as many trials as fit."""
        whole = self._spec(settings)
        longest = whole.budget.epochs
        if self.extent is Extent.BRACKETS:
            longest = self._longest(whole)
            whole = self._spec(settings, longest=longest)
        most = whole.trials
        if self.extent is Extent.SPACE:
            most = min(whole.reachable() or MAX_TRIALS, MAX_TRIALS)
        # A trial takes at least one epoch.
        most = min(most, self.epochs)

        def cut(trials: int) -> StudySpec:
            return self._spec(settings, trials, longest)

        if cut(most).plan().epochs <= self.epochs:
            return cut(most)
        fitting = _largest(1, most, lambda trials: cut(trials).plan().epochs <= self.epochs)
        if not fitting:
            raise SpecError(
                "budget.epochs",
                f"one trial takes {cut(1).plan().epochs:,} epochs, more than all trials may take "
                f"({self.epochs:,}). Lower it, or allow more epochs in all.",
            )
        return cut(fitting)

    def _longest(self, whole: StudySpec) -> int:
        """The most epochs of a trial with which the first bracket comes to its end."""
        factor = int(whole.strategy.setting("factor"))

        def takes(longest: int) -> int:
            rounds = hyperband_schedule(longest, factor)
            first = [item for item in rounds if item.bracket == rounds[0].bracket]
            epochs = sum(item.size * (item.epochs - item.initial_epoch) for item in first)
            return epochs * whole.executions

        most = whole.budget.epochs
        return max(1, _largest(1, most, lambda longest: takes(longest) <= self.epochs))

    def _spec(
        self, settings: Mapping[str, Any], trials: int | None = None, longest: int | None = None
    ) -> StudySpec:
        strategy = self.document["strategy"]
        budget = {**self.document["budget"], **({} if trials is None else {"trials": trials})}
        if longest is not None:
            budget["epochs"] = longest
        changed = {
            "strategy": {**strategy, "settings": {**strategy["settings"], **settings}},
            "budget": budget,
        }
        return parse_spec({**self.document, **changed}, local_files=True)


def _largest(low: int, high: int, good: Callable[[int], bool]) -> int:
    """The largest number up to which all from ``low`` are good; ``low - 1`` where none is."""
    low -= 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low
