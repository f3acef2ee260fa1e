"""How far above the arithmetic an epoch is, and where the rest goes.

The floor is the multiplications and additions of an epoch at the speed of a large matrix product
measured here. *Products alone* are the matrix products of the epoch at their real shapes, batch
by batch in one graph, and nothing else: what small batches cost however the rest is written. So
are *updates alone*, the optimizer's steps, and *batches alone*, gathering the rows of each batch.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import keras
import tensorflow as tf

from benchmarks.parts.table import Row, run
from benchmarks.parts.tunescape import data_home, finished, scratch_home, warm_manager
from benchmarks.rivals.network import build
from benchmarks.speed import digits_one_architecture, mnist_a3
from tuning_core.catalog.architecture import layer_widths, parameter_count
from tuning_core.datasets import PreparedData, prepare
from tuning_core.spec.study import parse_spec

PEAK_SIDE = 2048
PASSES = 3
"""Products per layer in training: forwards, and backwards for weights and for inputs."""


@dataclass(frozen=True)
class Work:
    """Networks of one configuration trained for a few epochs."""

    what: str
    document: dict[str, Any]

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, the same in every trial but for the learning rate."""
        return dict(next(parse_spec(self.document).search_space.configurations(2)))


def works(quick: bool) -> list[Work]:
    """What is measured: digits, and MNIST at the middle of the reference's ranges."""
    digits = digits_one_architecture.document(6)
    fixed = {"dropout": 0.1, "batch_size": 32}
    result = [Work("digits", {**digits, "space": {**digits["space"], **fixed}})]
    if not quick:
        mnist = mnist_a3.document(2, 3, 1)
        widths = {"units_1": 256, "units_2": 32, "units_3": 32, "units_4": 32}
        space = {**mnist["space"], **widths, "activation": "relu", "dropout": 0.05}
        result.append(Work("MNIST", {**mnist, "space": space}))
    return result


def measure(quick: bool) -> list[Row]:
    """Rows of the table: milliseconds of an epoch, and how many times the floor that is."""
    peak = peak_flops()
    rows = [Row("peak speed, GFLOP/s", "", f"{peak / 1e9:.0f}")]
    for work in works(quick):
        data = prepare(parse_spec(work.document).dataset, data_home())
        floor = operations(work, data) / peak
        products = products_seconds(work, data)
        peer = model_fit_seconds(work, data)
        with scratch_home() as home, warm_manager(home) as manager:
            study = finished(manager, work.document)
        # The first trial of an architecture pays for its trace.
        ours = median(e.seconds or 0.0 for e in study.epochs if e.trial > 1)
        trial = median(t.seconds or 0.0 for t in study.trials[1:])
        training = ours * parse_spec(work.document).budget.epochs
        rows += [
            Row(f"{work.what}: the floor, ms an epoch", "", f"{1000 * floor:.2f}"),
            Row(f"{work.what}: products alone", "", _above(products, floor)),
            Row(f"{work.what}: updates alone", "", _above(updates_seconds(work, data), floor)),
            Row(f"{work.what}: batches alone", "", _above(batches_seconds(work, data), floor)),
            Row(f"{work.what}: an epoch", _above(peer, floor), _above(ours, floor), peer / ours),
            Row(
                f"{work.what}: of a trial's {1000 * trial:.0f} ms, outside its epochs",
                "",
                f"{1000 * (trial - training):.0f} ms",
            ),
        ]
    return rows


def _above(seconds: float, floor: float) -> str:
    return f"{1000 * seconds:.1f} ms, {seconds / floor:.1f}x the floor"


def peak_flops() -> float:
    """Operations a second of a large single-precision matrix product."""
    a = tf.random.stateless_uniform([PEAK_SIDE, PEAK_SIDE], (1, 2))
    product = tf.function(lambda: tf.reduce_sum(a @ a))
    return 2.0 * PEAK_SIDE**3 / best_of(lambda: product().numpy(), 5)


