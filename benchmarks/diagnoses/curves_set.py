"""The labelled trainings that are kept, and how often the diagnoses are right on them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuning_core.analysis.diagnoses import diagnose_training
from tuning_core.analysis.diagnoses.diagnosis import TrainingCurves
from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE

FILE = Path(__file__).parents[2] / "tests" / "analysis" / "labelled.json"


def judged(records: Sequence[dict[str, Any]], part: str) -> dict[str, Counter[str]]:
    """Right, wrong and missed diagnoses of a part, by kind.

    The best score of the trainings on a dataset is what a study of them would know.
    """
    chosen = [record for record in records if record["part"] == part]
    counts: dict[str, Counter[str]] = {}
    for record in chosen:
        objective = OBJECTIVES[DEFAULT_OBJECTIVE[record["task"]]]
        name = objective.id
        scores = [
            (max if objective.direction == "max" else min)(other["curves"][name])
            for other in chosen
            if other["dataset"] == record["dataset"] and other["curves"].get(name)
        ]
        found = diagnose_training(
            TrainingCurves(
                metrics=record["curves"],
                config=record["config"],
                objective=objective,
                status=TrialStatus(record["status"]),
                classes=record["classes"],
                best_known=(max if objective.direction == "max" else min)(scores),
            )
        )
        kinds, made = {item.kind for item in found}, {record["label"]} - {""}
        for kind in kinds | made:
            outcome = "right" if kind in kinds & made else "wrong" if kind in kinds else "missed"
            counts.setdefault(kind, Counter())[outcome] += 1
    return counts


def precise(found: Counter[str]) -> float:
    """Share of the diagnoses given that are right; not a number without any."""
    given = found["right"] + found["wrong"]
    return found["right"] / given if given else math.nan


def recalled(found: Counter[str]) -> float:
    """Share of the diagnoses to be given that are; not a number without any."""
    due = found["right"] + found["missed"]
    return found["right"] / due if due else math.nan


def judgement(counts: Mapping[str, Counter[str]], what: str) -> list[str]:
    """The lines of a table by kind and in all, in Markdown."""
    lines = [f"| diagnosis | {what} | precision | recall |", "|---|---|---|---|"]
    for kind, found in {**counts, "all": sum(counts.values(), Counter())}.items():
        due = found["right"] + found["missed"]
        lines.append(f"| {kind} | {due} | {precise(found):.2f} | {recalled(found):.2f} |")
    return lines


def table(records: Sequence[dict[str, Any]], part: str) -> str:
    """Precision and recall of a part by kind and in all, in Markdown."""
    lines = judgement(judged(records, part), "trainings")
    healthy = sum(record["part"] == part and not record["label"] for record in records)
    return "\n".join([f"{part} (and {healthy} healthy)", "", *lines])
