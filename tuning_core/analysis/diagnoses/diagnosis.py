"""What is wrong with a training, in words: each diagnosis with its evidence and one suggestion.

A diagnosis that is not sure says nothing. The thresholds were chosen on the trainings of
``benchmarks/diagnoses/chosen.py``; how often they are right is measured on others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tuning_core.analysis.curves import Training
from tuning_core.analysis.diagnoses import fit, steps
from tuning_core.analysis.diagnoses.finding import Diagnosis

FEWEST_EPOCHS = 5
"""Epochs below which a curve has no shape."""


def diagnose_training(training: Training) -> tuple[Diagnosis, ...]:
    """What one training surely shows, the most important first."""
    lost = steps.divergence(training)
    if lost is not None:
        return (lost,)
    if training.epochs < FEWEST_EPOCHS:
        return ()
    for check in (steps.constant, steps.unstable, fit.overfitting, steps.restless):
        found = check(training)
        if found is not None:
            return (found,)
    both = (fit.underfitting(training), fit.improving(training))
    known = tuple(found for found in both if found is not None)
    if known:
        return known
    flat = fit.plateau(training)
    return () if flat is None else (flat,)


def diagnose_trial(executions: Sequence[Training]) -> tuple[Diagnosis, ...]:
    """What more than half of a trial's executions show, in the words of the first that does."""
    each = [diagnose_training(training) for training in executions]
    counts = Counter(found.kind for findings in each for found in findings)
    first = {found.kind: found for findings in reversed(each) for found in findings}
    common = [first[kind] for kind, count in counts.items() if 2 * count > len(executions)]
    return tuple(sorted(common, key=lambda found: -found.weight))
