"""What a plan costs: a fit between what was measured, and sums over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tuning_core.catalog import Value
from tuning_core.catalog.architecture import graph_pieces
from tuning_core.planning.cost import (
    Calibration,
    Probe,
    Work,
    distinct_architectures,
    work_of,
)
from tuning_core.planning.estimate import (
    BESIDE,
    EPOCH_BYTES,
    EPOCH_SECONDS,
    TRIAL_SECONDS,
    Scope,
    estimate,
)
from tuning_core.spec.plan import Plan

SMALL = Work("a", pieces=4, parameters=1_000, operations=900, activations=40, batch_size=16)
LARGE = Work("b", pieces=12, parameters=90_000, operations=88_000, activations=400, batch_size=16)
PER_BATCH, PER_PIECE, PER_OPERATION = 1e-4, 2e-5, 2e-11


def made_up_seconds(work: Work) -> float:
    """A machine whose epochs follow the form of the fit."""
    batches = work.batches(1_000)
    rows = 3 * 1_000 + 200
    return batches * (PER_BATCH + PER_PIECE * work.pieces) + PER_OPERATION * rows * work.operations


def calibration(*works: Work, **changes: Any) -> Calibration:
    probes = tuple(Probe(w, made_up_seconds(w), 0.02, 0.1 * w.pieces) for w in works)
    fields: dict[str, Any] = {
        "dataset": "digits",
        "family": "mlp",
        "device": "CPU, 2 cores",
        "rows": 1_000,
        "validation_rows": 200,
        "row_shape": (8, 8),
        "outputs": 10,
        "probes": probes,
        "record": 0.001,
        "base_bytes": 600_000_000,
        "peak_bytes": 620_000_000,
        "measured": 0.0,
    }
    return Calibration(**{**fields, **changes})


ENDS = tuple(replace(work, batch_size=batch) for work in (SMALL, LARGE) for batch in (16, 128))


@pytest.mark.parametrize("batch_size", [16, 32, 64, 128])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_an_epoch_between_the_measured_ends_is_interpolated(batch_size: int, share: float) -> None:
    def between(low: int, high: int) -> int:
        return round(low + share * (high - low))

    work = Work(
        "c",
        between(SMALL.pieces, LARGE.pieces),
        between(SMALL.parameters, LARGE.parameters),
        between(SMALL.operations, LARGE.operations),
        between(SMALL.activations, LARGE.activations),
        batch_size,
    )
    measured = calibration(*ENDS)
    assert measured.epoch_seconds(work) == pytest.approx(made_up_seconds(work), rel=0.15)
    assert measured.trace_seconds(work) == pytest.approx(0.1 * work.pieces, rel=0.01)


def test_one_measured_configuration_predicts_itself() -> None:
    only = calibration(SMALL)
    assert only.epoch_seconds(SMALL) == pytest.approx(made_up_seconds(SMALL))
    assert only.start_seconds(SMALL) == pytest.approx(0.02)


def test_time_is_training_and_starting_and_making_graphs() -> None:
    measured = calibration(*ENDS)
    works = [replace(LARGE, epochs=10, shortest=10, architecture="new")] * 20
    found = estimate(Plan(20, 60, 600), works, measured, Scope(3, 20), works[0])
    training = 600 * (made_up_seconds(LARGE) + EPOCH_SECONDS) + 60 * 0.02
    around = 20 * (2 * 0.001 + TRIAL_SECONDS) + 0.1 * LARGE.pieces
    assert found.seconds == pytest.approx(BESIDE * (training + around), rel=0.01)
    assert found.low < found.seconds < found.high
    assert found.architectures == 1


def test_a_graph_that_the_calibration_made_is_not_made_again() -> None:
    measured = calibration(*ENDS)
    known, new = (
        estimate(Plan(2, 2, 2), [work, work], measured, Scope(1, 2), work)
        for work in (LARGE, replace(LARGE, architecture="new"))
    )
    assert new.seconds - known.seconds == pytest.approx(BESIDE * 0.1 * LARGE.pieces, rel=0.01)


def test_early_stopping_and_a_limit_only_shorten() -> None:
    measured = calibration(*ENDS)
    patient = replace(LARGE, epochs=10, shortest=10)
    hasty = replace(patient, shortest=2)
    plan = Plan(10, 10, 100)
    slow = estimate(plan, [patient], measured, Scope(1, 10), LARGE)
    fast = estimate(plan, [hasty], measured, Scope(1, 10), LARGE)
    capped = estimate(plan, [patient], measured, Scope(1, 10, limit=0.5), LARGE)
    assert fast.seconds == slow.seconds
    assert fast.low < slow.low
    assert (capped.seconds, capped.high) == (0.5, 0.5)


def test_memory_and_disk_grow_with_what_needs_them() -> None:
    measured = calibration(*ENDS)
    plan, scope = Plan(10, 10, 100), Scope(1, 10)
    wide = replace(LARGE, parameters=50_000_000)
    small, large = (estimate(plan, [LARGE], measured, scope, work) for work in (LARGE, wide))
    assert large.memory - small.memory == pytest.approx(24 * (50_000_000 - 90_000), rel=0.01)
    assert large.disk - small.disk == 4 * (50_000_000 - 90_000)
    longer = estimate(Plan(10, 10, 1_100), [LARGE], measured, scope, LARGE)
    assert longer.disk - small.disk == 1_000 * EPOCH_BYTES
    assert measured.data_bytes == 1_200 * 65 * 4


def test_architectures_are_counted_and_then_extrapolated() -> None:
    names = ["a", "b", "a", "c"]
    assert distinct_architectures(names, frozenset(), 2) == 2
    assert distinct_architectures(names, frozenset({"a"}), 4) == 2
    assert distinct_architectures(["a"] * 50, frozenset(), 1_000) == 1
    every_one_new = [str(number) for number in range(50)]
    assert distinct_architectures(every_one_new, frozenset(), 1_000) == 1_000


def test_the_work_of_a_network_counts_its_layers() -> None:
    config: dict[str, Value] = {
        "layers": 1,
        "units": 10,
        "batch_size": 8,
        "optimizer": "sgd",
        "epochs": 7,
    }
    work = work_of(config, (4,), 3, "classification", 20)
    assert (work.operations, work.activations, work.parameters) == (70, 13, 83)
    assert (work.pieces, work.epochs, work.shortest) == (2, 7, 7)
    picture: dict[str, Value] = {
        "blocks": 1,
        "filters": 2,
        "kernel_size": 3,
        "pooling": "max",
        "batch_size": 8,
    }
    convolution = work_of(picture, (4, 4), 3, "classification", 20)
    assert convolution.operations == 9 * 2 * 16 + 8 * 3


def test_what_is_put_on_every_layer_makes_a_graph_larger() -> None:
    plain = graph_pieces({"layers": 2, "optimizer": "sgd"}, 3)
    assert graph_pieces({"layers": 2, "optimizer": "adam"}, 3) == plain + 3
    assert graph_pieces({"layers": 2, "optimizer": "sgd", "dropout": 0.2}, 3) == plain + 3
    assert graph_pieces({"layers": 2, "optimizer": "sgd", "gaussian_noise": 0.2}, 3) == plain + 1
