"""What is seen inside a network is what Keras's own layers put out with the same weights."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import keras
import numpy as np
import pytest

from tests.training.small_data import make_task, small_data
from tuning_core.datasets import PreparedData, Preprocessing, prepare, resolve
from tuning_core.models import build_model
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.study import parse_spec
from tuning_core.training import Control, Execution, Inside, Trainer, TrialTask
from tuning_core.training.inside import MOST_LOOKS
from tuning_core.training.inside.plane import PlaneSight
from tuning_core.training.inside.sight import ends_of, levels, shown_units

CASES: dict[str, dict[str, Any]] = {
    "relu": {},
    "tanh": {"activation": "tanh", "layers": 1},
    "gelu, dropout and noise": {"activation": "gelu", "dropout": 0.3, "gaussian_noise": 0.2},
    "normalised": {"batch_normalization": True, "activation": "elu"},
    "linear": {"layers": 0},
    "wide": {"units": 40, "layers": 3},
}


@pytest.fixture(scope="module")
def moons() -> PreparedData:
    return prepare(DatasetSpec(id="moons"), Path("unused"))


def trained(data: PreparedData, task: TrialTask) -> Execution:
    seen: list[Execution] = []
    Trainer(data).run_trial(
        task,
        report=lambda _: None,
        control=lambda: Control.CONTINUE,
        checkpoint=lambda *_: None,
        on_epoch_end=seen.append,
    )
    return seen[-1]


def keras_layers(data: PreparedData, task: TrialTask, run: Execution) -> list[keras.layers.Layer]:
    """The stock model's layers, with the weights of the training."""
    model = build_model(task.config, 2, data.outputs, data.info.task, 0)
    model.set_weights(run.read_weights())
    return model.layers[1:]


def ended(epoch: int, epochs: int) -> Execution:
    return cast(Execution, SimpleNamespace(epoch=epoch, done=epoch == epochs))


def grid(data: PreparedData, network: dict[str, Any], side: int) -> np.ndarray:
    scaling = data.preprocessing
    assert isinstance(scaling, Preprocessing)
    (left, right), (low, high) = network["x"], network["y"]
    points = [(x, y) for y in np.linspace(low, high, side) for x in np.linspace(left, right, side)]
    return (np.array(points, np.float32) - scaling.offset) / scaling.scale


