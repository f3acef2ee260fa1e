"""What is inside a network while it trains: its weights, and what its units say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tuning_core.catalog import Value
from tuning_core.datasets import PreparedData
from tuning_core.training.execution import Execution
from tuning_core.training.inside.first_layer import ColumnsSight, PicturesSight
from tuning_core.training.inside.importance import importance
from tuning_core.training.inside.plane import PlaneSight, plane_ends
from tuning_core.training.inside.sight import Sight

__all__ = ["Inside", "importance"]

MOST_LOOKS, FEWEST_LOOKS = 60, 8


class Inside:
    """Looks into networks on one dataset, as the dataset allows."""

    def __init__(self, data: PreparedData) -> None:
        self._sight = _sight(data)

    def network(self, config: Mapping[str, Value]) -> dict[str, Any]:
        """What is the same after every epoch, as plain JSON; see the sights."""
        return self._sight.network(config)

    def is_due(self, run: Execution, config: Mapping[str, Value], epochs: int) -> bool:
        """Whether to look after the epoch that has ended: after all of few, else evenly.

        Strides are powers of two, so that a training that goes on keeps an even rhythm.
        """
        looks = min(MOST_LOOKS, max(FEWEST_LOOKS, self._sight.most_looks(config)))
        stride = 2 ** math.ceil(math.log2(max(1.0, epochs / looks)))
        return run.epoch % stride == 0 or run.epoch == epochs or run.done

    def look(self, run: Execution) -> str:
        """What is seen now, in base64; nothing where a number is not finite."""
        return self._sight.look(run)


def _sight(data: PreparedData) -> Sight:
    if data.info.kind == "image":
        return PicturesSight(data)
    return PlaneSight(data) if plane_ends(data) else ColumnsSight(data)
