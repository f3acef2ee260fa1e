"""Rows of a table whose order changes stand for the trials that the reader saw there."""

from __future__ import annotations

from pages.components.shared.chosen_trials import SEEN_AFTER, UNDER_WAY, TableSelection


def test_a_row_stands_for_the_trial_that_was_on_the_screen_at_the_click():
    selection = TableSelection()
    selection.draw([4, 2, 7], [], [], at=0.0)
    selection.draw([9, 4, 2, 7], [], [], at=10.0)
    assert selection.trials([1], at=10.0 + SEEN_AFTER / 2) == [2]
    assert selection.trials([1], at=10.0 + SEEN_AFTER * 2) == [4]


def test_a_selected_trial_stays_where_it_was_clicked_while_others_arrive():
    selection = TableSelection()
    selection.draw(selection.order([4, 2, 7], []), [], [], at=0.0)
    assert selection.trials([1], at=1.0) == [2]
    assert selection.order([9, 4, 2, 7], [2]) == [9, 2, 4, 7]
    assert selection.order([9, 4, 7, 8, 2], [2]) == [9, 2, 4, 7, 8]
    assert selection.order([9, 4, 7, 8, 2], []) == [9, 4, 7, 8, 2]


def test_a_trial_selected_elsewhere_stays_where_it_was_drawn():
    selection = TableSelection()
    selection.draw(selection.order([4, 2, 7], []), [], [], at=0.0)
    assert selection.order([7, 9, 4, 2], [7, 3]) == [9, 4, 7, 2]


def test_a_place_beyond_the_last_row_is_the_last():
    selection = TableSelection()
    selection.draw(selection.order([4, 2, 7], []), [], [], at=0.0)
    assert selection.trials([1, 2], at=1.0) == [2, 7]
    assert selection.order([7, 2], [2, 7]) == [2, 7]
    assert selection.order([7], [2, 7]) == [7]


def test_a_browser_behind_the_times_selects_nothing():
    selection = TableSelection()
    selection.draw([4, 2, 7], [1], [1], at=0.0)
    assert selection.draw([9, 4, 2, 7], [1], [2], at=1.0)
    assert selection.trials([1], at=2.0) is None
    assert selection.draw([8, 9, 4, 2, 7], [1], [3], at=2.0)
    assert selection.trials([2], at=3.0) == [4]  # Neither what it had nor what it was told.


def test_a_browser_that_has_caught_up_is_believed():
    selection = TableSelection()
    selection.draw([4, 2], [0], [0], at=0.0)
    assert selection.draw([2, 4], [0], [1], at=1.0)
    assert not selection.draw([2, 4], [1], [1], at=2.0)
    assert selection.trials([0], at=3.0) == [2]


def test_a_browser_that_never_caught_up_is_believed_in_the_end():
    selection = TableSelection()
    selection.draw([4, 2], [0], [0], at=0.0)
    assert selection.draw([2, 4], [0], [1], at=1.0)
    assert selection.trials([0], at=1.5 + UNDER_WAY) == [2]


def test_a_row_that_is_not_there_any_more_selects_nothing():
    selection = TableSelection()
    selection.draw([4, 2], [], [], at=0.0)
    assert selection.trials([5], at=9.0) == []
