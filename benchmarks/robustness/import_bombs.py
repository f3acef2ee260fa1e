"""Small study files that take long or much to read, each made of a real study's file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.pages.browser import PROJECT

SMALL: dict[str, object] = {
    "dataset": {"id": "iris"},
    "space": {"units": {"low": 4, "high": 8}},
    "strategy": {"id": "random"},
    "budget": {"trials": 1, "epochs": 2},
}


def bombs(real: bytes) -> dict[str, bytes]:
    """Files by what they hold too much of, each made of a real study's file."""
    with zipfile.ZipFile(io.BytesIO(real)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    journal = next(name for name in members if name.endswith(".jsonl"))
    events = [json.loads(line) for line in members[journal].splitlines()]
    first = next(place for place, event in enumerate(events) if event["kind"] == "epoch")
    epoch = events[first]
    more = [
        {**epoch, "seq": epoch["seq"] + n, "execution": 1 + n // 10_000, "epoch": 1 + n % 10_000}
        for n in range(200_000)
    ]
    lines = "".join(json.dumps(event) + "\n" for event in [*events[:first], *more])
    bombed = {"epochs": {**members, journal: lines.encode()}}
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"-" * 9_500 + b"1,), }\n"
    array = np.lib.format.magic(1, 0) + len(header).to_bytes(2, "little") + header
    weights = next(name for name in members if name.endswith(".npz"))
    with zipfile.ZipFile(io.BytesIO(members[weights])) as archive:
        arrays = dict.fromkeys(archive.namelist(), array)
    bombed["header"] = {**members, weights: _zipped(arrays, zipfile.ZIP_STORED)}
    bombed["entries"] = {**members, **{str(number): b"" for number in range(100_000)}}
    return {name: _zipped(content) for name, content in bombed.items()}


def _zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def study_file(folder: Path) -> bytes:
    """The file of a small study that was really run."""
    (folder / "spec.json").write_text(json.dumps(SMALL))
    told = command(folder / "home", "run", str(folder / "spec.json"), "--json")
    study_id = json.loads(told.stdout.splitlines()[-1])["study_id"]
    command(folder / "home", "export-study", study_id, "--to", str(folder / "study.zip"))
    return (folder / "study.zip").read_bytes()


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tuning_core", *arguments],
        env=os.environ | {"TUNESCAPE_HOME": str(home)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
