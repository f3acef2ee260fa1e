"""What more trials of a running search are expected to gain, in a sentence."""

from __future__ import annotations

from collections import defaultdict

from tuning_core.analysis.outlook import Outlook, outlook
from tuning_core.findings.formatting import count
from tuning_core.findings.live import LiveStudy


def outlook_words(live: LiveStudy) -> str:
    """A sentence while a search runs that ends once it is settled, else nothing."""
    settled = live.spec.budget.settled
    if settled is None or not live.study.status.active:
        return ""
    expected = outlook_of(live)
    if expected is None:
        least = count(settled.trials, "trial")
        return f"Ends once more trials gain less than chance makes, after {least} at least."
    if live.study.trials < settled.trials:
        return f"{expected} It goes on to {settled.trials:,} trials at least."
    return str(expected)


def outlook_of(live: LiveStudy) -> Outlook | None:
    """What half as many trials again would gain at most, None where nothing tells yet."""
    ended = sorted(number for number, trial in live.trials.items() if trial.status.ended)
    trainings: dict[int, list[float]] = defaultdict(list)
    if live.spec.executions > 1:
        places = {number: place for place, number in enumerate(ended)}
        for row in live.store.executions(live.study.id, ended):
            if row.score is not None:
                trainings[places[row.trial]].append(row.score)
    return outlook(
        [live.trials[number].score for number in ended],
        trainings,
        live.spec.objective_info,
        folds=live.spec.folds,
        rows=(live.study.rows or {}).get("validation", 0),
    )
