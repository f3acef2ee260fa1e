"""A model that is tried on a page."""

from __future__ import annotations

from dataclasses import dataclass

from tuning_core.catalog import DatasetInfo
from tuning_core.manager.questions.new_rows import AskedModel
from tuning_core.spec.dataset import DatasetSpec


@dataclass(frozen=True)
class Tried:
    """A ``model`` on rows of ``dataset``; its widgets are named for ``place``.

    ``who`` answers, in words: "the best model".
    """

    model: AskedModel
    place: str
    dataset: DatasetSpec
    who: str

    @property
    def info(self) -> DatasetInfo:
        """What is known of its rows."""
        return self.dataset.info
