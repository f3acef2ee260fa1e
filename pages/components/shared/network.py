"""The inside of a training's network, drawn and played through its epochs in the browser."""

from __future__ import annotations

import base64
import json
import math
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from pydantic import ValidationError

from pages.components.shared import html
from pages.components.shared.session import cached
from tuning_core.catalog.objectives import SHORT_METRIC_LABELS
from tuning_core.charts.parts.theme import theme
from tuning_core.manager import TrainingSnapshot
from tuning_core.spec.weights import SetWeight

MOST_FRAMES = 60
"""Epochs that can be gone through beside the start; of more, so many are taken evenly."""

NEWEST_FRAMES = 3
"""Of a training that still runs only these are sent: the browser keeps what it has seen."""

_CACHE = "network_bytes"
_HERE = Path(__file__).parent
_SCRIPTS = (
    "network_parts.js",
    "network_lines.js",
    "network_plane.js",
    "network_rows.js",
    "network_setter.js",
    "network.js",
)


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


# Plain text of this repository; whatever a user has typed travels as data alone.
_network = st.components.v2.component(
    "tunescape_network",
    html=_text("network.html"),
    css=_text("network.css"),
    js="".join(map(_text, _SCRIPTS)),
)


class Fork(NamedTuple):
    """The epoch of a training from which it is to go on, with a weight set by hand or without."""

    epoch: int
    weight: SetWeight | None = None


def render_network(
    training: TrainingSnapshot,
    metric: str,
    key: str,
    *,
    forks: bool = False,
    height: int = 0,
    larger: float = 1.0,
) -> Fork | None:
    """Draw the network of a training whose request asked for the view "inside".

    Playing, pausing and stepping happen in the browser. ``metric`` is that of its small curve. With
    ``forks`` it can be restarted from the epoch shown, and a weight be set, which is returned once.
    It takes ``height`` pixels, or what suits it; everything is drawn ``larger``.
    """
    dark = html.is_dark()
    token = (
        training.request.training_key,
        *(len(training.epochs), len(training.inside), training.state, metric, dark),
        *(height, larger),
    )
    options = {"forks": forks, "height": height, "larger": larger}
    data = cached(
        _CACHE, key, token, lambda: network_bytes(training, metric, dark, options), seen=True
    )
    asked = f"{key}-fork"

    def note() -> None:
        # Once for each press: what a browser sends as a state would be there in every run.
        st.session_state[asked] = (st.session_state.get(key) or {}).get("fork")

    _network(data=data, key=key, on_fork_change=note)
    return asked_fork(st.session_state.pop(asked, None), training) if forks else None


def asked_fork(fork: Any, training: TrainingSnapshot) -> Fork | None:
    """What a browser asks for of this training, which may send anything."""
    if not isinstance(fork, dict) or fork.get("run") != training.request.training_key:
        return None
    epoch, weight = fork.get("epoch"), fork.get("weight")
    if not isinstance(epoch, int) or isinstance(epoch, bool):
        return None
    if not 0 < epoch <= len(training.epochs):
        return None
    try:
        return Fork(epoch, None if weight is None else SetWeight.model_validate(weight))
    except ValidationError:
        return None


def network_bytes(
    training: TrainingSnapshot, metric: str, dark: bool, options: Mapping[str, float] | None = None
) -> bytes:
    """The length of a JSON document in 4 bytes (little-endian), the document, then arrays.

    Its ``points`` bytes first, then the frames as their ``sizes`` say. What these hold is written
    in ``tuning_core.training.Inside``.
    """
    request, info = training.request, training.request.dataset.info
    network = dict(training.network)
    asked = "importance" in request.views
    points = base64.b64decode(network.pop("points", ""))
    shown = _thinned(sorted(training.inside))
    if not training.state.ended:
        shown = shown[-NEWEST_FRAMES:]
    frames = [base64.b64decode(training.inside[epoch]) for epoch in shown]
    axes = list(info.feature_names) if len(info.feature_names) == 2 else ["x", "y"]
    header: dict[str, Any] = {
        "run": request.training_key,
        "stem": [[segment.key, segment.last] for segment in request.segments],
        "changes": [segment.first for segment in request.segments[1:]],
        "normalised": bool(request.config.get("batch_normalization")),
        "made": time.time(),
        "points": len(points),
        "epochs": request.epochs,
        "running": not training.state.ended,
        "frames": shown,
        "sizes": [len(frame) for frame in frames],
        "axes": axes,
        "target": info.target,
        "labels": list(info.class_names) or [str(n) for n in range(network.get("classes", 0))],
        "metric": SHORT_METRIC_LABELS[metric],
        "training": _line(training, metric),
        "validation": _line(training, f"val_{metric}"),
        "colours": _colours(dark),
        # What comes at the end has its place from the start.
        "importance": training.views.get("importance", {}) if asked else None,
        **(options or {}),
        **network,
    }
    document = json.dumps(header, separators=(",", ":")).encode()
    return b"".join((struct.pack("<I", len(document)), document, points, *frames))


def _line(training: TrainingSnapshot, metric: str) -> list[float | None]:
    """Its value after each epoch, where that is a number; empty where it was not measured."""
    values = [epoch[metric] for epoch in training.epochs if metric in epoch]
    return [value if math.isfinite(value) else None for value in values]


def _thinned(epochs: Sequence[int]) -> list[int]:
    """The start, and of the others so many at most, evenly taken, the last among them."""
    start, later = [n for n in epochs if n == 0], [n for n in epochs if n > 0]
    stride = max(1, -(-len(later) // MOST_FRAMES))
    return start + later[::-1][::stride][::-1]


def _colours(dark: bool) -> dict[str, Any]:
    colours = theme(dark)
    return {
        "series": colours.series,
        "ramp": colours.ramp,
        "text": colours.text,
        "muted": colours.muted,
        "grid": colours.grid,
        "ground": colours.halo,
    }
