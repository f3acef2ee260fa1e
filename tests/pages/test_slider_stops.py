"""The stops of a slider reach what a hand wants to try, and nothing that the spec refuses."""

from __future__ import annotations

import pytest

from pages.components.shared.slider_stops import nearest, stops
from tuning_core.catalog.hyperparameters import HYPERPARAMETERS
from tuning_core.space.entries import checked_value

NUMBERS = [h for h in HYPERPARAMETERS.values() if h.kind in ("integer", "float")]


@pytest.mark.parametrize("hyperparameter", NUMBERS, ids=lambda h: h.id)
def test_stops_are_accepted_in_order_and_hold_the_default(hyperparameter):
    found = stops(hyperparameter)
    assert list(found) == sorted(set(found))
    assert hyperparameter.default in found
    assert 5 <= len(found) <= 60
    for value in found:
        assert checked_value(hyperparameter, value, "x") == value


@pytest.mark.parametrize("hyperparameter", NUMBERS, ids=lambda h: h.id)
def test_stops_cover_what_a_search_is_offered(hyperparameter):
    found, suggested = stops(hyperparameter), hyperparameter.suggested
    for end in suggested.get("choices") or (suggested["low"], suggested["high"]):
        assert min(found) <= end <= max(found)


def test_the_learning_rate_goes_from_nothing_to_ruin():
    found = stops(HYPERPARAMETERS["learning_rate"])
    assert {1e-7, 0.01, 1.0} <= set(found)


def test_a_value_between_the_stops_becomes_one():
    rate = HYPERPARAMETERS["learning_rate"]
    assert 0.00123 in stops(rate, 0.00123)
    assert stops(HYPERPARAMETERS["activation"])[0] == "relu"


def test_the_nearest_stop_is_found():
    assert nearest((1, 2, 4, 8), 5) == 4
    assert nearest((1, 2, 4, 8), 100) == 8
    assert nearest(("a", "b"), "c") == "a"
