"""Weights in a study file are plain numbers of one of its trials, or refused."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.manager.study_file import (
    CONFIGS,
    packed,
    parts,
    refused,
    weights,
)
from tuning_core.manager import Manager

FIRED: list[str] = []


def fire() -> None:
    FIRED.append("unpickled")


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return fire, ()


def npz(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def header(shape: str, kind: str = "<f4") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def member(name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(weights())).read(f"{name}.npy")


WRONG_WEIGHTS: dict[str, Callable[[], bytes]] = {
    "objects": lambda: npz(meta=member("meta"), weights_0=header("(1,)", "|O") + pickle.dumps([1])),
    "a pickle": lambda: pickle.dumps([1]),
    "a pickle for an array": lambda: npz(meta=member("meta"), weights_0=pickle.dumps(Bomb())),
    "an enormous shape": lambda: npz(meta=member("meta"), weights_0=header("(10**12,)")),
    "a shape of its own length": lambda: npz(
        meta=member("meta"), weights_0=header("(1000000000000,)") + b"\0" * 8
    ),
    "whole numbers": lambda: weights(weights_0=np.ones(3, np.int64)),
    "values that are not finite": lambda: weights(weights_0=np.array([np.nan], np.float32)),
    "another array": lambda: weights(biases=np.ones(3, np.float32)),
    "no description": lambda: npz(weights_0=member("weights_0")),
    "a trial that is not there": lambda: weights({"trial": 7}),
    "a list for a trial": lambda: weights({"trial": [2]}),
    "another configuration": lambda: weights({"config": {**CONFIGS[1], "units": 10**6}}),
    "more arrays than there are": lambda: weights({"groups": {"weights": 10**9}}),
    "a score that is text": lambda: weights({"score": "<b>"}),
    "an unknown field": lambda: weights({"code": "import os"}),
    "a header of signs": lambda: npz(meta=member("meta"), weights_0=header("-" * 9_500)),
    "a header of brackets": lambda: npz(meta=member("meta"), weights_0=header("(" * 200)),
    "a long header": lambda: npz(
        meta=member("meta"),
        weights_0=b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b" " * 1_000,
    ),
    "a deep description": lambda: npz(meta=array(b'{"a":' * 20_000), weights_0=member("weights_0")),
    "a number of 4,000 digits": lambda: weights({"score": 10**4_000}),
    "more arrays than any network": lambda: npz(
        meta=member("meta"), **{f"weights_{n}": b"" for n in range(20_000)}
    ),
}


def array(content: bytes) -> bytes:
    """Bytes as the description of weights holds them."""
    file = io.BytesIO()
    np.save(file, np.frombuffer(content, np.uint8))
    return file.getvalue()


@pytest.mark.parametrize("name", WRONG_WEIGHTS)
def test_weights_that_are_not_plain_numbers_of_a_trial_are_refused(
    manager: Manager, name: str
) -> None:
    assert "best.npz" in refused(manager, packed(parts(best=WRONG_WEIGHTS[name]())))
    assert FIRED == []
