"""What the browser is sent of the inside of a network."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.network import (
    MOST_FRAMES,
    NEWEST_FRAMES,
    Fork,
    asked_fork,
    network_bytes,
)
from tuning_core.catalog import TrialStatus
from tuning_core.manager import TrainingSnapshot, TrainingState
from tuning_core.spec.training_request import parse_training
from tuning_core.spec.weights import SetWeight

POINTS, FRAME = b"points", b"frame"


def snapshot(epochs: int, state: TrainingState = TrainingState.DONE, **metrics: float) -> Any:
    measured = {"loss": 0.5, "val_loss": 0.25, **metrics}
    return TrainingSnapshot(
        id="a",
        request=parse_training({"dataset": {"id": "moons"}, "epochs": 200, "views": ["inside"]}),
        state=state,
        place=0,
        epochs=(measured,) * epochs,
        network={"kind": "plane", "points": base64.b64encode(POINTS).decode(), "classes": 2},
        inside={n: base64.b64encode(FRAME + bytes([n])).decode() for n in range(epochs + 1)},
        rates=(),
        views={},
        status=TrialStatus.COMPLETED,
        message="",
        note="",
        share=0.0,
        seconds=0.0,
        parameters=None,
    )


def read(content: bytes) -> tuple[dict[str, Any], bytes]:
    [length] = struct.unpack("<I", content[:4])
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def test_the_document_says_where_points_and_frames_stand() -> None:
    header, arrays = read(network_bytes(snapshot(3), "loss", dark=False))
    assert header["points"] == len(POINTS)
    assert header["frames"] == [0, 1, 2, 3]
    assert header["sizes"] == [len(FRAME) + 1] * 4
    assert arrays == POINTS + b"".join(FRAME + bytes([n]) for n in range(4))
    assert header["labels"] == ["0", "1"]
    assert header["validation"] == [0.25] * 3


def test_of_many_epochs_so_many_are_sent_and_both_ends_are_among_them() -> None:
    header, _ = read(network_bytes(snapshot(130), "loss", dark=False))
    assert len(header["frames"]) <= MOST_FRAMES + 1
    assert header["frames"][0] == 0
    assert header["frames"][-1] == 130


def test_of_a_training_that_runs_only_the_newest_are_sent() -> None:
    running = snapshot(20, TrainingState.RUNNING)
    header, _ = read(network_bytes(running, "loss", dark=True))
    assert header["frames"] == list(range(21 - NEWEST_FRAMES, 21))


def test_what_is_no_number_is_none_to_the_browser() -> None:
    header, _ = read(network_bytes(snapshot(2, val_loss=float("nan")), "loss", dark=False))
    assert header["validation"] == [None, None]
    assert read(network_bytes(snapshot(2), "auc", dark=False))[0]["training"] == []


def test_the_browser_is_told_what_a_run_shares_with_others() -> None:
    plain = snapshot(9)
    change = {"epoch": 5, "values": {"learning_rate": 0.1}}
    changed = replace(plain, request=plain.request.changed(changes=[change]))
    [whole], [stem, own] = (
        read(network_bytes(training, "loss", dark=False))[0]["stem"]
        for training in (plain, changed)
    )
    assert stem == [whole[0], 5]
    assert own[0] != whole[0]
    assert read(network_bytes(changed, "loss", dark=False))[0]["changes"] == [5]


@pytest.mark.parametrize(
    "fork",
    [None, 3, "x", [], {}, {"epoch": 3}, {"run": "x", "epoch": 3}, 0, 10, -1, True, "3", 3.5],
)
def test_a_restart_that_no_button_asked_for_is_none(fork: Any) -> None:
    training = snapshot(9)
    assert asked_fork(fork, training) is None
    if fork != 3:
        assert asked_fork({"run": training.request.training_key, "epoch": fork}, training) is None


WEIGHT: dict[str, Any] = {"layer": 1, "unit": 3, "input": 2, "value": 1.5}


@pytest.mark.parametrize(
    "weight",
    [
        [3], "x", 7, {}, {"layer": 1, "unit": 3}, {**WEIGHT, "value": "1"},
        {**WEIGHT, "value": float("nan")}, {**WEIGHT, "value": 1e300}, {**WEIGHT, "unit": 0},
        {**WEIGHT, "layer": True}, {**WEIGHT, "more": 1}, {**WEIGHT, "input": -1},
    ],
)  # fmt: skip
def test_a_weight_that_no_field_sent_is_none(weight: Any) -> None:
    training = snapshot(9)
    asked = {"run": training.request.training_key, "epoch": 3, "weight": weight}
    assert asked_fork(asked, training) is None


def test_a_restart_is_asked_for_by_run_and_epoch() -> None:
    training = snapshot(9)
    asked = {"run": training.request.training_key, "epoch": 9}
    assert asked_fork(asked, training) == Fork(9)
    assert asked_fork({**asked, "weight": WEIGHT}, training) == Fork(9, SetWeight(**WEIGHT))
    bias: dict[str, Any] = {"layer": 3, "unit": 1, "value": 2}
    assert asked_fork({**asked, "weight": bias}, training) == Fork(9, SetWeight(**bias))


def forking() -> None:
    """A page that says which epoch is asked for."""
    import streamlit as st

    from pages.components.shared.network import render_network
    from tests.pages.what_if.test_network import snapshot

    st.text(str(render_network(snapshot(9), "loss", "network", forks=True)))


def test_a_restart_that_a_browser_calls_a_state_is_not_asked_for_in_every_run() -> None:
    app = AppTest.from_function(forking).run()
    run = snapshot(9).request.training_key
    app.session_state["network"] = {"fork": {"run": run, "epoch": 3}}
    app.run()
    assert not app.exception
    assert app.text[0].value == "None"
