"""What was found out beside the search: plain models, an ensemble; what has no section of its own.

An assessment's section takes its result from :meth:`Told.result`, which knows who may see it.
"""

from __future__ import annotations

from collections.abc import Callable

from tuning_core.findings.reference_words import (
    ENSEMBLE_HEAD,
    ENSEMBLE_METHOD,
    ensemble_rows,
    members_head,
    members_rows,
    references_head,
    references_method,
    references_rows,
)
from tuning_core.report.elements import Piece, Section, heading, listed, says, table
from tuning_core.report.told import Told
from tuning_core.spec.assessments import ASSESSMENTS

TOLD = {
    *("baselines", "ensemble", "columns", "dependence", "slices", "held_out"),
    *("ablation", "rows_curve"),
}
"""Those that a section tells of."""

OLD = "What is kept of it is of another version: compute it again."


def section_of(
    id: str, title: str
) -> Callable[[Callable[[Told], list[Piece]]], Callable[[Told], Section | None]]:
    """Make a section of what tells assessments; none where nothing is kept, or none may be seen."""

    def made_of(tell: Callable[[Told], list[Piece]]) -> Callable[[Told], Section | None]:
        def section(told: Told) -> Section | None:
            try:
                pieces = tell(told)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError):
                pieces = [says(OLD)]  # Of another version, or changed by hand.
            return Section(id, title, pieces) if pieces else None

        return section

    return made_of


@section_of("references", "Beside plain models")
def references(told: Told) -> list[Piece]:
    """The best network beside plain models, and beside an ensemble of the best trials."""
    pieces: list[Piece] = []
    plain, ensemble = told.result("baselines"), told.result("ensemble")
    if plain is not None:
        tested = plain["test"]
        pieces += [says(w) for w in (plain["sentence"], tested and tested["sentence"]) if w]
        first = plain["best"] is not None
        rows = references_rows(plain)
        pieces.append(table(references_head(plain), rows, lambda place: first and place == 0))
        pieces.append(says(references_method(plain), quiet=True))
    if ensemble is not None:
        pieces += [heading("An ensemble of the best trials"), says(ensemble["sentence"])]
        if len(ensemble["members"]) > 1:
            objective = told.spec.objective
            pieces += [
                table(ENSEMBLE_HEAD, ensemble_rows(ensemble, objective)),
                says(ENSEMBLE_METHOD, quiet=True),
                table(members_head(ensemble), members_rows(ensemble, objective)),
            ]
    return pieces


def others(told: Told) -> Section | None:
    """A line for each that no section tells of, and for each that is its owner's to show."""
    lines = []
    for id in told.kept:
        info = ASSESSMENTS.get(id)
        if info is None:
            continue
        if told.result(id) is None:
            words = "the answer holds values of the data, which are their owner's to show."
            lines.append(f"{info.question} Found out; {words}")
        elif id not in TOLD:
            lines.append(f"{info.question} Found out; see its page.")
    return Section("others", "Also asked", [listed(lines)]) if lines else None
