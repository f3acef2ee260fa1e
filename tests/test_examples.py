"""The specs that ship: each can be run as it is, and is named in the list beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuning_core.spec.study import parse_spec

EXAMPLES = Path(__file__).parents[1] / "examples"
SPECS = sorted(EXAMPLES.glob("*.json"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_an_example_is_a_spec_with_something_to_try(path: Path) -> None:
    spec = parse_spec(path.read_bytes())
    assert spec.plan().trials > 1
    assert spec.name


def test_the_list_of_examples_is_complete() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in SPECS if f"`{path.name}`" not in listed] == []


def test_the_plan_of_a_grid_over_epochs_is_their_sum() -> None:
    # 3 x 3 configurations on 5 folds with 10 epochs, and as many with 20.
    plan = parse_spec((EXAMPLES / "mnist_grid_folds.json").read_bytes()).plan()
    assert (plan.trials, plan.trainings, plan.epochs) == (18, 90, 45 * 10 + 45 * 20)
