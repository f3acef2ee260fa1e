"""Why an oracle asked for a trial, and what an explanation is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from keras_tuner.engine import trial as kt_trial

from tuning_core.catalog import Value
from tuning_core.catalog.explanation import Explanation, Kind, Profile
from tuning_core.space import Choice, Config, Parameter, SearchSpace
from tuning_core.strategies.encoding import Array
from tuning_core.strategies.suggestion import NumbersTrials, Suggestion

PARTS = 10
"""Parts of a continuous range, of the same width on its scale, that count as covered or not."""


PLACES = 41
"""Values of a range that are evaluated; a list of no more is evaluated whole."""


class ExplainsTrials(NumbersTrials):
    """The part of a :class:`ReplayableOracle` that says why it asked for a trial."""

    strategy: str
    space: SearchSpace

    def suggestion(self, trial: kt_trial.Trial) -> Suggestion:
        """The trial as Keras Tuner holds it, as a complete configuration and its epochs."""
        raise NotImplementedError

    def explain(self, suggestion: Suggestion) -> Explanation:
        """Why the trial after those that this oracle holds is ``suggestion``.

        The oracle is asked for that trial once more and then says what it went by. One that asks
        for another now (the trial was added by hand, or the spec was changed) explains nothing.
        """
        trial = self.create_trial("explanation")
        known = trial.status != kt_trial.TrialStatus.STOPPED
        asked = self.suggestion(trial).config if known else None
        if asked is None or self.space.key(asked) != self.space.key(suggestion.config):
            words = (
                "The strategy asks for something else after these trials: this one was added by "
                "hand or is of an earlier study, or the ranges have changed since."
            )
            return self.explanation(suggestion, "coverage", words, reproduced=False)
        return self.account(suggestion)

    def account(self, suggestion: Suggestion) -> Explanation:
        """What the suggestion that was just made went by; of a random one, what is covered."""
        before = suggestion.number - 1
        words = (
            f"Drawn at random: it learns nothing from the {before:,} before it, and only avoids "
            "repeating one."
            if before
            else "Drawn at random: nothing is known yet."
        )
        return self.explanation(suggestion, "coverage", words)

    def explanation(
        self,
        suggestion: Suggestion,
        kind: Kind,
        sentence: str,
        profiles: Sequence[Profile] | None = None,
        roles: Mapping[str, Sequence[int]] | None = None,
        *,
        reproduced: bool = True,
    ) -> Explanation:
        """An explanation; without ``profiles`` it shows what the earlier trials cover."""
        if profiles is None:
            profiles = coverage(
                self.space, suggestion.config, [*self.earlier(suggestion.number).values()]
            )
        return Explanation(
            suggestion.number,
            self.strategy,
            kind,
            sentence,
            tuple(profiles),
            {role: tuple(numbers) for role, numbers in (roles or {}).items()},
            reproduced,
        )

    def earlier(self, number: int) -> dict[int, Mapping[str, Value]]:
        """The searched values of the trials before a number that inform the strategy, by theirs."""
        return {
            self.number(trial_id): self.trials[trial_id].hyperparameters.values
            for trial_id in self.start_order
            if self.number(trial_id) < number
        }


def coverage(
    space: SearchSpace,
    config: Config,
    earlier: Sequence[Mapping[str, Value]],
    spans: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> tuple[Profile, ...]:
    """A profile for each hyperparameter searched: how much of it ``earlier`` trials have tried.

    ``spans`` are the parts of a scale from 0 to 1 that the trial was drawn from.
    """
    return tuple(
        Profile(
            parameter.name,
            config.get(parameter.name),
            spans=_values(parameter, (spans or {}).get(parameter.name, ())),
            note=_tried(
                parameter,
                [
                    other[parameter.name]
                    for other in earlier
                    if parameter.name in other and parameter.contains(other[parameter.name])
                ],
            ),
        )
        for parameter in space.searched
        if parameter.count != 1
    )


def _values(
    parameter: Parameter, spans: Iterable[tuple[float, float]]
) -> tuple[tuple[Value, Value], ...]:
    """Parts of a scale as values; nothing when they are the whole of it."""
    parts = list(spans)
    if parts == [(0.0, 1.0)]:
        return ()
    if parameter.count is None:
        return tuple((parameter.quantile(low), parameter.quantile(high)) for low, high in parts)
    # The end of a listed value's share already belongs to the next value.
    inside = 1e-9
    return tuple(
        (parameter.quantile(low + inside), parameter.quantile(high - inside)) for low, high in parts
    )


def _tried(parameter: Parameter, values: Sequence[Value]) -> str:
    count = parameter.count
    if count is not None:
        return f"{len({(v, isinstance(v, bool)) for v in values}):,} of {count:,} values tried"
    parts = {min(int(parameter.position(value) * PARTS), PARTS - 1) for value in values}
    return f"{len(parts)} of {PARTS} parts of the range tried"


def values_along(parameter: Parameter, chosen: Value | None) -> tuple[Value, ...]:
    """Values from one end of a hyperparameter's scale to the other, the chosen one among them."""
    listed = parameter.values()
    if listed is None:
        shares = {*np.linspace(0.0, 1.0, PLACES).tolist()}
        if chosen is not None:
            shares.add(parameter.position(chosen))
        return tuple(dict.fromkeys(parameter.quantile(share) for share in sorted(shares)))
    if len(listed) <= PLACES or isinstance(parameter, Choice):
        return listed
    picked: set[Value] = {listed[i] for i in np.linspace(0, len(listed) - 1, PLACES).astype(int)}
    return tuple(value for value in listed if value in picked or value == chosen)


def numbers(values: Sequence[float] | Array) -> tuple[float, ...]:
    """Numbers of an array as they are written down: seven digits are more than a chart shows."""
    return tuple(float(f"{value:.7g}") for value in values)
