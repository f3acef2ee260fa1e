"""Points in a plane as a spec shapes them: what is kept, and what is refused in one sentence."""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning_core.catalog import DATASETS
from tuning_core.catalog.planes import FEATURES, LONGEST_FORMULA, PLANES
from tuning_core.spec.dataset import DatasetSpec
from tuning_core.spec.formula import FormulaError, parse_formula
from tuning_core.spec.study import SpecError, parse_spec


def dataset(id: str, **fields: Any) -> Any:
    return parse_spec({"dataset": {"id": id, **fields}}).dataset


def painting(*points: tuple[int, int, int]) -> str:
    return base64.urlsafe_b64encode(bytes(byte for point in points for byte in point)).decode()


TWO = painting(*((10 * n, 20 * n, n % 2) for n in range(12)))
THREE = painting(*((10 * n, 20 * n, n % 3) for n in range(12)))


@pytest.mark.parametrize("info", PLANES, ids=lambda info: info.id)
def test_what_is_as_it_would_be_without_leaves_no_trace(info: Any) -> None:
    plain = {"amount": info.rows, "noise": info.noise, "draw": 0, "task": "classification"}
    plain |= {"features": ["y", "x"], info.shapes[0]: info.example or info.rows}
    given = {name: value for name, value in plain.items() if name in info.shapes}
    assert dataset(info.id, **given) == dataset(info.id)
    assert dataset(info.id).model_dump(exclude_none=True) == {
        "id": info.id,
        "validation": 0.2,
        "seed": 0,
        "class_weights": "none",
    }


def test_features_have_one_order_and_count_as_inputs() -> None:
    shaped = dataset("moons", features=["sin_y", "x2"])
    assert shaped == dataset("moons", features=["x2", "sin_y"])
    assert (shaped.info.inputs, shaped.info.row_shape, shaped.info.input_shape) == (2, (2,), (2,))
    assert dataset("xor", features=list(FEATURES)).info.inputs == 7


@pytest.mark.parametrize(
    ("formula", "task"),
    [
        ("y > 0.3*sin(3*x)", "classification"),
        ("1 < x^2 + y² < 4", "classification"),
        ("y > x and y > -x or not x < 2", "classification"),
        ("x*y", "regression"),
        ("max(x, y, 0) + min(1, abs(x))**2 - e/pi", "regression"),
    ],
)
def test_a_formula_says_its_task(formula: str, task: str) -> None:
    info = dataset("formula", formula=formula).info
    assert (info.task, info.classes) == (task, 2 if task == "classification" else 0)


