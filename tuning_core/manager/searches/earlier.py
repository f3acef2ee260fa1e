"""The best configurations of earlier studies, with which a new one begins."""

from __future__ import annotations

import json
from itertools import chain, zip_longest
from typing import Any

from tuning_core.catalog.objectives import objective_of
from tuning_core.home.home import ManagerError
from tuning_core.planning.limits import check_config
from tuning_core.space import SpecError, shown
from tuning_core.spec.earlier import FirstTrial, fitted
from tuning_core.spec.edits import informs, own_config
from tuning_core.spec.study import StudySpec, parse_spec
from tuning_core.store import Store, StudyRow, TrialRow

USUAL_FIRST = 3
"""Configurations of earlier studies that one begins with."""


def with_first(store: Store, spec: StudySpec) -> StudySpec:
    """The spec with the configurations of the studies that it names, unless it has them.

    Of several studies they take turns. Raises ManagerError for a study that is not here, or is of
    another model family.
    """
    if not spec.earlier or spec.first is not None:
        return spec
    found = _first(store, spec)
    if not found:
        raise ManagerError(
            "earlier: no trial of these studies fits the space. Leave them out, or allow more "
            "choices."
        )
    document = json.loads(spec.to_json())
    document["first"] = [first.model_dump(exclude_none=True) for first in found]
    try:
        return parse_spec(document, local_files=True)
    except SpecError as error:
        raise ManagerError(str(error)) from None


def like(store: Store, family: str, dataset: str, most: int = 20) -> list[StudyRow]:
    """Studies that one of a family can learn from: those of the same data first, newest first."""
    rows = [
        row
        for row in store.studies()
        if row.best_trial is not None
        and not row.spec.get("source")
        and not row.spec.get("dataset", {}).get("outer")
        and row.spec.get("model", {}).get("family") == family
    ]
    rows.sort(key=lambda row: (row.spec.get("dataset", {}).get("id") != dataset, -row.created))
    return rows[:most]


def _first(store: Store, spec: StudySpec) -> list[FirstTrial]:
    of_each = [_of_study(store, spec, place) for place in range(len(spec.earlier or ()))]
    in_turn = [first for first in chain(*zip_longest(*of_each)) if first is not None]
    found: dict[str, FirstTrial] = {}
    for first in in_turn:
        found.setdefault(spec.search_space.key(own_config(spec, first.values)), first)
    return list(found.values())[:USUAL_FIRST]


def _of_study(store: Store, spec: StudySpec, place: int) -> list[FirstTrial]:
    """The best trials of a study that fit the space of this one, best first."""
    study_id = (spec.earlier or [])[place]
    row = store.study(study_id)
    if row is None:
        raise ManagerError(
            f"earlier[{place}]: there is no study {shown(study_id)} here. Leave it out, or give "
            "`first`, the configurations themselves."
        )
    family = row.spec.get("model", {}).get("family")
    if family != spec.model.family:
        raise ManagerError(
            f"earlier[{place}]: expected a study of the family {spec.model.family}, {study_id} is "
            f"of {family}. Leave it out."
        )
    found = []
    for trial in _ranked(store, row):
        fitting = fitted(spec.search_space, trial.config)
        if fitting is None or not _can_run(spec, values := fitting[0]):
            continue
        found.append(
            FirstTrial(
                values=dict(values),
                study=study_id,
                name=row.name[:200],
                trial=trial.number,
                score=trial.score,
                moved=fitting[1],
            )
        )
        if len(found) == 2 * USUAL_FIRST:
            break
    return found


def _can_run(spec: StudySpec, values: dict[str, Any]) -> bool:
    try:
        config = own_config(spec, values)
        check_config(spec, config)
    except SpecError:
        return False
    return informs(spec, config)


def _ranked(store: Store, row: StudyRow) -> list[TrialRow]:
    """The trials of a study that completed, best first."""
    sign = -1.0 if objective_of(row.spec).direction == "max" else 1.0
    scored = [t for t in store.trials(row.id) if t.score is not None and t.status == "completed"]
    return sorted(scored, key=lambda trial: (sign * (trial.score or 0.0), trial.number))
