"""What threads share: the state that is shown, followed by event streams, and the latest task of a worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

from falseflag.serve.live import Live


class Latest[T]:
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
        """Wait for a thing and take it; None once it is closed."""
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


class State:
    """The present `Live`, and who waits for the next one; a slow reader skips what it missed, so nothing piles up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live = Live()
        self._version = 0
        self._closed = False
        self._followers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def live(self) -> Live:
        """What is shown now."""
        return self._live

    def update(self, change: Callable[[Live], Live]) -> Live:
        """Change what is shown, and wake the followers if that made a difference; return what is shown now."""
        with self._lock:
            before, self._live = self._live, change(self._live)
            if self._live is not before:
                self._version += 1
                self._wake()
            return self._live

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self._closed = True
            self._wake()

    async def follow(self, pause: float) -> AsyncIterator[tuple[int, Live] | None]:
        """Yield what is shown, with its version, now and after each change; None after `pause` seconds without one."""
        news, loop = asyncio.Event(), asyncio.get_running_loop()
        seen = -1
        with self._lock:
            self._followers[news] = loop
        try:
            while not self._closed:
                news.clear()
                version, live = self._version, self._live
                if version != seen:
                    seen = version
                    yield version, live
                    continue
                try:
                    await asyncio.wait_for(news.wait(), pause)
                except TimeoutError:
                    yield None
        finally:
            with self._lock:
                self._followers.pop(news, None)

    @property
    def followers(self) -> int:
        """How many streams are open."""
        return len(self._followers)

    def _wake(self) -> None:
        for news, loop in self._followers.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(news.set)
