"""Several trials leave as one Keras model, which says the weighted mean of what each says."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tuning_core.datasets import load_rows, prepare, take_rows
from tuning_core.model_export.ensemble import EnsembleMember, ensemble_model, export_ensemble
from tuning_core.model_export.evaluation import predict
from tuning_core.model_export.model import exported_network
from tuning_core.models import initial_weights
from tuning_core.space import default_config
from tuning_core.spec.study import StudySpec, parse_spec

SHARES = (0.5, 0.3, 0.2)
TABLE = "size,colour,price\n" + "".join(
    f"{n % 7},{('red', 'green', 'blue')[n % 3]},{1000.0 * n}\n" for n in range(90)
)


def members_of(spec: StudySpec, home: Path, changes: list[dict[str, Any]]) -> Any:
    """The data and a member for each change of the configuration, with weights of their own."""
    data = prepare(spec.dataset, home)
    members = []
    for seed, (change, share) in enumerate(zip(changes, SHARES, strict=False), start=1):
        config = {**default_config(spec.search_space), **change}
        weights = initial_weights(config, data.row_shape, data.outputs, data.info.task, seed)
        rng = np.random.default_rng(seed)
        weights = [w + rng.normal(0, 0.1, w.shape).astype(np.float32) for w in weights]
        members.append(EnsembleMember(seed, config, seed, weights, share))
    return data, members


def check_mean(data: Any, members: Any, spec: StudySpec, home: Path, model: Any = None) -> None:
    rows = take_rows(load_rows(spec.dataset, home).x, np.arange(40))
    alone = [
        m.share * predict(exported_network(m.weights, m.config, m.seed, data), rows, data)
        for m in members
    ]
    together = predict(model or ensemble_model(members, data), rows, data)
    largest = max(1.0, float(np.abs(together).max()))
    assert np.abs(together - sum(alone)).max() < 1e-6 * largest


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        ({"dataset": {"id": "iris"}}, [{"units": 5}, {"units": 9, "layers": 3}, {"units": 4}]),
        (
            {"dataset": {"id": "digits"}, "model": {"family": "cnn"}},
            [{"filters": 2, "augment_shift": 0.1}, {"filters": 3}],
        ),
        ({"dataset": {"id": "spirals", "features": ["x", "sin_y"]}}, [{"units": 3}, {"units": 8}]),
    ],
    ids=["table", "pictures", "plane"],
)
def test_the_answer_is_the_weighted_mean_of_the_members(
    document: dict[str, Any], changes: list[dict[str, Any]], tmp_path: Path
) -> None:
    spec = parse_spec(document)
    data, members = members_of(spec, tmp_path, changes)
    total = sum(m.share for m in members)
    members = [
        EnsembleMember(m.trial, m.config, m.seed, m.weights, m.share / total) for m in members
    ]
    check_mean(data, members, spec, tmp_path)


def test_a_table_of_texts_leaves_as_a_zip_that_keras_alone_can_load(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(TABLE)
    spec = parse_spec(
        {"dataset": {"id": f"csv:{path}", "target": "price", "task": "regression"}},
        local_files=True,
    )
    data, members = members_of(spec, tmp_path, [{"units": 4}, {"units": 6}, {"units": 3}])
    target = tmp_path / "ensemble.zip"
    export_ensemble(members, target, spec, data, tmp_path, ["A score."])
    with zipfile.ZipFile(target) as archive:
        assert {*archive.namelist()} == {
            *("model.keras", "MODEL_CARD.md", "spec.json", "members.json"),
            *("requirements.txt", "score.py"),
        }
        listed = json.loads(archive.read("members.json"))
        card = archive.read("MODEL_CARD.md").decode()
        archive.extract("model.keras", tmp_path)
    assert [member["weight"] for member in listed] == [0.5, 0.3, 0.2]
    assert "| 1 | 0.500 |" in card
    assert "- A score." in card
    check_mean(data, members, spec, tmp_path, keras.saving.load_model(tmp_path / "model.keras"))
