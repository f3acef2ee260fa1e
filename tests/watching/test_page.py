"""What docs/watching.md shows is run as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras_tuner
import optuna
import pytest

from tests.watching.conftest import Home, X, Y, build

PAGE = Path(__file__).parents[2] / "docs" / "watching.md"
LIGHT = """
import sys
import tuning_core
tuning_core.watch, tuning_core.watch_optuna
import tuning_core.watching.tuner, tuning_core.watching.optuna_study
print({"keras", "keras_tuner", "optuna", "pydantic", "numpy", "sqlite3"} & set(sys.modules))
"""
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_pages_examples_record_a_study_each(
    home: Home, project: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNESCAPE_HOME", str(home.path))
    names: dict[str, object] = {
        "tuner": keras_tuner.RandomSearch(build, "val_loss", max_trials=1, **project),
        "x": X,
        "y": Y,
        "study": optuna.create_study(study_name="optuna's"),
        "objective": lambda trial: trial.suggest_float("x", 0, 1),
    }
    for block in BLOCKS:
        exec(compile(block, PAGE.name, "exec"), names)
    rows = {row.name: row for row in home.open().studies()}
    assert {name: (row.status, row.trials) for name, row in rows.items()} == {
        "my search": ("finished", 1),
        "optuna's": ("finished", 20),
    }


def test_to_ask_for_it_imports_nothing_heavy() -> None:
    command = [sys.executable, "-c", LIGHT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PAGE.parents[1])
    assert done.stdout == "set()\n"
