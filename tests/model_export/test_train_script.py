"""The train.py of a bundle takes the very rows of the study, and no more code than it needs."""

from __future__ import annotations

import ast
import csv
import io
import json
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.parts.shapes import zipped
from tuning_core.catalog.planes import FEATURES
from tuning_core.datasets import divide, load_rows, prepare, prepare_all, resolve, split, split_rows
from tuning_core.model_export.script import SearchSummary, train_script
from tuning_core.spec.study import StudySpec, parse_spec

EMBEDDED = ("digits", "iris", "wine", "breast_cancer", "diabetes", "moons", "circles", "spirals")
SHAPED: tuple[dict[str, Any], ...] = (
    {"id": "digits", "amount": 300},
    {"id": "diabetes", "amount": 99},
    {"id": "xor", "noise": 0.1, "amount": 101, "draw": 3},
    {"id": "painted", "features": ["x2"]},
    {"id": "painted", "task": "regression"},
    {"id": "painted", "task": "regression", "points": "AAAAEEBAIIDAMMD_" * 6},
    {"id": "formula", "noise": 0.1, "amount": 99, "features": list(FEATURES)},
    {"id": "formula", "formula": "min(x, y, 2)^2 + abs(y)/2", "draw": 7},
)


def script_of(spec: StudySpec, home: Path, config: dict[str, Any] | None = None) -> str:
    folds = spec.folds > 1
    data = prepare_all(spec.dataset, home) if folds else prepare(spec.dataset, home)
    meta = {"config": {**spec.search_space.complete({}), **(config or {})}, "trial": 1}
    meta |= {"score": 0.5, "best_epoch": 1, "execution": 1, **({"epochs": 1} if folds else {})}
    return train_script(spec, meta, data, home, SearchSummary())


def rows_of(script: str, *arguments: str, file: Path = Path("train.py")) -> dict[str, Any]:
    """What a script has made before its network: rows, scales, folds."""
    before = script.partition("\n# The network.")[0].partition("\ndef network(")[0]
    names: dict[str, Any] = {"__file__": str(file)}
    given, sys.argv = sys.argv, ["train.py", *arguments]
    try:
        exec(compile(before, "train.py", "exec"), names)
    finally:
        sys.argv = given
    return names


