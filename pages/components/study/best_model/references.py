"""Plain models and an ensemble beside the best network: does it do better than they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from pages.components.shared import html
from pages.components.shared.chart_place import say
from pages.components.shared.errors import ask
from pages.components.shared.manager_session import manager
from pages.components.shared.session import rerun_until
from pages.components.shared.user import person
from pages.components.study.assessment import render_assessment
from tuning_core.findings.formatting import count, file_name, gap, score
from tuning_core.findings.live import LiveStudy
from tuning_core.manager import Manager

BASELINES, ENSEMBLE = "baselines", "ensemble"
AUTOMATIC_NUMBERS = 2_000_000
"""Rows x columns x classes up to which references are computed without being asked for."""
SIZES = (5, 8, 10)
"""How many of the best trials an ensemble may be made of."""
USUAL_SIZE = 8


def known_references(live: LiveStudy, engine: Manager, seen: bool = True) -> dict[str, Any] | None:
    """What is known of the references; None before they are.

    On small data they are asked for where a warm worker waits, so that nobody has to.
    """
    study = live.study
    if study.status.active or live.best is None:
        return None
    now = engine.assessments.get(study.id, BASELINES)
    if now.result is None and now.stage == "none" and not now.message and seen:
        info = live.spec.dataset_info
        numbers = sum(study.rows.values()) * max(1, info.inputs) * max(1, info.classes)
        may = engine.access.may_change(study.id, person()) and engine.costs.automatic
        if may and 0 < numbers <= AUTOMATIC_NUMBERS and live.spec.source is None:
            ask(engine.assessments.begin, study.id, BASELINES, by=person(), refused="")
    return now.result


def reference_lines(found: Mapping[str, Any] | None) -> tuple[tuple[str, float], ...]:
    """Name and score of each reference, for lines in a chart of scores."""
    rows = [] if found is None else found[BASELINES]
    return tuple((_short(row), row["score"]) for row in rows if row["score"] is not None)


def render_reference_sentence(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw how the best network stands beside the references, once that is known."""
    found = known_references(live, engine, seen)
    if found is not None and found["sentence"]:
        say(found["sentence"])
    elif seen and engine.assessments.get(live.study.id, BASELINES).active:
        rerun_until(lambda: not engine.assessments.get(live.study.id, BASELINES).active)


def render_reference_row(live: LiveStudy, engine: Manager) -> None:
    """Draw the references below the table of trials, in a line that says that they are none."""
    found = known_references(live, engine, seen=False)
    lines = reference_lines(found)
    if found is not None and lines:
        better = sorted(lines, key=lambda one: one[1], reverse=found["direction"] == "max")
        each = " · ".join(f"{name} {score(value, found['objective'])}" for name, value in better)
        say(f"References, which are no trials: {each}.")


def render_references(live: LiveStudy, engine: Manager, seen: bool) -> None:
    """Draw the view: references, and the ensemble with its file."""
    if seen:
        known_references(live, engine)
    st.subheader("References")
    render_assessment(live, engine, BASELINES, _render_baselines, button="Fit the references")
    st.subheader("Ensemble")
    k = st.segmented_control(
        "Best trials that may be members",
        SIZES,
        default=USUAL_SIZE,
        required=True,
        key="ensemble-size",
        help="They are trained again as they were; those that add nothing get no weight.",
    )
    size = int(k or USUAL_SIZE)
    render_assessment(
        live,
        engine,
        ENSEMBLE,
        lambda found: _render_ensemble(live, found, size),
        options={"k": size},
        button="Train the members",
    )


def _render_baselines(found: dict[str, Any]) -> None:
    if found["sentence"]:
        st.html(html.text(found["sentence"], "ts-lead"))
    tested = found["test"]
    if tested is not None and tested["sentence"]:
        st.html(html.text(tested["sentence"], "ts-lead"))
    st.html(_table(_header(found), [_best_row(found), *_reference_rows(found)]))
    rows = f"{found['rows']:,} validation rows"
    over = f" in {found['folds']} folds" if found["folds"] > 1 else ""
    notes = [f"{row['label']}: {row['note']}" for row in found[BASELINES] if row["note"]]
    say(
        f"Scores on {rows}{over}. All learn from the same training rows, prepared alike, with "
        "scikit-learn's defaults; nothing was searched for them. " + " ".join(notes)
    )


