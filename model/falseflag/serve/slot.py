"""The next piece of work: putting one in takes the place of one that was not yet begun."""

from __future__ import annotations

import threading


class Slot[T]:
    """Holds at most one thing, handed from one thread to another."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next: T | None = None
        self._closed = False

    def put(self, thing: T) -> None:
        """Leave a thing to be taken, in place of one that is there."""
        with self._changed:
            self._next = thing
            self._changed.notify_all()

    def take(self) -> T | None:
        """Wait for a thing and take it; None once the slot is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._next is not None or self._closed)
            thing, self._next = self._next, None
            return None if self._closed else thing

    def close(self) -> None:
        """Let whoever waits go, and take no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_waited_on(self) -> bool:
        """Whether something newer waits, or the end does: what is being done is of no use any more."""
        return self._next is not None or self._closed
