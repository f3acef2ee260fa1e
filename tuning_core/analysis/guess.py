"""What a user expects of a training before it is trained, and whether it came so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tuning_core.catalog import Objective

Said = Literal["better", "same", "worse"]
SAID: tuple[Said, ...] = get_args(Said)
SHARES = ("accuracy", "auc", "f1", "r2")
"""Metrics of which one hundredth is little; of any other, two hundredths of the score before."""


@dataclass(frozen=True)
class Guess:
    """``said`` against the run with the number ``against``, which had the score ``before``.

    ``number`` is the score that was named, if one was; ``said`` follows from it.
    """

    said: Said
    before: float
    against: int
    number: float | None = None

    @classmethod
    def of(
        cls, said: Said | None, number: float | None, before: float, against: int, aim: Objective
    ) -> Guess | None:
        """What was said; None where nothing was."""
        if number is not None:
            said = outcome(aim, before, number)
        return None if said is None else cls(said, before, against, number)

    def right(self, came: float, aim: Objective) -> bool:
        """Whether the training went the way that was said."""
        return outcome(aim, self.before, came) == self.said


def little(aim: Objective, before: float) -> float:
    """The difference up to which two scores are about the same."""
    return 0.01 if aim.metric in SHARES else 0.02 * abs(before)


def outcome(aim: Objective, before: float, came: float) -> Said:
    """Whether a score is better than one before it, about the same or worse."""
    # What is written with few digits is not told apart by the last one of a float.
    if abs(came - before) <= little(aim, before) * (1 + 1e-9):
        return "same"
    return "better" if aim.better(came, before) else "worse"
