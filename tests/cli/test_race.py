"""The command ``race``: its answer, its mistakes, and Ctrl-C."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import SPEC, last_line, spec_file
from tests.manager.conftest import SCRIPTED
from tuning_core.cli import race as race_command
from tuning_core.cli import recorded_studies
from tuning_core.cli.main import main
from tuning_core.manager import Manager


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_studies, "Manager", partial(Manager, worker_command=SCRIPTED))


def raced(tmp_path: Path, *options: str) -> int:
    return main(["race", spec_file(tmp_path, SPEC), *options])


def test_a_race_answers_with_its_strategies_and_a_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raced(tmp_path, "--strategies", "random,tpe", "--seeds", "3", "--json") == 0
    said = capsys.readouterr()
    answer = last_line(said.out)
    assert [lane["id"] for lane in answer["strategies"]] == ["random", "tpe"]
    for lane in answer["strategies"]:
        assert lane["scores"] == [0.75] * 3
        assert (lane["median"], lane["low"], lane["high"]) == (0.75, 0.75, 0.75)
        assert lane["epochs"] == answer["epochs"] == 12
        assert lane["seconds"] == pytest.approx(0.3)
    assert answer["verdict"].endswith("on 3 seeds: on average they reached the same.")
    assert len(answer["studies"]) == 6
    assert "6/6 TPE, seed 2: finished, best 0.75" in said.err
    assert said.err.startswith("Plan: 18 trials, 18 trainings, 72 epochs in 6 studies")


def test_a_race_for_a_person_is_a_table_and_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raced(tmp_path, "--strategies", "random,grid", "--seeds", "1") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "strategy",
        "median",
        "val_accuracy",
        *["lowest", "highest", "searches", "epochs", "seconds"],
    ]
    assert "one seed says nothing about strategies" in lines[-1]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--strategies", "random,tree"], "strategies"),
        (["--strategies", "manual"], "strategies"),
        (["--strategies", ","], "strategies"),
        (["--strategies", "random", "--seeds", "0"], "seeds"),
        (["--strategies", "random", "--seeds", "many"], "seeds"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_field_and_leaves_nothing(
    options: list[str],
    field: str,
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raced(tmp_path, *options) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{field}: expected") or said.err.startswith(f"{field}: unknown")
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
    assert not home.exists()


def test_ctrl_c_keeps_what_was_trained_and_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = Manager.wait

    def interrupted(manager: Manager, study_id: str, timeout: float | None = None):
        monkeypatch.setattr(race_command.Manager, "wait", wait)
        raise KeyboardInterrupt

    monkeypatch.setattr(race_command.Manager, "wait", interrupted)
    assert raced(tmp_path, "--strategies", "random,tpe", "--seeds", "2", "--json") == 1
    said = capsys.readouterr()
    assert "Stopping; what was trained is kept." in said.err
    assert "tuning_core resume" in said.err
    assert len(last_line(said.out)["studies"]) == 4
