"""What the command line says of a study's trials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.store.conftest import STUDY, add_study, trial_ended, trial_started
from tuning_core.cli.output import print_study
from tuning_core.store import Store


def test_trials_without_a_score_say_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path / "tunescape.db")
    add_study(store)
    why = "model.py:7: ValueError: too wide"
    ends = [(1, None, "failed", why), (2, 0.5, "completed", ""), (3, None, "failed", why)]
    for seq, (trial, score, status, message) in enumerate(ends):
        ended = trial_ended(2 * seq + 2, trial, score, status)
        store.apply(STUDY, [trial_started(2 * seq + 1, trial), {**ended, "message": message}])
    row = store.study(STUDY)
    assert row is not None
    print_study(store, row, as_json=False)
    assert f"\nTrials 1, 3: {why}\n" in capsys.readouterr().out
    print_study(store, row, as_json=True)
    said = [trial["message"] for trial in json.loads(capsys.readouterr().out)["trials"]]
    assert said == [why, "", why]
    store.close()
