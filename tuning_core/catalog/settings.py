"""Settings of what can be chosen by its id: strategies and rules of early termination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SettingKind = Literal["integer", "float", "names", "groups", "configurations"]


@dataclass(frozen=True)
class StrategySetting:
    """One setting; ``default`` None means that whoever has it decides.

    ``low`` and ``high`` limit numbers. ``names`` is a list of searched hyperparameters,
    ``groups`` a list of such lists, ``configurations`` a list of objects {hyperparameter: value}.
    """

    id: str
    label: str
    kind: SettingKind
    default: Any
    low: float
    high: float
    help: str

    @property
    def is_number(self) -> bool:
        """Whether its value is a number, and not a list."""
        return self.kind in ("integer", "float")


@dataclass(frozen=True)
class Configurable:
    """Something with a name, a sentence and settings of its own."""

    id: str
    title: str
    sentence: str
    settings: tuple[StrategySetting, ...] = ()

    def setting(self, name: str) -> StrategySetting:
        """The setting called ``name``; KeyError when there is none."""
        return {setting.id: setting for setting in self.settings}[name]
