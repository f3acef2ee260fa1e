"""The landscape of the loss: its centre is the run's loss, its planes are what they claim to be."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.training.small_data import make_task, small_data
from tuning_core.datasets import PreparedData, prepare
from tuning_core.models import build_model
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.training import Control, Execution, Trainer, TrainingError, TrialTask
from tuning_core.training.inside.landscape import (
    DISTANCES,
    SIDE,
    Line,
    filter_lengths,
    flatness,
    path_basis,
    plane,
    random_directions,
)
from tuning_core.training.inside.weight_path import MOST_STOPS, WeightPath
from tuning_core.training.keras_fit import stock_loss

ALL: dict[str, Any] = {
    "dropout": 0.3,
    "gaussian_noise": 0.2,
    "batch_normalization": True,
    "label_smoothing": 0.1,
    "l1": 0.001,
    "l2": 0.01,
    "activity_l2": 0.01,
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "all that only training does, and penalties": ("classification", ALL),
    "regression": ("regression", {"loss": "huber", "layers": 0}),
}


def walked(
    data: PreparedData, task: TrialTask, part: Any = "validation", most: int = 10**6
) -> tuple[Execution, WeightPath, Line]:
    """A training, the path that it took, and the line that a landscape is drawn around."""
    trainer, paths, runs = Trainer(data), [], []

    def start(run: Execution) -> None:
        paths.append(WeightPath(run))
        runs.append(run)

    trainer.run_trial(
        task,
        report=lambda _: None,
        control=lambda: Control.CONTINUE,
        checkpoint=lambda *_: None,
        on_start=start,
        on_epoch_end=lambda run: paths[0].see(run),
    )
    stops = paths[0].until(task.epochs)
    return runs[0], paths[0], Line(stops, trainer.losses(task.config, part, most))


def losses(found: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(base64.b64decode(found["loss"]), "<f4")
    return numbers.reshape(found["side"], found["side"])


def centre(found: dict[str, Any]) -> float:
    column, row = found["centre"]
    return float(losses(found)[row, column])


@pytest.mark.parametrize("name", CASES)
def test_the_centre_is_the_loss_of_the_run(name: str) -> None:
    kind, values = CASES[name]
    run, _, line = walked(small_data(kind), make_task(kind, epochs=2, **values))
    for reach in (1.0, None):
        found = plane([line], reach=reach, seed=3)
        assert losses(found).shape == (SIDE, SIDE)
        assert centre(found) == pytest.approx(run.metrics["val_loss"], rel=1e-6)
        assert np.isfinite(losses(found)).mean() > 0.5


def test_a_convolution_has_one_too_on_a_share_of_the_rows() -> None:
    data = prepare(DatasetSpec(id="digits"), Path("unused"))
    shape = {"blocks": 1, "filters": 2, "kernel_size": 3, "pooling": "max", "dense_units": 0}
    run, _, line = walked(data, make_task(epochs=1, **shape), most=50)
    found = plane([line], reach=0.5, seed=0, side=15)
    rows = np.linspace(0, len(data.validation.y) - 1, 50).round().astype(int)
    truth = data.validation.y[rows]
    odds = run.predict(data.validation.x[rows])[np.arange(50), truth]
    assert centre(found) == pytest.approx(float(-np.log(odds).mean()), rel=1e-4)


def test_the_loss_beside_the_centre_is_that_of_keras_with_these_weights() -> None:
    data = small_data()
    task = make_task(epochs=2, dropout=0.2)
    _, _, line = walked(data, task)
    directions = random_directions(line.end, 2, np.random.default_rng(1))
    places = np.array([[0.5, -0.25], [-1.0, 2.0]])
    found = line.losses.at(line.end, directions, places)
    model = build_model(task.config, (4,), data.outputs, data.info.task, 0)
    loss = stock_loss(task.config, "classification")
    for (x, y), value in zip(places, found, strict=True):
        weights = [w + x * a + y * b for w, (a, b) in zip(line.end, directions, strict=True)]
        model.set_weights(weights)
        expected = loss(data.validation.y, model(data.validation.x, training=False))
        assert value == pytest.approx(float(keras.ops.mean(expected)), rel=1e-5)


def test_training_rows_count_by_their_weights() -> None:
    data = small_data()
    weights = np.linspace(0.5, 1.5, len(data.train.y), dtype=np.float32)
    weighted = PreparedData(**{**data.__dict__, "weights": weights})
    task = make_task(epochs=1)
    run, _, line = walked(weighted, task, "training")
    odds = run.predict(data.train.x)[np.arange(len(data.train.y)), data.train.y]
    expected = float((-np.log(odds) * weights).mean())
    assert line.losses.at(line.end)[0] == pytest.approx(expected, rel=1e-4)


def test_each_filter_of_a_direction_is_as_long_as_its_weights() -> None:
    random = np.random.default_rng(0)
    weights = [
        random.normal(size=(5, 7)).astype("f"),
        np.ones(7, "f"),
        random.normal(size=(3, 3, 2, 4)).astype("f"),
        np.zeros((4, 2), "f"),
    ]
    kernel, bias, filters, nothing = random_directions(weights, 3, random)
    for drawn, like in ((kernel, weights[0]), (filters, weights[2])):
        for one in drawn:
            np.testing.assert_allclose(filter_lengths(one), filter_lengths(like), rtol=1e-5)
    assert not bias.any()
    assert not nothing.any()
    assert abs(np.vdot(kernel[0], kernel[1])) < 0.9 * np.vdot(kernel[0], kernel[0])


def test_the_main_directions_are_orthonormal_and_give_back_a_path_on_a_plane() -> None:
    random = np.random.default_rng(2)
    centre = [random.normal(size=(4, 5)).astype("f"), random.normal(size=5).astype("f")]
    a, b = ([random.normal(size=w.shape) for w in centre] for _ in range(2))
    ways = [(3.0, 1.0), (2.0, -1.0), (1.0, 0.5), (0.0, 0.0)]
    points = [
        [(w + x * u + y * v).astype("f") for w, u, v in zip(centre, a, b, strict=True)]
        for x, y in ways
    ]
    basis, places = path_basis(centre, points, [True, True], 0)
    flat = np.concatenate([d.reshape(2, -1) for d in basis.directions], axis=1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(2), atol=1e-6)
    assert sum(basis.explained) == pytest.approx(1.0)
    assert basis.explained[0] > basis.explained[1]
    assert places[0, 0] < 0
    for point, place in zip(points, places, strict=True):
        for array, start, steps in zip(point, centre, basis.directions, strict=True):
            np.testing.assert_allclose(start + np.tensordot(place, steps, 1), array, atol=1e-5)


def test_moving_statistics_are_no_direction() -> None:
    _, _, line = walked(small_data(), make_task(epochs=3, **ALL))
    trained = line.losses.trained
    assert not all(trained)
    basis, _ = path_basis(line.end, [weights for _, weights in line.stops], trained, 0)
    for steps, moves in zip(basis.directions, trained, strict=True):
        assert steps.any() == moves


def test_a_path_has_the_losses_of_its_epochs() -> None:
    _, path, line = walked(small_data(), make_task(epochs=4))
    found = plane([line], reach=None, seed=0)
    [stops] = found["paths"]
    assert [stop[0] for stop in stops] == [0, 1, 2, 3, 4]
    told = [metrics["val_loss"] for metrics in path.metrics]
    assert [stop[3] for stop in stops[1:]] == pytest.approx(told, rel=1e-6)
    assert stops[-1][1:3] == pytest.approx([0.0, 0.0])
    for _, x, y, _ in stops:
        assert found["x"][0] < x < found["x"][1]
        assert found["y"][0] < y < found["y"][1]


def test_a_path_of_one_epoch_is_straight_and_one_of_none_a_point() -> None:
    _, _, line = walked(small_data(), make_task(epochs=1))
    straight = plane([line], reach=None, seed=0)
    assert straight["explained"] == pytest.approx([1.0, 0.0])
    still = plane([Line(line.stops[-1:], line.losses)], reach=None, seed=0)
    assert still["explained"] == [0.0, 0.0]
    for found in (straight, still):
        assert found["x"][0] < 0 < found["x"][1]
        assert centre(found) == pytest.approx(line.losses.at(line.end)[0], rel=1e-6)
        assert np.ptp(losses(found)) > 0


def test_runs_of_one_shape_share_a_plane() -> None:
    data = small_data()
    lines = [walked(data, make_task(epochs=2, seed=seed))[2] for seed in (1, 2)]
    found = plane(lines, reach=None, seed=0)
    assert [len(path) for path in found["paths"]] == [3, 3]
    assert centre(found) == pytest.approx(lines[0].losses.at(lines[0].end)[0], rel=1e-6)
    other = found["paths"][1][-1]
    assert other[3] == pytest.approx(lines[1].losses.at(lines[1].end)[0], rel=1e-6)
    assert abs(other[1]) > 0.1


def test_flatness_is_the_mean_rise_and_the_same_each_time() -> None:
    _, _, line = walked(small_data(), make_task(epochs=8))
    found = flatness(line)
    assert [part["distance"] for part in found] == list(DISTANCES)
    assert found == flatness(line)
    means = [part["mean"] or 0.0 for part in found]
    assert 0 < means[0] < means[1] < means[2]
    assert all(part["spread"] for part in found)


def test_the_same_network_with_other_weights_is_steeper() -> None:
    """What flatness does not prove (Dinh et al. 2017): half of the units are rescaled."""
    _, _, line = walked(small_data(), make_task(epochs=8))
    first, bias, second, *rest = line.end
    factors = np.where(np.arange(len(bias)) % 2, 0.02, 1.0).astype("f")
    scaled = [first * factors, bias * factors, second / factors[:, np.newaxis], *rest]
    other = Line([(8, scaled)], line.losses)
    assert line.losses.at(scaled) == pytest.approx(line.losses.at(line.end), rel=1e-4)
    before, after = flatness(line)[1]["mean"], flatness(other)[1]["mean"]
    assert before is not None
    assert after is not None
    assert after > 1.2 * before


def test_of_many_epochs_some_are_kept_with_the_first_and_the_last() -> None:
    _, path, _ = walked(small_data(), make_task(epochs=2 * MOST_STOPS + 5, batch_size=120))
    kept = [epoch for epoch, _ in path.until(2 * MOST_STOPS + 5)]
    assert kept[:3] == [0, 4, 8]
    assert kept[-1] == 2 * MOST_STOPS + 5
    assert len(path.metrics) == 2 * MOST_STOPS + 5
    assert path.until(7) == []
    assert [epoch for epoch, _ in path.until(8)] == [0, 4, 8]


def test_rows_that_do_not_fit_have_none() -> None:
    task = make_task()
    with pytest.raises(TrainingError, match="landscape"):
        Trainer(small_data(), limit=1).losses(task.config, "validation", 10)
