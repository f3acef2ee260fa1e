"""What a study that is over came to: four sentences, each with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from tuning_core.analysis.confirmation import Pair, Verdict
from tuning_core.analysis.diagnoses.diagnosis import Diagnosis
from tuning_core.analysis.importance import Importance, Importances
from tuning_core.analysis.winner import Contender, Rivalry, cheapest, tied
from tuning_core.catalog import Objective
from tuning_core.findings.confirmed_words import trial_name
from tuning_core.findings.formatting import capitalized, count, gap, joined, label, number, score

Step = Literal["", "budget", "confirm", "extend", "model", "ranges", "what_if", "widen"]
"""What a sentence's button does."""

Named = Callable[[str], str]
"""What a hyperparameter is called within a sentence."""


@dataclass(frozen=True)
class Sentence:
    """One answer: its short title, one sentence, and the step that its button takes.

    To widen a range also takes the ``hyperparameter`` and the end.
    """

    title: str
    words: str
    step: Step = ""
    hyperparameter: str = ""
    upper: bool = False


def won(
    contenders: Sequence[Contender], lost: Counter[str], objective: Objective, executions: str = ""
) -> Sentence:
    """What won, by how much; ``contenders`` best first, ``lost`` counts trials without a score.

    ``executions`` says what a score is the mean of, such as "5 folds".
    """
    title = "What won"
    if not contenders:
        each = joined([f"{amount:,} {status}" for status, amount in sorted(lost.items())])
        return Sentence(title, f"Nothing: no trial has a score ({each}).")
    best = contenders[0]
    reached = f"{objective.label} {score(best.score, objective.id)}"
    mean = f", the mean of {executions}" if executions else ""
    if len(contenders) == 1:
        return Sentence(title, f"Trial {best.trial}, the only one with a score: {reached}{mean}.")
    equal = tied(contenders)
    if len(equal) > 1:
        return Sentence(title, _ties(equal, reached + mean))
    ahead = f"{gap(best.score - contenders[1].score)} ahead of trial {contenders[1].trial}"
    return Sentence(title, f"Trial {best.trial}, with {reached}{mean}: {ahead}.")


def _ties(equal: Sequence[Contender], reached: str) -> str:
    """How many tie, which of them is shown and why, which is the cheapest."""
    shown, least = equal[0].trial, cheapest(equal)
    words = f"{len(equal)} trials tie at {reached}: trial {shown} is shown as the first of them"
    if least is None:
        return f"{words}."
    cost = f"the cheapest, with {count(least.parameters or 0, 'parameter')}"
    return (
        f"{words} and is {cost}."
        if least.trial == shown
        else (f"{words}, trial {least.trial} is {cost}.")
    )


def luck(
    contenders: Sequence[Contender],
    rival: Rivalry | None,
    verdict: Verdict | None,
    *,
    confirming: bool = False,
    recorded: bool = False,
) -> Sentence | None:
    """Whether the lead is more than luck; None where there is nothing to compare."""
    title = "Real or luck"
    if len(contenders) < 2:
        return None
    if confirming:
        return Sentence(title, "The best are being trained on new seeds; the verdict comes here.")
    best = contenders[0].trial
    if verdict is not None and any(s.trial == best for s in verdict.standings) and verdict.pairs:
        return Sentence(title, *_confirmed(best, verdict))
    if rival is None or rival.winner != best:
        trainings = len(contenders[0].executions)
        why = "too few trainings have a score" if trainings > 1 else "each was trained once"
        words = f"Cannot be told, as {why}; new seeds may tell."
    else:
        words = _searched(best, contenders, rival)
    if recorded:  # It cannot be trained here.
        again = "to be surer, train the best few again where the search was run."
        return Sentence(title, f"{words.partition(';')[0].rstrip('.')}; {again}")
    return Sentence(title, words, "confirm")


def _searched(best: int, contenders: Sequence[Contender], rival: Rivalry) -> str:
    """What the search itself shows of luck."""
    known = {
        "executions": f"over the {rival.pairs} trainings of each",
        "neighbours": "between near-identical configurations",
        "rows": f"of {rival.pairs:,} validation rows",
    }[rival.how]
    least = number(float(f"{rival.smallest:.2g}"))
    if rival.equals:
        equals = len(rival.equals)
        more = f" and {equals - 1} more are" if equals > 1 else " is"
        close = f"trial {rival.equals[0]}{more}"
        if rival.how == "executions":
            return f"Cannot be told: {known}, {close} not worse beyond luck; new seeds may tell."
        return f"Cannot be told: {close} within {least}, the luck {known}; new seeds may tell."
    lead = f"the lead over trial {contenders[1].trial}"
    if rival.how == "executions":
        return f"Real on these rows: {lead} is more than luck {known}; new seeds would confirm it."
    if rival.how == "neighbours":
        return (
            f"Probably real: {lead} is more than the {least} that luck makes {known}; new seeds "
            "would confirm it."
        )
    return (
        f"Perhaps real: {lead} is more than {known.removeprefix('of ')} blur ({least}), but one "
        "training of each leaves luck open; new seeds tell."
    )


def _confirmed(best: int, verdict: Verdict) -> tuple[str, Step]:
    """What the trainings on new seeds say of the winner of the search."""
    seeds = count(verdict.leader.seeds, "new seed")
    better = [pair for pair in verdict.pairs if pair.second == best and pair.told_apart]
    if better:
        first = max(better, key=lambda pair: pair.gap)
        ahead = f"{trial_name(first.first)} is {gap(first.gap)} better than trial {best}"
        return f"Luck: on {seeds} {ahead}, beyond luck.", "model"
    others = [s.trial for s in verdict.standings if s.trial != best]
    close = [t for t in others if not _worse(verdict.pair(best, t), best)]
    if close:
        names = joined([trial_name(trial) for trial in close])
        return (
            f"On {seeds} trial {best} cannot be told from {names}: take the cheapest, or add "
            "seeds.",
            "model",
        )
    names = joined([trial_name(trial) for trial in others])
    return f"Real: on {seeds} trial {best} is better than {names}, beyond luck.", ""


