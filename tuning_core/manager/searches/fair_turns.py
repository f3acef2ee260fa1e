"""Whose study is next: readers take turns, so that one with many keeps nobody waiting."""

from __future__ import annotations

import heapq
from collections import Counter, deque


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
        self._places: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, study_id: object) -> bool:
        return study_id in self._waiting

    def add(self, study_id: str, reader: str = "") -> None:
        """Put a study at the end of its reader's line."""
        self._waiting[study_id] = reader
        self._places = None

    def remove(self, study_id: str) -> bool:
        """Take a study off; whether it waited."""
        self._places = None
        return self._waiting.pop(study_id, None) is not None

    def clear(self) -> None:
        """Take all studies off."""
        self._waiting.clear()
        self._places = None

    def next(self) -> str | None:
        """Take off the study whose turn it is; it counts as running until ``ended``."""
        study_id = next(iter(self._order()), None)
        if study_id is None:
            return None
        reader = self._running[study_id] = self._waiting.pop(study_id)
        self._turn += 1
        self._last[reader] = self._turn
        self._places = None
        return study_id

    def ended(self, study_id: str) -> None:
        """Take note of a study that runs no more."""
        self._running.pop(study_id, None)
        known = {*self._waiting.values(), *self._running.values()}
        self._last = {reader: turn for reader, turn in self._last.items() if reader in known}
        self._places = None

    def order(self) -> list[str]:
        """All that waits in the order of their turns, if none ended or came in between."""
        return [*self._order()]

    def place(self, study_id: str) -> int | None:
        """How many are before a study; None when it does not wait."""
        return self._order().get(study_id)

    def _order(self) -> dict[str, int]:
        """The place of each, in order; counted once until something changes."""
        if self._places is None:
            self._places = {study_id: place for place, study_id in enumerate(self._foreseen())}
        return self._places

    def _foreseen(self) -> list[str]:
        counts = Counter(self._running.values())
        lines: dict[str, deque[tuple[int, str]]] = {}
        for asked, (study_id, reader) in enumerate(self._waiting.items()):
            lines.setdefault(reader, deque()).append((asked, study_id))
        # Of each reader: how many run, the last turn, when the next of theirs was asked for.
        ranks = [
            (counts[reader], self._last.get(reader, 0), line[0][0], reader)
            for reader, line in lines.items()
        ]
        heapq.heapify(ranks)
        order: list[str] = []
        while ranks:
            running, _, _, reader = ranks[0]
            line = lines[reader]
            order.append(line.popleft()[1])
            if line:
                last = self._turn + len(order)
                heapq.heapreplace(ranks, (running + 1, last, line[0][0], reader))
            else:
                heapq.heappop(ranks)
        return order
