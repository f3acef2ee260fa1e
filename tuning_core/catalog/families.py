"""Model families: what kind of network a study trains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelFamily:
    """A way to turn a configuration into a network, for datasets of the listed ``kinds``.

    One that ``declares`` has the hyperparameters that each study's spec says, and is offered with
    no dataset by itself: a model of somebody's own reads what it reads.
    """

    id: str
    title: str
    sentence: str
    kinds: tuple[str, ...] = ("image", "table", "plane")
    declares: bool = False


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
        ModelFamily(
            "own",
            "Own model",
            "Built by a Keras Tuner function of your own.",
            kinds=(),
            declares=True,
        ),
    )
}