def check_rows(spec: StudySpec, home: Path, names: dict[str, Any]) -> None:
    """The same rows in the same parts, and what the network sees of them."""
    raw = load_rows(spec.dataset, home)
    indices, data = split(raw, spec.dataset), prepare(spec.dataset, home)
    np.testing.assert_array_equal(names["train"], indices.train)
    np.testing.assert_array_equal(names["validation"], indices.validation)
    if split_rows(raw, spec.dataset).test is None:
        np.testing.assert_array_equal(names["test"], indices.test)
    inputs = np.asarray(names["inputs"], np.float64).reshape(len(names["y"]), -1)
    for rows, part in ((names["train"], data.train), (names["validation"], data.validation)):
        mine = np.sort(inputs[rows], axis=1)
        np.testing.assert_allclose(mine, np.sort(part.x, axis=1), rtol=1e-3, atol=1e-4)
        if data.info.task == "regression":
            answers = names["targets"][rows, 0]
            np.testing.assert_allclose(answers, part.y, rtol=1e-3, atol=1e-4)
        else:
            np.testing.assert_array_equal(names["y"][rows], part.y)


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_the_rows_of_a_script_are_those_of_the_study(dataset: str, tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": dataset, "seed": 5, "validation": 0.3}})
    check_rows(spec, tmp_path, rows_of(script_of(spec, tmp_path)))


@pytest.mark.parametrize("dataset", SHAPED, ids=json.dumps)
@pytest.mark.parametrize("folds", [1, 3])
def test_the_rows_of_a_script_are_shaped_as_those_of_the_study(
    dataset: dict[str, Any], folds: int, tmp_path: Path
) -> None:
    document: dict[str, Any] = {"dataset": dataset}
    if folds > 1:
        document["cross_validation"] = {"folds": folds}
    spec = parse_spec(document)
    names = rows_of(script_of(spec, tmp_path))
    (check_rows if folds == 1 else check_folds)(spec, tmp_path, names)
    raw = load_rows(spec.dataset, tmp_path)
    np.testing.assert_allclose(names["x"], raw.x, rtol=1e-12)
    np.testing.assert_allclose(names["y"], raw.y, rtol=1e-12)


@pytest.mark.parametrize("dataset", ["iris", "diabetes", "xor"])
def test_the_folds_of_a_script_are_those_of_the_study(dataset: str, tmp_path: Path) -> None:
    document = {"dataset": {"id": dataset, "seed": 3}, "cross_validation": {"folds": 4}}
    spec = parse_spec(document)
    check_folds(spec, tmp_path, rows_of(script_of(spec, tmp_path)))


def check_folds(spec: StudySpec, home: Path, names: dict[str, Any]) -> None:
    raw = load_rows(spec.dataset, home)
    rows, indices = split_rows(raw, spec.dataset), split(raw, spec.dataset)
    outside = np.sort(np.concatenate([indices.train, indices.validation]))
    np.testing.assert_array_equal(names["outside"], outside)
    division = divide(
        len(outside),
        spec.folds,
        spec.dataset.seed,
        classes=rows.y[outside] if raw.info.task == "classification" else None,
        groups=None if rows.groups is None else rows.groups[outside],
        ordered=rows.ordered,
    )
    order = outside[division.order]
    for (train, held), (first, last, end) in zip(names["folds"], division.folds, strict=True):
        assert set(held) == set(order[first:last])
        assert set(train) == set(order[:end]) - set(held)


def table(rows: int = 150) -> bytes:
    """Decimal commas, texts, dates and gaps."""
    rng = random.Random(4)
    lines = ["age;price;colour;day;shop;sold"]
    for number in range(rows):
        age = rng.randint(0, 20)
        cells = (
            age if rng.random() > 0.1 else "?",
            f"{rng.random() * 900:.1f}".replace(".", ","),
            rng.choice(("red", "grün", '"a ""b"""', "NA")),
            f"{rng.randint(1, 28):02}.{1 + number % 9:02}.2024",
            f"shop {rng.randint(1, 12)}",
            ("yes" if age < 8 else "no") if number % 40 else "",
        )
        lines.append(";".join(map(str, cells)))
    return ("\n".join(lines) + "\n").encode("latin-1")


TABLES: dict[str, dict[str, Any]] = {
    "texts and gaps": {"target": "sold"},
    "regression of numbers": {
        "target": "price",
        "columns": {"colour": "ignore", "day": "ignore", "shop": "ignore", "sold": "ignore"},
    },
    "dates": {"target": "sold", "columns": {"colour": "ignore", "shop": "ignore"}},
    "groups": {"target": "sold", "group": "shop"},
    "time": {"target": "price", "time": "day"},
}


@pytest.mark.parametrize("folds", [1, 3])
@pytest.mark.parametrize("case", TABLES)
def test_a_script_reads_a_table_as_the_study_did(case: str, folds: int, tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    path.write_bytes(table())
    document: dict[str, Any] = {"dataset": {"id": f"csv:{path}", **TABLES[case]}}
    if folds > 1:
        document["cross_validation"] = {"folds": folds}
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    names = rows_of(script_of(spec, tmp_path), str(path))
    (check_rows if folds == 1 else check_folds)(spec, tmp_path, names)


@pytest.mark.parametrize("field", ["group", "time"])
def test_rows_are_divided_by_a_column_with_a_unit_as_in_the_study(
    field: str, tmp_path: Path
) -> None:
    path = tmp_path / "trips.csv"
    trips = "".join(f"{n % 13} km,{n * 7 % 40}.5,{n}.25\n" for n in range(60))
    path.write_text(f"way,x,y\n{trips}")
    document = {"dataset": {"id": f"table:{path}", "target": "y", field: "way"}}
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    groups = load_rows(spec.dataset, tmp_path).groups
    # Groups have the order of their letters, as before units were known.
    assert groups is None or groups[:13].tolist() == [0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 2, 3, 4]
    names = rows_of(script_of(spec, tmp_path), str(path))
    check_rows(spec, tmp_path, names)


def odd(target: str) -> str:
    """What is missing in every spelling, blanks, ends of the number line, and rare words."""
    rng = random.Random(2)
    lines = ["when,blank,word,many,same,late,y,group"]
    for number in range(120):
        cells = (
            1_700_000_000_000 + number,
            (" ", "-", " ?", "NA ", "None", "inf")[number % 6] if number % 5 == 0 else number / 7,
            ("cat", " cat", " ?", "NA", "dog", "null", "")[rng.randrange(7)],
            f"only {number}" if number % 9 == 1 else f"word {number % 4}",
            0.1,
            number if number > 115 else "",
            {"number": number * 1.5, "marks": number % 2 + 1.0, "words": ("a", " b")[number % 2]}[
                target
            ]
            if number % 17
            else "N/A",
            number % 11,
        )
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines) + "\n"


NUMBERS = {"word": "ignore", "many": "ignore"}
KINDS = {"blank": "number", "same": "number", "late": "number", "when": "number"}


@pytest.mark.parametrize("split", [{}, {"time": "when"}, {"group": "group"}], ids=str)
@pytest.mark.parametrize("target", ["number", "marks", "words"])
@pytest.mark.parametrize("ignored", [{}, NUMBERS], ids=["texts", "numbers"])
def test_a_script_reads_odd_cells_as_the_study_did(
    split: dict[str, str], target: str, ignored: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(odd(target))
    kinds = {"word": "category", "many": "category", **KINDS, **ignored}
    document = {"dataset": {"id": f"csv:{path}", "target": "y", "columns": kinds, **split}}
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    check_rows(spec, tmp_path, rows_of(script_of(spec, tmp_path), str(path)))


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("folder", [True, False], ids=["folder", "zip"])
def test_a_script_reads_pictures_as_the_study_did(
    colour: bool, folder: bool, tmp_path: Path
) -> None:
    path = tmp_path / "shapes.zip"
    with zipfile.ZipFile(io.BytesIO(zipped(8))) as drawn, zipfile.ZipFile(path, "w") as archive:
        names = [name for name in drawn.namelist() if not name.endswith("/")]
        for name in names:
            archive.writestr(name, drawn.read(name))
        body = drawn.read(names[0])
        archive.writestr("shapes/bar/again.png", body)
        archive.writestr("shapes/bar/note.txt", b"no picture")
        archive.writestr("shapes/bar/cut.png", body[:300])
        archive.writestr("shapes/star/other.png", body)
        archive.writestr("__MACOSX/shapes/bar/._000.png", body)
        archive.writestr("shapes/star/.DS_Store", b"x")
        archive.writestr("loose.png", body)
    if folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path := tmp_path / "unpacked")
    document = {
        "dataset": {"id": f"images:{path}", "side": 28, "colour": colour},
        "model": {"family": "cnn"},
    }
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    script = script_of(spec, tmp_path)
    assert max(map(len, script.splitlines())) <= 100
    names_made = rows_of(script, str(path))
    raw = load_rows(spec.dataset, tmp_path)
    assert len(raw.y) == 41
    np.testing.assert_array_equal(names_made["x"], raw.x)
    np.testing.assert_array_equal(names_made["y"], raw.y)
    check_rows(spec, tmp_path, names_made)


SETTINGS: dict[str, dict[str, Any]] = {
    "WarmUp": {"warmup_epochs": 2},
    "ExponentialDecay": {"schedule": "step"},
    "CosineDecay": {"schedule": "cosine"},
    "ReduceLROnPlateau": {"schedule": "reduce_on_plateau"},
    "L1L2": {"l1": 0.1, "l2": 0.2},
    "MinMaxNorm": {"kernel_constraint": "min_max_norm"},
    "GaussianNoise": {"gaussian_noise": 0.1},
    "Dropout": {"input_dropout": 0.1},
    "BatchNormalization": {"batch_normalization": True},
    "activity_regularizer": {"activity_l2": 0.1},
    "clipnorm": {"clipnorm": 1.0},
    "rho": {"optimizer": "rmsprop", "rho": 0.8},
    "label_smoothing": {"label_smoothing": 0.1},
    "min_delta": {"patience": 3, "min_delta": 0.1},
    "CategoricalHinge": {"loss": "hinge"},
    "orthogonal": {"kernel_initializer": "orthogonal"},
}


@pytest.mark.parametrize("word", SETTINGS)
def test_only_what_the_configuration_uses_is_in_the_script(word: str, tmp_path: Path) -> None:
    spec = parse_spec({"dataset": {"id": "iris"}})
    plain = script_of(spec, tmp_path)
    assert word not in plain
    changed = parse_spec({"dataset": {"id": "iris"}, "space": SETTINGS[word]})
    script = script_of(changed, tmp_path)
    assert word in script
    ast.parse(script)
    assert max(map(len, script.splitlines())) <= 100


def test_names_cannot_break_out_of_a_script(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(['a\\"b', 'c"""', "target"])
        writer.writerows((n, n % 5, ("x\\", 'y"""')[n % 2]) for n in range(60))
    document = {
        "name": '"""\\',
        "dataset": {"id": f"csv:{path}", "target": "target"},
    }
    spec = parse_spec(resolve(document, tmp_path, local_files=True), local_files=True)
    check_rows(spec, tmp_path, rows_of(script_of(spec, tmp_path), str(path)))
