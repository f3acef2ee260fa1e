"""Whose study is next: readers take turns, so that one with many keeps nobody waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Turns:
    """Studies that wait. Not for several threads at once.

    Next is the reader of whom the fewest studies run; among those the one whose last turn is
    longest ago; among those the one who asked first. Each reader's own studies keep their order.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._running: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._turn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, study_id: object) -> bool:
        return study_id in self._waiting

    def add(self, study_id: str, reader: str = "") -> None:
        """Put a study at the end of its reader's line."""
        self._waiting[study_id] = reader

    def remove(self, study_id: str) -> bool:
        """Take a study off; whether it waited."""
        return self._waiting.pop(study_id, None) is not None

    def clear(self) -> None:
        """Take all studies off."""
        self._waiting.clear()

    def next(self) -> str | None:
        """Take off the study whose turn it is; it counts as running until ``ended``."""
        order = self.order()
        if not order:
            return None
        study_id = order[0]
        reader = self._running[study_id] = self._waiting.pop(study_id)
        self._turn += 1
        self._last[reader] = self._turn
        return study_id

    def ended(self, study_id: str) -> None:
        """Take note of a study that runs no more."""
        self._running.pop(study_id, None)
        known = {*self._waiting.values(), *self._running.values()}
        self._last = {reader: turn for reader, turn in self._last.items() if reader in known}

    def order(self) -> list[str]:
        """All that waits in the order of their turns, if none ended or came in between."""
        counts = Counter(self._running.values())
        last, turn = dict(self._last), self._turn
        left = list(self._waiting.items())
        order = []
        while left:
            place = _first(left, counts, last)
            study_id, reader = left.pop(place)
            order.append(study_id)
            counts[reader] += 1
            turn += 1
            last[reader] = turn
        return order


def _first(waiting: Iterable[tuple[str, str]], counts: Counter[str], last: dict[str, int]) -> int:
    """Place of the study whose turn it is; the earlier of equals."""
    ranks = [(counts[reader], last.get(reader, 0)) for _, reader in waiting]
    return ranks.index(min(ranks))