def _header(found: Mapping[str, Any]) -> list[str]:
    names = ["", f"validation {found['label']}", "95% interval"]
    return [*names, *(["test"] if found["test"] else []), "best network is better by"]


def _best_row(found: Mapping[str, Any]) -> list[str]:
    best = found["best"]
    if best is None:
        return []
    tested = found["test"]
    test = [score(tested["best"]["score"], found["objective"])] if tested else []
    return [
        f"Best network, trial {best['trial']}",
        score(best["score"], found["objective"]),
        "",
        *test,
        "",
    ]


def _reference_rows(found: Mapping[str, Any]) -> list[list[str]]:
    gains = {one["id"]: one for one in found["compared"]}
    tested = {row["id"]: row for row in (found["test"] or {}).get(BASELINES, [])}
    rows = []
    for row in found[BASELINES]:
        interval, gain = "", gains.get(row["id"])
        if row.get("low") is not None:
            ends = (score(row[end], found["objective"]) for end in ("low", "high"))
            interval = " to ".join(ends)
        test = [score(tested.get(row["id"], {}).get("score"), found["objective"])]
        rows.append(
            [
                row["label"],
                score(row["score"], found["objective"]),
                interval,
                *(test if tested else []),
                "" if gain is None else gain_words(gain),
            ]
        )
    return rows


def gain_words(gain: Mapping[str, Any]) -> str:
    """A gain with its interval, or that it is a tie."""
    ends = f"{_signed(gain['low'])} to {_signed(gain['high'])}"
    tie = ", a tie" if gain["verdict"] == "tie" else ""
    return f"{_signed(gain['gain'])} ({ends}{tie})"


def _signed(value: float) -> str:
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{gap(value)}"


def _short(row: Mapping[str, Any]) -> str:
    words = {"majority": "most frequent class", "mean": "mean", "linear": "linear model"}
    return words.get(row["id"], row["id"])


def _render_ensemble(live: LiveStudy, found: dict[str, Any], k: int) -> None:
    st.html(html.text(found["sentence"], "ts-lead"))
    objective = live.spec.objective
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        members = [
            [f"trial {m['trial']}", f"{100 * m['weight']:.0f} %", score(m["score"], objective)]
            for m in sorted(found["members"], key=lambda m: -m["weight"])
        ]
        st.html(_table(["member", "weight", f"validation {found['label']}"], members))
    with right:
        apart, tested = found["apart"], found["test"]
        rows = [
            ["all validation rows", found["score"], found["best"]["score"], ""],
            ["rows that chose neither", apart["ensemble"], apart["single"], gain_words(apart)],
        ]
        if tested is not None:
            rows.append(["test rows", tested["ensemble"], tested["single"], gain_words(tested)])
        cells = [[a, score(b, objective), score(c, objective), d] for a, b, c, d in rows]
        st.html(_table(["", "ensemble", "best single", "gain (95% interval)"], cells))
        say(
            "Trials and weights were chosen by all validation rows, which flatters both. Rows that "
            "chose neither: weights and the single trial are chosen by four fifths of the rows and "
            "judged on the rest, five times."
        )
        path = manager().home.study(live.study.id).ensemble(k)
        st.download_button(
            "Download the ensemble",
            data=lambda: path.read_bytes(),
            file_name=f"{file_name(live.study.name)}-{live.study.id}-ensemble.zip",
            mime="application/zip",
            on_click="ignore",
            key="download-ensemble",
            disabled=not path.is_file(),
            help=f"One Keras model of {count(len(found['members']), 'member')} with its card.",
        )
    others = [str(m["trial"]) for m in found["members"] if not m["same"]]
    if others:
        say(f"Trained again, trial {', '.join(others)} came out otherwise than in the search.")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows if row
    )
    return f'<div class="ts-wide"><table class="ts-table"><tr>{head}</tr>{body}</table></div>'
