"""What the best model gets wrong, in words."""

from __future__ import annotations

import numpy as np

from tuning_core.charts.models.confusion import confusion_counts
from tuning_core.findings.formatting import count, number
from tuning_core.manager.questions.best_model import BestPredictions, Part


def mistakes_words(found: BestPredictions, part: Part) -> str:
    """How many rows are wrong, and what is most often taken for what."""
    names = found.classes
    rows, wrong = len(found.truth), int(np.sum(found.truth != found.predicted))
    words = f"{wrong:,} of {count(rows, f'{part} row')} wrong ({100 * wrong / max(1, rows):.1f} %)."
    counts = confusion_counts(found.truth, found.predicted, len(names))
    np.fill_diagonal(counts, 0)
    if counts.max() > 1:
        truth, predicted = np.unravel_index(counts.argmax(), counts.shape)
        most = int(counts.max())
        words += f" Most often {names[truth]} is taken for {names[predicted]} ({most:,} times)."
    return words


def residual_words(found: BestPredictions, part: Part) -> str:
    """How far values are off."""
    error = np.abs(found.truth - found.predicted)
    return (
        f"Off by {number(float(error.mean()))} on average over {count(len(error), f'{part} row')}, "
        f"half of them by less than {number(float(np.median(error)))}."
    )
