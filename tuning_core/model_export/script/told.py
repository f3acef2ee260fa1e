"""What a script and a model card say of the search, beside the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """The study around its best trial.

    ``epochs`` is how many a training of the trial had at most, None where nobody noted it;
    ``scores`` are those of its trainings. ``test`` holds metrics of the test part, once revealed.
    ``seconds`` is the time of the search so far, ``trials`` and ``trained_epochs`` its extent.
    """

    epochs: int | None = None
    scores: tuple[float, ...] = ()
    test: Mapping[str, float] | None = None
    trials: int = 0
    trained_epochs: int = 0
    seconds: float = 0.0
