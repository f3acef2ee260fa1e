"""What a user should know of a plan before launching it, a sentence each."""

from __future__ import annotations

from tuning_core.analysis.importance import trials_needed
from tuning_core.catalog import Extent
from tuning_core.findings.formatting import count, duration, memory
from tuning_core.planning.estimate import Estimate, new_configurations
from tuning_core.resources import free_memory_bytes, memory_bytes
from tuning_core.spec.study import StudySpec

MANY_TRAININGS = 2_000
"""Trainings beyond which a plan explains where they come from."""
MANY_EPOCHS = 100_000
LONG_SECONDS = 3_600.0


def warnings(spec: StudySpec) -> list[str]:
    """What the plan alone says."""
    plan, size, extent, warnings = spec.plan(), spec.reachable(), spec.strategy.info.extent, []
    if not spec.search_space.searched:
        warnings.append(
            "Nothing is searched: every trial would be the same. Give a hyperparameter "
            "a range or a list."
        )
    if extent is Extent.GRID and size is not None and size > plan.trials:
        warnings.append(
            f"The whole grid has {size:,} configurations; the budget ends it after "
            f"{plan.trials:,}. Fewer values, or random search, cover it better."
        )
    elif size is not None and spec.trials > size and extent is not Extent.BRACKETS:
        warnings.append(
            f"There are only {count(size, 'configuration')}: the search ends when all "
            "have been tried."
        )
    warnings += _too_few_to_compare(spec)
    if plan.trainings > MANY_TRAININGS or plan.epochs > MANY_EPOCHS:
        warnings.append(f"{_arithmetic(spec)} {_advice(spec)}")
    return warnings


def _too_few_to_compare(spec: StudySpec) -> list[str]:
    """That the study will not know which hyperparameters mattered, where that is so."""
    searched, trials = len(spec.search_space.varied), new_configurations(spec)
    needed = trials_needed(searched)
    compared = spec.strategy.info.extent not in (Extent.LIST, Extent.SWEEPS)
    if not compared or searched < 2 or trials >= needed:
        return []
    word = "trial" if trials == spec.plan().trials else "configuration"
    return [
        f"{count(trials, word)} cannot say which of {searched} hyperparameters mattered: that "
        f"takes {needed} with a score."
    ]


def measured_warnings(spec: StudySpec, estimate: Estimate | None, refused: str) -> list[str]:
    """What the measurement adds: a search of hours, and networks that do not fit.

    ``refused`` is why it was not made.
    """
    warnings = [f"The time could not be measured. {refused}"] if refused else []
    if estimate is None:
        return warnings
    if estimate.seconds > LONG_SECONDS and spec.plan().trainings <= MANY_TRAININGS:
        warnings.append(
            f"This takes about {duration(estimate.seconds)} on this machine: "
            f"{_arithmetic(spec)} {_advice(spec)}"
        )
    free = free_memory_bytes()
    if estimate.memory > free:
        warnings.append(
            f"The largest network takes about {memory(estimate.network)} with its optimizer and "
            f"the search {memory(estimate.memory)} in all; of this machine's "
            f"{memory(memory_bytes())} of memory {memory(free)} are free. Fewer units or "
            "layers, or smaller batches, fit."
        )
    return warnings


def _arithmetic(spec: StudySpec) -> str:
    """Where the trainings come from: 5 hyperparameters of 5 values with 5 folds are 15,625."""
    plan = spec.plan()
    factors = [count(plan.trials, "trial")]
    if spec.strategy.info.extent is Extent.GRID and spec.reachable() == plan.trials:
        factors = [_grid(spec)]
    if spec.folds > 1:
        factors.append(f"{spec.folds} folds")
    if spec.repeats > 1:
        factors.append(f"{spec.repeats} repeats")
    what = factors[0] if len(factors) == 1 else f"{factors[0]} with {' and '.join(factors[1:])}"
    return f"{what} are {count(plan.trainings, 'training')}, {count(plan.epochs, 'epoch')}."


def _grid(spec: StudySpec) -> str:
    points = int(spec.strategy.setting("points"))
    sizes = [len(parameter.grid(points)) for parameter in spec.search_space.searched]
    if len(set(sizes)) == 1 and len(sizes) > 1:
        return f"{len(sizes)} hyperparameters of {sizes[0]} values"
    product = " x ".join(map(str, sizes))
    return f"{count(len(sizes), 'hyperparameter')} of {product} values"


def _advice(spec: StudySpec) -> str:
    """What would make it shorter."""
    gridded = spec.strategy.info.extent is Extent.GRID
    ways = ["Random search", "fewer values"] if gridded else ["Fewer trials"]
    if spec.executions > 1:
        ways.append("fewer folds" if spec.folds > 1 else "fewer repeats")
    if spec.budget.seconds is None:
        ways.append("a time limit")
    *first, last = ways
    return f"{', '.join(first)} or {last} would end sooner." if first else f"{last} end sooner."
