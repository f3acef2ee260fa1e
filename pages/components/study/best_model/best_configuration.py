"""The best configuration: beside the default, what the search gained over it, and in What-if."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.what_if_link import query_of
from tuning_core.analysis.confirmation import Verdict
from tuning_core.findings.best_words import gain_words, known_defaults
from tuning_core.findings.formatting import number
from tuning_core.findings.live import LiveStudy
from tuning_core.space import SpecError
from tuning_core.space.parameters import same_value
from tuning_core.spec.model import Ability
from tuning_core.spec.study import StudySpec
from tuning_core.spec.training_request import MAX_EPOCHS, TrainingRequest, parse_training
from tuning_core.store import TrialRow

MOST_ROWS = 15
"""Hyperparameters of the card."""


def render_best_configuration(live: LiveStudy, *, every: bool = False) -> None:
    """Draw the best trial's values beside the defaults; those that differ stand out.

    What was neither searched nor changed is only counted, unless ``every`` asks for all.
    """
    best = live.best
    if best is None:
        st.html(html.text(nothing_yet(live), "ts-muted ts-small"))
        return
    searched = {parameter.name for parameter in live.spec.search_space.searched}
    defaults = known_defaults(live.spec)
    rows = []
    unchanged = 0
    for name, value in sorted(best.config.items(), key=lambda item: item[0] not in searched):
        default = defaults.get(name)
        changed = default is not None and not same_value(value, default)
        if not (every or changed or name in searched or name not in defaults):
            unchanged += 1
            continue
        rows.append(
            f'<tr class="{"" if changed else "same"}"><td>{escape(live.spec.label(name))}</td>'
            f'<td class="{"changed" if changed else ""}">{escape(number(value))}</td>'
            + (f"<td>{'' if default is None else escape(number(default))}</td>" if defaults else "")
            + "</tr>"
        )
    head = "<th>hyperparameter</th><th>best</th>" + "<th>default</th>" * bool(defaults)
    shown = rows if every or len(rows) <= MOST_ROWS + 1 else rows[:MOST_ROWS]
    st.html(f'<table class="ts-table"><tr>{head}</tr>{"".join(shown)}</table>')
    if len(shown) < len(rows):
        words = f"{len(rows) - len(shown):,} more: see the tab Best model."
        st.html(html.text(words, "ts-muted ts-small"))
    elif unchanged:
        st.html(html.text(f"{unchanged} more at their defaults.", "ts-muted ts-small"))


def render_gain(live: LiveStudy, best: TrialRow, verdict: Verdict | None) -> None:
    """Say what the search gained over the default, as far as anybody knows."""
    st.html(html.text(gain_words(live, best, verdict), "ts-small"))


def nothing_yet(live: LiveStudy) -> str:
    """Why there is no best trial, and what to do."""
    if live.study.status.active:
        return "It shows here once the first trial has ended with a score."
    if not live.study.trials:
        return "No trial has ended."
    if live.spec.source is not None:
        return "No trial has a score."
    return (
        "No trial has a score. The notes in the table below say why; a new study with lower "
        "learning rates is a good next step."
    )


def request_of_trial(spec: StudySpec, trial: TrialRow) -> TrainingRequest | None:
    """The training of a trial; None where What-if has no such data.

    Without folds and repeats it is the very same: data, seed and epochs are the trial's.
    """
    values = {name: value for name, value in trial.config.items() if name != "epochs"}
    try:
        return parse_training(
            {
                "dataset": spec.dataset.model_dump(mode="json", exclude_none=True),
                "family": spec.model.family,
                "values": values,
                "epochs": min(MAX_EPOCHS, trial.target_epochs or spec.budget.epochs),
                "seed": spec.seed,
                "trial": trial.number,
                "objective": spec.objective,
            }
        )
    except SpecError:
        # A file named on the command line: a page may not read it.
        return None


def render_open_in_what_if(live: LiveStudy, trial: TrialRow, place: str = "open") -> None:
    """Draw the button that opens a trial in What-if; nothing where it cannot be.

    ``place`` tells the button from others for the same study on the page.
    """
    can = Ability.WHAT_IF in live.spec.abilities
    request = request_of_trial(live.spec, trial) if can else None
    if request is None:
        return
    if st.button(
        "Open in What-if",
        key=f"{place}-what-if-{live.study.id}",
        help=f"The knobs as in trial {trial.number}, the same data and seed.",
    ):
        st.switch_page("pages/what_if.py", query_params=query_of(request))
