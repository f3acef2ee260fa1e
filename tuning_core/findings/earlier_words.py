"""What a study began with that earlier ones had found, in words."""

from __future__ import annotations

from itertools import groupby

from tuning_core.findings.formatting import count, joined
from tuning_core.spec.study import StudySpec


def earlier_words(spec: StudySpec) -> str:
    """Which of its first trials are of which study, "" where none is."""
    firsts = spec.first or []
    if not firsts:
        return ""
    last = len(firsts)
    numbers = "Trial 1 is" if last == 1 else f"Trials 1 to {last} are"
    named = {(first.study, first.name) for first in firsts}
    if len(named) == 1 and firsts[0].study:
        words = f"{numbers} the best of {_study(*named.pop())}"
    elif firsts[0].study:
        parts = [
            f"{sum(1 for _ in group)} of {_study(*key)}"
            for key, group in groupby(
                sorted(firsts, key=lambda f: (f.study, f.name)), key=lambda f: (f.study, f.name)
            )
        ]
        words = f"{numbers} the best of earlier studies, {joined(parts)}"
    else:
        words = f"{numbers} those that the spec begins with"
    moved = list(dict.fromkeys(name for first in firsts for name in first.moved))
    if moved:
        labels = joined([spec.label(name) for name in moved])
        words += f" ({labels} brought into the ranges)"
    return f"{words}, beside the budget"


def beginning_words(spec: StudySpec) -> str:
    """The same for a plan: how many configurations of which studies come first."""
    firsts = spec.first or []
    names = list(dict.fromkeys(_study(first.study, first.name) for first in firsts if first.study))
    what = count(len(firsts), "configuration")
    return f"{what} of {joined(names)}, beside the budget" if names else f"{what} of the spec"


def _study(study: str, name: str) -> str:
    return f"{name or 'study'} ({study})"
