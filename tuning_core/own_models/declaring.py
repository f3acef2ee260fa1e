"""The hyperparameters that a model declares: found by calling it as Keras Tuner does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import keras
import keras_tuner
from keras_tuner.engine import hyperparameters as kt
from typing_extensions import override

from tuning_core.catalog import Value
from tuning_core.own_models.errors import OwnModelError, line_that_runs
from tuning_core.own_models.loading import OwnModel
from tuning_core.spec.model import Declared

MOST_BUILDS = 100
"""Models that are built at most to find what is declared."""

MOST_DECLARED, MOST_VALUES, LONGEST_NAME = 200, 1000, 100
LARGEST = 2.0**53
"""The largest whole number up to which all are told apart."""

_LARGEST_COUNT = 32
"""An integer up to this may say how often something is repeated, with more to declare each time."""

_HP = Any
"""A hyperparameter of Keras Tuner, which has no types."""


class Declaring(keras_tuner.HyperParameters):
    """Hyperparameters that refuse a name which is declared again with other values."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.decided: frozenset[str] = frozenset()
        """Names that count as they are, whatever is declared under them later."""

    def begin(self, **values: Value) -> None:
        """Have these values for the next build, and defaults beside them."""
        self.values = dict(values)
        self.active_scopes.clear()
        self.inactive_scopes.clear()
        self.ensure_active_values()

    @override
    def _retrieve(self, hp: _HP) -> Any:
        for known in self._hps.get(hp.name, ()):
            if known.conditions != hp.conditions or hp.name in self.decided:
                continue
            if (known.__class__, known.get_config()) != (hp.__class__, hp.get_config()):
                place = line_that_runs(self._folder)
                raise OwnModelError(
                    f"{place}: {hp.name!r} is declared twice, as {_words(known)} and as "
                    f"{_words(hp)}. Give each a name of its own."
                )
        return super()._retrieve(hp)


def explore(own: OwnModel) -> tuple[Declaring, keras.Model]:
    """What ``build`` declares, and the model of the default values; raises OwnModelError.

    As Keras Tuner it builds until each conditional scope has been entered. Beyond that it tries
    other values of what may say how often, or whether, something else is declared, which Keras
    Tuner would meet only during the search.
    """
    hp = Declaring(own.folder)
    own.declare(hp)
    hp.decided = frozenset(hp._hps)
    hp.begin()
    model = own.build(hp)
    tried: list[dict[str, Value]] = [{}]
    while len(tried) < MOST_BUILDS:
        values = next((v for v in _worth_trying(hp) if v not in tried), None)
        if values is None:
            break
        tried.append(values)
        hp.begin(**values)
        _try(own, hp)
    hp.begin()
    return hp, model


def _try(own: OwnModel, hp: Declaring) -> None:
    """Build for what is declared; a model that cannot be built so fails when it is trained."""
    try:
        own.build(hp)
    except OwnModelError as error:
        if error.__cause__ is None:
            raise


def _worth_trying(hp: Declaring) -> Iterator[dict[str, Value]]:
    """Values, beside defaults, with which more may be declared."""
    for declared in hp.space:
        active = _activating(declared)
        if active:
            yield active
    counts: dict[str, Value] = {}
    for declared in hp.space:
        if isinstance(declared, kt.Int) and declared.max_value <= _LARGEST_COUNT:
            counts[declared.name] = declared.max_value
            counts.update(_activating(declared))
    if counts:
        yield counts
    for declared in hp.space:
        others: list[Value] = []
        if isinstance(declared, kt.Boolean):
            others = [not declared.default]
        elif isinstance(declared, kt.Choice) and isinstance(declared.values[0], str):
            others = [value for value in declared.values if value != declared.default]
        for value in others:
            yield {**_activating(declared), declared.name: value}


def _activating(declared: _HP) -> dict[str, Value]:
    """The values of others with which a hyperparameter exists."""
    return {condition.name: condition.values[0] for condition in declared.conditions}


def declared_of(hp: Declaring, own: OwnModel) -> dict[str, Declared]:
    """The hyperparameters in the order in which they were declared; raises OwnModelError."""
    decided = hp.decided
    by_name: dict[str, list[_HP]] = {}
    for declared in hp.space:
        by_name.setdefault(declared.name, []).append(declared)
    if not by_name:
        raise OwnModelError(
            f"{own.name} of {own.path.name} declares no hyperparameter: there is nothing to "
            'search. Use hp.Int("units", 16, 128) and its kin in it.'
        )
    if len(by_name) > MOST_DECLARED:
        raise OwnModelError(
            f"{own.name} of {own.path.name} declares {len(by_name):,} hyperparameters; at most "
            f"{MOST_DECLARED:,} can be searched."
        )
    found = {}
    for name, all_of in by_name.items():
        first, *others = all_of[:1] if name in decided else all_of
        for other in others:
            if _range_of(other) != _range_of(first):
                raise OwnModelError(
                    f"{own.path.name}: {name!r} is declared in two scopes, as {_words(first)} and "
                    f"as {_words(other)}. Give each a name of its own."
                )
        found[name] = _declared(first, _conditions([first, *others], own), own)
    _check_parents(found, own)
    return found


