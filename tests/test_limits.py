"""The caps: said with numbers, before a study starts and before a trial does."""

from __future__ import annotations

from typing import Any

import pytest

from tuning_core.catalog.limits import LIMITS, LimitsError, beyond, check_variable, most
from tuning_core.manager import HomeError, Manager, ManagerError
from tuning_core.space import SpecError
from tuning_core.spec import parse_spec
from tuning_core.spec_limits import check_limits, config_refusal, study_seconds


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
