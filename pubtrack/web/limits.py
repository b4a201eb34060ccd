"""How often one link may be used. Held in memory: a restart forgives."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

_NAMES = 10_000  # links remembered at once; the one that rested longest is forgotten first


class Rate:
    """A bucket per name that holds a minute's worth and fills steadily."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._most = float(per_minute)
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, name: str) -> bool:
        """Given who or what asks, return whether it may now, and count it."""
        with self._lock:
            now = self._monotonic()
            left, since = self._buckets.pop(name, (self._most, now))
            left = min(self._most, left + (now - since) * self._most / 60)
            allowed = left >= 1
            self._buckets[name] = (left - 1 if allowed else left, now)
            while len(self._buckets) > _NAMES:
                self._buckets.popitem(last=False)
            return allowed
