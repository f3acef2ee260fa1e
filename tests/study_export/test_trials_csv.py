"""The CSV of all trials opens in a spreadsheet and says what the store says."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest

from tests.study_export.conftest import SPACE, STUDY
from tuning_core.manager import Manager
from tuning_core.study_export import StudyRecord
from tuning_core.study_export.trials_csv import trials_csv


def test_every_trial_is_a_line_with_all_its_hyperparameters(
    manager: Manager, recorded: StudyRecord
) -> None:
    read = pd.read_csv(io.BytesIO(manager.study_exports.content("trials", STUDY)))
    assert list(read.columns[:4]) == ["number", "status", "score", "best_epoch"]
    assert set(read.columns[4 : 4 + len(SPACE)]) == set(SPACE)
    assert list(read.columns[-8:-3]) == [
        *("trained_epochs", "seconds", "parent", "parameters", "note"),
    ]
    for trial, (_, line) in zip(recorded.trials, read.iterrows(), strict=True):
        assert (line["number"], line["status"]) == (trial.number, str(trial.status))
        assert line["score"] == pytest.approx(trial.score, nan_ok=True) or trial.score is None
        for name in SPACE:
            if name in trial.config:
                assert line[name] == trial.config[name]
            else:
                assert pd.isna(line[name])


def test_no_cell_is_a_formula(recorded: StudyRecord) -> None:
    trial = replace(recorded.trials[0], message="=HYPERLINK(1)", score=-0.5)
    line = trials_csv(replace(recorded, trials=[trial])).splitlines()[1]
    assert line.endswith("'=HYPERLINK(1),,,")
    assert ",-0.5," in line


def test_each_column_has_a_line_that_says_what_it_means(
    manager: Manager, recorded: StudyRecord
) -> None:
    trials = pd.read_csv(io.BytesIO(manager.study_exports.content("trials", STUDY)))
    means = pd.read_csv(io.BytesIO(manager.study_exports.content("trials-columns", STUDY)))
    assert list(means["column"]) == list(trials.columns)
    assert means["meaning"].notna().all()
    by_name = means.set_index("column")
    assert "higher is better" in by_name["meaning"]["score"]
    assert by_name["values"]["optimizer"] == "adam, sgd"
    assert by_name["searched"]["units"] == "yes"


def test_what_is_noted_of_a_trial_is_in_its_line(manager: Manager) -> None:
    manager.home.study(STUDY).folder.mkdir()
    manager.marks.note(STUDY, 3, note="=1+1 odd", tags=["to show", "odd"], star=True)
    read = pd.read_csv(io.BytesIO(manager.study_exports.content("trials", STUDY)))
    line = read.set_index("number").loc[3]
    assert (line["star"], line["tags"], line["own_note"]) == (1, "to show, odd", "'=1+1 odd")
    assert read["star"].sum() == 1
