"""A challenge's networks are judged on the rows that chose none of them, as they were trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tests.worker.requests.test_on_demand import Asked
from tuning_core.datasets import DataError, load_rows, untouched_rows
from tuning_core.model_export.evaluation import Evaluation
from tuning_core.space import SpecError
from tuning_core.spec.training_request import TrainingRequest, parse_training
from tuning_core.worker.requests import test_part
from tuning_core.worker.requests.test_part import evaluate_entries

WINE = {"id": "wine", "validation": 0.2, "test": 0.5}


def wine(**fields: Any) -> TrainingRequest:
    values = {"units": 6, "learning_rate": 0.02, **fields.pop("values", {})}
    return parse_training({"dataset": WINE, "values": values, "epochs": 5, **fields})


def judged(worker: Asked, *entries: tuple[TrainingRequest, int]) -> dict[str, Any]:
    command = {
        "home": str(Path()),
        "request": "t",
        "entries": [{"training": r.document(), "epochs": epochs} for r, epochs in entries],
    }
    return evaluate_entries(cast(Any, command), worker.trains)


@pytest.mark.parametrize("objective", ["val_accuracy", "val_loss"])
def test_the_validation_score_is_the_one_that_was_seen(objective: str) -> None:
    worker = Asked()
    first, second = (wine(seed=seed, objective=objective, values={"l2": 0.001}) for seed in (1, 2))
    seen = [
        worker.epochs(request)[epoch][objective] for request, epoch in ((first, 5), (second, 3))
    ]
    reply = judged(worker, (first, 5), (second, 3))
    assert [e["validation"] for e in reply["entries"]] == pytest.approx(seen, abs=2e-6)
    assert (reply["validation_rows"], reply["test_rows"]) == (36, 89)
    assert reply == judged(Asked(), (first, 5), (second, 3)), "trained anew it is another one"
    # Two entries err by as much from their mean.
    for part in ("validation_error", "test_error"):
        one, other = (entry[part] for entry in reply["entries"])
        assert one == other >= 0


def test_the_test_score_is_that_of_the_networks_answers() -> None:
    worker = Asked()
    request = wine(seed=3, values={"layers": 1})
    [entry] = judged(worker, (request, 5))["entries"]
    state, data = worker.trains.trained(request, 5, Path(), "t")
    rows = untouched_rows(load_rows(request.dataset, Path()), request.dataset)
    hidden, answer = state.best_weights[:2], state.best_weights[2:]
    x = data.preprocessing.apply(rows.x_raw)
    said = (np.maximum(x @ hidden[0] + hidden[1], 0) @ answer[0] + answer[1]).argmax(axis=1)
    assert entry["test"] == pytest.approx(np.mean(said == rows.y))
    assert entry["test_error"] is None, "one alone is compared with nobody"


def test_a_metric_that_is_no_mean_of_rows_has_no_error_of_its_own() -> None:
    document = {"dataset": {"id": "diabetes"}, "objective": "val_r2", "epochs": 2}
    requests = [parse_training({**document, "seed": seed}) for seed in (1, 2)]
    entries = judged(Asked(), *((request, 2) for request in requests))["entries"]
    assert [entry["test_error"] for entry in entries] == [None, None]
    assert all(entry["test"] < 1 for entry in entries)


def test_what_is_no_number_is_told_and_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> Evaluation:
        return Evaluation(np.ones((36, 3)), np.ones(36), {"accuracy": float("nan")})

    monkeypatch.setattr(test_part, "evaluate", lost)
    [entry] = judged(Asked(), (wine(), 2))["entries"]
    assert entry == {"problem": "Its accuracy on these rows is no number."}


def test_an_entry_that_cannot_be_trained_again_does_not_keep_the_others_from_it() -> None:
    lost = wine(values={"learning_rate": 1e-8, "patience": 1})
    problem, whole = judged(Asked(), (lost, 5), (wine(), 2))["entries"]
    assert problem["problem"] == "This network is no longer kept: train it again."
    assert whole["test"] > 0


def test_entries_of_one_reveal_share_their_data_and_no_page_can_ask_for_the_test_part() -> None:
    other = parse_training({"dataset": {"id": "iris"}, "epochs": 1})
    with pytest.raises(DataError, match="trained on the same data and split"):
        judged(Asked(), (wine(), 1), (other, 1))
    assert judged(Asked())["entries"] == []
    with pytest.raises(SpecError, match="views"):
        wine(views=["test"])
