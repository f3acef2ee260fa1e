"""What the catalog knows of one hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from tuning_core.catalog.limits import LIMITS

Value = bool | int | float | str

ALL_FAMILIES = ("linear", "mlp", "cnn")
HIDDEN = ("mlp", "cnn")
"""Families that have hidden layers."""

Group = Literal["declared", "training", "network", "regularisation", "augmentation", "schedule"]
GROUPS: Mapping[Group, str] = MappingProxyType(
    {
        "declared": "The model's own",
        "training": "Training",
        "network": "Network",
        "regularisation": "Regularisation",
        "augmentation": "Augmentation",
        "schedule": "Schedule and stopping",
    }
)
"""The groups in which a form lists hyperparameters, in order, with their titles."""

USUAL = 9
"""The place in the order of tuning up to which a hyperparameter always stands open in a form."""

TASKS = ("classification", "regression")
Traced = Literal["", "number", "shape", "structure"]
"""How the compiled epoch takes a hyperparameter: not at all (it works beside the graph: learning
rates, first weights, stopping), as a number handed over with every call, as a shape that the graph
leaves open, or as structure, each value being a graph of its own."""

MAX_LAYERS = int(LIMITS["layers"].most)
WITH_HIDDEN_LAYERS: Mapping[str, tuple[Value, ...]] = MappingProxyType(
    {"layers": tuple(range(1, MAX_LAYERS + 1))}
)
"""The condition of what needs a hidden layer; a family without ``layers`` drops it."""


@dataclass(frozen=True)
class Slider:
    """The ends of a slider on What-if, and its scale where that is not the suggested one."""

    low: float
    high: float
    scale: str = ""


@dataclass(frozen=True)
class Hyperparameter:
    """One knob of a model family.

    ``low`` and ``high`` are hard limits of a number; ``choices`` lists what a choice accepts.
    ``suggested`` is the space entry that a form offers first; it stands in its ``group`` there.
    ``when`` names the values of other hyperparameters with which this one has a meaning.
    ``order`` is the place in which tuning it is usually worth the trials (1 first). One that
    ``inherits`` another, or a field of the spec, has no part in a configuration unless the spec
    names it: the other's value holds. ``of_task`` lists the choices of each task, where they
    differ.

    ``traced`` says how the compiled epoch takes it; one that is ``optional`` is absent from the
    network at 0, so that being there is structure too. ``inactive`` is the value that holds where
    it has no meaning, the default unless given. ``operations`` says whether it adds operations to
    the graph, for each layer with weights or once. ``slider`` has its ends on What-if where they
    are not those of the suggested range: what happens far outside is worth seeing once.

    One that is ``declared``, by a model of one's own or by another tool, is searched as
    ``suggested`` where a space leaves it out; the others keep their default.
    """

    id: str
    label: str
    group: Group
    kind: Literal["integer", "float", "choice", "boolean"]
    default: Value
    help: str
    order: int
    suggested: Mapping[str, Any]
    low: float | None = None
    high: float | None = None
    choices: tuple[Value, ...] = ()
    families: tuple[str, ...] = ALL_FAMILIES
    tasks: tuple[str, ...] = TASKS
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=lambda: MappingProxyType({}))
    inherits: str = ""
    of_task: Mapping[str, tuple[Value, ...]] = field(default_factory=lambda: MappingProxyType({}))
    traced: Traced = ""
    optional: bool = False
    inactive: Value | None = None
    operations: Literal["", "each layer", "once"] = ""
    slider: Slider | None = None
    declared: bool = False

    @property
    def name(self) -> str:
        """The label within a sentence; L2 and Gaussian keep their capitals."""
        proper = self.label.startswith(("L1", "L2", "Gaussian", "Nesterov"))
        return self.label if proper or self.declared else self.label[0].lower() + self.label[1:]

    @property
    def under_way(self) -> bool:
        """Whether it can change while a network trains: its weights stay what they are."""
        return self.traced != "structure" and self.group != "network" and not self.inherits

    def in_config(self, config: Mapping[str, Value]) -> Value:
        """Its value in a configuration, with what holds where it is inactive."""
        return config.get(self.id, self.default if self.inactive is None else self.inactive)

    @property
    def usual(self) -> bool:
        """Whether it stands open in a form; the others can be unfolded."""
        return self.order <= USUAL
