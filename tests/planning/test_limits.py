"""The caps: said with numbers, before a study starts and before a trial does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.manager.conftest import SCRIPTED, spec_named
from tests.manager.study_file import packed, parts
from tuning_core.catalog import StudyStatus
from tuning_core.catalog.limits import LIMITS, LimitsError, beyond, check_variable, most
from tuning_core.cli.main import main
from tuning_core.manager import HomeError, Manager, ManagerError
from tuning_core.planning.limits import check_limits, config_refusal, study_seconds
from tuning_core.space import SpecError
from tuning_core.spec.study import parse_spec


def spec_of(**parts: Any) -> Any:
    return parse_spec({"dataset": {"id": "digits"}, **parts})


@pytest.mark.parametrize(
    ("lowered", "parts", "sentence"),
    [
        ("trials=5", {"budget": {"trials": 6}, "space": {"units": {"low": 8, "high": 64}}},
         "budget.trials: expected at most 5 trials of a study on this server, received 6."),
        ("epochs=5", {"space": {"epochs": {"choices": [2, 9]}}},
         "budget.epochs: expected at most 5 epochs of a trial on this server, received 9."),
        ("study_seconds=60", {"budget": {"seconds": 90}},
         "budget.seconds: expected at most 60 seconds of a study on this server, received 90."),
        ("layers=2", {"space": {"layers": {"low": 1, "high": 4}}},
         "space.layers: expected at most 2 hidden layers on this server, received 4."),
        ("batch=64", {"space": {"batch_size": {"choices": [32, 128]}}},
         "space.batch_size: expected at most 64 rows of a batch on this server, received 128."),
        ("rows=1000", {},
         "dataset: expected at most 1,000 rows of a table on this server, received 1,797."),
        ("parameters=10000", {"space": {"units": {"low": 8, "high": 512}, "layers": 1}},
         "space: expected at most 10,000 parameters of a network on this server, received 38,410."),
    ],
)  # fmt: skip
def test_a_study_beyond_a_cap_is_refused_with_both_numbers(
    monkeypatch: pytest.MonkeyPatch, lowered: str, parts: dict[str, Any], sentence: str
) -> None:
    spec = spec_of(**parts)
    check_limits(spec)
    monkeypatch.setenv("TUNESCAPE_LIMITS", lowered)
    with pytest.raises(SpecError) as caught:
        check_limits(spec)
    assert str(caught.value) == sentence


def test_the_largest_networks_are_refused_by_the_table_itself() -> None:
    spec = spec_of(dataset={"id": "mnist"}, space={"layers": 8, "units": 4096})
    with pytest.raises(SpecError, match="at most 100,000,000 parameters"):
        check_limits(spec)


def test_a_cap_can_be_lowered_but_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", "trials=200, trial_seconds=600 epochs=99999999")
    assert (most("trials"), most("trial_seconds")) == (200, 600)
    assert most("epochs") == LIMITS["epochs"].most
    assert beyond("trials", 200) == ""
    assert study_seconds(None) == LIMITS["study_seconds"].most
    assert study_seconds(30.0) == 30.0


@pytest.mark.parametrize("wrong", ["trials", "trials=", "trials=-1", "trials=0", "memory=1", "="])
def test_caps_that_cannot_be_understood_stop_the_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, wrong: str
) -> None:
    monkeypatch.setenv("TUNESCAPE_LIMITS", wrong)
    with pytest.raises(LimitsError, match="TUNESCAPE_LIMITS: "):
        check_variable()
    with pytest.raises(HomeError, match="TUNESCAPE_LIMITS: "):
        Manager(tmp_path, spare=False)


def test_a_manager_launches_nothing_beyond_a_cap(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    manager = Manager(tmp_path, spare=False)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "trials=5")
    with pytest.raises(ManagerError, match=r"budget\.trials: expected at most 5"):
        manager.launch(spec_of(budget={"trials": 6}, space={"units": {"low": 8, "high": 64}}))
    assert manager.store.studies() == []
    manager.close()


def test_a_trial_of_the_reader_s_own_is_measured_too(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"layers": 3, "batch_size": 32}
    assert config_refusal(config, 10, 1_000) == ""
    monkeypatch.setenv("TUNESCAPE_LIMITS", "layers=2")
    assert "at most 2 hidden layers" in config_refusal(config, 10, 1_000)


@pytest.fixture
def finished(tmp_path: Any) -> Iterator[tuple[Manager, str]]:
    """A finished study of three trials and its manager."""
    manager = Manager(tmp_path / "home", spare=False, worker_command=SCRIPTED)
    study_id = manager.launch(spec_named("plain"))
    manager.wait(study_id, 60)
    yield manager, study_id
    manager.close()


WAYS: list[tuple[str, Callable[[Manager, str], Any], str]] = [
    ("trials=5", lambda m, s: m.editing.extend(s, trials=40),
     "budget.trials: expected at most 5 trials of a study on this server, received 40."),
    ("study_seconds=60", lambda m, s: m.editing.extend(s, seconds=90.0),
     "budget.seconds: expected at most 60 seconds of a study on this server, received 90."),
    ("layers=2", lambda m, s: m.editing.change_ranges(s, {"layers": {"low": 1, "high": 4}}),
     "space.layers: expected at most 2 hidden layers on this server, received 4."),
    ("parameters=9000", lambda m, s: m.editing.change_ranges(s, {"units": {"low": 8, "high": 500}}),
     "space: expected at most 9,000 parameters of a network on this server, received"),
    ("batch=64", lambda m, s: m.editing.change_ranges(s, {"batch_size": {"choices": [32, 128]}}),
     "space.batch_size: expected at most 64 rows of a batch on this server, received 128."),
    ("epochs=9", lambda m, s: m.editing.change_ranges(s, {"epochs": {"low": 1, "high": 10}}),
     "budget.epochs: expected at most 9 epochs of a trial on this server, received 10."),
    ("trials=3", lambda m, s: m.editing.add_trial(s, {"units": 9}),
     "budget.trials: expected at most 3 trials of a study on this server, received 4."),
    ("epochs=9", lambda m, s: m.editing.add_trial(s, {"epochs": 10}, outside=True),
     "trial: expected at most 9 epochs of a trial on this server, received 10."),
    ("parameters=9000", lambda m, s: m.editing.add_trial(s, {"units": 999}, outside=True),
     "trial: expected at most 9,000 parameters of a network on this server, received"),
    ("epochs=1", lambda m, s: m.resume(s),
     "budget.epochs: expected at most 1 epochs of a trial on this server, received 2."),
    ("epochs=1", lambda m, s: m.archive.import_study(packed(parts())),
     "budget.epochs: expected at most 1 epochs of a trial on this server, received 2."),
]  # fmt: skip


@pytest.mark.parametrize(("lowered", "way", "sentence"), WAYS)
def test_every_way_into_a_study_keeps_to_the_caps(
    monkeypatch: pytest.MonkeyPatch,
    finished: tuple[Manager, str],
    lowered: str,
    way: Callable[[Manager, str], Any],
    sentence: str,
) -> None:
    manager, study_id = finished
    manager.store.set_status(study_id, StudyStatus.STOPPED)
    monkeypatch.setenv("TUNESCAPE_LIMITS", lowered)
    with pytest.raises(ManagerError) as refused:
        way(manager, study_id)
    assert str(refused.value).startswith(sentence)
    assert manager.editing.waiting(study_id) == []
    assert [row.id for row in manager.store.studies()] == [study_id]


def test_own_trials_count_although_none_has_begun(
    monkeypatch: pytest.MonkeyPatch, finished: tuple[Manager, str]
) -> None:
    manager, study_id = finished
    manager.store.set_status(study_id, StudyStatus.STOPPED)
    monkeypatch.setenv("TUNESCAPE_LIMITS", "trials=5")
    for units in (9, 10):
        manager.editing.add_trial(study_id, {"units": units})
    with pytest.raises(ManagerError, match="at most 5 trials of a study on this server"):
        manager.editing.add_trial(study_id, {"units": 11})


def test_the_command_line_passes_the_same_check(
    monkeypatch: pytest.MonkeyPatch,
    finished: tuple[Manager, str],
    tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    manager, study_id = finished
    monkeypatch.setenv("TUNESCAPE_HOME", str(manager.home.path))
    monkeypatch.setenv("TUNESCAPE_LIMITS", "trials=3 layers=2")
    space = tmp_path / "space.json"
    space.write_text('{"layers": {"low": 1, "high": 4}}')
    for arguments in (
        ["extend", study_id, "--trials", "40"],
        ["change-ranges", study_id, str(space)],
        ["add-trial", study_id, '{"units": 9}'],
    ):
        assert main(arguments) == 1
        said = capsys.readouterr().err
        assert "on this server, received" in said
        assert len(said.splitlines()) == 1
