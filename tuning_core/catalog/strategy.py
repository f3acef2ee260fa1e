"""What is known of a search strategy, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from tuning_core.catalog.settings import Configurable


class Extent(Enum):
    """What a strategy tries of a space when no budget ends it."""

    SPACE = "every configuration, once each"
    GRID = "a grid of `points` values for ranges without a step"
    LIST = "the `configurations` that are listed"
    SWEEPS = "the sweeps of one hyperparameter or group after the other, in `order`"
    BRACKETS = "Hyperband's brackets, by `factor` and `iterations`"


class WaitsFor(Enum):
    """Which trials must have ended before a strategy asks for the next, side by side with others.

    Where its extent is sweeps or brackets, it waits for a sweep or a round of a bracket instead.
    """

    NOTHING = "none: the next does not depend on what runs"
    ROUND = "all of the rounds before, a round being as many as train at once"
    GENERATION = "all of the generations of `population` before"
    NARROWING = "all of the `rounds` before"


@dataclass(frozen=True)
class StrategySketch:
    """How the card shows a strategy in a square of two hyperparameters.

    Of ``around_best``, ``first`` trials lie anywhere and the others about ``width`` (right, up)
    from the best place.
    """

    pattern: Literal[
        "anywhere", "lattice", "chosen", "cross", "evenly", "narrowing", "around_best", "halving"
    ] = "anywhere"
    first: int = 0
    width: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class StrategyInfo(Configurable):
    """A way to choose the next configuration.

    One that ``learns`` chooses by the scores so far, ``decides_epochs`` says that it sets the
    epochs of each trial. ``whole`` are the words for the number of trials that follows from an
    extent other than the space. ``ranges_stay`` is why the ranges of a running study cannot be
    changed, ``never_settles`` why its trials say nothing of those to come, "" where they can
    and do. ``suggestion_seconds`` is what choosing a trial takes, where it counts: the median over
    a hundred trials. ``waits_for`` says what it has to know before it can ask for another trial,
    ``side_by_side`` what becomes of its search where several trials train at once, "" where it
    makes the trials that it makes one after the other.
    """

    learns: bool = False
    decides_epochs: bool = False
    extent: Extent = Extent.SPACE
    whole: str = ""
    ranges_stay: str = ""
    never_settles: str = ""
    suggestion_seconds: float = 0.0
    waits_for: WaitsFor = WaitsFor.NOTHING
    side_by_side: str = ""
    sketch: StrategySketch = StrategySketch()
