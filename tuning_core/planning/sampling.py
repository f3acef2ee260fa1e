"""What a spec asks for in work: its largest and smallest networks, a sample, an estimate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

import numpy as np

from tuning_core.catalog import DatasetInfo, Extent
from tuning_core.catalog.hyperparameters import in_effect
from tuning_core.planning.cost import Calibration, Work, work_of
from tuning_core.planning.estimate import Estimate, Scope, estimate
from tuning_core.space import Config
from tuning_core.spec.plan import bracket_rounds
from tuning_core.spec.study import StudySpec

SAMPLE = 96
"""Configurations whose work stands for that of all."""
TYPICAL = 4
"""Configurations of the sample that a calibration measures beside the ends, if time allows."""

_SEED = 1
_ENDED_EARLY = 0.4
"""Share of the epochs that are left where trials are ended early; seen with the usual settings."""


def ends(spec: StudySpec) -> tuple[Config, Config]:
    """The configurations with the smallest and the largest network that the space allows.

    At a fixed depth every width adds parameters, so the ends of each width are enough.
    """
    space = spec.search_space
    depth = "blocks" if "blocks" in space else "layers"
    depths = (space[depth].values() if depth in space else None) or (0,)
    found: list[tuple[int, Config]] = []
    for number in depths:
        for end in (0.0, 1.0):
            config: Config = {}
            for parameter in space.parameters:
                if space.active(parameter.name, config):
                    value = number if parameter.name == depth else parameter.quantile(end)
                    config[parameter.name] = value
            effective = in_effect(config, spec.model.family)
            found.append((_work(spec, effective).parameters, effective))
    return min(found, key=lambda f: f[0])[1], max(found, key=lambda f: f[0])[1]


def parameter_span(spec: StudySpec, info: DatasetInfo) -> tuple[int, int]:
    """Smallest and largest number of parameters that the space allows on this data."""
    smallest, largest = (_work(spec, end, info).parameters for end in ends(spec))
    return smallest, largest


def probes(spec: StudySpec) -> list[Config]:
    """The configurations to measure, those that matter most first.

    The smallest and the largest network, each with the smallest and the largest batch; then some
    like those that a search will draw.
    """
    smallest, largest = ends(spec)
    batches = [smallest["batch_size"]]
    if "batch_size" in spec.search_space:
        batch = spec.search_space["batch_size"]
        batches = [batch.quantile(0.0), batch.quantile(1.0)]
    cross = [{**end, "batch_size": b} for end in (smallest, largest) for b in batches]
    return [*cross, *islice(sample(spec), TYPICAL)]


def sample(spec: StudySpec) -> Iterator[Config]:
    """Configurations such as the strategy will try, the same at every call."""
    space = spec.search_space
    extent = spec.strategy.info.extent
    if extent is Extent.GRID:
        points = int(spec.strategy.setting("points"))
        size = space.grid_size(points)
        if size <= SAMPLE:
            grid = islice(space.configurations(points), spec.trials)
            yield from (in_effect(config, spec.model.family) for config in grid)
            return
    if extent is Extent.LIST:
        yield from (in_effect(config, spec.model.family) for config in spec.listed[:SAMPLE])
        return
    rng = np.random.default_rng(_SEED)
    for _ in range(SAMPLE):
        yield in_effect(space.sample(rng), spec.model.family)


def calibration_key(spec: StudySpec, machine: str) -> str:
    """What a calibration depends on, as a short name: the data, what is measured, the machine."""
    data = spec.dataset.model_dump(mode="json", exclude={"seed"})
    works = [asdict(_work(spec, config)) for config in probes(spec)]
    counts = [{**work, "epochs": 0, "shortest": 0} for work in works]
    parts = [data, spec.model.family, spec.folds, counts, machine]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def estimate_of(spec: StudySpec, calibration: Calibration, *, same: bool = True) -> Estimate:
    """What the study is expected to take; ``same`` False where another form was measured."""
    shape, outputs = calibration.row_shape, calibration.outputs
    task = spec.dataset_info.task

    def work(config: Config) -> Work:
        return work_of(config, shape, outputs, task, spec.budget.epochs)

    works = [work(config) for config in sample(spec)]
    return estimate(spec.plan(), works, calibration, _scope(spec), work(ends(spec)[1]), same=same)


def _work(spec: StudySpec, config: Config, info: DatasetInfo | None = None) -> Work:
    info = info or spec.dataset_info
    return work_of(config, info.row_shape, info.outputs, info.task, spec.budget.epochs)


def new_configurations(spec: StudySpec) -> int:
    """How many of the plan's trials start anew: the others go on with an earlier one."""
    trials, rounds = spec.plan().trials, bracket_rounds(spec)
    started = sum(item.size for item in rounds if item.initial_epoch == 0)
    return min(trials, started) if rounds else trials


def _scope(spec: StudySpec) -> Scope:
    states = 1
    if rounds := bracket_rounds(spec):
        most = 2 * max(item.size for item in rounds)
        states = min(spec.plan().trials, most) * spec.executions
    return Scope(
        executions=spec.executions,
        configurations=max(1, new_configurations(spec)),
        suggestion=spec.strategy.info.suggestion_seconds,
        least=1.0 if spec.early_termination is None else _ENDED_EARLY,
        limit=spec.budget.seconds,
        states=states,
    )
