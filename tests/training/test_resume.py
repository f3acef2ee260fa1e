"""A training that was interrupted ends bit for bit like one that was not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests import warm
from tests.training.resume_process import main
from tests.training.small_data import Watch, answers, make_task, small_data
from tuning_core.catalog import OBJECTIVES, TrialStatus
from tuning_core.training import Control, ExecutionState, Trainer

NOISY = {"dropout": 0.3, "epochs": 6, "executions": 2, "keep_states": True}
CONFIGS = [
    {"optimizer": "adam"},
    {"optimizer": "sgd", "momentum": 0.9},
    {"optimizer": "rmsprop", "momentum": 0.5, "batch_size": 1},
    {"optimizer": "adagrad"},
]


def assert_same_state(one: ExecutionState | None, other: ExecutionState | None) -> None:
    assert one is not None
    assert other is not None
    for field in ("weights", "slots", "best_weights"):
        for a, b in zip(getattr(one, field), getattr(other, field), strict=True):
            np.testing.assert_array_equal(a, b)
    for field in ("epoch", "steps", "seed", "best_score", "best_epoch"):
        assert getattr(one, field) == getattr(other, field)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config["optimizer"])
@pytest.mark.parametrize("at", [3, 9])
def test_stopped_and_resumed_equals_uninterrupted(config: dict, at: int, tmp_path: Path) -> None:
    trainer = Trainer(small_data())
    whole = Watch().run(trainer, make_task(**NOISY, **config))
    stopped = Watch(answers(Control.STOP, at=at))
    assert stopped.run(trainer, make_task(**NOISY, **config)).status is None
    Watch().run(trainer, make_task(seed=99, **config))
    saved: dict[int, ExecutionState] = {}
    for number, state in stopped.states:
        state.save(tmp_path / f"{number}.npz")
        saved[number] = ExecutionState.load(tmp_path / f"{number}.npz")
    resume = (saved.get(1), saved.get(2))
    resumed = Watch().run(trainer, make_task(**NOISY, **config, resume=resume))
    assert resumed.score == whole.score
    assert resumed.best_epoch == whole.best_epoch
    for one, other in zip(whole.executions, resumed.executions, strict=True):
        assert_same_state(one.state, other.state)


def test_a_stop_within_an_epoch_gives_the_state_before_it() -> None:
    trainer = Trainer(small_data())
    single_rows = make_task(batch_size=1, keep_states=True)
    whole = Watch().run(trainer, single_rows)
    stopped = Watch(answers(Control.STOP, at=2))
    stopped.run(trainer, single_rows)
    assert not stopped.reports
    [(_, state)] = stopped.states
    assert state.epoch == 0
    resumed = Watch().run(trainer, make_task(batch_size=1, keep_states=True, resume=(state,)))
    assert_same_state(whole.executions[0].state, resumed.executions[0].state)


def test_a_continued_trial_starts_from_the_last_state_and_scores_its_own_epochs() -> None:
    trainer = Trainer(small_data())
    task = {"learning_rate": 0.05, "objective": OBJECTIVES["val_loss"], "keep_states": True}
    parent = Watch().run(trainer, make_task(epochs=4, **task))
    state = parent.executions[0].state
    whole = Watch().run(trainer, make_task(epochs=6, **task))
    child = Watch()
    task |= {"resume": (state,), "continued": True, "initial_epoch": 4}
    # Another trial, so another seed: the training it continues is still that of its parent.
    outcome = child.run(trainer, make_task(epochs=6, seed=99, **task))
    assert [report.epoch for report in child.reports] == [5, 6]
    assert outcome.score == min(report.metrics["val_loss"] for report in child.reports)
    assert whole.executions[0].state is not None
    assert outcome.executions[0].state is not None
    for a, b in zip(
        whole.executions[0].state.weights, outcome.executions[0].state.weights, strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_an_execution_that_had_ended_is_not_trained_again() -> None:
    trainer = Trainer(small_data())
    done = Watch().run(trainer, make_task(executions=1, keep_states=True))
    watch = Watch()
    outcome = watch.run(trainer, make_task(executions=2, resume=(done.executions[0].state, None)))
    assert {report.execution for report in watch.reports} == {2}
    assert outcome.executions[0].score == done.score
    assert outcome.status is TrialStatus.COMPLETED


def test_a_state_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "1-1.npz"
    state = Watch().run(Trainer(small_data()), make_task(keep_states=True)).executions[0].state
    assert state is not None
    state.save(path)
    before = path.read_bytes()
    broken = ExecutionState(state.weights, state.slots, 1, 1, seed=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        broken.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["1-1.npz"]


def test_fresh_processes_train_the_same_bits_resumed_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> dict:
        said = warm.printed("-m", "tests.training.resume_process", *arguments)
        return json.loads(said.splitlines()[-1])

    whole = run("whole")
    main("stop", str(tmp_path))
    stopped = json.loads(capsys.readouterr().out)
    resumed = run("resume", str(tmp_path))
    assert stopped["status"] is None
    assert whole["weights"] == resumed["weights"]
    assert whole["metrics"][-1] == resumed["metrics"][-1]
    assert whole["metrics"] == stopped["metrics"] + resumed["metrics"]
