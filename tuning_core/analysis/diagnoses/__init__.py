"""What is wrong with a training or a search, in words, with evidence and one suggestion.

A diagnosis that is not sure says nothing. The thresholds were chosen on the trainings of
``benchmarks/diagnoses/chosen.py``; how often they are right is measured on others. A new diagnosis
is a function and its place in one of the two lists below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tuning_core.analysis.diagnoses import instability, overfitting, search
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis, TrainingCurves
from tuning_core.analysis.diagnoses.search import Search

FEWEST_EPOCHS = 5
"""Epochs below which a curve has no shape."""

OF_A_TRAINING: list[tuple[Callable[[TrainingCurves], Diagnosis | None], ...]] = [
    (instability.constant,),
    (instability.unstable,),
    (overfitting.overfitting,),
    (instability.restless,),
    (overfitting.underfitting, overfitting.improving),
    (overfitting.plateau,),
]
"""The first line that finds something is the answer: it explains what those below would see. What
shares a line can be true together."""

OF_CURVES_ALONE = (overfitting.overfitting, overfitting.improving, overfitting.plateau)
"""Those that need to know nothing of loss and network."""

OF_A_SEARCH: list[Callable[[Search], Iterable[Diagnosis]]] = [
    search.divergence,
    search.edges,
    search.within_noise,
    search.exhausted,
    search.idle,
]


def diagnose_training(training: TrainingCurves) -> tuple[Diagnosis, ...]:
    """What one training surely shows, the most important first."""
    lost = instability.divergence(training)
    if lost is not None:
        return (lost,)
    if training.epochs < FEWEST_EPOCHS:
        return ()
    for line in OF_A_TRAINING:
        checks = [check for check in line if training.ours or check in OF_CURVES_ALONE]
        found = tuple(d for check in checks if (d := check(training)) is not None)
        if found:
            return found
    return ()


def diagnose_trial(executions: Sequence[TrainingCurves]) -> tuple[Diagnosis, ...]:
    """What more than half of a trial's executions show, in the words of the first that does."""
    each = [diagnose_training(training) for training in executions]
    counts = Counter(found.kind for findings in each for found in findings)
    first = {found.kind: found for findings in reversed(each) for found in findings}
    common = [first[kind] for kind, count in counts.items() if 2 * count > len(executions)]
    return tuple(sorted(common, key=lambda found: -found.weight))


def diagnose_study(search: Search) -> tuple[Diagnosis, ...]:
    """What the search surely shows, the most important first."""
    found = [diagnosis for check in OF_A_SEARCH for diagnosis in check(search)]
    return tuple(sorted(found, key=lambda diagnosis: -diagnosis.weight))
