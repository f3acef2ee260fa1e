"""What the command line prints: progress, results, tables, and what can be chosen."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from io import TextIOBase
from pathlib import Path
from typing import Any, TextIO

from tuning_core.catalog import DATASETS, STRATEGIES
from tuning_core.catalog.settings import Configurable
from tuning_core.home.home import HomeFiles
from tuning_core.home.marks import read_marks
from tuning_core.planning.estimate import Estimate
from tuning_core.spec.plan import Plan
from tuning_core.store import Store, StudyRow, TrialRow

PROGRAM = "tunescape" if Path(sys.argv[0]).stem == "tunescape" else "python -m tuning_core"
"""What this command line was called as."""

_BAR_WIDTH = 30


def print_json(answer: Any) -> None:
    """Print one JSON value on a line of its own."""
    print(json.dumps(answer, allow_nan=False))


def complain(text: object) -> None:
    """Print on standard error, one line whatever the text holds: scripts read it so."""
    print(" ".join(str(text).split()), file=sys.stderr)


def print_study(
    store: Store, row: StudyRow, *, as_json: bool, known: Mapping[str, Any] | None = None
) -> None:
    """Print a study, its trials and the best of them, and what assessments ``known`` have found."""
    answer = _result(row, store.trials(row.id))
    references = (known or {}).get("baselines")
    if references is not None:
        answer["baselines"] = references["baselines"]
        answer["references"] = references["sentence"]
    marks = read_marks(HomeFiles(store.path.parent).study(row.id).marks)
    answer |= marks.study.model_dump(mode="json")
    for trial in answer["trials"]:
        trial |= marks.of(trial["number"]).model_dump(mode="json")
    if as_json:
        print_json(answer)
    else:
        print(_summary(row, answer))


def _result(row: StudyRow, trials: Sequence[TrialRow]) -> dict[str, Any]:
    """A study as one JSON object; numbers that are not finite are null."""
    best = next((trial for trial in trials if trial.number == row.best_trial), None)
    return {
        "study_id": row.id,
        "name": row.name,
        "status": str(row.status),
        "source": recorded_by(row),
        "reason": row.reason,
        "message": row.message,
        "seconds": row.seconds,
        "trials": [
            {
                "number": trial.number,
                "status": str(trial.status),
                "score": trial.score,
                "config": trial.config,
                "epochs": trial.epochs,
                "seconds": trial.seconds,
                "parent": trial.parent,
                "lane": trial.lane,
                "message": trial.message,
                **({"node": trial.node} if trial.node else {}),
            }
            for trial in trials
        ],
        "best": best and {"number": best.number, "score": best.score, "config": best.config},
        "test": row.test,
    }


def recorded_by(row: StudyRow) -> str | None:
    """The tool that has recorded a study, None for one of our own."""
    source = row.spec.get("source")
    return source.get("tool") if isinstance(source, dict) else None


def _summary(row: StudyRow, answer: Mapping[str, Any]) -> str:
    """The same for a person."""
    trials = answer["trials"]
    lines = [f"Study {row.id} ({row.name}): {row.status}, {row.seconds:.1f} s."]
    if row.message:
        lines.append(row.message)
    if trials:
        lines.append("")
        lines.append(
            table(
                [
                    {
                        "trial": trial["number"],
                        "status": trial["status"],
                        str(row.spec.get("objective", "score")): number(trial["score"]),
                        "epochs": trial["epochs"],
                        "seconds": number(trial["seconds"]),
                        "configuration": _settings(trial["config"], row.spec),
                    }
                    for trial in trials
                ]
            )
        )
        lines += _why_without_score(trials)
    best = answer["best"]
    if best:
        lines.append("")
        lines.append(
            f"Best: trial {best['number']}, {row.spec.get('objective', 'score')} "
            f"{number(best['score'])}, {_settings(best['config'], row.spec)}"
        )
    if row.test:
        metrics = ", ".join(f"{name} {number(value)}" for name, value in row.test.items())
        lines.append(f"Test split: {metrics}")
    if answer.get("references"):
        lines.append(answer["references"])
    return "\n".join(lines)


def _why_without_score(trials: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each message of trials without a score, with their numbers."""
    numbers: dict[str, list[str]] = {}
    for trial in trials:
        if trial["message"] and trial["score"] is None:
            said = " ".join(trial["message"].split())
            numbers.setdefault(said, []).append(str(trial["number"]))
    return [
        f"Trial{'s' if len(of_it) > 1 else ''} {', '.join(of_it)}: {said}"
        for said, of_it in numbers.items()
    ]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows under the first row's keys, columns aligned; numbers to the right."""
    titles = list(rows[0])
    cells = [[str(row[title]) for title in titles] for row in rows]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    right = [not isinstance(rows[0][title], str) for title in titles]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in [titles, *cells]
    )