def _conditions(all_of: list[_HP], own: OwnModel) -> dict[str, list[Value]]:
    """When a hyperparameter of one or more scopes exists."""
    found: list[dict[str, list[Value]]] = []
    for declared in all_of:
        when: dict[str, list[Value]] = {}
        for condition in declared.conditions:
            values = list(condition.values)
            before = when.get(condition.name, values)
            when[condition.name] = [value for value in values if value in before]
        if not when:
            return {}
        found.append(when)
    first, *others = found
    for other in others:
        differing = [n for n in {*first, *other} if first.get(n) != other.get(n)]
        if not differing:
            continue
        if len(differing) > 1 or differing[0] not in first or differing[0] not in other:
            raise OwnModelError(
                f"{own.path.name}: {all_of[0].name!r} is declared in scopes that depend on "
                "different hyperparameters. Give each a name of its own."
            )
        [name] = differing
        first[name] = list(dict.fromkeys([*first[name], *other[name]]))
    return first


def _declared(hp: _HP, when: dict[str, list[Value]], own: OwnModel) -> Declared:
    if not hp.name.strip() or len(hp.name) > LONGEST_NAME or not hp.name.isprintable():
        raise OwnModelError(
            f"{own.path.name}: a hyperparameter is called {hp.name[:LONGEST_NAME]!r}; expected a "
            f"name of 1 to {LONGEST_NAME} printable letters."
        )
    if isinstance(hp, kt.Boolean):
        return Declared(kind="boolean", default=bool(hp.default), when=when)
    if isinstance(hp, kt.Fixed):
        return Declared(kind="choice", default=hp.value, choices=[hp.value], when=when)
    if isinstance(hp, kt.Choice):
        values = list(dict.fromkeys(hp.values))
        if len(values) > MOST_VALUES:
            raise OwnModelError(
                f"{own.path.name}: {hp.name!r} has {len(values):,} values; at most "
                f"{MOST_VALUES:,} can be searched. Declare a range."
            )
        return Declared(kind="choice", default=hp.default, choices=values, when=when)
    kind: Literal["integer", "float"] = "integer" if isinstance(hp, kt.Int) else "float"
    ends = (float(hp.min_value), float(hp.max_value))
    if not all(math.isfinite(end) and abs(end) <= LARGEST for end in ends):
        raise OwnModelError(
            f"{own.path.name}: {hp.name!r} is {_words(hp)}; expected ends that are numbers, of at "
            "most 2^53."
        )
    if hp.sampling == "reverse_log" and (kind == "integer" or ends[1] >= 1):
        raise OwnModelError(
            f"{own.path.name}: {hp.name!r} is {_words(hp)}; the reverse_log scale is for numbers "
            'below 1 here. Use sampling="linear" or "log".'
        )
    step = None if hp.step in (None, 0) or (kind == "integer" and hp.step == 1) else hp.step
    return Declared(
        kind=kind,
        default=hp.default,
        low=hp.min_value,
        high=hp.max_value,
        step=step,
        scale=hp.sampling,
        when=when,
    )


def _check_parents(found: dict[str, Declared], own: OwnModel) -> None:
    for name, declared in found.items():
        for parent in declared.when:
            known = found.get(parent)
            if known is not None and known.kind == "float" and known.step is None:
                raise OwnModelError(
                    f"{own.path.name}: {name!r} depends on {parent!r}, which may have any value "
                    "of a range. Give that a step or use hp.Choice."
                )


def _range_of(hp: _HP) -> tuple[type, dict[str, Any]]:
    config = dict(hp.get_config())
    config.pop("conditions", None)
    return hp.__class__, config


def _words(hp: _HP) -> str:
    """A hyperparameter as one would declare it, without its name."""
    kind = type(hp).__name__
    if isinstance(hp, kt.Boolean):
        return kind
    if isinstance(hp, kt.Fixed):
        return f"{kind}({hp.value!r})"
    if isinstance(hp, kt.Choice):
        values = ", ".join(map(repr, hp.values[:5])) + (", ..." if len(hp.values) > 5 else "")
        return f"{kind}([{values}])"
    step = "" if hp.step in (None, 1) else f", step={hp.step:g}"
    scale = "" if hp.sampling == "linear" else f", {hp.sampling}"
    return f"{kind}({hp.min_value:g} to {hp.max_value:g}{step}{scale})"
