"""Model families: what kind of network a study trains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFamily:
    """A way to turn a configuration into a network, for datasets of the listed ``kinds``."""

    id: str
    title: str
    sentence: str
    kinds: tuple[str, ...] = ("image", "table", "plane")


FAMILIES: dict[str, ModelFamily] = {
    family.id: family
    for family in (
        ModelFamily(
            "linear",
            "Linear",
            "No hidden layer: the baseline to beat.",
        ),
        ModelFamily(
            "mlp",
            "MLP",
            "Hidden layers of fully connected units.",
        ),
        ModelFamily(
            "cnn",
            "CNN",
            "Filters that slide over a picture.",
            kinds=("image",),
        ),
    )
}