def test_the_code_of_a_formula_computes_what_it_does() -> None:
    x, y = np.random.default_rng(0).uniform(-3, 3, (2, 200))
    for text in (
        *("y > 0.3*sin(3*x)", "-x**2 % 3 <= abs(y) < 2", "not (x > y or max(x, y, 1) > 2)"),
        *("x > y * 2**70", "x < cos(2**70)", "y * floor(2)**-1 > x"),
        *("x*y", "-min(x, y) / (2 + cos(x)) ** -1 + e - pi", "floor(exp(tanh(x))) * sign(y)"),
    ):
        formula = parse_formula(text)
        code = eval(formula.code, {"np": np, "x": x, "y": y})
        np.testing.assert_array_equal(formula.answers(x, y), code, err_msg=text)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("", "is empty; expected something like"),
        ("  ", "is empty"),
        ("y >", "ends too early"),
        ("sin(x", "cannot be read"),
        ("3x > y", "cannot be read"),
        ("y = x", "compare with > or <"),
        ("y == x", "no boundary between areas"),
        ("x in y", "no boundary"),
        ("z > 1", "'z' is unknown; expected x, y, pi, e, sin"),
        ("sin > 1", "expected something like sin(x)"),
        ("10**10**10 > x", "10 ** 10 ** 10 has no finite value"),
        ("min(x, 0*9**9**9)", "has no finite value"),
        ("1/(x - x) > y", "has no finite value"),
        ("log(x)", "log(x) has no finite value at x=-"),
        ("sqrt(x) > y", "has no finite value"),
        ("(-2)**0.5 > y", "has no finite value"),
        ("exp(x*x*x)", "it reaches"),
        ("y > 9", "is true for 0 of 1,000 points"),
        ("2", "is 2 everywhere"),
        ("1e999 > x", "is too large"),
        ("1" * 190 + " > x", "is true for 1,000 of 1,000 points"),
        ("y > x" + " " * LONGEST_FORMULA, "at most 200 characters"),
        ("-" * 150 + "x", "at most 30 levels"),
        ("(" * 150 + "x", "cannot be read"),
        ("max(x, key=y) > 1", "expected max(x), received max(x, key=y)"),
        ("sin(*x) > 1", "expected sin(x)"),
        ("sin(x, y) > 1", "one number, received 2"),
        ("max(x) > 1", "two numbers at least"),
        ("x.real > 1", "x.real is not understood"),
        ("x[0] > 1", "x[0] is not understood"),
        ("(lambda: x)() > 1", "no function here"),
        ("__import__('os').system('ls') > y", "no function here"),
        ("open('/etc/passwd')", "no function here"),
        ("x > 'a'", "expected a number, received 'a'"),
        ("x > True", "expected a number, received True"),
        ("x > 1j", "expected a number"),
        ("x & y", "is not understood"),
        ("~x > 1", "expected not"),
        ("(x > 1) + 1", "received the comparison x > 1"),
        ("x and y", "expected a comparison, received x"),
        ("[x for x in y]", "is not understood"),
        ("x := 1", "cannot be read"),
        ("x; y", "cannot be read"),
        ("x\0 > y", "plain keyboard"),
        ("\u0455in(x) > y", "plain keyboard"),
        ("\uff58 > y", "plain keyboard"),
    ],
)
def test_what_is_no_formula_is_refused_in_one_sentence(formula: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        dataset("formula", formula=formula)
    assert caught.value.field == "dataset.formula"
    assert words in caught.value.message
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


SIGNS = st.sampled_from(
    [*"xy0123456789.+-*/%^()<>=,[]{}'\"\\ ~&|@:;!", "sin", "max", "not ", " and ", "**", "e", "pi"]
)


@given(st.one_of(st.text(max_size=60), st.lists(SIGNS, max_size=40).map("".join)))
def test_whatever_is_typed_is_a_formula_or_a_sentence(text: str) -> None:
    x, y = np.random.RandomState(0).uniform(-3, 3, (2, 50))
    try:
        answers = parse_formula(text).answers(x, y)
    except FormulaError as error:
        answers, words = np.zeros(1), str(error)
        if not 0 < len(words) < 300:
            raise AssertionError(words) from error
    assert np.isfinite(answers).all()


def test_a_formula_of_a_megabyte_is_refused_before_it_is_read() -> None:
    before = time.process_time()
    with pytest.raises(SpecError, match=r"dataset\.formula: expected at most 200 characters"):
        dataset("formula", formula="x+" * 400_000 + "x")
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    ("id", "fields", "words"),
    [
        ("moons", {"amount": 0}, "dataset.amount: expected at least 20"),
        ("moons", {"amount": -5}, "dataset.amount: expected at least 20"),
        ("moons", {"amount": float("nan")}, "dataset.amount: expected"),
        ("moons", {"amount": 100.5}, "dataset.amount: expected"),
        ("moons", {"amount": 10**9}, "dataset.amount: expected at most 5,000"),
        ("moons", {"noise": 1e9}, "dataset.noise: expected at most 1"),
        ("moons", {"noise": -0.1}, "dataset.noise: expected at least 0"),
        ("moons", {"noise": float("nan")}, "dataset.noise: expected a finite number"),
        ("moons", {"amount": 20, "validation": 0.01}, "at least one of the 20 rows"),
        ("moons", {"features": []}, "dataset.features: expected some of x, y, x2"),
        ("moons", {"features": ["x", "x"]}, "dataset.features: expected each feature once"),
        ("moons", {"features": ["x", "z"]}, "dataset.features: expected some of x, y, x2"),
        ("moons", {"features": "x"}, "dataset.features: expected a list"),
        ("moons", {"formula": "y > x"}, "dataset.formula: is not for Moons; leave it out."),
        ("moons", {"points": TWO}, "dataset.points: is not for Moons"),
        ("moons", {"task": "regression"}, "dataset.task: is for tables of your own"),
        ("digits", {"amount": 1_798}, "dataset.amount: expected at most 1,797 rows"),
        ("digits", {"noise": 0.1}, "dataset.noise: is not for Digits"),
        ("upload:" + "0" * 64, {"amount": 100}, "dataset.amount: is not for data of your own"),
        ("upload:" + "0" * 64, {"noise": 0.1}, "dataset.noise: is not for data of your own"),
        ("painted", {"noise": 0.1}, "dataset.noise: is not for"),
        ("painted", {"points": ""}, "received 0; paint more."),
        ("painted", {"points": painting((0, 0, 0), (9, 9, 1))}, "received 2; paint more."),
        ("painted", {"points": "A" * 10**6}, "dataset.points: expected at most 2000 characters"),
        ("painted", {"points": "A" * 399}, "expected base64url of three bytes a point"),
        ("painted", {"points": "AAA=" * 20}, "expected base64url of three bytes a point"),
        ("painted", {"points": "\u00e9" * 40}, "expected base64url of three bytes a point"),
        ("painted", {"points": painting(*[(1, n, 1) for n in range(20)])}, "are all of class 1"),
        (
            "painted",
            {"points": painting(*[(1, n, int(n < 2)) for n in range(20)])},
            "received 2 of class 1; paint more of it.",
        ),
        ("painted", {"points": painting(*[(1, n, n) for n in range(20)])}, "received 19"),
        (
            "painted",
            {"points": painting(*[(1, n, 7) for n in range(20)]), "task": "regression"},
            "have one value",
        ),
    ],
)
def test_points_that_cannot_be_are_refused(id: str, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        dataset(id, **fields)
    assert words in str(caught.value)


def test_a_painting_has_the_classes_that_were_painted_or_values() -> None:
    assert dataset("painted", points=TWO).info.classes == 2
    assert dataset("painted", points=THREE).info.class_names == ("0", "1", "2")
    values = dataset("painted", points=THREE, task="regression").info
    assert (values.task, values.classes, values.rows, values.target) == (
        *("regression", 0, 12),
        "value",
    )


def test_only_what_is_shaped_has_another_description() -> None:
    for info in DATASETS.values():
        if "formula" not in info.shapes and "points" not in info.shapes:
            assert DatasetSpec(id=info.id).info == info
