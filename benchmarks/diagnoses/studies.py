"""Runs small searches made to show each diagnosis of a study, and healthy ones.

``python -m benchmarks.diagnoses.studies`` writes their trials to
tests/analysis/labelled_studies.json and prints how often the diagnoses are right; ``--kept`` only
prints.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import numpy as np

from benchmarks.diagnoses.curves import data_of
from benchmarks.diagnoses.curves_set import judgement
from benchmarks.diagnoses.studies_judged import FILE, judged
from benchmarks.diagnoses.studies_set import SEARCHES, Search
from tuning_core.analysis.importance import importances, importances_json
from tuning_core.analysis.observations import observations
from tuning_core.catalog import OBJECTIVES
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE
from tuning_core.space import Config, SearchSpace, build_space
from tuning_core.training import Control, TrialTask

VALIDATION = 0.2
SEED = 9103
"""Of the searches that were kept; none of those with it chose a threshold."""
ANALYSED_FROM = 50
"""Scored trials from which on the importances are worth their time."""


def configurations(search: Search, space: SearchSpace, seed: int) -> list[Config]:
    """The trials of a search."""
    if search.configurations:
        base = space.sample(np.random.default_rng(seed))
        return [{**base, **given} for given in search.configurations]
    if not search.trials:
        return list(space.configurations())
    rng = np.random.default_rng(seed)
    return [space.sample(rng) for _ in range(search.trials)]


def run(search: Search, seed: int) -> dict[str, Any]:
    """What is kept of a search: its configurations, scores and what diverged."""
    data, trainer = data_of(search.dataset, VALIDATION)
    objective = OBJECTIVES[DEFAULT_OBJECTIVE[data.info.task]]
    space = build_space(search.family, search.space, data.info.task)
    configs = configurations(search, space, seed)
    scores: list[float | None] = []
    diverged: list[bool] = []
    for place, config in enumerate(configs):
        outcome = trainer.run_trial(
            TrialTask(config=config, seed=seed + place, epochs=search.epochs, objective=objective),
            lambda report: None,
            lambda: Control.CONTINUE,
            lambda *_: None,
        )
        score = outcome.score
        scores.append(score if score is not None and math.isfinite(score) else None)
        diverged.append(outcome.status is not None and outcome.status.value == "diverged")
    table = observations(space, configs, scores, objective.direction)
    enough = len(table.scores) >= ANALYSED_FROM
    return {
        "label": search.label,
        "open": search.open,
        "dataset": search.dataset,
        "family": search.family,
        "task": data.info.task,
        "space": search.space,
        "rows": data.sizes["validation"],
        "configs": [{p.name: c[p.name] for p in space.searched if p.name in c} for c in configs],
        "scores": scores,
        "diverged": diverged,
        "importances": json.loads(importances_json(importances(table))) if enough else None,
    }


def main() -> None:
    """Run and write the set unless it is only to be judged, then print the table."""
    if "--kept" not in sys.argv:
        records = [run(search, SEED + 100 * i) for i, search in enumerate(SEARCHES)]
        lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
        FILE.write_text(f"[\n{lines}\n]\n")
    records = json.loads(FILE.read_text())
    healthy = sum(not record["label"] for record in records)
    print(f"{len(records)} studies, {healthy} of them healthy\n")
    print("\n".join(judgement(judged(records), "studies")))


if __name__ == "__main__":
    main()
