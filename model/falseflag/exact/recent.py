"""Results that were computed lately, so that what has not changed is not computed again.

A sweep, a page that answers at every save, an explanation that asks again with one judgement moved: all of them meet
the same dependence groups over and over, and groups are what takes the time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock


class Recent[Key: Hashable, Value]:
    """A bounded store of results by what they follow from; those not asked for longest go first.

    Parameters
    ----------
    elements : int
        Numbers that are held at most, all results together.
    size : callable
        How many a result holds.
    """

    def __init__(self, elements: int, size: Callable[[Value], int]) -> None:
        self._room, self._size = elements, size
        self._kept: dict[Key, Value] = {}
        self._lock = Lock()

    def get(self, key: Key, compute: Callable[[], Value]) -> Value:
        """Return the result that is kept for `key`, or that of `compute`, which is kept then."""
        with self._lock:
            if key in self._kept:
                self._kept[key] = found = self._kept.pop(key)
                return found
        found = compute()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = found
                self._room -= self._size(found)
            while self._room < 0:
                self._room += self._size(self._kept.pop(next(iter(self._kept))))
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._room += sum(self._size(value) for value in self._kept.values())
            self._kept.clear()
