"""What the records say of shortcuts: the trials that are looked back on, and the sentences."""

from __future__ import annotations

import pandas as pd

from tuning_core.analysis.hindsight.records import Records, Training, lack_of_curves
from tuning_core.analysis.hindsight.replay import Replay
from tuning_core.analysis.hindsight.short_trainings import TRUSTED, ShortTrainings
from tuning_core.analysis.hindsight.surrogate import Surrogate
from tuning_core.analysis.importance import obstacle, trials_needed
from tuning_core.catalog import TERMINATION_RULES, TrialStatus
from tuning_core.findings.analysed_trials import analysed_trials, observed
from tuning_core.findings.formatting import capitalized, count, gap
from tuning_core.findings.live import LiveStudy
from tuning_core.store import TrialRow

_TO_THE_END = (TrialStatus.COMPLETED, TrialStatus.DIVERGED, TrialStatus.FAILED)
"""How a trial ends that nobody, and no rule, has cut short."""

_WELL, _PARTLY = 0.7, 0.3
"""Shares of the variance from which on a surrogate predicts well, or in part."""


def full_trainings(live: LiveStudy) -> list[TrialRow]:
    """The trials that began anew and trained to their own end, with a score."""
    return [t for t in whole_trainings(live) if t.score is not None]


def whole_trainings(live: LiveStudy) -> list[TrialRow]:
    """The same with those that diverged or failed."""
    continued = {trial.parent for trial in live.trials.values()}
    return [
        trial
        for number, trial in sorted(live.trials.items())
        if trial.status in _TO_THE_END
        and trial.parent is None
        and number not in continued
        and trial.epochs
    ]


def lack(live: LiveStudy) -> str:
    """Why nothing can be said of early ends and short trainings, or ""."""
    strategy, source = live.spec.strategy.info, live.spec.source
    if source is not None and live.study.epochs <= len(live.trials):
        what = "one epoch of each trial" if live.study.epochs else "no epochs"
        return f"{capitalized(source.label)} recorded {what}: there are no curves to look back on."
    if source is None and strategy.decides_epochs:
        return (
            f"{strategy.title} decides the epochs of each trial: hardly one was trained to the "
            "end that others could be measured by. Its brackets are above."
        )
    full = full_trainings(live)
    words = lack_of_curves(len(full), max((trial.epochs for trial in full), default=0))
    cut = sum(trial.status is TrialStatus.PRUNED for trial in live.trials.values())
    if words and cut:
        words += f" {count(cut, 'other was', 'others were')} ended early."
    return words


def records(live: LiveStudy) -> Records:
    """What is looked back on, read from the store."""
    objective, rule = live.spec.objective_info, live.spec.early_termination
    trials = [] if live.spec.strategy.info.decides_epochs else whole_trainings(live)
    curves: dict[int, dict[int, list[float | None]]] = {trial.number: {} for trial in trials}
    for row in live.store.epochs(live.study.id, [*curves]):
        value = row.metrics.get(objective.id)
        curves[row.trial].setdefault(row.execution, []).append(value)
    trainings = [
        Training(trial.number, trial.status.value, trial.score, tuple(map(tuple, found)))
        for trial in trials
        if (found := [curve for _, curve in sorted(curves[trial.number].items())])
        and any(value is not None for value in found[0])
    ]
    return Records(
        trainings=tuple(trainings),
        direction=objective.direction,
        parallel=live.spec.parallel,
        own=None if rule is None else (rule.rule, dict(rule.settings)),
        trials=len(analysed_trials(live)),
        observed=observed(live),
    )


def without_values(live: LiveStudy) -> str:
    """Why there are no curves, of epochs that lack the objective."""
    return (
        f"Its epochs do not have {live.spec.objective_info.label}, which the search goes by: "
        "there are no curves to look back on."
    )


def rule_name(replay: Replay) -> str:
    """What a rule is called where several are told apart."""
    title = TERMINATION_RULES[replay.rule].title
    return f"{title}, as in this study" if replay.settings else title


def replay_words(replay: Replay) -> str:
    """What the rule would have done, in a sentence or two."""
    if not replay.ended:
        return f"It would have ended none of {count(replay.trials, 'trial')}, and saved nothing."
    words = (
        f"It would have ended {len(replay.ended)} of {count(replay.trials, 'trial')} and saved "
        f"{replay.share_saved:.0%} of the epochs. "
    )
    if not replay.lost_winner:
        return f"{words}The best one, trial {replay.winner}, would have gone on."
    words += (
        f"It would have ended the best one, trial {replay.winner}, after epoch "
        f"{replay.ended[replay.winner]}"
    )
    if replay.regret <= 0:
        return f"{words}, which had its best score by then."
    return f"{words}: the best score would be {gap(replay.regret)} worse."


def replay_bars(live: LiveStudy, replay: Replay) -> pd.DataFrame:
    """The trials that were played again, as their picture takes them."""
    shown = whole_trainings(live)[: replay.trials]
    return pd.DataFrame(
        {
            "trial": [trial.number for trial in shown],
            "score": pd.Series([trial.score for trial in shown], dtype="float64"),
            "epochs": [trial.epochs for trial in shown],
            "ended": pd.Series([replay.ended.get(t.number) for t in shown], dtype="float64"),
        }
    )


def short_words(short: ShortTrainings) -> str:
    """From which epoch on the order of the trials can be trusted."""
    if short.trusted is None:
        return (
            f"Only trainings of all {short.epochs} epochs can be trusted: the rank correlation "
            f"with the final order does not stay above {TRUSTED} before."
        )
    return (
        f"From epoch {short.trusted} of {short.epochs} on the order of the trials is nearly "
        f"the final one: its rank correlation stays above {TRUSTED}, at the lower end of its "
        "95% interval."
    )


def lack_of_scores(live: LiveStudy) -> str:
    """Why nothing can be said of the surrogate, or ""."""
    searched = len(live.spec.search_space.varied)
    lacking = obstacle(searched, len(analysed_trials(live)))
    if lacking and searched > 1:
        return f"This begins with {trials_needed(searched)} trials that have a score."
    return lacking


def surrogate_words(found: Surrogate) -> str:
    """How well it predicts."""
    if found.low <= 0.0:
        return (
            "No better than a guess: the importances rest on a surrogate that cannot tell good "
            "configurations from poor ones."
        )
    well = "well" if found.r2 >= _WELL else "in part" if found.r2 >= _PARTLY else "poorly"
    return f"It predicts trials that it has not seen {well}."
