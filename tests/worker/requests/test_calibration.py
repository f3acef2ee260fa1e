"""A worker measures what training a spec would cost, with no study and no download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.worker.conftest import WorkerClient, of_kind
from tuning_core.planning.cost import Calibration
from tuning_core.planning.estimate import probes
from tuning_core.spec.study import parse_spec

SPACE = {"layers": {"low": 1, "high": 2}, "units": {"low": 4, "high": 8}}


def ask(worker: WorkerClient, home: Path, document: dict[str, Any]) -> dict[str, Any]:
    worker.send(command="calibrate", request="r1", home=str(home), spec=document)
    return worker.until(of_kind("reply"))[-1]


def measured(reply: dict[str, Any]) -> Calibration:
    assert reply["ok"], reply
    return TypeAdapter(Calibration).validate_python(reply["result"])


def test_the_ends_of_the_space_are_measured(worker: WorkerClient, tmp_path: Path) -> None:
    document = {"dataset": {"id": "iris"}, "space": {**SPACE, "batch_size": {"choices": [8, 32]}}}
    found = measured(ask(worker, tmp_path, document))
    asked = {(c["units"], c["batch_size"]) for c in probes(parse_spec(document))[:4]}
    assert len(asked) == 4
    assert {p.work.batch_size for p in found.probes} == {8, 32}
    assert all(p.epoch > 0 and p.start > 0 and p.trace > 0 for p in found.probes)
    assert (found.rows, found.validation_rows, found.row_shape) == (105, 30, (4,))
    assert found.peak_bytes >= found.base_bytes > 100_000_000
    assert found.notes == ()
    assert not (tmp_path / "studies").exists()


@pytest.mark.parametrize("dataset", ["digits", "diabetes"])
def test_rows_are_those_of_the_split_with_folds(
    worker: WorkerClient, tmp_path: Path, dataset: str
) -> None:
    document = {"dataset": {"id": dataset}, "space": {"units": 4}, "cross_validation": {"folds": 5}}
    found = measured(ask(worker, tmp_path, document))
    outside = {"digits": 1_617, "diabetes": 398}[dataset]
    assert found.rows + found.validation_rows == outside
    assert found.validation_rows == outside // 5


def test_data_that_is_not_there_is_not_downloaded(worker: WorkerClient, tmp_path: Path) -> None:
    document = {
        "dataset": {"id": "mnist"},
        "model": {"family": "linear"},
        "space": {"batch_size": 2_048},
    }
    assert measured(ask(worker, tmp_path, document)).rows == 48_000
    assert not (tmp_path / "data").exists()


def test_a_network_that_does_not_fit_is_refused_with_its_size(
    worker: WorkerClient, tmp_path: Path
) -> None:
    document = {
        "dataset": {"id": "mnist"},
        "model": {"family": "cnn"},
        "space": {"filters": 512, "blocks": 5, "pooling": "none", "batch_size": 65_536},
    }
    reply = ask(worker, tmp_path, document)
    assert not reply["ok"]
    assert "GB" in reply["error"]
    assert "parameters" in reply["error"]


def test_a_bad_spec_and_a_stop_are_answered(worker: WorkerClient, tmp_path: Path) -> None:
    reply = ask(worker, tmp_path, {"dataset": {"id": "nothing"}})
    assert not reply["ok"]
    assert "dataset" in reply["error"]
    worker.send(command="stop", study="r2")
    document = {"dataset": {"id": "iris"}, "space": SPACE}
    worker.send(command="calibrate", request="r2", home=str(tmp_path), spec=document)
    stopped = worker.until(of_kind("reply"))[-1]
    assert stopped["ok"]
    assert stopped["result"] == {}
