"""How an aim is written: what to reach, how near one has come, and what does not count."""

from __future__ import annotations

import math
from html import escape

from tuning_core.findings.formatting import number
from tuning_core.lessons.parts import EPOCHS, GAP, Aim, Goal, PictureAim, Reached, Seen

DIGITS = 3


def aim_html(
    words: str, knobs: str, state: str, objection: str = "", *, reached: bool, label: str = ""
) -> str:
    """An aim as HTML: its words, which ``knobs`` may be turned, and how it stands."""
    head = f"<b>{escape(label)}</b> " if label else ""
    turn = f' <span class="ts-muted">Turn only: {escape(knobs)}.</span>' if knobs else ""
    why = f" {escape(objection)}" if objection else ""
    kind = "ts-aim ts-reached" if reached else "ts-aim"
    return (
        f'<div class="{kind}"><div>{head}{escape(words)}{turn}</div>'
        f'<div class="ts-small">{escape(state)}{why}</div></div>'
    )


def best_words(aim: Aim, best: Reached | None) -> str:
    """How near the runs have come to an aim: "Best so far: 0.231 with units 8. Not yet."."""
    if best is None:
        return "No run counts yet."
    said = [
        _measured(goal, value, alone=len(aim.goals) == 1)
        for goal, value in zip(aim.goals, best.values, strict=True)
        if not math.isnan(value)
    ]
    seeds = f", the mean of {best.seeds} of {aim.seeds} seeds" if aim.seeds > best.seeds else ""
    if aim.seeds > 1 and not seeds:
        seeds = f", the mean of {best.seeds} seeds"
    found = f"{' and '.join(said) or 'nothing'} with {aim.turned(best.training.request)}{seeds}"
    return f"Reached: {found}." if best.reached else f"Best so far: {found}. Not yet."


def _measured(goal: Goal, value: float, *, alone: bool) -> str:
    """``0.231``, and which number it is where there are several."""
    if goal.of == EPOCHS:
        return f"{value:.0f} epochs"
    if isinstance(goal.at, int):
        return f"{number(value, DIGITS)} after epoch {goal.at}"
    name = "" if alone else f"{'gap' if goal.of == GAP else goal.name} "
    return f"{name}{number(value, DIGITS)}"


def picture_words(aim: PictureAim, seen: Seen) -> str:
    """How the picture stands to its aim: "Best loss so far: 0.646. Not yet."."""
    if not seen.complete:
        return "Told when the last training has ended."
    if aim.refused(seen.chosen):
        return f"It does not count: {aim.refused(seen.chosen)}."
    now = f"{aim.name[0].upper()}{aim.name[1:]}: {number(aim.value(seen), DIGITS)}."
    return f"{now} Reached." if aim.reached(seen) else f"{now} Not yet."
