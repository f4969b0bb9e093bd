"""Threads that lead processes: one draws reports, one samples; each works on the newest save alone."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from falseflag.inference.result import Answer
from falseflag.serve import labour
from falseflag.serve.labour import Message, Task
from falseflag.serve.live import Report, Sampling
from falseflag.serve.slot import Slot

LOOK = 0.03
"""Seconds between two looks for something newer, while something is waited for."""

_WAYS = multiprocessing.get_all_start_methods()
_CONTEXT: Any = multiprocessing.get_context("forkserver" if "forkserver" in _WAYS else "spawn")


def start_fork_server() -> None:
    """Start the process that others are forked from, which Ctrl-C is never to reach: it is ended by this one."""
    if "forkserver" in _WAYS:
        from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415  (not on every system)

        resource_tracker.ensure_running()  # which lifts the block below, when it is started
        _CONTEXT.set_forkserver_preload(["falseflag.sampling", "falseflag.report"])
        unmasked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # passed on to what is started
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unmasked)


class Worker[T]:
    """A thread that takes what is to be done from its slot.

    Parameters
    ----------
    tell : callable
        Called, in that thread, with each message that comes back.
    """

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self.slot: Slot[T] = Slot()
        self._tell = tell
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop what is at work."""
        self.slot.close()
        self._thread.join()

    def _work(self) -> None:
        while (task := self.slot.take()) is not None:
            self._do(task)

    def _do(self, task: T) -> None:
        raise NotImplementedError


class Drawer(Worker[Task | tuple[int, Answer]]):
    """Has reports drawn, each in a process of its own, which is ended when there is something newer to draw."""

    def _do(self, task: Task | tuple[int, Answer]) -> None:
        process, connection = _start(labour.draw, task, duplex=False)
        number = task.number if isinstance(task, Task) else task[0]
        try:
            while not self.slot.is_waited_on:
                if connection.poll(LOOK):
                    message: Message = connection.recv()
                    self._tell(message)
                    if isinstance(message[1], Report):
                        break
        except (EOFError, OSError):
            self._tell((number, "The report could not be made; the terminal says why."))
        finally:
            _end(process, connection)


class Sampler(Worker[Task]):
    """Has saves sampled by one process, which keeps the models that it compiled."""

    def __init__(self, tell: Callable[[Message], None]) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        super().__init__(tell)

    def _work(self) -> None:
        super()._work()
        self._drop()

    def _do(self, task: Task) -> None:
        for _ in range(2):  # a process that has compiled enough ends, perhaps just as it is handed something
            try:
                connection = self._send(task)
                while not (self.slot.is_waited_on or self._is_done(connection, task)):
                    pass
            except (EOFError, OSError):
                self._drop()
            else:
                return
        self._tell((task.number, Sampling("failed", message="The sampler's process has ended.")))

    def _is_done(self, connection: Connection, task: Task) -> bool:
        """Pass on a message, if one comes soon, and tell whether it was the task's last."""
        if not connection.poll(LOOK):
            return False
        number, content = message = connection.recv()
        self._tell(message)
        return number == task.number and (not isinstance(content, Sampling) or content.phase == "failed")

    def _send(self, task: Task) -> Connection:
        """Hand over a task, to a fresh process if the last one has ended, as it does when it has compiled enough."""
        if self._process is not None and self._connection is not None and self._process.is_alive():
            with suppress(OSError):
                self._connection.send(task)
                return self._connection
        self._drop()
        self._process, self._connection = _start(labour.sample_on, duplex=True)
        self._connection.send(task)
        return self._connection

    def _drop(self) -> None:
        if self._process is not None and self._connection is not None:
            _end(self._process, self._connection)
        self._process = self._connection = None


def _start(work: Callable[..., None], *arguments: object, duplex: bool) -> tuple[BaseProcess, Connection]:
    ours, theirs = _CONTEXT.Pipe(duplex=duplex)
    process = _CONTEXT.Process(target=work, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _end(process: BaseProcess, connection: Connection) -> None:
    connection.close()
    process.kill()
    process.join()
