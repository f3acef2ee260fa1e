"""Why a strategy asked for a trial: what its oracle says, on the way to the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tuning_core.catalog.hyperparameters import Value

Kind = Literal["surrogate", "densities", "parents", "rounds", "coverage"]
"""What there is to see: a model of the score, where good trials are dense, a family, a
ranking, or which places were tried."""


@dataclass(frozen=True)
class Profile:
    """One hyperparameter of an explained trial.

    ``value`` is what the trial has, None where it is inactive. ``lines`` has a number per value
    of ``at`` under each name: ``mean``, ``deviation`` and ``acquisition`` of a surrogate, in the
    objective's unit, or the densities ``good`` and ``rest`` over the hyperparameter's scale from
    0 to 1 (shares of a listed value). ``spans`` are the parts of the range that were drawn from,
    from end to end. ``note`` says in a few words what is particular here.
    """

    name: str
    value: Value | None
    at: tuple[Value, ...] = ()
    lines: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    spans: tuple[tuple[Value, Value], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Explanation:
    """Why a trial has its configuration.

    ``sentence`` says it in one. ``roles`` names earlier trials by the part that they had in it,
    numbers in the order that counts: ``parent`` and ``population``; ``good`` and ``rest``;
    ``promoted`` and ``passed``, both best first; ``same`` (what a sweep compares with).
    ``reproduced``: the oracle, rebuilt from the trials before this one, asked for this very
    configuration again.
    """

    trial: int
    strategy: str
    kind: Kind
    sentence: str
    profiles: tuple[Profile, ...] = ()
    roles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    reproduced: bool = True
