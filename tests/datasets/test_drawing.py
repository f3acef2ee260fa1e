"""A drawing becomes a picture like those of the dataset, and nonsense a sentence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuning_core.datasets import DataError, load
from tuning_core.datasets.drawing import (
    MOST_POINTS,
    DrawingStyle,
    drawn,
    read_strokes,
    resembling,
    style_of,
)

MNIST_STYLE = DrawingStyle(box=(20.0, 20.0), pen=2.5, centre=(14.5, 14.5), level=1.0)
SEVEN = [[200.0, 200.0, 800.0, 200.0, 400.0, 900.0]]


def turned(strokes: list[list[float]], size: float, x: float, y: float) -> list[np.ndarray]:
    """The strokes at another size and place of the pad."""
    return [np.array(stroke, float).reshape(-1, 2) * size + (x, y) for stroke in strokes]


def rows_with_ink(picture: np.ndarray) -> int:
    rows = np.flatnonzero((picture > 0.25).any(axis=1))
    return int(rows[-1] - rows[0] + 1)


def test_small_and_large_drawings_make_the_same_picture() -> None:
    large = drawn(read_strokes(SEVEN), (28, 28), MNIST_STYLE)
    small = drawn(turned(SEVEN, 0.2, 700, 600), (28, 28), MNIST_STYLE)
    assert np.abs(large - small).max() < 0.15
    assert rows_with_ink(large) == 20


def test_the_mass_of_a_drawing_lies_in_the_middle_and_its_edges_are_grey() -> None:
    picture = drawn(read_strokes(SEVEN), (28, 28), MNIST_STYLE)
    places = np.arange(28) + 0.5
    centre = [picture.sum(axis=axis) @ places / picture.sum() for axis in (1, 0)]
    assert centre == pytest.approx([14.5, 14.5], abs=0.1)
    assert picture.max() == pytest.approx(1)
    assert np.any((picture > 0.2) & (picture < 0.8))


def test_a_style_is_measured_on_pictures_that_were_drawn_in_it() -> None:
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(60):
        angles = np.cumsum(rng.normal(0, 0.5, 30)) + rng.uniform(0, 7)
        path = np.cumsum(np.stack([np.cos(angles), np.sin(angles)], 1) * 30, axis=0)
        pictures.append(drawn([path], (28, 28), MNIST_STYLE))
    style = style_of(np.stack(pictures))
    assert style is not None
    assert max(style.box) == pytest.approx(20, abs=1)
    assert style.pen == pytest.approx(2.5, abs=0.5)
    assert style.centre == pytest.approx((14.5, 14.5), abs=0.5)


def test_the_style_of_digits_is_that_of_their_makers(tmp_path: Path) -> None:
    raw = load("digits", tmp_path)
    style = style_of(raw.x.reshape(-1, 8, 8) / 16)
    assert style is not None
    assert style.box == (8, 6)
    assert 1 < style.pen < 2
    circle = [
        [500 + 300 * f(t) for t in np.linspace(0, 2 * math.pi, 40) for f in (math.cos, math.sin)]
    ]
    picture = drawn(read_strokes(circle), (8, 8), style)
    zeros = raw.x.reshape(-1, 8, 8)[raw.y == 0].mean(axis=0) / 16
    assert np.corrcoef(picture.ravel(), zeros.ravel())[0, 1] > 0.8


def test_pictures_that_are_not_bright_on_dark_have_no_style() -> None:
    assert style_of(np.ones((3, 8, 8))) is None
    assert style_of(np.zeros((3, 8, 8))) is None


def test_a_dot_stays_a_dot() -> None:
    picture = drawn(read_strokes([[10, 990]]), (28, 28), MNIST_STYLE)
    assert 2 < picture.sum() < 8
    assert picture[13:16, 13:16].sum() > 0.8 * picture.sum()


def test_a_photograph_of_dark_ink_on_paper_becomes_a_drawing() -> None:
    paper = np.full((112, 112), 0.8)
    paper[30:80, 50:56] = 0.1
    picture = resembling(paper, MNIST_STYLE, (28, 28))
    assert 20 <= rows_with_ink(picture) <= 21
    assert picture[0].max() == 0
    assert picture[14, 14] == pytest.approx(1)
    with pytest.raises(DataError, match="of one brightness"):
        resembling(np.full((112, 112), 0.8), MNIST_STYLE, (28, 28))


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "strokes",
        {"strokes": []},
        [7],
        [[1]],
        [[1, 2, 3]],
        [["a", "b"]],
        [[True, False]],
        [[-1, 5]],
        [[1, 1001]],
        [[math.nan, 5]],
        [[math.inf, 5]],
        [[[1, 2]]],
        [[1, 2]] * 201,
        [[1, 2] * (MOST_POINTS + 1)],
    ],
)
def test_what_is_no_drawing_is_refused(value: Any) -> None:
    with pytest.raises(DataError, match=r"is no drawing: clear it"):
        read_strokes(value)


@pytest.mark.parametrize("value", [[], [[]], [[], []]])
def test_an_empty_pad_is_said_to_be_empty(value: Any) -> None:
    with pytest.raises(DataError, match="The pad is empty"):
        read_strokes(value)


def test_a_drawing_of_too_many_points_is_refused() -> None:
    with pytest.raises(DataError, match="too many lines"):
        read_strokes([[1, 2] * (MOST_POINTS // 2 + 1)] * 2)
