"""Trainings on demand, by the worker that trains."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.manager.conftest import eventually
from tests.manager.trainings.conftest import ended, moons, trained
from tuning_core.manager import Manager, ManagerError, TrainingState
from tuning_core.spec.study import parse_spec
from tuning_core.spec.training_request import parse_training


@pytest.fixture(scope="module")
def study(manager: Manager) -> str:
    """A study of two trials; the worker that ran it is the one that trains on demand next."""
    study_id = manager.launch(
        parse_spec(
            {
                "dataset": {"id": "moons"},
                "seed": 5,
                "strategy": {
                    "id": "manual",
                    "settings": {
                        "configurations": [{"units": 4}, {"units": 8, "learning_rate": 0.01}]
                    },
                },
                "budget": {"epochs": 3},
            }
        )
    )
    assert manager.wait(study_id, 400).status == "finished"
    return study_id


def test_a_training_has_the_epochs_of_a_studys_trial(manager: Manager, study: str) -> None:
    request = moons(trial=2)
    training = trained(manager, request)
    rows = manager.store.epochs(study, 2)
    assert [row.metrics for row in rows] == list(training.epochs)
    assert training.best == (
        max(row.metrics["val_accuracy"] for row in rows),
        1 + int(np.argmax([row.metrics["val_accuracy"] for row in rows])),
    )


def test_the_second_reader_is_answered_at_once(manager: Manager) -> None:
    request = moons(seed=11)
    first = trained(manager, request)
    [id] = manager.trainings.ask("b", [request.changed(values={**request.values, "rho": 0.5})])
    second = manager.trainings.get(id)
    assert second.state is TrainingState.DONE
    assert second.epochs == first.epochs


def test_training_longer_goes_on_and_changes_nothing(manager: Manager) -> None:
    request = moons(seed=12, values={"dropout": 0.3, "batch_size": 64})
    short = trained(manager, request)
    longer = trained(manager, request.changed(epochs=6))
    anew = trained(manager, request.changed(epochs=6, views=["inside"]))
    assert longer.epochs[:3] == short.epochs
    assert longer.epochs == anew.epochs
    [id] = manager.trainings.ask("a", [request.changed(epochs=4)])
    assert manager.trainings.get(id).epochs == longer.epochs[:4]


def test_a_training_changed_under_way_has_what_was_known_before(manager: Manager) -> None:
    request = moons(seed=13, epochs=6, views=["inside"])
    plain = trained(manager, request)
    change = {"epoch": 4, "values": {"learning_rate": 1.0, "dropout": 0.5}}
    changed = request.changed(changes=[change], epochs=8)
    [id] = manager.trainings.ask("a", [changed])
    assert manager.trainings.get(id).epochs[:4] == plain.epochs[:4]
    training = ended(manager, id)
    assert training.epochs[:4] == plain.epochs[:4]
    assert training.epochs[4] != plain.epochs[4]
    assert len(training.epochs) == 8
    assert sorted(training.inside) == list(range(9))
    # Without the views it is another training, of which nothing is kept.
    anew = trained(manager, changed.changed(views=[]))
    assert anew.epochs == training.epochs


def test_the_inside_of_a_network_is_seen_before_and_after_each_epoch(manager: Manager) -> None:
    training = trained(manager, moons(views=["inside"], epochs=8))
    assert sorted(training.inside) == list(range(9))
    assert training.network["units"] == [8, 8]
    side = training.network["output_side"]
    levels = np.frombuffer(base64.b64decode(training.inside[8]), np.uint8)
    answers = levels[-(side**2) :].reshape(side, side) / 255
    # The upper moon is class 0, the lower one class 1.
    assert answers[-1].mean() < 0.2
    assert answers[0].mean() > 0.8
    assert training.inside[1] != training.inside[8]
    [id] = manager.trainings.ask("a", [training.request.changed(epochs=4)])
    assert sorted(manager.trainings.get(id).inside) == [0, 1, 2, 3, 4]


def test_mistakes_are_the_rows_that_are_most_wrong(manager: Manager) -> None:
    request = parse_training(
        {"dataset": {"id": "digits"}, "epochs": 2, "views": ["mistakes", "predictions"]}
    )
    training = trained(manager, request)
    found = training.views["mistakes"]
    share = found["wrong"] / found["of"]
    assert 1 - share == pytest.approx(training.epochs[-1]["val_accuracy"])
    assert all(truth != said for truth, said in zip(found["truth"], found["said"], strict=True))
    pictures = np.frombuffer(base64.b64decode(found["pictures"]), np.uint8)
    assert pictures.size == len(found["rows"]) * 8 * 8
    assert pictures.max() == 255
    assert len(training.views["predictions"]["truth"]) == found["of"]


def test_a_regression_is_told_in_the_targets_own_unit(manager: Manager) -> None:
    request = parse_training(
        {"dataset": {"id": "diabetes"}, "epochs": 2, "views": ["mistakes", "predictions"]}
    )
    training = trained(manager, request)
    told = training.views["predictions"]
    errors = np.abs(np.array(told["truth"]) - np.array(told["said"]))
    assert errors.mean() == pytest.approx(training.epochs[-1]["val_mae"], rel=1e-4)
    worst = training.views["mistakes"]
    assert abs(worst["truth"][0] - worst["said"][0]) == pytest.approx(errors.max())
    assert len(worst["inputs"][0]) == 10


def test_a_range_test_raises_the_rate_until_the_loss_blows_up(manager: Manager) -> None:
    ramp = {"low": 1e-5, "high": 100.0, "epochs": 4}
    training = trained(manager, moons(values={"optimizer": "sgd"}, ramp=ramp))
    rates = np.array([rate for rate, _ in training.rates])
    losses = np.array([loss for _, loss in training.rates])
    assert rates[0] == pytest.approx(1e-5, rel=0.5)
    assert (np.diff(np.log(rates)) > 0).all()
    assert losses.min() < losses[0]
    assert np.isfinite(losses).all()


def test_a_landscape_has_the_loss_of_the_run_in_its_centre(manager: Manager) -> None:
    request = moons(values={"dropout": 0.2}, views=["inside"])
    loss = trained(manager, request).epochs[-1]["val_loss"]
    others = [moons(seed=6).document(), moons(values={"units": 4}).document()]
    path = request.alone.changed(landscape={"plane": "path", "runs": others})
    training = trained(manager, path)
    assert [epoch["val_loss"] for epoch in training.epochs][-1] == loss
    found = training.views["landscape"]
    assert [plane["runs"] for plane in found["planes"]] == [[0, 1], [2]]
    assert (found["part"], found["rows"], found["of"]) == ("validation", 200, 200)
    assert len(found["flatness"]) == 3
    plane = found["planes"][0]
    assert plane["paths"][0][-1] == [3, 0.0, 0.0, pytest.approx(loss, rel=1e-6)]
    # Nothing was trained for it but what nobody had trained, and what comes of it is kept.
    [id] = manager.trainings.ask("b", [path])
    assert manager.trainings.get(id).views["landscape"] == found
    random = request.alone.changed(landscape={"rows": "training", "runs": others})
    found = trained(manager, random).views["landscape"]
    assert [plane["runs"] for plane in found["planes"]] == [[0], [1], [2]]
    assert found["part"] == "training"


def test_a_landscape_of_a_training_that_goes_no_further_is_there(manager: Manager) -> None:
    huge = {"learning_rate": 10.0, "optimizer": "sgd", "momentum": 0.99}
    wild = parse_training({"dataset": {"id": "diabetes"}, "values": huge, "landscape": {}})
    training = trained(manager, wild)
    assert training.status == "diverged"
    [plane] = training.views["landscape"]["planes"]
    assert [stop[0] for stop in plane["paths"][0]] == [len(training.epochs)]
    patient = moons(values={"patience": 1}, epochs=200, landscape={"plane": "path"})
    training = trained(manager, patient)
    [plane] = training.views["landscape"]["planes"]
    assert plane["paths"][0][-1][0] == len(training.epochs) < 200


def test_a_training_that_diverges_or_stops_early_says_so(manager: Manager) -> None:
    huge = {"learning_rate": 10.0, "optimizer": "sgd", "momentum": 0.99}
    diabetes = {"id": "diabetes"}
    wild = parse_training({"dataset": diabetes, "values": huge, "views": ["predictions"]})
    training = trained(manager, wild)
    assert training.status == "diverged"
    assert "infinite or NaN" in training.message
    assert not training.views
    # Nothing more comes of training longer, so nobody is asked.
    [id] = manager.trainings.ask("a", [wild.changed(epochs=30)])
    assert manager.trainings.get(id).status == "diverged"
    patient = trained(manager, moons(values={"patience": 1}, epochs=200, views=["mistakes"]))
    assert patient.message == "stopped early: no gain in 1 epoch"
    assert len(patient.epochs) < 200
    assert patient.views["mistakes"]["of"] == 200


@pytest.mark.parametrize(
    ("lowered", "fields", "sentence"),
    [
        ("", {"dataset": {"id": "mnist"}, "values": {"layers": 8, "units": 4096}},
         "training: expected at most 100,000,000 parameters of a network on this server, received"),
        ("epochs=9", {"epochs": 10},
         "training: expected at most 9 epochs of a trial on this server, received 10."),
        ("layers=2", {"values": {"layers": 3}},
         "training: expected at most 2 hidden layers on this server, received 3."),
        ("batch=64", {"values": {"batch_size": 65}, "ramp": {}},
         "training: expected at most 64 rows of a batch on this server, received 65."),
        ("rows=100", {},
         "dataset: expected at most 100 rows of a table on this server, received 1,000."),
    ],
)  # fmt: skip
def test_a_training_keeps_to_the_caps_of_a_trial(
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
    lowered: str,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    request = parse_training({"dataset": {"id": "moons"}, **fields})
    [before] = manager.trainings.ask("a", [moons(seed=61, epochs=9)])
    monkeypatch.setenv("TUNESCAPE_LIMITS", lowered)
    with pytest.raises(ManagerError) as refused:
        manager.trainings.ask("a", [moons(), request])
    assert str(refused.value).startswith(sentence)
    # Whoever goes on to what is refused waits for what was before no more.
    assert manager.trainings.get(before).state.ended


def test_what_cannot_be_trained_fails_with_a_sentence(manager: Manager) -> None:
    missing = {"id": "upload:" + "0" * 64, "target": "y", "task": "regression"}
    [id] = manager.trainings.ask("a", [parse_training({"dataset": missing})])
    training = ended(manager, id)
    assert training.state is TrainingState.FAILED
    assert training.message
    assert "\n" not in training.message


def test_too_much_and_unknown_are_refused(manager: Manager) -> None:
    with pytest.raises(ManagerError, match="At most 64 trainings"):
        manager.trainings.ask("a", [moons()] * 65)
    with pytest.raises(ManagerError, match="no longer kept"):
        manager.trainings.get("unknown")


def test_a_network_that_was_trained_answers_rows_as_its_units_say(manager: Manager) -> None:
    request = moons(seed=21)
    training = trained(manager, request)
    model = manager.new_rows.of_training(training)
    form = model.prepare()
    assert [column.name for column in form.columns] == ["x", "y"]
    said = model.ask({"row": 4, "cells": {"x": 0.5, "y": 0.25}})
    assert (said.cells, said.classes) == ({"x": 0.5, "y": 0.25}, ("0", "1"))
    assert said.surface is not None
    x, y = (np.linspace(*ends, 60) for ends in (said.surface.x, said.surface.y))
    there = model.ask({"cells": {"x": float(x[40]), "y": float(y[59 - 10])}})
    assert said.surface.winners.array()[10, 40] == there.winner
    assert said.surface.levels.array()[10, 40] == round(255 * max(there.prediction))
    assert len(said.surface.points) == 300
    longer = trained(manager, request.changed(epochs=6))
    later = manager.new_rows.of_training(longer).ask({"row": 4, "cells": {"x": 0.5, "y": 0.25}})
    assert later.prediction != said.prediction
    # What is kept by now is the network after six epochs: after three it is trained again.
    again = model.ask({"row": 4, "cells": {"x": 0.5, "y": 0.25}})
    assert again.prediction == said.prediction
    with pytest.raises(ManagerError, match="The form is empty"):
        model.ask({"cells": {}})
    assert manager.trainings.resting


def test_a_question_is_answered_before_a_long_training_of_another_ends(manager: Manager) -> None:
    model = manager.new_rows.of_training(trained(manager, moons(seed=22)))
    [id] = manager.trainings.ask("b", [moons(seed=23, epochs=1_000, values={"batch_size": 4})])
    eventually(lambda: manager.trainings.get(id).epochs, 60)
    assert model.ask({"row": 1}).nearest
    assert not manager.trainings.get(id).state.ended
    manager.trainings.abandon("b")


def test_nobody_waits_for_an_answer_of_a_server_that_ends(tmp_path: Path) -> None:
    manager = Manager(tmp_path, spare=False)
    [id] = manager.trainings.ask("a", [moons(epochs=1_000)])
    # The worker has not begun to train: it imports TensorFlow.
    eventually(lambda: manager.trainings.get(id).state is TrainingState.RUNNING)
    answer = manager.trainings.question(id, "trained_row", row={})
    manager.close()
    assert answer.cancelled()
