"""What the values to predict look like: skewed, counts, classes in an order, several at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from tuning_core.catalog.dataset import LogScale
from tuning_core.datasets.tables.kinds import whole
from tuning_core.datasets.tables.table import Cells

_SKEWED = 1.5
"""Skewness from which on a logarithm is offered, if it at least halves it."""
_FEWEST = 20
_LABEL_SIGNS = ";|,/"
_SHARED = 0.2
_SCALES = (
    ("very low", "low", "medium", "high", "very high"),
    ("low", "moderate", "high", "severe"),
    ("none", "mild", "moderate", "severe"),
    ("small", "medium", "large"),
    ("xs", "s", "m", "l", "xl", "xxl"),
    ("very bad", "bad", "fair", "good", "very good", "excellent"),
    ("very poor", "poor", "fair", "good", "very good", "excellent"),
    ("poor", "average", "good", "excellent"),
    ("unacc", "acc", "good", "vgood"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("beginner", "intermediate", "advanced", "expert"),
    ("bronze", "silver", "gold", "platinum"),
    ("fair", "good", "very good", "premium", "ideal"),
    ("a", "b", "c", "d", "e", "f"),
    ("primary", "secondary", "tertiary"),
    ("slow", "medium", "fast"),
    ("first", "second", "third", "fourth", "fifth"),
    ("i", "ii", "iii", "iv", "v", "vi"),
)
"""Words whose order everybody knows, the least first."""


def skewness(values: np.ndarray) -> float:
    """The third standardised moment (Joanes and Gill 1998, g1); 0 where all are the same."""
    distance = values - values.mean()
    spread = np.sqrt(np.mean(distance**2))
    return float(np.mean((distance / spread) ** 3)) if spread > 0 else 0.0


def log_scale(target: Cells) -> tuple[LogScale, float, float] | None:
    """(scale, skewness before, after) where a logarithm makes values much less skewed."""
    if target.numbers is None:
        return None
    values = target.numbers[~target.absent]
    if len(values) < _FEWEST or values.min() < 0:
        return None
    scale: LogScale = "log" if values.min() > 0 else "log1p"
    before = skewness(values)
    after = skewness(np.log(values) if scale == "log" else np.log1p(values))
    return (scale, before, after) if before >= _SKEWED and abs(after) * 2 <= before else None


def about_values(target: Cells, chosen: LogScale | None) -> Iterable[str]:
    """Sentences on the values of a regression, ``chosen`` being the scale they are learnt on."""
    found = log_scale(target)
    if found is None or chosen is not None:
        return
    assert target.numbers is not None
    scale, before, after = found
    counts = whole(target.numbers[~target.absent])
    yield (
        f"The values of {target.name!r} are {'counts, and ' if counts else ''}skewed: skewness "
        f"{before:.1f}, of their logarithms {after:.1f}. These may be easier to learn: "
        f"dataset.target_scale {scale!r}. Scores and answers stay in the unit of the table."
    )


def about_classes(target: Cells, labels: Iterable[str]) -> Iterable[str]:
    """Sentences on classes that have an order, or that are several in one."""
    labels = list(labels)
    if target.texts is None:
        return
    plain = {re.sub("[_-]", " ", label.strip().casefold()): label for label in labels}
    # Three letters are more often names than grades.
    enough = len(plain) >= (3 if max(map(len, plain), default=0) > 2 else 4)
    for words in _SCALES:
        if enough and len(plain) == len(labels) and {*plain} <= {*words}:
            order = " < ".join(plain[word] for word in words if word in plain)
            yield (
                f"The classes of {target.name!r} look like steps of a scale ({order}). They "
                "are told apart without their order: number the steps and choose regression to "
                "learn it."
            )
            break
    if sign := _several(labels):
        yield (
            f"Values of {target.name!r} hold several labels each, parted by {sign!r}. Several "
            "labels for a row are not supported: each combination counts as a class of its own. "
            "Make a column of yes and no for each label, and a study for each."
        )


def _several(labels: list[str]) -> str:
    """The sign that parts labels of which a value has one or more; "" where there is none."""
    for sign in _LABEL_SIGNS:
        parts = [[part.strip() for part in label.split(sign)] for label in labels]
        if sum(len(found) > 1 for found in parts) < max(2, _SHARED * len(labels)):
            continue
        counts = Counter(part for found in parts for part in set(found))
        # Labels come again in other combinations; the parts of names or places do not.
        again = sum(count > 1 for count in counts.values())
        if again * 3 >= len(counts) * 2 and "" not in counts and len(counts) <= len(labels):
            return sign
    return ""