def _worse(pair: Pair | None, best: int) -> bool:
    return pair is not None and pair.told_apart and pair.first == best


def mattered(
    names: Sequence[str],
    obstacle: str,
    found: Importances | None,
    *,
    failed: bool = False,
    named: Named = label,
    declared: Collection[str] = (),
) -> Sentence:
    """Which of the searched hyperparameters ``names`` mattered.

    ``obstacle`` says why nobody can know yet.
    """
    title = "What mattered"
    if len(names) == 1:
        words = f"Only the {named(names[0])} was searched: what differs is its doing, or luck."
        return Sentence(title, words, "what_if")
    if obstacle:
        return Sentence(title, obstacle, "extend" if names else "")
    if found is None:
        return Sentence(
            title, "The analysis failed." if failed else "This is being analysed; some seconds."
        )
    if found.message:
        return Sentence(title, found.message)
    return Sentence(title, _important(found, named, declared), "what_if")


def _important(found: Importances, named: Named, declared: Collection[str]) -> str:
    clear = [item for item in found.variance if item.significant]
    best = [item for item in found.best if item.significant]
    if not clear and not best:
        return "No hyperparameter stands out from what luck alone does."
    if not clear:
        return f"Of the scores as a whole nothing surely; {_separates(best[0], named)}."
    larger = max(found.variance, key=lambda item: item.share or 0.0)
    rank = "most" if larger is clear[0] or larger.significant else "surely"
    first = clear[0].name
    begin = named(first) if first in declared else capitalized(named(first))
    words = f"{begin} {rank}: alone it explains {_percent(clear[0])} of the variance of the scores"
    if len(clear) > 1:
        then = joined([f"{named(item.name)} ({_percent(item)})" for item in clear[1:3]])
        words += f", then {then}"
    if rank != "most":
        words += f"; {named(larger.name)} shows more ({_percent(larger)}), but luck can do that"
    if best and best[0].name != clear[0].name:
        words += f"; {_separates(best[0], named)}"
    return f"{words}."


def _separates(item: Importance, named: Named) -> str:
    return f"{named(item.name)} separates the best trials from the rest"


def disagreement(found: Importances, named: Named = label) -> str:
    """Which of the two answers to believe for what, where they name different hyperparameters."""
    first = next((item for item in found.variance if item.significant), None)
    best = next((item for item in found.best if item.significant), None)
    if first is None or best is None or first.name == best.name:
        return ""
    return (
        f"They disagree, as they ask different things: believe the left one for what makes a trial "
        f"good or bad at all ({named(first.name)}: choose its range with care), the right one for "
        f"what to refine among good trials ({named(best.name)})."
    )


@dataclass(frozen=True)
class Ending:
    """How a study ended.

    ``planned`` and ``done`` are trials; ``retuned`` says whether its ranges may be changed.
    """

    reason: str
    planned: int
    done: int
    resumable: bool
    retuned: bool
    revealed: bool
    has_test: bool = True
    cloned: bool = True


def following(
    contenders: Sequence[Contender],
    findings: Sequence[Diagnosis],
    ending: Ending,
    of_best: Sequence[Diagnosis] = (),
    named: Named = label,
) -> Sentence:
    """The one next step that is worth most; ``of_best`` is what was found of the best trial."""
    title = "What next"
    by_kind = {finding.kind: finding for finding in findings}
    ranges: Step = "ranges" if ending.retuned else ""
    done = f"{ending.done:,} of {count(ending.planned, 'trial')}"
    if not contenders:
        advice = by_kind.get("divergence")
        words = advice.suggestion if advice else "Read the notes of the trials in the table below."
        if advice is None and ending.resumable:
            return Sentence(title, _unfinished(done))
        return Sentence(title, words, ranges if advice else "")
    if ending.resumable:
        return Sentence(title, _unfinished(done))
    if "edge" in by_kind:
        edge = by_kind["edge"]
        end = "upper" if edge.upper else "lower"
        words = f"The best trials lie at the {end} end of the range of {named(edge.hyperparameter)}"
        step: Step = "widen" if ending.retuned else ""
        return Sentence(title, f"{words}: search beyond it.", step, edge.hyperparameter, edge.upper)
    if "divergence" in by_kind:
        finding = by_kind["divergence"]
        words = f"{finding.evidence.split('.')[0]}: {_lower(finding.suggestion)}"
        return Sentence(title, words, ranges)
    if ending.reason == "time" and ending.done < ending.planned:
        return Sentence(title, f"The time limit came after {done}: give it more time.", "budget")
    if "exhausted" in by_kind:
        words = "Every configuration has been tried: only wider ranges can find better ones."
        return Sentence(title, words, ranges)
    if ending.revealed:
        return Sentence(title, "The test score is known: the model can be downloaded.", "model")
    if any(finding.kind == "improving" for finding in of_best):
        how = "clone the study and give it" if ending.cloned else "give the next search"
        words = f"The best trial was still improving at its end: {how} about twice the epochs."
        return Sentence(title, words)
    then = ", then reveal its test score, once." if ending.has_test else "."
    return Sentence(title, f"Nothing speaks against stopping: settle on a trial{then}", "model")


def _unfinished(done: str) -> str:
    # Its button is at the top of the page.
    return f"The search was left after {done}: Resume goes on with it."


def _percent(item: Importance) -> str:
    return f"{100 * (item.share or 0.0):.0f}%"


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