def planned_words(plan: Plan, estimate: Estimate | None) -> str:
    """What a study will do at most, in one line; minutes where they are known."""
    parts = [
        f"{amount:,} {word}{'' if amount == 1 else 's'}"
        for amount, word in (
            (plan.trials, "trial"),
            (plan.trainings, "training"),
            (plan.epochs, "epoch"),
        )
    ]
    if estimate is not None:
        low, high = estimate.low / 60, estimate.high / 60
        parts.append(f"about {estimate.seconds / 60:.2g} min ({low:.2g} to {high:.2g})")
    return f"Plan: {', '.join(parts)}"


class Progress:
    """A bar, by default on standard error: redrawn on a terminal, a line per trial elsewhere."""

    def __init__(self, study_id: str, plan: Plan, out: TextIO | TextIOBase | None = None) -> None:
        self._plan = plan
        self._out = out = out or sys.stderr
        self._terminal = out.isatty()
        self._shown = ""
        self._started = time.monotonic()
        self._epochs_before: int | None = None
        self.say(f"Study {study_id}")

    def show(self, row: StudyRow) -> None:
        """Draw the state of the study, when there is something new to draw."""
        if self._epochs_before is None:
            self._epochs_before = row.epochs
        share = min(1.0, row.epochs / max(1, self._plan.epochs))
        best = "" if row.best_score is None else f", best {number(row.best_score)}"
        text = f"{row.trials}/{self._plan.trials} trials{best}"
        if row.message:
            text += f", {row.message}"
        if self._terminal:
            filled = round(share * _BAR_WIDTH)
            bar = "#" * filled + "." * (_BAR_WIDTH - filled)
            text = f"[{bar}] {share:4.0%} {text}{self._left(row)}"
        if text != self._shown:
            self._write(text)
            self._shown = text

    def say(self, text: str) -> None:
        """Write a line of its own."""
        if self._terminal and self._shown:
            self._out.write("\n")
            self._shown = ""
        print(text, file=self._out, flush=True)

    def end(self, row: StudyRow) -> None:
        """Draw the last state and leave the line."""
        self.show(row)
        if self._terminal:
            self._out.write("\n")
            self._out.flush()

    def _left(self, row: StudyRow) -> str:
        done = row.epochs - (self._epochs_before or 0)
        if done <= 0 or not row.status.active:
            return ""
        elapsed = time.monotonic() - self._started
        seconds = elapsed / done * max(0, self._plan.epochs - row.epochs)
        return f", {seconds:.0f} s left"

    def _write(self, text: str) -> None:
        # Spaces clear the rest of the line, where a longer text stood.
        end = f"\r{text.ljust(len(self._shown))}" if self._terminal else f"{text}\n"
        self._out.write(end)
        self._out.flush()


def number(value: float | None) -> str:
    """A number in four digits, a dash for none."""
    return "-" if value is None else f"{value:.4g}"


def _settings(config: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """The values of what the spec names; the rest has its default."""
    listed = spec.get("strategy", {}).get("settings", {}).get("configurations", ())
    declared = spec.get("model", {}).get("declared") or {}
    names = {*declared, *spec.get("space", {}), *(name for values in listed for name in values)}
    named = {name: value for name, value in config.items() if name in names}
    return ", ".join(
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in named.items()
    )


def list_datasets(options: argparse.Namespace) -> int:
    """List the datasets; 0."""
    if options.json:
        print_json([asdict(info) for info in DATASETS.values()])
        return 0
    print(
        table(
            [
                {
                    "id": info.id,
                    "title": info.title,
                    "task": info.task,
                    "rows": info.rows + info.test_rows,
                    "columns": len(info.feature_names) or info.inputs,
                    "download": f"{info.download_mb:g} MB" if info.download_mb else "none",
                }
                for info in DATASETS.values()
            ]
        )
    )
    return 0


def list_strategies(options: argparse.Namespace) -> int:
    """List the strategies and their settings; 0."""
    if options.json:
        shown = [field.name for field in fields(Configurable)]
        print_json([{n: asdict(info)[n] for n in shown} for info in STRATEGIES.values()])
        return 0
    for info in STRATEGIES.values():
        print(f"{info.id}: {info.sentence}")
        for setting in info.settings:
            limits = "a list"
            if setting.is_number:
                default = "" if setting.default is None else f", default {setting.default:g}"
                limits = f"{setting.kind} from {setting.low:g} to {setting.high:g}{default}"
            print(f"    {setting.id} ({limits}): {setting.help}")
    return 0


def print_schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a spec; 0."""
    # Building the schema costs more than all other commands' imports together.
    from tuning_core.spec.json_schema import spec_schema

    print(json.dumps(spec_schema(), indent=None if options.json else 2, allow_nan=False))
    return 0
