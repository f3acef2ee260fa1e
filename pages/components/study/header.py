"""Name, state and figures of a study."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.study_list import waiting_words
from pages.components.study.history_list import after
from tuning_core.catalog import StudyStatus
from tuning_core.findings.analysed_trials import tied_with_best
from tuning_core.findings.earlier_words import earlier_words
from tuning_core.findings.formatting import (
    REASONS,
    STATUS_WORDS,
    count,
    duration,
    rate,
    score,
    spell,
    study_line,
)
from tuning_core.findings.live import LiveStudy
from tuning_core.findings.outlook_words import outlook_words
from tuning_core.manager import EpochProgress, Manager
from tuning_core.spec.model import Ability, SourceSpec
from tuning_core.store import TrialRow

Progress = Mapping[int, EpochProgress]
"""How far the running epochs are that take seconds, by trial."""


SHORT = 240
"""Letters of notes that stand in the open."""


def render_name(live: LiveStudy) -> None:
    """Draw the name, and what the study searches."""
    study = live.study
    parts = [study_line(study.spec)]
    rows = study.rows
    if rows:
        train, validation = rows.get("train", 0), rows.get("validation", 0)
        searched = f"{train:,} training, {validation:,} validation"
        if live.spec.folds > 1:
            searched = f"{train + validation:,} rows in {live.spec.folds} folds"
        parts.append(f"{searched}, {rows.get('test', 0):,} test rows kept back")
    if live.spec.source is None:
        parts.append(f"seed {live.spec.seed}")
    st.html(
        html.text(study.name, "ts-name")
        + html.text(" · ".join(parts), "ts-muted ts-small")
        + _missing(live.spec.source)
    )


def _missing(source: SourceSpec | None) -> str:
    """What the tool that recorded a study does not say; folded where it is much."""
    notes = [] if source is None else source.notes
    if sum(map(len, notes)) <= SHORT:
        return html.text(" ".join(notes), "ts-muted ts-small") if notes else ""
    each = "".join(html.text(note) for note in notes)
    return (
        '<details class="ts-muted ts-small"><summary>What it does not say: '
        f"{count(len(notes), 'note')}</summary>{each}</details>"
    )


def render_state(live: LiveStudy, engine: Manager) -> None:
    """Draw the state in words, the progress and the figures."""
    study = live.study
    progress = engine.queue.progress(study.id)
    status, words = _state(live, engine, progress)
    begun = sum(epoch.share for epoch in progress.values())
    mark = html.status_mark(study.status, status)
    st.html(
        f'<div style="margin-bottom:.45rem">{mark} <span class="ts-small" '
        f'data-testid="study-state">{escape(words)}</span></div>'
        + html.bar(_done(live, begun), "share of the planned epochs")
        + _changes(live, engine)
        + _outlook(live)
    )
    if live.trials:
        st.html(html.facts(_figures(live), "even"))


def _outlook(live: LiveStudy) -> str:
    """What more trials are expected to gain, of a search that ends by that."""
    words = outlook_words(live)
    return html.text(words, "ts-muted ts-small") if words else ""


def _done(live: LiveStudy, begun: float) -> float:
    """Share of what is planned; of a search elsewhere, which may have no epochs, of its trials."""
    if live.spec.source is None or live.study.status is StudyStatus.FINISHED:
        return live.share_done(begun)
    return live.study.trials / max(1, live.plan.trials)


def _changes(live: LiveStudy, engine: Manager) -> str:
    """What the user changed in the search, and what is still to take effect."""
    parts = []
    for row in engine.store.history(live.study.id):
        changed = row.kind == "edited" and "refused" not in row.details
        what = row.details.get("what")
        if changed and what == "space":
            inside, of = row.details.get("inside", 0), row.details.get("of", 0)
            parts.append(f"ranges changed {after(row.trial)} ({inside:,} of {of:,} inside)")
        elif changed and what == "budget":
            parts.append(f"budget changed {after(row.trial)}")
    if live.spec.first:
        parts.append(earlier_words(live.spec))
    added = sum(trial.added for trial in live.trials.values()) - len(live.spec.first or ())
    if added > 0:
        parts.append(f"{count(added, 'trial')} added, beside the budget")
    waiting = len(engine.editing.waiting(live.study.id))
    if waiting:
        when = "at the next trial" if live.study.status.active else "when the study is resumed"
        parts.append(f"{count(waiting, 'change')} to take effect {when}")
    words = " · ".join(parts)
    return html.text(words[:1].upper() + words[1:], "ts-muted ts-small") if words else ""


def _planned(live: LiveStudy) -> int:
    """Trials in all: those of the budget and those that the user added."""
    added = sum(trial.added for trial in live.trials.values())
    return live.plan.trials + max(added, len(live.spec.first or ()))


def _state(live: LiveStudy, engine: Manager, progress: Progress) -> tuple[str, str]:
    """The state's word and a sentence on it."""
    study = live.study
    word = STATUS_WORDS[study.status]
    halting = engine.queue.halting(study.id)
    if study.status.active and halting is not None:
        return _HALTING[halting], "The search ends after the running epoch."
    if study.status is StudyStatus.QUEUED:
        waiting = waiting_words(study.id, engine)
        if waiting:
            return word, waiting
        return "Starting", study.message or "Reading the data; the first epoch follows at once."
    if study.status is StudyStatus.RUNNING:
        return word, _progress(live, progress)
    # The mark beside it says the word already.
    return word, study.message.removeprefix(word).lstrip(". ") or _ending(live)


