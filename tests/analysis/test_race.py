"""Races: searches at equal epochs, and one sentence that the numbers bear out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuning_core.analysis.race import Search, band, best_steps, race


def search(strategy: str, seed: int, final: float, *, epochs: float = 100, over: bool = True):
    return Search(strategy, seed, [10, 50, 100], [0.5, 0.8, final], epochs, 2.0, over)


def raced(finals: dict[str, list[float]], **options: float):
    searches = [
        search(name, n, score) for name, known in finals.items() for n, score in enumerate(known)
    ]
    return race(searches, list(finals), "max", **options)


def test_the_best_so_far_changes_where_a_score_is_better():
    spent, scores = [10, 20, 30, 40], [0.5, None, math.nan, 0.4]
    assert best_steps(spent, scores, "max") == ([10], [0.5])
    assert best_steps(spent, scores, "min") == ([10, 40], [0.5, 0.4])
    assert best_steps([], [], "min") == ([], [])


def test_scores_are_those_at_the_epochs_that_all_have_spent():
    long = Search("tpe", 0, [10, 90, 190], [0.5, 0.7, 0.99], 200, 2.0, True)
    short = Search("random", 0, [10, 100], [0.6, 0.8], 120, 3.0, True)
    found = race([long, short], ["random", "tpe"], "max")
    assert found.epochs == 120
    assert [lane.scores for lane in found.lanes] == [(0.8,), (0.7,)]
    assert [lane.epochs for lane in found.lanes] == [120, 200]
    assert "one seed says nothing" in found.sentence


def test_a_search_that_ended_early_is_lost_and_one_that_runs_is_waited_for():
    searches = [search("tpe", n, 0.9 + n / 100) for n in range(3)]
    searches += [search("random", 0, 0.9), search("random", 1, 0.9, epochs=20)]
    searches += [search("random", 2, 0.9, over=False)]
    found = race(searches, ["tpe", "random"], "max")
    assert (found.epochs, found.left, found.lost) == (100, 1, 1)
    assert found.lanes[1].scores == (0.9, None, None)
    assert found.lanes[1].epochs == 100  # That of the lost one is no share of it.
    assert found.sentence.startswith("So far: after 100 epochs")
    assert (found.lanes[0].median, found.lanes[0].low, found.lanes[0].high) == (0.91, 0.9, 0.92)


def test_a_lost_search_does_not_turn_the_order_of_those_that_can_be_compared():
    searches = [search("random", n, score) for n, score in enumerate([0.1, 0.91, 0.92, 0.91, 0.93])]
    searches += [search("tpe", n, score) for n, score in enumerate([0.85, 0.87, 0.85, 0.88], 1)]
    found = race([*searches, search("tpe", 0, 0.8, epochs=5)], ["random", "tpe"], "max")
    assert found.lost == 1
    assert "Random search is better than TPE, by 0.055" in found.sentence
    assert "over 4 seeds" in found.sentence


def test_a_clear_difference_is_said():
    found = raced({"random": [0.90, 0.91, 0.9, 0.92, 0.91], "tpe": [0.96, 0.97, 0.96, 0.97, 0.98]})
    assert found.sentence == (
        "After 100 epochs each, TPE is better than Random search, by 0.06 or more on average over "
        "5 seeds, which is more than luck explains."
    )


def test_what_luck_explains_is_said_to_be_luck_with_the_seeds_that_it_would_take():
    found = raced({"random": [0.90, 0.93, 0.95, 0.94, 0.91], "tpe": [0.95, 0.92, 0.97, 0.93, 0.93]})
    assert found.sentence == (
        "After 100 epochs each, TPE and Random search cannot be told apart on 5 seeds: a "
        "difference of 0.014 would take about 30 seeds to tell from luck."  # (2.8 * 1.8)**2
    )


def test_equal_scores_are_told_so_and_rounding_steps_are_no_certainty():
    same = raced({"random": [0.9, 0.8, 0.7], "tpe": [0.9, 0.8, 0.7]})
    assert same.sentence.endswith(
        "cannot be told apart on 3 seeds: on average they reached the same."
    )
    steps = {"random": [0.9, 0.9, 0.9], "tpe": [0.91, 0.91, 0.91]}
    assert "is better" in raced(steps).sentence
    assert "cannot be told apart" in raced(steps, resolution=0.01).sentence


def test_luck_alone_seldom_names_a_winner():
    draw = np.random.default_rng(0)
    names = ("random", "tpe", "hyperband")
    said = sum(
        "is better" in raced({name: list(draw.normal(0.9, 0.01, 5)) for name in names}).sentence
        for _ in range(200)
    )
    assert said / 200 < 0.08


@pytest.mark.parametrize("searches", [[], [search("tpe", 0, 0.9, over=False)]])
def test_before_the_first_end_nothing_is_said(searches):
    found = race(searches, ["tpe", "random"], "max")
    assert found.sentence == "No search has ended yet."
    assert found.lanes[0].median is None


def test_the_band_holds_what_each_seed_had_by_then():
    one = Search("tpe", 0, [10, 40], [0.5, 0.9], 50, 1.0, True)
    two = Search("tpe", 1, [20], [0.7], 30, 1.0, False)
    at, middle, low, high = band([one, two, Search("tpe", 2, [], [], 0, 0, False)], "max")
    assert at == [10, 20, 30, 40, 50]
    assert middle == [0.5, 0.6, 0.6, 0.9, 0.9]
    assert (low[1], high[1]) == (0.5, 0.7)
    assert band([one], "min")[2:] == band([one], "max")[:1:-1]
    assert band([], "min") == ([], [], [], [])
