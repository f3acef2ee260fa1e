"""Who plays a challenge: students and the machine, as the board names and ranks them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tuning_core.analysis.luck import Luck, entries, luck
from tuning_core.analysis.luck_words import NAMELESS, luck_words, target_words
from tuning_core.catalog import STRATEGIES
from tuning_core.charts.compare.progress import Kind, ProgressLine
from tuning_core.classroom.challenge import Challenge
from tuning_core.classroom.play import Judged, Place, Play, Run, standing, steps
from tuning_core.classroom.state import ClassState
from tuning_core.datasets.spreadsheet import safe_text
from tuning_core.findings.formatting import aim


@dataclass(frozen=True)
class Player:
    """A student or a machine player; ``place`` is theirs on validation.

    ``test_rank`` is that on the test part, once it is revealed and they have an entry.
    """

    name: str
    machine: bool
    runs: Sequence[Run]
    place: Place
    judged: Judged | None = None
    test_rank: int | None = None


def players(state: ClassState, play: Play, runs: dict[str, Sequence[Run]]) -> list[Player]:
    """All players, best on validation first; those without an entry that counts come last."""
    names = {member.id: member.nickname for member in state.students}
    reveal = {} if play.reveal is None else play.reveal.entries
    places = standing(play.challenge, runs)
    ranks = _test_ranks(play, places)
    return [
        Player(
            names.get(place.player) or STRATEGIES[place.player].title,
            place.player not in names,
            runs[place.player],
            place,
            reveal.get(place.player),
            ranks.get(place.player),
        )
        for place in places
    ]


def _test_ranks(play: Play, places: Sequence[Place]) -> dict[str, int]:
    """Ranks on the test part: where a target counts, who reaches it there, and then the others."""
    if play.reveal is None:
        return {}
    challenge, keys = play.challenge, dict[str, tuple[float, ...]]()
    sign = -1.0 if challenge.objective_info.direction == "max" else 1.0
    for place in places:
        judged = play.reveal.entries.get(place.player)
        if judged is None or judged.test is None or place.value is None:
            continue
        score = sign * judged.test
        if challenge.aim == "score":
            keys[place.player] = (score,)
        elif challenge.reaches(judged.test):
            keys[place.player] = (0.0, place.value)
        else:
            keys[place.player] = (1.0, score)
    ordered = sorted(keys.values())
    return {player: ordered.index(key) + 1 for player, key in keys.items()}


def luck_of(
    play: Play, found: Sequence[Player], *, hidden: bool = False
) -> tuple[Luck | None, tuple[str, str]]:
    """What luck did, and the two sentences on it; no ``Luck`` where a target counts.

    Where names are ``hidden``, the sentences have none of a student.
    """
    assert play.reveal is not None
    scored = [
        (NAMELESS if hidden and not p.machine else p.name, p.judged)
        for p in found
        if p.judged is not None and p.test_rank
    ]
    rows = play.reveal.validation_rows, play.reveal.test_rows
    challenge, objective = play.challenge, play.challenge.objective_info
    board = entries(scored, *rows)
    if challenge.target is not None:
        return None, target_words(board, challenge.target, objective)
    verdict = luck(board, objective.direction)
    return verdict, luck_words(verdict, objective)


COLUMNS = (
    *("player", "kind", "run", "epochs_spent", "epochs", "score", "at_epoch", "parameters"),
    *("knobs", "counts", "validation_rank", "validation_score", "test_rank", "test_score"),
)


def challenge_csv(state: ClassState, play: Play, runs: dict[str, Sequence[Run]]) -> str:
    """A row per run of every player; the one that counts has the ranks and scores of the end."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    found = players(state, play, runs)
    for player in found:
        spent = 0
        for number, run in enumerate(player.runs, start=1):
            spent += run.spent
            counts = run is player.place.run
            judged = player.judged if counts else None
            knobs = json.dumps(run.request.values, sort_keys=True)
            writer.writerow(
                (
                    safe_text(player.name),
                    "machine" if player.machine else "student",
                    *(number, spent, run.epochs, run.score, run.epoch, run.parameters),
                    safe_text(knobs),
                    "yes" if counts else "",
                    player.place.rank if counts else None,
                    None if judged is None else judged.validation,
                    player.test_rank if counts else None,
                    None if judged is None else judged.test,
                )
            )
    if play.reveal is not None:
        for sentence in luck_of(play, found)[1]:
            writer.writerow((safe_text(sentence), "in words"))
    return file.getvalue()


def progress(
    play: Play, found: Sequence[Player], *, hidden: bool = False, member: str = ""
) -> list[ProgressLine]:
    """A line for each player: the leader and the machine by name, the others faded.

    With a ``member`` it is drawn for them: their own line is the one with a name.
    """
    lines: list[ProgressLine] = []
    leader, machines = False, [*play.studies]
    for player in found:
        walked = steps(play.challenge, player.runs)
        if not walked:
            continue
        named = player.place.player == member if member else not leader
        leader = leader or not player.machine
        kind: Kind = "machine" if player.machine else "person" if named else "faded"
        name = "you" if member else "the leader" if hidden else player.name
        lines.append(
            ProgressLine(
                name if kind == "person" else player.name,
                [step.spent for step in walked],
                [step.value for step in walked],
                kind,
                end=player.place.spent,
                place=1 + machines.index(player.place.player) if player.machine else 0,
            )
        )
    # The faded below the others.
    return sorted(lines, key=lambda line: line.kind != "faded")


def challenge_words(challenge: Challenge) -> str:
    """The aim and the budget in a line."""
    objective, target = challenge.objective_info, challenge.target or 0.0
    aims = {
        "score": f"{aim(objective)} wins",
        "parameters": f"fewest parameters that reach a {objective.label} of {target:g}",
        "epochs": f"fewest epochs of a run to a {objective.label} of {target:g}",
    }
    budget = f"{challenge.budget} {challenge.unit}"
    return f"{challenge.dataset.info.title}, {budget} each: {aims[challenge.aim]}"


def y_title(challenge: Challenge) -> str:
    """What the aim counts."""
    titles = {"parameters": "fewest parameters", "epochs": "fewest epochs of a run"}
    return titles.get(challenge.aim, f"best {challenge.objective_info.label}")
