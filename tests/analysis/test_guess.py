"""What was guessed is judged by the way a score went, in either direction of an objective."""

from __future__ import annotations

import pytest

from tuning_core.analysis.guess import Guess, Said, outcome
from tuning_core.catalog import OBJECTIVES


@pytest.mark.parametrize(
    ("objective", "before", "came", "went"),
    [
        ("val_accuracy", 0.80, 0.82, "better"),
        ("val_accuracy", 0.80, 0.78, "worse"),
        ("val_accuracy", 0.80, 0.81, "same"),
        ("val_loss", 0.50, 0.48, "better"),
        ("val_loss", 0.50, 0.509, "same"),
        ("val_loss", 0.50, 0.52, "worse"),
        ("val_mae", 3_000.0, 2_950.0, "same"),
        ("val_mae", 3_000.0, 2_900.0, "better"),
        ("val_r2", -0.2, 0.1, "better"),
        ("val_loss", 0.0, 0.0, "same"),
        ("val_loss", 0.5, float("inf"), "worse"),
    ],
)
def test_a_score_is_better_the_same_or_worse(
    objective: str, before: float, came: float, went: Said
):
    aim = OBJECTIVES[objective]
    assert outcome(aim, before, came) == went
    assert [Guess(said, before, 1).right(came, aim) for said in ("better", "same", "worse")] == [
        said == went for said in ("better", "same", "worse")
    ]


def test_a_number_says_which_way_it_goes_and_nothing_is_no_guess():
    aim = OBJECTIVES["val_loss"]
    named = Guess.of("worse", 0.3, 0.5, 4, aim)
    assert named == Guess("better", 0.5, 4, 0.3)
    assert Guess.of("same", None, 0.5, 4, aim) == Guess("same", 0.5, 4)
    assert Guess.of(None, None, 0.5, 4, aim) is None
