"""How often somebody may try what can be guessed."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable, Hashable
from math import ceil
from threading import Lock

from tuning_core.home.home import ManagerError

MOST_KEYS = 10_000


class Tries:
    """So many tries in so many seconds for each key; ``what`` they are, as in "wrong codes"."""

    def __init__(
        self, what: str, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._most, self._seconds, self._clock = what, most, seconds, clock
        self._lock = Lock()
        self._tries: dict[Hashable, deque[float]] = {}

    def begin(self, key: Hashable) -> None:
        """Count a try, before it is known to be wrong. Raises ManagerError for one too many."""
        now = self._clock()
        with self._lock:
            if len(self._tries) >= MOST_KEYS:
                self._tries = {k: t for k, t in self._tries.items() if t[-1] > now - self._seconds}
            tries = self._tries.setdefault(key, deque(maxlen=self._most))
            if len(tries) == self._most and tries[0] > now - self._seconds:
                wait = ceil(tries[0] + self._seconds - now)
                raise ManagerError(f"Too many {self._what}. Try again in {wait} seconds.")
            tries.append(now)

    def forgive(self, key: Hashable) -> None:
        """Take the last try back: it was right."""
        with self._lock:
            tries = self._tries.get(key)
            if tries:
                tries.pop()
            if not tries:
                self._tries.pop(key, None)


def network_of(address: str) -> str:
    """What of an address one household cannot change at will: all, or the network of an IPv6.

    >>> network_of("192.0.2.7"), network_of("2001:db8::7"), network_of("")
    ('192.0.2.7', '2001:db8::', '')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
