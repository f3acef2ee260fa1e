"""Photographs that are taken class by class become pictures like any other."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.parts.shapes import encoded
from tests.datasets.test_pictures import bomb, noisy
from tuning_core.datasets import DataError
from tuning_core.datasets.pictures.photographs import (
    SIDE,
    class_name,
    small_photograph,
    zip_of,
)
from tuning_core.datasets.pictures.reading import read_pictures
from tuning_core.datasets.pictures.resolving import pictures_path, store_pictures


def test_photographs_of_two_classes_are_read_as_pictures(tmp_path: Path) -> None:
    taken = {
        label: [small_photograph(encoded(noisy(seed, (640, 480)), "JPEG")) for seed in seeds]
        for label, seeds in (("cup", range(5)), ("pen", range(5, 11)))
    }
    identity = store_pictures(zip_of(taken), tmp_path, "Photographs", user="ann")
    assert store_pictures(zip_of(taken), tmp_path, "Photographs") == identity
    found = read_pictures(pictures_path(identity, tmp_path), 48)
    assert found.counts == {"cup": 5, "pen": 6}
    assert found.doubts == ()


def test_a_photograph_is_made_small_and_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    large = encoded(noisy(1, (1_600, 1_200)), "JPEG", exif=exif.tobytes())
    image = Image.open(io.BytesIO(small_photograph(large)))
    assert image.size == (SIDE, round(SIDE * 4 / 3))
    assert len(small_photograph(large)) < 60_000
    tiny = Image.open(io.BytesIO(small_photograph(encoded(noisy(1, (30, 20)), "PNG"))))
    assert tiny.size == (30, 20)


@pytest.mark.parametrize("content", [b"", b"hello", bomb(), encoded(noisy(1), "JPEG")[:300]])
def test_what_is_no_photograph_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        small_photograph(content)


def test_a_photograph_takes_no_more_memory_than_any_picture() -> None:
    with pytest.raises(DataError, match="cannot be read"):
        small_photograph(encoded(Image.new("1", (6_000, 6_000)), "PNG"))


@pytest.mark.parametrize(
    ("written", "name"),
    [(" cup ", "cup"), ("../../etc", "etc"), ("a/b\\c", "abc"), (".hidden", "hidden"), ("..", "")],
)
def test_a_class_is_a_plain_folder(written: str, name: str) -> None:
    assert class_name(written) == name