def best_of(call: Callable[[], Any], times: int) -> float:
    """Seconds of the fastest of a few calls, after one that does not count."""
    call()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def operations(work: Work, data: PreparedData) -> float:
    """Multiplications and additions of one epoch with its validation."""
    weights = parameter_count(work.config, data.train.x.shape[1], data.outputs)
    return 2.0 * weights * (PASSES * len(data.train.x) + len(data.validation.x))


def products_seconds(work: Work, data: PreparedData) -> float:
    """Seconds of the matrix products of one epoch's training batches."""
    batch = int(work.config["batch_size"])
    widths = _widths(work, data)
    kernels = [tf.random.stateless_uniform(pair, (1, 2)) for pair in itertools.pairwise(widths)]
    rows = [tf.random.stateless_uniform([batch, width], (3, 4)) for width in widths]

    def products(number: tf.Tensor) -> tf.Tensor:
        # Scaled by the loop's own number, so that nothing is computed once for all batches.
        scale, total = tf.cast(number, tf.float32), tf.constant(0.0)
        for kernel, x, y in zip(kernels, rows, rows[1:], strict=False):
            x, y = x * scale, y * scale
            forwards = tf.reduce_max(x @ kernel)
            weights = tf.reduce_max(tf.matmul(x, y, transpose_a=True))
            inputs = tf.reduce_max(tf.matmul(y, kernel, transpose_b=True))
            total += forwards + weights + inputs
        return total

    return epoch_seconds(work, data, products)


def updates_seconds(work: Work, data: PreparedData) -> float:
    """Seconds of the optimizer's steps of one epoch."""
    weights = [
        keras.Variable(tf.random.stateless_uniform(shape, (1, 2)))
        for inner, outer in itertools.pairwise(_widths(work, data))
        for shape in ([inner, outer], [outer])
    ]
    gradients = [tf.random.stateless_uniform(weight.shape, (3, 4)) for weight in weights]
    optimizer = keras.optimizers.get(work.config["optimizer"])
    optimizer.build(weights)

    def update(number: tf.Tensor) -> tf.Tensor:
        scale = tf.cast(number, tf.float32)
        optimizer.apply([gradient * scale for gradient in gradients], weights)
        return scale

    return epoch_seconds(work, data, update)


def batches_seconds(work: Work, data: PreparedData) -> float:
    """Seconds of gathering the shuffled rows of one epoch's batches."""
    batch = int(work.config["batch_size"])
    x = tf.constant(data.train.x, tf.float32)
    order = tf.random.experimental.stateless_shuffle(tf.range(len(data.train.x)), (1, 2))

    def gather(number: tf.Tensor) -> tf.Tensor:
        return tf.gather(x, order[number * batch : (number + 1) * batch])[0, 0]

    return epoch_seconds(work, data, gather)


def epoch_seconds(work: Work, data: PreparedData, step: Callable[[tf.Tensor], tf.Tensor]) -> float:
    """Seconds of ``step`` with the number of each training batch in turn, in one graph."""

    @tf.function(autograph=False)
    def epoch(batches: tf.Tensor) -> tf.Tensor:
        def one(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number + 1, total + step(number)

        return tf.while_loop(lambda n, _: n < batches, one, [0, tf.constant(0.0)])[1]

    batches = tf.constant(-(-len(data.train.x) // int(work.config["batch_size"])))
    return best_of(lambda: epoch(batches).numpy(), 3)


def _widths(work: Work, data: PreparedData) -> list[int]:
    return [data.train.x.shape[1], *layer_widths(work.config), data.outputs]


def model_fit_seconds(work: Work, data: PreparedData) -> float:
    """Seconds of one epoch of stock Keras, traced already."""
    model = build(work.config, data.train.x.shape[1], data.outputs)
    held_out = (data.validation.x, data.validation.y)
    options = {"batch_size": int(work.config["batch_size"]), "verbose": 0}
    return best_of(
        lambda: model.fit(data.train.x, data.train.y, validation_data=held_out, **options), 3
    )


if __name__ == "__main__":
    run("The floor", __doc__, measure)
