"""The trials of a study as its analyses take them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from tuning_core.analysis.observations import Observations, observations
from tuning_core.analysis.winner import same_score
from tuning_core.findings.live import LiveStudy
from tuning_core.store import TrialRow


def analysed_trials(live: LiveStudy) -> list[TrialRow]:
    """The ended trials with a score, by number; of one that was continued, the last alone."""
    continued = {trial.parent for trial in live.trials.values() if trial.score is not None}
    return [
        trial
        for number, trial in sorted(live.trials.items())
        if trial.status.ended and trial.score is not None and number not in continued
    ]


def contenders(live: LiveStudy) -> list[TrialRow]:
    """The ended trials with a score, best first.

    Of a trial and those that went on with it, the best alone.
    """
    return _each_once(live, live.ranked())


def _each_once(live: LiveStudy, ranked: Iterable[TrialRow]) -> list[TrialRow]:
    found: dict[int, TrialRow] = {}
    for trial in ranked:
        if trial.status.ended:
            found.setdefault(_first(live, trial), trial)
    return list(found.values())


def tied_with_best(live: LiveStudy) -> list[TrialRow]:
    """The contenders that share the best score, the best trial first."""
    ranked = live.ranked()
    same = takewhile(lambda t: same_score(t.score or 0.0, ranked[0].score or 0.0), ranked)
    return _each_once(live, same)


def _first(live: LiveStudy, trial: TrialRow) -> int:
    """The trial that began what this one goes on with."""
    while trial.parent in live.trials:
        trial = live.trials[trial.parent]
    return trial.number


def observed(live: LiveStudy) -> Observations:
    """The same as a table of numbers."""
    trials = analysed_trials(live)
    return observations(
        live.spec.search_space,
        [trial.config for trial in trials],
        [trial.score for trial in trials],
        live.spec.objective_info.direction,
    )


def all_analysed(live: LiveStudy, trials: int) -> bool:
    """Whether an analysis of so many trials is of all: of those within the present ranges."""
    return trials == len(analysed_trials(live)) or trials == observed(live).total
