"""What a diagnosis says."""

from __future__ import annotations

from dataclasses import dataclass

from tuning_core.catalog import HYPERPARAMETERS

PENALTIES = ("l2", "l1", "activity_l2")
"""Hyperparameters that add a penalty to the loss and press weights or answers to zero."""


@dataclass(frozen=True)
class Diagnosis:
    """A finding: ``evidence`` is a sentence with its numbers, ``suggestion`` what to do next.

    ``weight`` orders findings, the most important has the largest. What points beyond an end of a
    range names the ``hyperparameter`` and the end.
    """

    kind: str
    title: str
    evidence: str
    suggestion: str
    weight: float = 1.0
    hyperparameter: str = ""
    upper: bool = False


def label(hyperparameter: str) -> str:
    """What the pages call a hyperparameter within a sentence."""
    return HYPERPARAMETERS[hyperparameter].name
