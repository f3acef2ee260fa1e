"""The trials that the user has selected, in any table or chart of the page."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

_CHOSEN = "chosen_trials"


def chosen_trials() -> list[int]:
    """The trials that the user selected, in any table or chart of this page."""
    numbers: list[int] = st.session_state.get(_CHOSEN, [])
    return numbers


def choose_trials(numbers: list[int]) -> None:
    """Select these trials."""
    st.session_state[_CHOSEN] = numbers


SEEN_AFTER = 0.4
"""Seconds from drawing a table on the server to a click on it, at the least."""

UNDER_WAY = 5.0
"""Seconds within which a browser may still say what it had before it was told better."""


@dataclass
class TableSelection:
    """What a browser was shown and told lately. Times are seconds of one steady clock.

    A browser knows places, not trials, so a selected trial keeps its place while others move. When
    a selection comes from elsewhere, the places are corrected on the server, and a browser that
    has not heard of it yet still sends the old ones: no click at all.
    """

    _orders: list[tuple[float, list[int]]] = field(default_factory=list)
    _replaced: list[tuple[float, list[int]]] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)

    def order(self, ranked: list[int], chosen: list[int]) -> list[int]:
        """The trials from top to bottom: as ``ranked``, but none of ``chosen`` moves.

        A trial that is chosen stays where it was selected, or where it was drawn last.
        """
        drawn = self._orders[-1][1] if self._orders else []
        rank = {trial: place for place, trial in enumerate(ranked)}
        last = rank | {trial: place for place, trial in enumerate(drawn)}
        self._places = {t: self._places.get(t, last[t]) for t in chosen if t in rank}
        order = [trial for trial in ranked if trial not in self._places]
        for trial, place in sorted(self._places.items(), key=lambda item: item[1]):
            order.insert(place, trial)
        return order

    def draw(self, order: list[int], known: list[int], rows: list[int], at: float) -> bool:
        """Note what is being drawn; whether ``known``, which the browser has, is to be replaced.

        ``order`` are the trials from top to bottom, ``rows`` the places of those selected.
        """
        if not self._orders or self._orders[-1][1] != order:
            self._orders = [*self._orders[-9:], (at, order)]
        if sorted(known) == sorted(rows):
            self._replaced = []
            return False
        lately = [(since, old) for since, old in self._replaced if since > at - UNDER_WAY]
        self._replaced = [*lately, (at, sorted(known))]
        return True

    def trials(self, rows: list[int], at: float) -> list[int] | None:
        """The trials that the user selected; None when the browser is only behind the times.

        A table drawn a moment ago is not on the screen yet: the click was on the one before.
        """
        if any(since > at - UNDER_WAY and old == sorted(rows) for since, old in self._replaced):
            return None
        self._replaced = []
        seen = (order for since, order in reversed(self._orders) if since <= at - SEEN_AFTER)
        order = next(seen, self._orders[0][1] if self._orders else [])
        self._places = {order[row]: row for row in rows if row < len(order)}
        return list(self._places)