_HALTING = {StudyStatus.PAUSED: "Pausing", StudyStatus.STOPPED: "Stopping"}


def _progress(live: LiveStudy, progress: Progress) -> str:
    running = live.running
    if not running:
        done = f"{study_trials(live)} ended" if live.study.trials else ""
        return live.study.message or done or "The first epoch follows at once."
    if live.spec.parallel == 1:
        trial = running[-1]
        # Who counts on no end, as Optuna may, has planned what has begun.
        known = live.spec.source is None or _planned(live) > len(live.trials)
        parts = [
            f"trial {trial.number:,}" + f" of {_planned(live):,}" * known,
            epoch_words(live, trial, progress),
        ]
        if not known:
            return " · ".join(filter(None, parts))
    else:
        # What each does is told below it, lane by lane.
        parts = [
            f"{count(len(running), 'trial')} in training",
            f"{len(live.trials):,} of {_planned(live):,} begun",
        ]
    left = live.seconds_left()
    if left is not None:
        parts.append(f"about {spell(left)} left")
    return " · ".join(filter(None, parts))


def epoch_words(live: LiveStudy, trial: TrialRow, progress: Progress) -> str:
    """The last epoch of a trial, or how far the one is that trains now."""
    now = progress.get(trial.number)
    if not trial.target_epochs:
        return f"epoch {live.epoch_of(trial.number):,}" if live.epoch_of(trial.number) else ""
    if now is None:
        return f"epoch {live.epoch_of(trial.number):,} of {trial.target_epochs:,}"
    return f"epoch {now.epoch:,} of {trial.target_epochs:,}, {int(100 * now.share)} %"


def study_trials(live: LiveStudy) -> str:
    """How many trials have ended, in words."""
    return count(live.study.trials, "trial")


def _ending(live: LiveStudy) -> str:
    study = live.study
    resumes = Ability.TRAIN in live.spec.abilities
    if not study.trials:
        return f"Ended before the first trial.{' Resume starts it again.' * resumes}"
    took = f"{study_trials(live)} in {duration(study.seconds)}."
    if live.spec.source is not None:
        return took
    if study.status is StudyStatus.FINISHED:
        return f"{REASONS.get(study.reason, 'The search is done')}: {took}"
    return f"Ended after {took} Resume goes on from there."


def _figures(live: LiveStudy) -> list[tuple[str, str]]:
    study, best = live.study, live.best
    objective = live.spec.objective_info
    figures = []
    if best is not None:
        figures.append((f"best {objective.label}", score(best.score, objective.id)))
        tie = len(tied_with_best(live))
        name = f"found in trial, {tie:,} tie" if tie > 1 else "found in trial"
        figures.append((name, f"{best.number:,}"))
        if live.spec.budget.target is not None:
            figures.append(("target", score(live.spec.budget.target, objective.id)))
        if best.parameters:
            figures.append(("its parameters", f"{best.parameters:,}"))
    ended = f"{study.trials:,}"
    if live.spec.source is None or study.trials < _planned(live):
        ended += f" of {_planned(live):,}"
    figures.append(("trials ended", ended))
    lost = [t for t in live.trials.values() if t.status in ("diverged", "failed", "skipped")]
    if lost:
        figures.append(("without a score", f"{len(lost):,}"))
    if study.seconds and study.trials:
        figures.append(("time searched", duration(study.seconds)))
        figures.append(rate(study.trials, study.seconds, "trial"))
    return figures
