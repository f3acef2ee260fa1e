"""Trains networks made to show each diagnosis, and healthy ones, through the real engine.

``python -m benchmarks.diagnoses.curves`` writes their curves to tests/analysis/labelled.json
with what each was made to show, and prints how often the diagnoses are right;
``--kept`` only prints and ``--missing`` trains only those that the file lacks.

A training is labelled by how it was made, never by what a diagnosis says. Labels that speak of
what more epochs would bring have to come true: those trainings run on for three times as long,
and the diagnosis sees the first part alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.diagnoses.chosen import CHOSEN, Config
from benchmarks.diagnoses.curves_set import FILE, table
from benchmarks.diagnoses.reported import REPORTED
from benchmarks.diagnoses.revised import REVISED
from tuning_core.catalog import OBJECTIVES
from tuning_core.catalog.objectives import DEFAULT_OBJECTIVE
from tuning_core.datasets import PreparedData, prepare
from tuning_core.space import build_space
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.training import Control, EpochReport, Trainer, TrialTask

DIGITS = 4
KEPT = ("loss", "accuracy", "auc", "mae", "r2")
WATCHED = ("improving", "plateau", "")
"""Labels that more epochs have to bear out."""
AHEAD = 3

Curves = dict[str, list[float]]


@dataclass(frozen=True)
class Case:
    """A training of ``epochs`` made to show ``label`` ("" for a healthy one).

    ``validation`` leaves few rows to train when it is large.
    """

    part: str
    label: str
    dataset: str
    family: str
    config: Config
    epochs: int
    validation: float
    seed: int


def cases() -> Iterator[Case]:
    """All trainings, those of the reported part with seeds of their own."""
    for part, first_seed, labelled in (
        ("chosen", 1, CHOSEN),
        ("revised", 1001, REVISED),
        ("reported", 6001, REPORTED),
    ):
        for label, rows in labelled.items():
            for place, (dataset, given, epochs, validation) in enumerate(rows):
                config = dict(given)
                family = str(config.pop("family", "mlp"))
                seed = first_seed + place
                yield Case(part, label, dataset, family, config, epochs, validation, seed)


@lru_cache
def data_of(dataset: str, validation: float) -> tuple[PreparedData, Trainer]:
    """The prepared rows of a case and their trainer."""
    data = prepare(DatasetSpec(id=dataset, validation=validation, test=0.1), Path("unused"))
    return data, Trainer(data)


def train(case: Case) -> tuple[str, Curves]:
    """How the training ended and its curves, with the epochs ahead where they are watched."""
    data, trainer = data_of(case.dataset, case.validation)
    space = build_space(case.family, case.config, data.info.task)
    reports: list[EpochReport] = []
    outcome = trainer.run_trial(
        TrialTask(
            config=next(space.configurations(1)),
            seed=case.seed,
            epochs=case.epochs * (AHEAD if case.label in WATCHED else 1),
            objective=OBJECTIVES[DEFAULT_OBJECTIVE[data.info.task]],
        ),
        reports.append,
        lambda: Control.CONTINUE,
        lambda *_: None,
    )
    assert outcome.status is not None, "nobody stopped it"
    # A loss that is lost in the first epoch leaves no epoch at all.
    first = reports[0].metrics if reports else {}
    names = [name for name in first if name.removeprefix("val_") in KEPT]
    return outcome.status.value, {n: [report.metrics[n] for report in reports] for n in names}


def record(case: Case, status: str, curves: Curves) -> dict[str, Any]:
    """What is kept of a training: the curves up to its last epoch, in four digits."""
    data, _ = data_of(case.dataset, case.validation)
    return {
        **asdict(case),
        "task": data.info.task,
        "classes": data.info.classes,
        "rows": data.sizes,
        "status": status,
        "curves": {
            name: [float(f"{value:.{DIGITS}g}") for value in values[: case.epochs]]
            for name, values in curves.items()
        },
    }


def borne_out(case: Case, curves: Curves) -> str:
    """Why a label does not hold after all, seen from what came or from the whole curves; or ""."""
    if case.label == "divergence" or not curves:
        return ""
    metric = "accuracy" if "accuracy" in curves else "mae"
    errors = [1 - v if metric == "accuracy" else v for v in curves[f"val_{metric}"]]
    unseen = curves["val_loss"]
    now, twice = case.epochs, 2 * case.epochs
    rows = data_of(case.dataset, case.validation)[0].sizes["validation"]
    least = min(errors[:now])
    if case.label in ("constant", "unstable"):
        data, _ = data_of(case.dataset, case.validation)
        if metric == "accuracy":
            majority = np.bincount(data.validation.y).max() / rows
            alike = max(curves["val_accuracy"][-5:now]) <= majority + 1e-6
        else:
            alike = abs(curves["val_r2"][-1]) < 0.03
        if alike != (case.label == "constant"):
            return "gives one answer" if alike else "tells rows apart"
        return ""
    if case.label == "improving":
        better = min(errors[:twice]) <= (0.8 if metric == "accuracy" else 0.97) * least
        return "" if better and min(unseen[:twice]) <= 0.9 * min(unseen[:now]) else "no gain ahead"
    if case.label == "plateau":
        return "" if min(errors) >= 0.85 * min(errors[: now // 2]) - 0.006 else "gains later"
    if case.label == "":
        if unseen[now - 1] > 1.15 * min(unseen[:now]) and min(unseen[:now]) > 0.05:
            return "overfits"
        if min(unseen[:now]) > 0.95 * min(unseen[: now // 2]):
            return "needed half the epochs"
        later = min(errors[:twice])
        missed = (
            least - later > max(0.015, 1.5 / rows) if metric == "accuracy" else later < 0.97 * least
        )
        return "gains later" if missed else ""
    if case.label == "overfitting":
        ours = curves[metric][-1]
        apart = (
            ours - curves[f"val_{metric}"][-1] if metric == "accuracy" else errors[-1] / ours - 1
        )
        risen = unseen[-1] > 1.1 * min(unseen)
        return "" if risen and apart > (0.02 if metric == "accuracy" else 0.2) else "no gap"
    return ""


def _name(fields: dict[str, Any]) -> str:
    """What tells one case from another."""
    return json.dumps({name: fields[name] for name in Case.__dataclass_fields__}, sort_keys=True)


def main() -> None:
    """Train and write the set unless it is only to be judged, then print the tables."""
    if "--kept" not in sys.argv:
        known = json.loads(FILE.read_text()) if "--missing" in sys.argv else []
        trained = {_name(record): record for record in known}
        records = []
        for case in cases():
            there = trained.get(_name(asdict(case)))
            if there is not None:
                records.append(there)
                continue
            status, curves = train(case)
            fault = borne_out(case, curves)
            if fault:
                print(f"Left out: {case.label or 'healthy'} {case.dataset} {case.config}: {fault}")
            else:
                records.append(record(case, status, curves))
        FILE.write_text(
            "[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in records) + "\n]\n"
        )
    kept = json.loads(FILE.read_text())
    print("\n\n".join(table(kept, part) for part in ("chosen", "revised", "reported")))


if __name__ == "__main__":
    main()
