"""Workers, queue, memory, disk, device and versions, looked at every few seconds."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.shared import html
from pages.components.shared.errors import errors_shown
from pages.components.shared.manager_session import manager
from tuning_core.catalog import TrialStatus
from tuning_core.findings.formatting import count, size_words
from tuning_core.manager import Manager
from tuning_core.manager.workers.machine import Machine, machine, versions
from tuning_core.resources import ray_address

TICK = 3.0
"""Seconds between two looks."""
MOST = 20
"""Studies of the queue that are listed."""


def render_status() -> None:
    """Draw all of it."""
    with errors_shown():
        engine = manager()
        state = machine(engine.home, engine.running())
        st.html(html.facts(_figures(engine, state)))
        left, right = st.columns(2, gap="large")
        with left:
            st.subheader("Workers")
            _render_workers(engine, state)
            _render_lanes(engine)
        with right:
            st.subheader("Queue")
            _render_queue(engine)
        with st.expander("Versions", key="versions"):
            _render_table(["package", "version"], [[n, v] for n, v in versions().items()])


def _figures(engine: Manager, state: Machine) -> list[tuple[str, str]]:
    return [
        ("trains on", engine.device or f"CPU, {count(state.cores, 'core')}"),
        ("searches running", f"{len(engine.running()):,} of {engine.searches:,} at once"),
        ("searches waiting", f"{len(engine.queued()):,}"),
        ("memory free", f"{size_words(1e6 * state.free_mb)} of {size_words(1e6 * state.total_mb)}"),
        ("memory of the pages", size_words(1e6 * state.server_mb)),
        ("disk free", f"{size_words(state.disk_free)} of {size_words(state.disk_total)}"),
        ("load, average of a minute", f"{state.load:.1f} on {count(state.cores, 'core')}"),
    ]


def _render_workers(engine: Manager, state: Machine) -> None:
    if not state.workers:
        st.html(html.text("None at this moment; one starts with the next search.", "ts-muted"))
        return
    names = {worker.study: _name(engine, worker.study) for worker in state.workers}
    rows = [
        [
            f"{worker.pid}",
            size_words(1e6 * worker.memory_mb),
            f"runs {names[worker.study]}" if worker.study else "rests, or answers a page",
        ]
        for worker in state.workers
    ]
    _render_table(["process", "memory", "what it does"], rows)


def _render_lanes(engine: Manager) -> None:
    """What each lane trains, of the studies that run trials side by side or on a cluster.

    The nodes of the cluster that train nothing are listed as well, with the reason.
    """
    rows: list[list[str]] = []
    without_node = "none yet" if ray_address() else "this machine"
    for study in engine.running():
        row = engine.store.study(study)
        running = engine.store.trials(study, TrialStatus.RUNNING)
        at_once = row is not None and row.spec.get("parallel", 1) > 1
        if at_once or any(trial.node for trial in running):
            rows += [
                [
                    trial.node or without_node,
                    f"{trial.lane}",
                    f"trial {trial.number:,} of {_name(engine, study)}, epoch {trial.epochs:,}",
                ]
                for trial in sorted(running, key=lambda trial: (trial.node, trial.lane))
            ]
    nodes = engine.queue.nodes()
    busy = {node for node, _, _ in rows}
    rows += [
        [node.name, "", f"not used: {node.refused}" if node.refused else "nothing"]
        for node in nodes
        if node.name not in busy and (node.lanes or node.refused)
    ]
    if rows:
        st.subheader("Lanes")
        _render_table(["node", "lane", "what it trains"], rows)


def _render_queue(engine: Manager) -> None:
    queued = engine.queued()
    if not queued:
        st.html(html.text("Nobody waits.", "ts-muted"))
        return
    rows = [[f"{place}", _name(engine, study)] for place, study in enumerate(queued[:MOST], 1)]
    _render_table(["turn", "study"], rows)
    if len(queued) > MOST:
        st.html(html.text(f"and {len(queued) - MOST:,} more", "ts-muted ts-small"))


def _name(engine: Manager, study_id: str) -> str:
    study = engine.store.study(study_id) if study_id else None
    return f"“{study.name}”" if study else study_id


def _render_table(head: list[str], rows: list[list[str]]) -> None:
    cells = "".join(f"<th>{escape(word)}</th>" for word in head)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    st.html(f'<table class="ts-table"><tr>{cells}</tr>{body}</table>')
