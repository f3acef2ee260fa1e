"""What the searches of outer folds say: the worth of tuning, and whether they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tuning_core.analysis.metric_intervals import PERCENT
from tuning_core.analysis.outer_folds import Worth, worth
from tuning_core.catalog import Value
from tuning_core.findings.formatting import capitalized, count, joined, number, score
from tuning_core.manager.questions.nested import Nested
from tuning_core.spec.study import StudySpec
from tuning_core.store import Store


@dataclass(frozen=True)
class OuterRow:
    """An outer fold: its study, what its best trial promised and is worth, and its configuration.

    ``config`` has the searched hyperparameters alone; it is empty before there is a best trial.
    """

    fold: int
    study: str
    status: str
    promised: float | None
    score: float | None
    config: dict[str, Value]


def outer_rows(nested: Nested, spec: StudySpec, store: Store) -> list[OuterRow]:
    """A row for each outer fold."""
    searched = [parameter.name for parameter in spec.search_space.searched]
    found = []
    for search in nested.searches:
        row, config = search.row, {}
        if row is not None and row.best_trial is not None:
            best = next(t for t in store.trials(row.id) if t.number == row.best_trial)
            config = {name: best.config[name] for name in searched if name in best.config}
        status = "not there" if row is None else str(row.status)
        promised = None if row is None else row.best_score
        study = "" if row is None else row.id
        found.append(OuterRow(search.fold, study, status, promised, search.score, config))
    return found


def worth_of(nested: Nested, spec: StudySpec) -> Worth | None:
    """The worth of tuning by the outer folds that have their score."""
    return worth(nested.scores, spec.objective_info)


def worth_words(nested: Nested, spec: StudySpec, promised: float | None) -> str:
    """What tuning itself is worth, against what the study's own best score promised."""
    found, objective = worth_of(nested, spec), spec.objective_info
    if found is None:
        return ""
    shown = [score(value, objective.id) for value in (found.mean, found.low, found.high)]
    words = (
        f"Tuning itself is worth {shown[0]} {objective.label.removeprefix('validation ')} "
        f"({PERCENT} interval {shown[1]} to {shown[2]}, over {count(found.folds, 'outer fold')})"
    )
    if promised is None:
        return f"{words}."
    optimism = found.optimism(promised, objective)
    flattered = f"{number(abs(optimism), 2)} {'too good' if optimism > 0 else 'too modest'}"
    told = found.low <= promised <= found.high
    within = "within what chance makes of it" if told else "more than chance makes of it"
    return (
        f"{words}. The best score of the search promised {score(promised, objective.id)}: "
        f"{flattered}, {within}."
    )


def agreement_words(rows: Sequence[OuterRow], spec: StudySpec) -> str:
    """Whether the searches came to the same configuration, hyperparameter by hyperparameter."""
    known = [row for row in rows if row.config and row.score is not None]
    if len(known) < 2:
        return ""
    same: list[str] = []
    apart: list[str] = []
    for name in dict.fromkeys(name for row in known for name in row.config):
        values = [row.config[name] for row in known if name in row.config]
        label = spec.label(name)
        numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) == len(values):
            low, high = min(numbers), max(numbers)
            to = "" if low == high else f" to {number(high)}"
            (apart if to else same).append(f"{label} {number(low)}{to}")
            continue
        value, times = Counter(map(str, values)).most_common(1)[0]
        where = "" if times == len(known) else f" in {times} of {len(known)}"
        (apart if where else same).append(f"{label} {value}{where}")
    words = [f"all folds chose {joined(same)}"] if same else []
    words += [f"they differ in {joined(apart)}"] if apart else []
    return capitalized("; ".join(words)) + "." if words else ""
