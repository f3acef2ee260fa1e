"""Numbers, times and states as words."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tuning_core.catalog import FAMILIES, STRATEGIES, Objective
from tuning_core.catalog.hyperparameters import label_of
from tuning_core.space import Choice, Fixed, Parameter, Range
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.model import TOOLS

STATUS_WORDS: dict[str, str] = {
    "queued": "Queued",
    "running": "Running",
    "paused": "Paused",
    "stopped": "Stopped",
    "interrupted": "Interrupted",
    "failed": "Failed",
    "finished": "Finished",
}

REASONS: dict[str, str] = {
    "trials": "All trials of the budget are done",
    "exhausted": "Every configuration has been tried",
    "grid complete": "Every configuration of the grid has been tried",
    "list complete": "Every listed configuration has been tried",
    "sweep complete": "Every hyperparameter has been swept",
    "brackets complete": "Every bracket has been run",
    "time": "The time limit was reached",
    "target": "The target was reached",
    "settled": "More trials would gain less than seeds make",
}
"""Why a search has finished."""

MOST_DIGITS = 6
"""Digits after the point beyond which a score is not worth reading."""


def number(value: Any, digits: int = 4) -> str:
    """A value as a user expects it: 0.001, 3.2e-05, 12,345, relu."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "not a number"
        if value != 0 and (abs(value) < 1e-4 or abs(value) >= 1e6):
            return f"{value:.3g}"
        if abs(value) < 1000:
            return f"{value:,.{digits}g}"
        return f"{value:,.{0 if value.is_integer() else 1}f}"
    return str(value)


def score(value: float | None, objective: str) -> str:
    """A score of ``objective``; a dash when there is none yet."""
    if value is None:
        return "-"
    if objective.removeprefix("val_") in ("accuracy", "r2"):
        return f"{value:.4f}"
    return number(value)


def standard_deviation(scores: Iterable[float | None]) -> float | None:
    """Standard deviation of the scores of a trial's executions; None for fewer than two."""
    known = [value for value in scores if value is not None and math.isfinite(value)]
    return statistics.stdev(known) if len(known) > 1 else None


def with_deviation(score: float, scores: Iterable[float | None]) -> str:
    """A score and the standard deviation of its executions, as 0.962 ± 0.004.

    The deviation says how many digits of the score mean something; without one there are four.
    """
    deviation = standard_deviation(scores)
    if not deviation:
        return f"{score:.4f}" if abs(score) < 10 else number(score)
    # One digit of the deviation, two when the first is a 1: 0.011 is not 0.01.
    digits = max(0, -math.floor(math.log10(deviation / 2)))
    if digits > MOST_DIGITS:
        return f"{number(score)} ± {deviation:.1g}"
    return f"{score:,.{digits}f} ± {deviation:,.{digits}f}"


def execution_word(folds: int, repeats: int) -> str:
    """What an execution of a trial is: a fold, a repeat, or a training where it is both."""
    if folds > 1:
        return "training" if repeats > 1 else "fold"
    return "repeat"


def aim(objective: Objective) -> str:
    """An objective with its direction: highest validation accuracy."""
    return f"{'highest' if objective.direction == 'max' else 'lowest'} {objective.label}"


def duration(seconds: float | None) -> str:
    """Seconds as 20 ms, 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "-"
    if 0 < seconds < 0.05:
        return f"{max(1, round(1_000 * seconds))} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, rest = divmod(whole // 60, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def rate(amount: int, seconds: float, word: str) -> tuple[str, str]:
    """How fast it goes, as name and value: trials a minute, 90; a trial, on average, 2 min 36 s."""
    a_minute = 60 * amount / seconds
    if a_minute < 10:
        return f"a {word}, on average", duration(seconds / amount)
    return f"{word}s a minute", f"{a_minute:,.0f}"


def ago(moment: float | None, now: float | None = None) -> str:
    """A time as just now, 5 min ago, 3 h ago or a date."""
    if moment is None:
        return "-"
    passed = (time.time() if now is None else now) - moment
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed // 60)} min ago"
    if passed < 86_400:
        return f"{int(passed // 3600)} h ago"
    return time.strftime("%d %b %Y", time.localtime(moment))


def count(amount: int, word: str, plural: str = "") -> str:
    """1 trial, 1,200 trials."""
    return f"{amount:,} {word if amount == 1 else plural or word + 's'}"


def compact(amount: int) -> str:
    """A large number in few characters: 650, 4.8 k, 1.2 M."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if amount >= size:
            return f"{amount / size:.1f}".rstrip("0").rstrip(".") + f" {unit}"
    return str(amount)


