"""The labelled searches that are kept, and how often the diagnoses of a study are right on them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.diagnoses.studies_set import KINDS
from tuning_core.analysis.diagnoses import diagnose_study
from tuning_core.analysis.diagnoses.search import Search, Trials
from tuning_core.analysis.importance import importances_from
from tuning_core.analysis.observations import observations
from tuning_core.analysis.winner import RIVALS, Contender, rivalry
from tuning_core.catalog import OBJECTIVES
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE
from tuning_core.space import build_space

FILE = Path(__file__).parents[2] / "tests" / "analysis" / "labelled_studies.json"


def found_in(record: dict[str, Any]) -> set[str]:
    """The kinds of diagnoses that the study of a record gets, as its page makes them."""
    objective = OBJECTIVES[DEFAULT_OBJECTIVE[record["task"]]]
    space = build_space(record["family"], record["space"], record["task"])
    configs = [space.complete(config) for config in record["configs"]]
    scores: list[float | None] = record["scores"]
    table = observations(space, configs, scores, objective.direction)
    sign = -1 if objective.direction == "max" else 1
    scored = [(sign * score, number) for number, score in enumerate(scores, 1) if score is not None]
    contenders = [Contender(number, sign * score) for score, number in sorted(scored)][: RIVALS + 1]
    accuracy = objective.id == "val_accuracy"
    known = record["importances"]
    found = diagnose_study(
        Search(
            space,
            Trials(configs, scores, record["diverged"], objective.direction),
            table,
            rival=rivalry(contenders, table=table, rows=record["rows"] if accuracy else 0),
            importances=importances_from(json.dumps(known)) if known else None,
        )
    )
    return {item.kind for item in found}


def judged(records: Sequence[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Right, wrong and missed diagnoses by kind."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    for record in records:
        found = found_in(record)
        for kind in KINDS:
            made = record["label"] == kind
            if (kind in record["open"] and not made) or not (made or kind in found):
                continue
            outcome = "right" if made and kind in found else "missed" if made else "wrong"
            counts[kind][outcome] += 1
    return counts
