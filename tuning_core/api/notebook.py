"""A study in a notebook: one piece of HTML without a script, in the notebook's own colours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from html import escape
from io import TextIOBase
from typing import TextIO

from typing_extensions import override

from tuning_core.api.frames import hyperparameters_shown
from tuning_core.catalog import StudyStatus
from tuning_core.charts.parts.search_sketch import search_sketch
from tuning_core.spec.study import StudySpec
from tuning_core.store import StudyRow, TrialRow

MOST_TRIALS, MOST_COLUMNS, LONGEST = 10, 8, 40
"""Rows and hyperparameters of the table; letters of a value."""
_WIDTH, _HEIGHT, _PLOT, _LEFT, _MARGIN = 640, 180, 174, 66, 6
_TEXT = 'fill="currentColor" font-size="12"'
_CELL = "padding:2px 10px;white-space:nowrap;text-align:"
_RULE = "border-bottom:1px solid rgba(127,145,141,.5)"


def study_html(row: StudyRow, spec: StudySpec, trials: Sequence[TrialRow]) -> str:
    """The best so far as a chart, and the best trials as a table."""
    planned = max(spec.trials, row.trials)
    facts = f"{row.id} · {row.status} · {row.trials} of {planned} trials · {row.seconds:.1f} s"
    return (
        f'<div><b>{escape(row.name)}</b> <span style="opacity:.7">{escape(facts)}</span></div>'
        f"{_faint('' if row.status is StudyStatus.FINISHED else row.message)}"
        f'<div style="overflow-x:auto">{_chart(spec, trials)}{_table(row, spec, trials)}</div>'
    )


def _faint(words: str) -> str:
    return f'<div style="opacity:.7">{escape(words)}</div>' if words else ""


def _chart(spec: StudySpec, trials: Sequence[TrialRow]) -> str:
    objective = spec.objective_info
    trials = [trial for trial in trials if trial.score is not None]
    scores = [trial.score for trial in trials]
    sketch = search_sketch(scores, objective.direction, _WIDTH - _LEFT, _PLOT, _MARGIN)
    if sketch is None:
        return _faint("No trial has a score yet.")
    better = "higher" if objective.direction == "max" else "lower"
    words = f"{objective.label}, {better} is better: each trial, and the best so far as a line"
    foot = _PLOT - 2 * _MARGIN
    ticks = [(sketch.best, _MARGIN)]
    if sketch.edge != sketch.best:
        ticks.append((sketch.edge, foot))
    rules = "".join(
        f'<path d="M{_LEFT} {y}H{_WIDTH}" stroke="currentColor" stroke-opacity=".2"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end" {_TEXT}>{_number(value)}</text>'
        for value, y in ticks
    )
    return (
        f"{_faint(words)}"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(words)}" '
        'style="display:block;margin-top:4px;background:transparent">'
        f'{rules}<text x="{_WIDTH}" y="{_HEIGHT - 2}" text-anchor="end" {_TEXT}>'
        f'trial {trials[-1].number}</text><text x="{_LEFT}" y="{_HEIGHT - 2}" {_TEXT}>'
        f'trial {trials[0].number}</text><g transform="translate({_LEFT} 0)" fill="none">'
        f'<path d="{sketch.points}" stroke="currentColor" stroke-opacity=".4" '
        'stroke-width="6" stroke-linecap="round"/>'
        f'<path d="{sketch.line}" stroke="#14948a" stroke-width="2.5"/></g></svg>'
    )


def _table(row: StudyRow, spec: StudySpec, trials: Sequence[TrialRow]) -> str:
    if not trials:
        return ""
    sign = -1 if spec.objective_info.direction == "max" else 1
    ranked = sorted(
        trials, key=lambda t: (t.score is None, sign * (t.score or 0.0), t.number)
    )  # The first of equal ones is the best, as everywhere.
    names = hyperparameters_shown(spec, trials)
    head = ["trial", "status", spec.objective, *names[:MOST_COLUMNS], "epochs", "seconds"]
    lines = [_line(head, "th", _RULE)]
    for trial in ranked[:MOST_TRIALS]:
        config = [_value(trial.config.get(name)) for name in names[:MOST_COLUMNS]]
        cells = [str(trial.number), str(trial.status), _number(trial.score), *config]
        cells += [str(trial.epochs), _number(trial.seconds, 3)]
        lines.append(_line(cells, "th" if trial.number == row.best_trial else "td"))
    left = [
        f"{amount} more {what} in study.trials"
        for amount, what in (
            (len(trials) - MOST_TRIALS, "trials"),
            (len(names) - MOST_COLUMNS, "hyperparameters"),
        )
        if amount > 0
    ]
    return (
        '<table style="border-collapse:collapse;margin:6px 0">'
        f"{''.join(lines)}</table>{_faint(', '.join(left))}"
    )


def _line(cells: Sequence[str], tag: str, rule: str = "") -> str:
    sides = ["right", "left"] + ["right"] * (len(cells) - 2)
    texts = (
        f'<{tag} style="{_CELL}{side};{rule}">{escape(cell)}</{tag}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(texts)}</tr>"


def _value(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _number(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:.{digits}g}"


class CellOutput(TextIOBase):
    """What a notebook's cell shows as text, redrawn in place by ``update`` as on a terminal.

    A carriage return alone is obeyed by those who look, not by those who run a notebook unseen.
    """

    def __init__(self, update: Callable[[str], None]) -> None:
        self._update = update
        self._kept = self._line = ""

    @override
    def isatty(self) -> bool:
        return True

    @override
    def write(self, text: str) -> int:
        if text.startswith("\r"):
            self._line = text[1:].rstrip()
        else:
            self._kept, self._line = f"{self._kept}{self._line}{text}", ""
        self._update(f"{self._kept}{self._line}")
        return len(text)


def progress_output() -> TextIO | TextIOBase:
    """Where progress goes: the cell of a notebook, else standard output."""
    if type(sys.stdout).__module__ != "ipykernel.iostream":
        return sys.stdout
    from IPython.display import display

    handle = display({"text/plain": ""}, raw=True, display_id=True)
    return CellOutput(lambda text: handle.update({"text/plain": text}, raw=True))