@pytest.mark.parametrize("name", CASES)
def test_unit_maps_are_keras_activations(moons: PreparedData, name: str) -> None:
    task = make_task(epochs=2, **CASES[name])
    run, inside = trained(moons, task), PlaneSight(moons)
    network = inside.network(task.config)
    x = grid(moons, network, network["unit_side"])
    expected = []
    for layer in keras_layers(moons, task, run):
        x = keras.ops.convert_to_numpy(layer(x))
        kind = "activation" if task.config.get("batch_normalization") else "hidden"
        if layer.name.startswith(kind):
            expected.append(x)
    maps = inside.unit_maps(run)
    assert len(maps) == len(expected) == int(task.config["layers"])
    for found, layer, shown in zip(maps, expected, network["shown"], strict=True):
        for place, unit in enumerate(shown):
            np.testing.assert_allclose(found[place].ravel(), layer[:, unit], atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_weights_and_biases_make_the_sums_of_the_units(moons: PreparedData, name: str) -> None:
    """Only where all units of the layer before are shown."""
    task = make_task(epochs=2, **(CASES[name] | {"units": 12}))
    run, inside = trained(moons, task), PlaneSight(moons)
    activation = keras.activations.get(str(task.config["activation"]))
    x = inputs = grid(moons, inside.network(task.config), 5)
    *hidden, (weights, bias) = inside.layers(run)
    for kernel, offset in hidden:
        x = keras.ops.convert_to_numpy(activation(x @ kernel + offset))
    odds = 1 / (1 + np.exp(-(x @ weights + bias)))
    np.testing.assert_allclose(odds[:, 0], run.predict(inputs)[:, 1], atol=1e-5)


def test_the_features_of_points_are_inputs_with_maps() -> None:
    data = prepare(DatasetSpec(id="moons", features=["x2", "sin_y", "xy"]), Path("unused"))
    task = make_task(epochs=1, units=4, layers=1)
    run, inside = trained(data, task), PlaneSight(data)
    network = inside.network(task.config)
    assert [label for label, *_ in network["inputs"]] == ["x²", "xy", "sin y"]
    (left, right), (low, high) = network["x"], network["y"]
    x, y = np.meshgrid(np.linspace(left, right, 30), np.linspace(low, high, 30))
    seen = np.stack([values.ravel() for values in (x * x, x * y, np.sin(y))])
    ends = np.stack([seen.min(axis=1), seen.max(axis=1)], axis=1)
    np.testing.assert_allclose([found[1:] for found in network["inputs"]], ends, atol=1e-5)
    maps = np.frombuffer(base64.b64decode(network["input_maps"]), np.uint8).reshape(3, -1)
    shares = (seen - ends[:, :1]) / (ends[:, 1:] - ends[:, :1])
    np.testing.assert_allclose(maps / 255, shares, atol=1 / 500)
    points = np.frombuffer(base64.b64decode(network["points"]), np.float32).reshape(-1, 4)
    assert data.points is not None
    assert set(points[:, 0]) <= set(np.concatenate(data.points)[:, 0].astype(np.float32))
    weights, _ = inside.layers(run)[0]
    assert weights.shape == (3, 4)


def test_what_is_sent_is_what_was_seen_in_256_steps(moons: PreparedData) -> None:
    task = make_task(epochs=2, units=40)
    run, inside = trained(moons, task), PlaneSight(moons)
    network = inside.network(task.config)
    layers, maps = inside.layers(run), np.concatenate(inside.unit_maps(run))
    content = base64.b64decode(inside.look(run))
    assert network["units"] == [40, 40]
    assert [len(shown) for shown in network["shown"]] == [16, 16]
    sizes = [array.size for pair in layers for array in pair]
    count = sum(sizes) + 2 * (len(maps) + 1)
    numbers = np.frombuffer(content[: 4 * count], "<f4")
    assert np.array_equal(numbers[: sizes[0]], layers[0][0].ravel())
    ends = numbers[sum(sizes) :].reshape(-1, 2)
    levels = np.frombuffer(content[4 * count :], np.uint8)
    side = network["unit_side"]
    units = levels[: 32 * side**2].reshape(32, side, side)
    for sent, seen, (low, high) in zip(units, maps, ends, strict=False):
        steps = (high - low) / 255
        np.testing.assert_allclose(low + sent * steps, seen, atol=steps / 2 + 1e-6)
    answers = levels[32 * side**2 :] / 255
    told = run.predict(grid(moons, network, network["output_side"]))[:, 1]
    np.testing.assert_allclose(answers, told, atol=0.5 / 255 + 1e-6)
    points = np.frombuffer(base64.b64decode(network["points"]), "<f4").reshape(-1, 4)
    assert len(points) <= 400
    assert {0.0, 1.0} == set(points[:, 2]) == set(points[:, 3])


@pytest.mark.parametrize(("epochs", "looks"), [(1, 1), (30, 30), (60, 60), (61, 31), (1000, 32)])
def test_few_epochs_are_all_looked_at_and_many_evenly(
    moons: PreparedData, epochs: int, looks: int
) -> None:
    config = make_task(units=8).config
    inside = Inside(moons)
    due = [
        epoch
        for epoch in range(1, epochs + 1)
        if inside.is_due(ended(epoch, epochs), config, epochs)
    ]
    assert len(due) == looks <= MOST_LOOKS
    assert due[-1] == epochs


def test_a_wide_network_is_looked_at_less_often(moons: PreparedData) -> None:
    config, inside = make_task(units=512, layers=3).config, Inside(moons)
    due = [epoch for epoch in range(1, 31) if inside.is_due(ended(epoch, 30), config, 30)]
    assert 7 <= len(due) <= 9


def test_units_are_taken_evenly() -> None:
    assert shown_units(3) == [0, 1, 2]
    assert shown_units(31) == list(range(0, 31, 2))


def seen(data: PreparedData, task: TrialTask) -> tuple[Execution, dict[str, Any], bytes]:
    """A training, what is the same after each of its epochs, and what was seen after the last."""
    run, inside = trained(data, task), Inside(data)
    return run, inside.network(task.config), base64.b64decode(inside.look(run))


def test_columns_have_the_mean_absolute_weight_into_the_first_layer() -> None:
    run, network, content = seen(small_data(), make_task(epochs=1))
    assert network["kind"] == "columns"
    assert len(network["columns"]) == 4
    expected = np.abs(run.read_weights()[0]).mean(axis=1)
    np.testing.assert_allclose(np.frombuffer(content, "<f4"), expected, rtol=1e-6)


def test_categories_count_by_what_was_seen_of_them(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{n % 7},{'ab'[n % 2]},{'yes' if n % 3 else 'no'}" for n in range(60)]
    table.write_text("\n".join(["number,letter,answer", *rows]))
    asked = {"dataset": {"id": f"csv:{table}", "target": "answer"}}
    found = resolve(asked, tmp_path, local_files=True)
    spec = parse_spec(found, local_files=True).dataset
    run, network, content = seen(prepare(spec, tmp_path), make_task(epochs=1))
    assert network["columns"] == ["number", "letter"]
    weights = np.abs(run.read_weights()[0])
    expected = [weights[0].mean(), weights[2:4].mean()]
    np.testing.assert_allclose(np.frombuffer(content, "<f4"), expected, rtol=1e-6)


def maps_of(content: bytes, groups: list[dict[str, Any]]) -> list[list[np.ndarray]]:
    """The maps of each group, in their own values."""
    sizes = [(len(g["names"]), g["height"], g["width"]) for g in groups]
    count = sum(number for number, *_ in sizes)
    ends = np.frombuffer(content[: 8 * count], "<f4").reshape(-1, 2)
    levels, at, found = np.frombuffer(content[8 * count :], np.uint8), 0, []
    scales = iter(ends)
    for number, height, width in sizes:
        part = levels[at : at + number * height * width].reshape(number, height, width)
        found.append([low + m * (high - low) / 255 for m, (low, high) in zip(part, scales)])  # noqa: B905
        at += part.size
    assert at == levels.size
    return found


def test_weights_of_pictures_are_pictures() -> None:
    data = prepare(DatasetSpec(id="digits"), Path("unused"))
    run, network, content = seen(data, make_task(epochs=1, units=20))
    [group] = network["groups"]
    assert (len(group["names"]), group["of"]) == (16, 20)
    [maps] = maps_of(content, [group])
    weights = run.read_weights()[0]
    np.testing.assert_allclose(maps[0].ravel(), weights[:, 0], atol=0.005)
    assert network["labels"] == []
    linear = Inside(data).network({**make_task().config, "layers": 0})
    assert linear["groups"][0]["names"][3] == "for 3"


def test_feature_maps_are_keras_activations() -> None:
    data = prepare(DatasetSpec(id="digits"), Path("unused"))
    shape = {"blocks": 2, "filters": 3, "kernel_size": 3, "pooling": "max", "dense_units": 0}
    task = make_task(epochs=1, **shape)
    run, network, content = seen(data, task)
    held = data.validation
    rows = np.stack([held.x[held.y == number][0] for number in (0, 3, 6, 9)])
    assert network["labels"] == ["0", "3", "6", "9"]
    assert base64.b64decode(network["points"]) == np.rint(rows * 255).astype(np.uint8).tobytes()
    model = build_model(task.config, (8, 8), data.outputs, data.info.task, 0)
    model.set_weights(run.read_weights())
    blocks = keras.Model(
        model.input, [model.get_layer(f"hidden_{number}").output for number in (1, 2)]
    )
    filters, *maps = maps_of(content, network["groups"])
    np.testing.assert_allclose(filters[2], run.read_weights()[0][:, :, 0, 2], atol=0.005)
    assert [group["picture"] for group in network["groups"]] == [-1, 0, 0, 1, 1, 2, 2, 3, 3]
    expected = [keras.ops.convert_to_numpy(block) for block in blocks(rows)]
    for place, found in enumerate(maps):
        block = expected[place % 2][place // 2]
        for number, values in enumerate(found):
            step = (block[..., number].max() - block[..., number].min()) / 255
            np.testing.assert_allclose(values, block[..., number], atol=step / 2 + 1e-5)


def test_maps_of_the_smallest_and_the_largest_numbers_are_drawn_as_any() -> None:
    maps = [np.array([0, scale, 3 * scale], np.float32) for scale in (1e-40, 1, 1e38)]
    assert levels([-maps[2], *maps], ends_of([-maps[2], *maps])).tolist() == [
        *(255, 170, 0),
        *(0, 85, 255) * 3,
    ]
