"""The trials of a study as its analyses take them."""

from __future__ import annotations

from pages.components.live import LiveStudy
from tuning_core.analysis.observations import Observations, observations
from tuning_core.analysis.winner import same_score
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
    """The ended trials with a score, best first; of one and those that went on with it, the best
    alone."""
    found: dict[int, TrialRow] = {}
    for trial in live.ranked():
        if trial.status.ended:
            found.setdefault(_first(live, trial), trial)
    return list(found.values())


def tied_with_best(live: LiveStudy) -> list[TrialRow]:
    """The contenders that share the best score, the best trial first."""
    ranked = contenders(live)
    return [t for t in ranked if same_score(t.score or 0.0, ranked[0].score or 0.0)]


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
