"""The best configuration beside the default, the test score and the bundle."""

from __future__ import annotations

import statistics
from html import escape

import streamlit as st

from pages.components import look
from pages.components.formatting import (
    count,
    duration,
    execution_word,
    label,
    number,
    score,
    spread,
    with_spread,
)
from pages.components.live import LiveStudy
from pages.components.scoring import put_scoring
from pages.components.take_home import put_other_tools
from pages.components.what_if_open import put_open_in_what_if
from tuning_core.catalog import HYPERPARAMETERS, OBJECTIVES
from tuning_core.catalog.objectives import METRIC_LABELS
from tuning_core.manager import Manager, ManagerError
from tuning_core.store import ExecutionRow, TrialRow

_REFUSED = "test_refused"


def put_best_configuration(live: LiveStudy, *, every: bool = False) -> None:
    """Draw the best trial's values beside the defaults; those that differ stand out.

    What was neither searched nor changed is only counted, unless ``every`` asks for all.
    """
    best = live.best
    if best is None:
        st.html(look.text(_nothing_yet(live), "ts-muted ts-small"))
        return
    searched = {parameter.name for parameter in live.spec.search_space.searched}
    rows = []
    unchanged = 0
    for name, value in sorted(best.config.items(), key=lambda item: item[0] not in searched):
        default = HYPERPARAMETERS[name].default
        changed = value != default
        if not (every or changed or name in searched):
            unchanged += 1
            continue
        rows.append(
            f'<tr class="{"" if changed else "same"}"><td>{escape(label(name))}</td>'
            f'<td class="{"changed" if changed else ""}">{escape(number(value))}</td>'
            f"<td>{escape(number(default))}</td></tr>"
        )
    st.html(
        '<table class="ts-table"><tr><th>hyperparameter</th><th>best</th><th>default</th></tr>'
        f"{''.join(rows)}</table>"
    )
    if unchanged:
        st.html(look.text(f"{unchanged} more at their defaults.", "ts-muted ts-small"))


def _nothing_yet(live: LiveStudy) -> str:
    if live.study.status.active:
        return "It shows here once the first trial has ended with a score."
    if not live.study.trials:
        return "No trial has ended."
    return (
        "No trial has a score. The notes in the table below say why; a new study with lower "
        "learning rates is a good next step."
    )


def put_best_model(live: LiveStudy, engine: Manager) -> None:
    """Draw the tab: configuration, how it was trained, test score and bundle."""
    best = live.best
    if best is None:
        st.html(look.text(_nothing_yet(live), "ts-muted"))
        return
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        st.subheader(f"Configuration of trial {best.number}")
        put_best_configuration(live)
        with st.expander("All hyperparameters"):
            put_best_configuration(live, every=True)
        put_open_in_what_if(live, best)
    with right:
        st.subheader("How it was trained")
        _put_training(live, best, engine)
        st.subheader("Test score")
        _put_test(live, engine)
        st.subheader("Files")
        st.html(
            look.text(
                "The model alone is the button at the top. The bundle adds the spec, the "
                "configuration, every epoch's metrics, a model card, a script that trains the "
                "model anew with Keras alone and, for tables, one that scores a CSV.",
                "ts-muted ts-small",
            )
        )
        study_id = live.study.id
        st.download_button(
            "Download bundle",
            data=lambda: engine.export_bundle(study_id).read_bytes(),
            file_name=f"tunescape-{study_id}.zip",
            mime="application/zip",
            on_click="ignore",
            key="download-bundle",
        )
        put_other_tools(live, engine)
        if live.spec.dataset_info.kind == "table":
            put_scoring(live, engine)


def _put_training(live: LiveStudy, best: TrialRow, engine: Manager) -> None:
    """Draw the figures of the best trial, and those of its executions when it has several."""
    objective = live.spec.objective_info
    several = live.spec.executions > 1
    executions = engine.store.executions(live.study.id, best.number) if several else []
    scores = [execution.score for execution in executions]
    mean = score(best.score, objective.id)
    if best.score is not None and spread(scores):
        mean = with_spread(best.score, scores)
    facts = [
        (objective.label, mean),
        ("best epoch", f"{best.best_epoch or 0:,} of {best.target_epochs:,}"),
        ("parameters", f"{best.parameters or 0:,}"),
        ("training time", duration(best.seconds)),
    ]
    if several:
        facts.pop(1)  # Each execution has its own.
    st.html(look.facts(facts))
    if executions:
        word = execution_word(live.spec.folds, live.spec.repeats)
        each = " · ".join(score(value, objective.id) for value in scores)
        words = f"{count(len(scores), word)}: {each}. {_kept(live, best, executions)}"
        st.html(look.text(words, "ts-muted ts-small"))


def _kept(live: LiveStudy, best: TrialRow, executions: list[ExecutionRow]) -> str:
    """Which model is downloaded when a trial has several."""
    if live.spec.folds == 1:
        return f"The model is that of repeat {best.best_execution}, the best of them."
    epochs = [e.best_epoch for e in executions if e.best_epoch]
    if not epochs:
        return ""
    middle = round(statistics.median(epochs))
    return (
        "The model is refitted on all rows outside the test part for "
        f"{count(middle, 'epoch')}, the median of their best."
    )


def _put_test(live: LiveStudy, engine: Manager) -> None:
    study = live.study
    if study.test is not None:
        names = {name: METRIC_LABELS.get(name, name) for name in study.test}
        st.html(
            look.facts([(f"test {names[n]}", _metric(n, v)) for n, v in study.test.items()])
            + look.text(_comparison(live), "ts-muted ts-small")
        )
        return
    st.html(
        look.text(
            "The test part was kept back from the whole search, so it says how the model does on "
            "data that chose nothing. It can be looked at once: the look is recorded.",
            "ts-muted ts-small",
        )
    )
    active = study.status.active
    if st.button(
        "Reveal the test score",
        key="reveal",
        disabled=active,
        help="When the search has ended: a look now would let the test part choose."
        if active
        else "Evaluates the best model on the test part, once.",
    ):
        try:
            with st.spinner("Evaluating the best model on the test part"):
                engine.reveal_test(study.id)
        except ManagerError as error:
            st.session_state[_REFUSED] = str(error)
        st.rerun()
    if _REFUSED in st.session_state:
        st.error(look.plain(st.session_state.pop(_REFUSED)))


def _metric(name: str, value: float) -> str:
    known = f"val_{name}"
    return score(value, known) if known in OBJECTIVES else number(value)


def _comparison(live: LiveStudy) -> str:
    """The test score beside the validation score, and why they differ."""
    study, objective = live.study, live.spec.objective_info
    trial = live.trials.get(study.test_trial or 0) or live.best
    value = (study.test or {}).get(objective.metric)
    if value is None or trial is None or trial.score is None:
        return "Revealed and recorded."
    return (
        f"Trial {trial.number} reached {score(trial.score, objective.id)} on the validation part, "
        f"on which it was also chosen; {score(value, objective.id)} on the test part, which chose "
        "nothing, is the figure to report. The look is recorded."
    )
