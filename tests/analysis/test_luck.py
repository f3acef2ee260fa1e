"""What is said of a leaderboard is so where the truth about its entries is known."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tuning_core.analysis.luck import (
    Entry,
    Luck,
    expected_best,
    luck,
    own_errors,
    ranks,
    with_observed_errors,
)
from tuning_core.analysis.luck_words import NAMELESS, luck_words, target_words
from tuning_core.catalog import OBJECTIVES

ACCURACY, LOSS = OBJECTIVES["val_accuracy"], OBJECTIVES["val_loss"]
COUNT, VALIDATION, TEST = 27, 200, 1_000


def board(rng: np.random.Generator, *better: float, count: int = COUNT) -> list[Entry]:
    """Entries of 90% accuracy on the same rows, but the first ones that are so much better.

    Some rows are hard for all of them, as in life.
    """
    rates = np.full(count, 0.9)
    rates[: len(better)] += better
    rows = []
    for number in (VALIDATION, TEST):
        hard = rng.random(number) < 0.04
        chances = np.where(hard, 0.2, np.clip((rates[:, None] - 0.008) / 0.96, 0, 1))
        rows.append((rng.random((count, number)) < chances).astype(float))
    errors = [own_errors(part) for part in rows]
    return [
        Entry(
            f"e{i}", float(rows[0][i].mean()), float(rows[1][i].mean()), errors[0][i], errors[1][i]
        )
        for i in range(count)
    ]


def kinds(*better: float, times: int = 200) -> dict[str, int]:
    rng = np.random.default_rng(7)
    found = [luck(board(rng, *better), "max").kind for _ in range(times)]
    return {kind: found.count(kind) for kind in set(found)}


def test_the_expected_best_of_many_draws_is_that_of_the_tables() -> None:
    # Harter 1961, "Expected values of normal order statistics", table 1.
    for count, known in ((1, 0.0), (2, 0.56419), (10, 1.53875), (24, 1.94767), (100, 2.50759)):
        assert expected_best(count) == pytest.approx(known, abs=2e-5)


def test_an_error_is_that_of_the_difference_from_the_others_on_the_same_rows() -> None:
    rng = np.random.default_rng(1)
    scores = np.array([[e.validation for e in board(rng)] for _ in range(300)])
    spread = (scores - scores.mean(axis=1, keepdims=True)).std(axis=0).mean()
    known = np.mean([e.validation_error for e in board(rng) if e.validation_error is not None])
    assert known == pytest.approx(spread, rel=0.1)
    assert np.isnan(own_errors(np.ones((1, 5)))).all()


def test_equally_good_entries_are_said_to_be_luck() -> None:
    found = kinds()
    assert found["scrambled"] >= 0.93 * 200, found
    assert found.get("survives", 0) == 0, found


def test_the_lead_of_equals_is_the_one_that_chance_gives() -> None:
    rng = np.random.default_rng(3)
    boards = [luck(board(rng), "max") for _ in range(200)]
    assert np.mean([b.lead for b in boards]) == pytest.approx(
        np.mean([b.by_chance for b in boards]), rel=0.12
    )
    assert abs(np.mean([b.kept for b in boards])) < 0.002
    # Of the first ten stay as many as with names from a hat.
    assert np.mean([b.stayed / b.followed for b in boards]) == pytest.approx(
        np.mean([b.from_hat / b.followed for b in boards]), abs=0.05
    )


def test_the_one_that_is_truly_better_is_said_to_be() -> None:
    found = kinds(0.09)
    assert found["survives"] >= 0.9 * 200, found


def test_the_first_of_several_good_ones_is_good_and_lucky() -> None:
    found = kinds(*[0.05] * 8)
    assert found["shrank"] >= 0.95 * 200, found


@pytest.mark.parametrize(
    ("better", "said"),
    [
        (
            (),
            r"^Luck alone explains such a lead: were all 27 equally good, .* about 3\.\d points",
        ),
        ((0.09,), r"^That is skill: nobody else comes near .* about \d\.\d points"),
        ([0.05] * 8, r"^Good and lucky: e\d is better than the middle, .* \d+ others cannot"),
    ],
)
def test_the_second_sentence_says_what_luck_did(better: list[float], said: str) -> None:
    found = luck(board(np.random.default_rng(11), *better), "max")
    first, second = luck_words(found, ACCURACY)
    assert re.search(said, second), second
    assert f"led the middle of all 27 by {100 * found.lead:.1f} point" in first
    stay = f"{found.stayed} of the first {found.followed} stayed among the first {found.followed},"
    assert stay in first


def test_names_that_are_not_to_be_said_are_said_once() -> None:
    entries = [Entry(NAMELESS, 0.8, 0.8 - i / 100, 0.01, 0.01) for i in range(6)]
    entries += [Entry(NAMELESS, 0.9, 0.81, 0.01, 0.01)] * 2
    first, _ = luck_words(luck(entries, "max"), ACCURACY)
    assert first.startswith("The first led the middle of all 8")


def test_a_lead_beyond_chance_that_did_not_last_is_not_explained_by_it() -> None:
    entries = [Entry(f"e{i}", 0.8, 0.8, 0.01, 0.01) for i in range(9)]
    found = luck([*entries, Entry("elk", 0.9, 0.805, 0.01, 0.01)], "max")
    assert found.kind == "scrambled"
    assert luck_words(found, ACCURACY)[1].startswith("On the test part nothing of it can be told")


def flat(*scores: tuple[float, float]) -> Luck:
    return luck([Entry(f"e{i}", *pair, 0.01, 0.005) for i, pair in enumerate(scores)], "max")


def test_too_few_entries_and_equal_ones_have_sentences_of_their_own() -> None:
    few = luck_words(flat((0.9, 0.8), (0.8, 0.8)), ACCURACY)
    assert few[0] == "2 entries have a score on the test part."
    assert "too few to tell skill from luck" in few[1]
    assert luck_words(flat(), ACCURACY)[0] == "Nobody has a score on the test part."
    tied = luck_words(flat(*[(0.9, 0.8 + i / 100) for i in range(5)]), ACCURACY)
    assert tied[0] == "All 5 have the same validation score, so there is no first."
    assert "4.0 points apart" in tied[1]


def test_leaders_that_share_the_first_place_are_taken_together() -> None:
    found = flat((0.9, 0.7), (0.9, 0.9), (0.8, 0.8), (0.8, 0.8), (0.7, 0.8))
    assert found.validation_ranks == (1, 1, 3, 3, 5)
    assert found.test_ranks == (5, 1, 2, 2, 2)
    assert (found.leaders, found.kept) == (2, pytest.approx(0.0))
    assert "e0 and e1 led the middle of all 5" in luck_words(found, ACCURACY)[0]


def test_who_shares_the_first_place_is_no_rival_of_the_first() -> None:
    found = flat((0.9, 0.9), (0.9, 0.9), (0.8, 0.8), (0.8, 0.8), (0.7, 0.8))
    assert (found.leaders, found.rivals, found.kind) == (2, (), "survives")


def test_nobody_is_skilled_where_all_answer_every_row_of_the_test_part() -> None:
    whole = [Entry(f"e{i}", 0.9 - i / 100, 1.0, 0.0, 0.0) for i in range(6)]
    assert luck(whole, "max").kind == "scrambled"


def test_of_a_lead_that_lasted_nothing_is_said_to_be_lost() -> None:
    found = flat((0.9, 0.95), (0.85, 0.95), *[(0.8, 0.8)] * 8)
    assert (found.kind, found.rivals) == ("shrank", ("e1",))
    said = luck_words(found, ACCURACY)[1]
    assert said.startswith("Good, but first by luck: e0 is better than the middle, and the whole")
    assert "1 other cannot be told" in said


def test_a_lower_loss_leads() -> None:
    entries = [Entry(f"e{i}", v, t, 0.02, 0.01) for i, (v, t) in enumerate(
        ((0.40, 0.41), (0.20, 0.31), (0.35, 0.30), (0.33, 0.33), (0.30, 0.32)))]  # fmt: skip
    found = luck(entries, "min")
    assert found.entries[0].name == "e1"
    assert found.lead == pytest.approx(0.13)
    assert found.best_by_chance == pytest.approx(0.33 - found.by_chance)
    assert "by 0.13 on validation, but only by 0.01 on the test part." in luck_words(found, LOSS)[0]
    assert ranks([0.4, 0.2, 0.2], "min") == (3, 1, 1)


def test_where_rows_say_nothing_the_differences_do() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(0.7, 0.05, 400)
    entries = [
        Entry(str(i), float(t + rng.normal(0, 0.03)), float(t + rng.normal(0, 0.015)))
        for i, t in enumerate(truth)
    ]
    # Four times the rows make half the error.
    known = with_observed_errors(entries, 100, 400)[0]
    assert known.validation_error == pytest.approx(0.03, rel=0.15)
    assert known.test_error == pytest.approx(0.015, rel=0.15)


def reached(*tests: float) -> list[Entry]:
    return [Entry(f"e{i}", 0.91, test, 0.015, 0.006) for i, test in enumerate(tests)]


@pytest.mark.parametrize(
    ("tests", "first", "second"),
    [
        ((), "Nobody reached 0.9 on validation.", "there is nothing to compare"),
        (
            (0.92,),
            "e0 alone reached 0.9 on validation, and reaches it on the test part (0.920).",
            "too few to tell skill from luck",
        ),
        (
            (0.7, 0.75, 0.91),
            "1 of the 3 that reached 0.9 on validation reaches it on the test part; e0, the first, "
            "does not (0.700).",
            "That is more than luck: .* fell by 12.3 points on average, and luck moves .* 1.5",
        ),
        (
            (0.92, 0.91),
            "All 2 that reached 0.9 on validation reach it on the test part, e0, the first, too.",
            "That is skill: .* moves a score by about 1.5 points",
        ),
        (
            (0.87, 0.91, 0.88),
            "1 of the 3 that reached 0.9 on validation reaches it on the test part; e0, the first, "
            "does not (0.870).",
            "That is luck: .* fell by 2.3 points",
        ),
        (
            (0.93, 0.91, 0.92, 0.88),
            "3 of the 4 that reached 0.9 on validation reach it on the test part, e0, the first, "
            "too.",
            "Mostly skill: .* fell by 0.0 points",
        ),
    ],
)
def test_who_reaches_a_target_on_validation_may_miss_it_on_the_test_part(
    tests: tuple[float, ...], first: str, second: str
) -> None:
    words = target_words(reached(*tests), 0.9, ACCURACY)
    assert words[0] == first
    assert re.search(second, words[1]), words[1]
