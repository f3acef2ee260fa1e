"""The labelled trainings that are kept, and how often the diagnoses are right on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuning_core.analysis.curves import Training
from tuning_core.analysis.diagnosis import diagnose_training
from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE

FILE = Path(__file__).parents[1] / "tests" / "analysis" / "labelled.json"


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
            Training(
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


def table(records: Sequence[dict[str, Any]], part: str) -> str:
    """Precision and recall of a part by kind and in all, in Markdown."""
    counts = judged(records, part)
    counts["all"] = sum(counts.values(), Counter())
    lines = ["| diagnosis | trainings | precision | recall |", "|---|---|---|---|"]
    for kind, found in counts.items():
        right, wrong, missed = (found[name] for name in ("right", "wrong", "missed"))
        precision = f"{right / (right + wrong):.2f}" if right + wrong else "-"
        recall = f"{right / (right + missed):.2f}" if right + missed else "-"
        lines.append(f"| {kind} | {right + missed} | {precision} | {recall} |")
    healthy = sum(record["part"] == part and not record["label"] for record in records)
    return "\n".join([f"{part} (and {healthy} healthy)", "", *lines])
