"""What each dataset holds, against what the catalog says of it; nothing here needs a network."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

import tuning_core
from tuning_core import datasets
from tuning_core.catalog.datasets import DATASETS
from tuning_core.datasets import DataError, load, load_rows, preview
from tuning_core.datasets.planes import PLANES
from tuning_core.datasets.sources import DOWNLOADS, TABLES, ImageDownload, TableDownload
from tuning_core.spec.dataset import DatasetSpec

EVERYTHING: list[ImageDownload | TableDownload] = [*DOWNLOADS.values(), *TABLES.values()]

EMBEDDED = [info.id for info in DATASETS.values() if info.embedded]


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_an_embedded_dataset_is_what_the_catalog_says(dataset: str, tmp_path: Path) -> None:
    info = DATASETS[dataset]
    raw = load(dataset, tmp_path)
    assert raw.x.shape == (info.rows, *info.input_shape)
    assert raw.y.shape == (info.rows,)
    assert np.isfinite(raw.x).all()
    if info.task == "classification":
        assert raw.y.dtype == np.int64
        assert set(raw.y) == set(range(info.classes))
        assert len(info.class_names) == info.classes
    else:
        assert raw.y.dtype == np.float64
    assert info.kind != "table" or len(info.feature_names) == info.inputs
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_loading_twice_gives_the_same_rows_and_shares_none(dataset: str, tmp_path: Path) -> None:
    first, second = load(dataset, tmp_path), load(dataset, tmp_path)
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.y, second.y)
    first.x[0] += 1
    assert not np.array_equal(first.x, load(dataset, tmp_path).x)


@pytest.mark.parametrize("dataset", PLANES)
def test_a_plane_has_two_balanced_classes_that_no_line_parts(dataset: str, tmp_path: Path) -> None:
    raw = load(dataset, tmp_path)
    assert np.bincount(raw.y).tolist() == [500, 500]
    assert np.abs(raw.x).max() < 4
    design = np.column_stack([np.ones(len(raw.x)), raw.x])
    weights = np.linalg.lstsq(design, raw.y * 2.0 - 1, rcond=None)[0]
    by_line = np.mean((design @ weights > 0) == (raw.y == 1))
    distance = np.linalg.norm(raw.x[:, None] - raw.x[None], axis=2) + 1e9 * np.eye(len(raw.x))
    by_neighbour = np.mean(raw.y[distance.argmin(axis=1)] == raw.y)
    assert by_line < 0.92
    assert by_neighbour > max(0.93, by_line)


def test_planes_are_the_same_on_every_machine(tmp_path: Path) -> None:
    firsts = {plane: load(plane, tmp_path).x[0].round(6).tolist() for plane in PLANES}
    assert firsts == {
        "moons": [1.981656, 0.567938],
        "circles": [-0.504272, 0.898366],
        "spirals": [0.993599, -0.013532],
        "xor": [0.951559, -0.76847],
    }


def test_an_unknown_dataset_is_refused_by_field_and_value(tmp_path: Path) -> None:
    for call in (load, datasets.is_available):
        with pytest.raises(DataError, match=r"^dataset\.id: expected one of .*, received 'nope'"):
            call("nope", tmp_path)


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_not_embedded_is_not_available_in_an_empty_home(
    dataset: str, tmp_path: Path
) -> None:
    info = DATASETS[dataset]
    assert datasets.is_available(dataset, tmp_path) == info.embedded
    assert (preview(DatasetSpec(id=dataset), tmp_path) is None) == (not info.embedded)
    assert not list(tmp_path.iterdir())


def test_the_table_of_sources_is_complete() -> None:
    downloaded = {info.id for info in DATASETS.values() if not info.embedded}
    assert {*DOWNLOADS, *TABLES} == downloaded
    for dataset, download in DOWNLOADS.items():
        info = DATASETS[dataset]
        if download.parts[0].bare:
            assert sum(part.shape[0] for part in download.parts) == info.rows + info.test_rows
            assert {part.shape[1] for part in download.parts} == {info.inputs + 1}
            continue
        train_x, train_y, test_x, test_y = (part.shape for part in download.parts)
        assert train_x == (*train_y, *info.input_shape) == (info.rows, *info.input_shape)
        assert test_x == (*test_y, *info.input_shape) == (info.test_rows, *info.input_shape)
    for entry in EVERYTHING:
        hashes = [part.sha256 for part in getattr(entry, "parts", ())]
        for source in entry.sources:
            assert source.licence
            assert not source.command or len(source.files) == 1
            for file in source.files:
                assert urlsplit(file.url).scheme == "https"
                assert file.size > 0
                hashes.append(file.sha256)
        assert all(len(bytes.fromhex(text)) == 32 for text in hashes)
        assert len(set(hashes)) == len(hashes)


def test_no_other_file_names_a_host_of_data() -> None:
    hosts = {
        urlsplit(file.url).netloc
        for download in EVERYTHING
        for source in download.sources
        for file in source.files
    }
    package = Path(tuning_core.__file__).parent
    naming = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(host in path.read_text() for host in hosts)
    }
    assert naming == {"datasets/sources.py"}


def test_importing_the_datasets_is_light() -> None:
    code = "import sys, tuning_core.datasets; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"keras", "tensorflow", "keras_tuner", "sklearn", "pandas", "pyarrow"} & set(printed)


def test_a_preview_counts_the_rows_that_are_taken(tmp_path: Path) -> None:
    spec = DatasetSpec(id="digits", amount=100)
    shown, taken = preview(spec, tmp_path), load_rows(spec, tmp_path)
    assert shown is not None
    assert list(shown.class_counts.values()) == np.bincount(taken.y).tolist()


@pytest.mark.parametrize("dataset", EMBEDDED)
def test_a_preview_shows_what_fits_the_kind(dataset: str, tmp_path: Path) -> None:
    info = DATASETS[dataset]
    shown = preview(DatasetSpec(id=dataset), tmp_path)
    assert shown is not None
    assert sum(shown.class_counts.values()) == (info.rows if info.classes else 0)
    assert tuple(shown.class_counts) == info.class_names
    if info.kind == "image":
        assert shown.images is not None
        assert shown.images.dtype == np.uint8
        assert shown.images.shape == (len(shown.image_labels), *(info.image_shape or ()))
        assert shown.images.max() == 255
        assert set(shown.image_labels) == set(info.class_names)
    if info.kind == "plane":
        assert shown.points is not None
        assert shown.points.shape == (len(shown.point_labels), 2)
    if info.kind == "table":
        assert all(tuple(row) == (*info.feature_names, info.target) for row in shown.table)
        classes = {row[info.target] for row in shown.table}
        assert not info.classes or classes == set(info.class_names)
    assert (shown.target is not None) == (info.task == "regression")


def test_shaped_planes_keep_what_is_not_shaped(tmp_path: Path) -> None:
    plain = load_rows(DatasetSpec(id="circles"), tmp_path)
    quiet = load_rows(DatasetSpec(id="circles", noise=0.0, amount=333), tmp_path)
    assert quiet.x.shape == (333, 2)
    assert np.abs(np.bincount(quiet.y) - 166.5).max() < 30
    radius = np.linalg.norm(quiet.x, axis=1)
    np.testing.assert_allclose(radius[quiet.y == 0], 1.0)
    assert radius[quiet.y == 1].max() <= 0.5
    loud = load_rows(DatasetSpec(id="circles", noise=0.5), tmp_path)
    np.testing.assert_array_equal(loud.y, plain.y)
    other = load_rows(DatasetSpec(id="circles", draw=1), tmp_path)
    assert not np.array_equal(other.x, plain.x)


@pytest.mark.parametrize("dataset", ["digits", "diabetes"])
def test_of_two_amounts_the_smaller_is_part_of_the_larger(dataset: str, tmp_path: Path) -> None:
    rows = [
        load_rows(DatasetSpec(id=dataset, amount=amount), tmp_path) for amount in (60, 200, None)
    ]
    assert [len(raw.y) for raw in rows] == [raw.info.rows for raw in rows]
    assert [raw.info.rows for raw in rows] == [60, 200, DATASETS[dataset].rows]
    found = [{(*row.tolist(), y) for row, y in zip(raw.x, raw.y, strict=True)} for raw in rows]
    assert found[0] < found[1] < found[2]


def test_noise_moves_the_points_of_a_formula_once_they_are_answered(tmp_path: Path) -> None:
    formula = "y > 0.3*sin(3*x)"
    raw = load_rows(DatasetSpec(id="formula", formula=formula), tmp_path)
    np.testing.assert_array_equal(raw.y, raw.x[:, 1] > 0.3 * np.sin(3 * raw.x[:, 0]))
    assert np.abs(raw.x).max() <= 3
    noisy = load_rows(DatasetSpec(id="formula", formula=formula, noise=0.25), tmp_path)
    np.testing.assert_array_equal(noisy.y, raw.y)
    assert (noisy.x - raw.x).std() == pytest.approx(0.25, rel=0.05)
    hill = load_rows(DatasetSpec(id="formula", formula="exp(-(x^2 + y^2))"), tmp_path)
    np.testing.assert_allclose(hill.y, np.exp(-(hill.x**2).sum(axis=1)))


def test_painted_points_lie_where_they_were_painted(tmp_path: Path) -> None:
    corners = bytes([0, 0, 0, 255, 0, 1, 255, 255, 2, 51, 204, 0])
    points = base64.urlsafe_b64encode(corners * 3).decode()
    raw = load_rows(DatasetSpec(id="painted", points=points), tmp_path)
    np.testing.assert_allclose(raw.x[:4], [[-3.0, -3.0], [3.0, -3.0], [3.0, 3.0], [-1.8, 1.8]])
    assert raw.y[:4].tolist() == [0, 1, 2, 0]
    values = load_rows(DatasetSpec(id="painted", points=points, task="regression"), tmp_path)
    np.testing.assert_allclose(values.y[:3], [-1.0, 2 / 255 - 1, 4 / 255 - 1])