def size(amount: int) -> str:
    """Bytes as 350 bytes, 12 kB, 3.2 MB."""
    if amount < 1_000:
        return count(amount, "byte")
    return f"{amount / 1e6:,.1f} MB" if amount >= 1e5 else f"{amount / 1e3:,.0f} kB"


def file_name(name: str) -> str:
    """A study's name as a file name."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:60] or "model"


def label(hyperparameter: str) -> str:
    """The catalog's label of a hyperparameter within a sentence."""
    return label_of(hyperparameter)


def short_label(hyperparameter: str) -> str:
    """A hyperparameter's name for a narrow column: fewer words of its label, but no others."""
    words, whole = hyperparameter.replace("_", " "), label(hyperparameter)
    return words if {*words.split()} <= {*whole.lower().split()} else whole


def parameter_words(parameter: Parameter) -> str:
    """The values of a hyperparameter: 0.0001 to 0.1, log; relu, tanh; 32."""
    if isinstance(parameter, Choice):
        return ", ".join(number(value) for value in parameter.choices)
    if not isinstance(parameter, Range):
        return number(parameter.value) if isinstance(parameter, Fixed) else ""
    kind = int if parameter.integer else float
    words = f"{number(kind(parameter.low))} to {number(kind(parameter.high))}"
    if parameter.scale != "linear":
        words += f", {parameter.scale.replace('_', ' ')} scale"
    if parameter.step is not None:
        words += f", {'step' if parameter.scale == 'linear' else 'factor'} {number(parameter.step)}"
    return words


def recorded_dataset(dataset: Mapping[str, Any]) -> DatasetSpec:
    """The ``dataset`` part of a recorded spec, which may name a file of this machine."""
    return DatasetSpec.model_validate(dataset, context={"local_files": True})


def study_line(spec: Mapping[str, Any]) -> str:
    """Data, model and strategy of a spec in one line; of a record, what recorded it."""
    data, source = recorded_dataset(spec["dataset"]).info.title, spec.get("source")
    if source:
        found = [f"Recorded from {TOOLS.get(source['tool'], 'elsewhere')}", source.get("search")]
        known = bool(spec["dataset"].get("title"))
        return f"{data} · " * known + ", ".join(filter(None, found))
    model = spec["model"].get("name") or FAMILIES[spec["model"]["family"]].title
    return " · ".join((data, model, STRATEGIES[spec["strategy"]["id"]].title))


def memory(amount: float) -> str:
    """Bytes as 40 kB, 1.4 MB, 12 MB, 2.3 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if amount >= size:
            value = amount / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{amount / 1e3:,.0f} kB"


def spell(seconds: float) -> str:
    """An expected time, in no more digits than it deserves: 4 s, 40 s, 3 min, 1.5 h."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 57.5:
        return f"{5 * round(seconds / 5)} s"
    if seconds < 600:
        return f"{round(seconds / 30) / 2:g} min"
    if seconds < 5_400:
        return f"{round(seconds / 60)} min"
    hours = seconds / 3_600
    return f"{round(2 * hours) / 2:g} h" if hours < 48 else f"{round(hours / 24)} days"


def spelled(low: float, high: float) -> str:
    """A range of expected times, its unit once where both have it: 20 to 50 s, 50 s to 2 min."""
    first, last = spell(low), spell(high)
    if first == last:
        return last
    (amount, unit), of_last = first.split(), last.split()[1]
    return f"{amount if unit == of_last else first} to {last}"


def joined(parts: Sequence[str]) -> str:
    """12, 7 and the default."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def size_words(size: float) -> str:
    """Bytes with a unit: 512 B, 1.2 MB; decimal, as disks are sold.

    >>> size_words(0), size_words(999), size_words(12_345), size_words(3.2e9)
    ('0 B', '999 B', '12.3 kB', '3.2 GB')
    """
    for unit in ("B", "kB", "MB"):
        if size < 1_000:
            return f"{size:.0f} B" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1_000
    return f"{size:,.1f} GB"


def gap(difference: float) -> str:
    """A difference of two scores, in no more digits than it deserves."""
    return number(abs(float(f"{difference:.2g}")))


def capitalized(words: str) -> str:
    """A sentence with a capital at its start; the rest as it is."""
    return words[:1].upper() + words[1:]
