"""All trials of a study as a CSV, and as another what each of its columns means."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.space import Choice, Parameter, Range
from tuning_core.study_export.record import Exporter, StudyRecord

HEAD = {
    "number": "the trial's number, from 1 in the order of their beginning",
    "status": "completed, pruned, skipped, diverged, failed, or running or waiting until then",
    "score": "objective of the best epoch, the mean of all trainings; empty without a score",
    "best_epoch": "epoch of that score, from 1",
}
TAIL = {
    "trained_epochs": "epochs of one training, without those of a parent",
    "seconds": "wall time from asking for the trial to its durable end",
    "parent": "number of the trial that this one went on with; empty for none",
    "parameters": "weights of the network that are trained",
    "note": "why the trial ended as it did; empty where there is nothing to say",
    "star": "1 where somebody gave the trial a star",
    "tags": "tags that somebody gave the trial, with commas between",
    "own_note": "what somebody wrote of the trial",
}
"""Columns before and after the hyperparameters, with what they mean."""

_UNITS = {"best_epoch": "epochs", "trained_epochs": "epochs", "seconds": "seconds"}


def trials_csv(record: StudyRecord) -> str:
    """One line a trial: its result, what it cost, and every hyperparameter, searched ones first.

    A cell is empty where a trial has no such value. No text is one that a spreadsheet would run.
    """
    names = _hyperparameters(record)
    lines: list[list[Any]] = [[*HEAD, *map(_title, names), *TAIL]]
    for trial in record.trials:
        mark = record.marks.of(trial.number)
        row: list[Any] = [trial.number, str(trial.status), trial.score, trial.best_epoch]
        row += [trial.config.get(name) for name in names]
        row += [trial.epochs, trial.seconds, trial.parent, trial.parameters, trial.message]
        lines.append([*row, 1 if mark.star else None, ", ".join(mark.tags), mark.note])
    return _csv(lines)


def columns_csv(record: StudyRecord) -> str:
    """One line a column of :func:`trials_csv`: what it means, its unit, and its values."""
    objective = record.spec.objective_info
    better = "higher" if objective.direction == "max" else "lower"
    score = f"{HEAD['score']}; {objective.label}, {better} is better"
    means = {**HEAD, "score": score, **TAIL}
    space = {parameter.name: parameter for parameter in record.spec.search_space.parameters}
    lines = [["column", "meaning", "unit", "values", "searched"]]
    lines += [[name, means[name], _UNITS.get(name, ""), "", ""] for name in HEAD]
    searched = {parameter.name for parameter in record.spec.search_space.searched}
    for name in _hyperparameters(record):
        known = record.spec.known.get(name)
        help = "" if known is None else (known.help or known.name)
        unit = "epochs" if name.endswith("epochs") else ""
        values = _values(space.get(name))
        lines.append([_title(name), help, unit, values, "yes" if name in searched else "no"])
    lines += [[name, means[name], _UNITS.get(name, ""), "", ""] for name in TAIL]
    return _csv(lines)


def _hyperparameters(record: StudyRecord) -> list[str]:
    searched = [parameter.name for parameter in record.spec.search_space.searched]
    return list(dict.fromkeys([*searched, *(n for t in record.trials for n in t.config)]))


def _title(name: str) -> str:
    return f"{name} (hyperparameter)" if name in {*HEAD, *TAIL} else name


def _values(parameter: Parameter | None) -> str:
    if isinstance(parameter, Range):
        return f"{parameter.low} to {parameter.high}, {parameter.scale}"
    if isinstance(parameter, Choice):
        return ", ".join(map(str, parameter.choices))
    return ""


def _csv(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for line in lines:
        writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in line])
    return text.getvalue()


def _write(record: StudyRecord, path: Path) -> None:
    path.write_text(trials_csv(record), encoding="utf-8", newline="")


def _write_columns(record: StudyRecord, path: Path) -> None:
    path.write_text(columns_csv(record), encoding="utf-8", newline="")


EXPORTER = Exporter(
    id="trials",
    label="Trials as CSV",
    opens_in="a spreadsheet",
    help="Write all trials of a study as a CSV.",
    ending="-trials.csv",
    write=_write,
    mime="text/csv",
    trials_only=True,
)
COLUMNS = Exporter(
    id="trials-columns",
    label="Its columns",
    opens_in="a spreadsheet with what each column means",
    help="Write what each column of the CSV of trials means, as a CSV.",
    ending="-trials.columns.csv",
    write=_write_columns,
    mime="text/csv",
    trials_only=True,
)
