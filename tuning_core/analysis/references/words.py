"""A search beside plain models: whether its best network does better than they do, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuning_core.analysis.metric_intervals import PERCENT
from tuning_core.analysis.references.paired import Gain

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "majority": ("Always answering the most frequent class", "does"),
    "mean": ("Always answering the mean", "does"),
    "linear": ("A linear model", "does"),
    "trees": ("Trees", "do"),
}
"""What a reference is called at the start of a sentence, and its verb."""

THIS = {"table": "this table", "image": "these pictures", "plane": "this plane"}


def reference_words(
    best: Mapping[str, Any],
    reference: Mapping[str, Any],
    gain: Gain | None,
    metric: str,
    kind: str,
    part: str,
) -> str:
    """The best network beside the best of the references: better, worse or a tie.

    ``best`` has ``trial``, ``score`` and ``trials``, how many had a score; ``reference`` has ``id``
    and ``score``; ``gain`` is that of the network, None where it cannot be judged.
    """
    name, verb = SUBJECTS[reference["id"]]
    ours, theirs = _pair(best["score"], reference["score"])
    within = name if name == name.upper() else name[0].lower() + name[1:]
    if gain is None:
        return (
            f"{name}, the best of the references: {metric} {theirs} on {part} rows, beside {ours} "
            f"of trial {best['trial']}, the best; whether that is luck cannot be told here."
        )
    low, high = (gain.low, gain.high) if gain.verdict != "worse" else (-gain.high, -gain.low)
    interval = f"{PERCENT} interval of the difference {_number(low)} to {_number(high)}"
    if gain.verdict == "worse":
        return (
            f"{name} {verb} better on {THIS.get(kind, 'this data')}: {metric} {theirs} against "
            f"{ours} of the best network, trial {best['trial']}, on {part} rows ({interval})."
        )
    if gain.verdict == "tie":
        return (
            f"A tie: {metric} {ours} of the best network, trial {best['trial']}, and {theirs} of "
            f"{within} on {part} rows differ by no more than luck alone makes ({interval})."
        )
    words = (
        f"The best network, trial {best['trial']}, does better than {within}, the best of the "
        f"references: {metric} {ours} against {theirs} on {part} rows ({interval})."
    )
    if part == "validation" and best.get("trials", 0) > 1:
        words += (
            f" It was chosen on these rows out of {best['trials']:,} trials and the references "
            "were not: the test part decides."
        )
    return words


def ensemble_words(found: Mapping[str, Any]) -> str:
    """An ensemble beside the best single trial: on the test rows, else judged apart."""
    members, label = len(found["members"]), found["label"]
    judged = found["test"] or found["apart"]
    ours, theirs = _pair(judged["ensemble"], judged["single"])
    rows = (
        f"{found['test']['rows']:,} test rows"
        if found["test"]
        else "validation rows that chose neither"
    )
    interval = f"{PERCENT} interval of the gain {_number(judged['low'])} to "
    interval += _number(judged["high"])
    who = f"The ensemble of {members} trial{'s' if members > 1 else ''}"
    if members == 1:
        return f"No ensemble does better than trial {found['members'][0]['trial']} alone."
    if judged["verdict"] == "tie":
        return (
            f"{who} cannot be told from the best single one: {label} {ours} against {theirs} on "
            f"{rows} ({interval})."
        )
    word = "does better" if judged["verdict"] == "better" else "does worse"
    return (
        f"{who} {word} than the best single one: {label} {ours} against {theirs} on {rows} "
        f"({interval})."
    )


def number_words(found: Mapping[str, Any]) -> list[str]:
    """The scores of an ensemble, each with what is to be known of it."""
    ours, theirs = _pair(found["score"], found["best"]["score"])
    lines = [
        f"On all validation rows: {found['label']} {ours}, the best single trial {theirs}. Trials "
        "and weights were chosen by these rows, which flatters both."
    ]
    if found["test"]:
        ours, theirs = _pair(found["apart"]["ensemble"], found["apart"]["single"])
        lines.append(
            f"On validation rows that chose neither weights nor single trial: {ours} against "
            f"{theirs}."
        )
    else:
        lines.append("Test part: not looked at for the ensemble.")
    other = [str(m["trial"]) for m in found["members"] if not m["same"]]
    if other:
        lines.append(
            f"Trained again, trial {' and '.join(other)} came out otherwise than in the search, "
            "as it may on another machine."
        )
    return lines


def _pair(first: float, second: float) -> tuple[str, str]:
    """Two scores with so many digits that they differ, if they do."""
    for digits in range(3, 8):
        texts = _number(first, digits), _number(second, digits)
        if texts[0] != texts[1]:
            return texts
    return _number(first), _number(second)


def _number(value: float, digits: int = 3) -> str:
    text = f"{value:,.{digits}g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return text.replace("-", "\N{MINUS SIGN}") if value < 0 else text
