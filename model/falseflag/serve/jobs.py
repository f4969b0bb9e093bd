"""What runs in processes of its own, so that nothing slow stands between a save and its numbers; threads lead them."""

from __future__ import annotations

import _thread
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

from falseflag.case.model import Case
from falseflag.errors import SamplerError
from falseflag.inference.result import Answer
from falseflag.problem import problem_of
from falseflag.serve.live import Latest, Phase, Report, Sampling
from falseflag.settings import Settings

MOST_STRUCTURES = 8
"""Structures that one process compiles: machine code is never given back, so a fresh process takes over then."""

PHASES: dict[str, Phase] = {"compiling the model": "compiling the model", "sampling": "sampling"}
"""What the sampler calls its stages, and what they are shown as."""

type Message = tuple[int, Answer | Report | Sampling | str]
"""Something about the save of that number; a text says why there is no report."""


@dataclass(frozen=True, slots=True)
class Task:
    """A case to answer, by the number of its save."""

    number: int
    case: Case
    settings: Settings


class SupersededError(BaseException):
    """There is a newer save; as a `BaseException` it passes through what handles errors, as an interrupt does."""


def draw(connection: Connection, task: Task | tuple[int, Answer]) -> None:
    """Send the exact answer with its draws, then its report; or the report of an answer that is handed in."""
    _stand_back(5)
    from falseflag.report import render_report  # noqa: PLC0415  (in this process alone)
    from falseflag.sampling import sample  # noqa: PLC0415

    if isinstance(task, Task):
        number, answer = task.number, sample(task.case, "exact", task.settings)
        connection.send((number, answer))
    else:
        number, answer = task
    connection.send((number, Report(number, answer.engine, render_report(answer))))


def sample_on(connection: Connection) -> None:
    """Sample tasks as they come until the other end is closed; a newer one puts an end to the one at work."""
    _stand_back(10)
    signal.signal(signal.SIGTERM, _supersede)
    from falseflag.inference.nuts import sampler  # noqa: PLC0415  (PyMC takes seconds: while there is nothing to do yet)

    structures = 0
    while structures < MOST_STRUCTURES and (task := _newest(connection)) is not None:
        structures += not sampler.is_compiled(problem_of(task.case))
        try:
            _sample(connection, task)
        except SupersededError:
            continue


def _sample(connection: Connection, task: Task) -> None:
    from falseflag.sampling import sample  # noqa: PLC0415

    progress = _Progress(connection, task.number)
    try:
        answer = sample(task.case, "nuts", task.settings, progress=progress.report)
    except SamplerError as error:
        connection.send((task.number, Sampling("failed", message=str(error))))
    else:
        connection.send((task.number, answer))


class _Progress:
    """Tells how far the sampler is, and stops it where a newer task waits."""

    step = 0.05

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection, self._number = connection, number
        self._reported = ("", 0.0)

    def report(self, stage: str, share: float) -> None:
        """Hear of progress; the sampler calls from threads of its own, in which nothing can be raised to any avail."""
        if self._connection.poll():
            if threading.current_thread() is threading.main_thread():
                raise SupersededError
            _thread.interrupt_main(signal.SIGTERM)
        elif stage != self._reported[0] or share >= self._reported[1] + self.step:
            self._reported = (stage, share)
            self._connection.send((self._number, Sampling(PHASES.get(stage, "sampling"), share)))


def _newest(connection: Connection) -> Task | None:
    try:
        task: Task = connection.recv()
        while connection.poll():
            task = connection.recv()
    except EOFError:
        return None
    return task


def _stand_back(nice: int) -> None:
    """Leave Ctrl-C to the process that started this one, and the processor to it too; the sampler comes last."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(nice)


def _supersede(_number: int, _frame: object) -> NoReturn:
    raise SupersededError


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
    """A thread that takes what is to be done from its latest.

    Parameters
    ----------
    report : callable
        Called, in that thread, with each message that comes back.
    """

    def __init__(self, report: Callable[[Message], None]) -> None:
        self.latest: Latest[T] = Latest()
        self._report = report
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop what is at work."""
        self.latest.close()
        self._thread.join()

    def _work(self) -> None:
        while (task := self.latest.take()) is not None:
            self._do(task)

    def _do(self, task: T) -> None:
        raise NotImplementedError


class Drawer(Worker[Task | tuple[int, Answer]]):
    """Has reports drawn, each in a process of its own, which is ended when there is something newer to draw."""

    def _do(self, task: Task | tuple[int, Answer]) -> None:
        process, connection = _start(draw, task, duplex=False)
        number = task.number if isinstance(task, Task) else task[0]
        try:
            while not self.latest.is_waited_on:
                if connection.poll(LOOK):
                    message: Message = connection.recv()
                    self._report(message)
                    if isinstance(message[1], Report):
                        break
        except (EOFError, OSError):
            self._report((number, "The report could not be made; the terminal says why."))
        finally:
            _end(process, connection)


class Sampler(Worker[Task]):
    """Has saves sampled by one process, which keeps the models that it compiled."""

    def __init__(self, report: Callable[[Message], None]) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        super().__init__(report)

    def _work(self) -> None:
        super()._work()
        self._drop()

    def _do(self, task: Task) -> None:
        for _ in range(2):  # a process that has compiled enough ends, perhaps just as it is handed something
            try:
                connection = self._send(task)
                while not (self.latest.is_waited_on or self._is_done(connection, task)):
                    pass
            except (EOFError, OSError):
                self._drop()
            else:
                return
        self._report((task.number, Sampling("failed", message="The sampler's process has ended.")))

    def _is_done(self, connection: Connection, task: Task) -> bool:
        """Pass on a message, if one comes soon, and report whether it was the task's last."""
        if not connection.poll(LOOK):
            return False
        number, content = message = connection.recv()
        self._report(message)
        return number == task.number and (not isinstance(content, Sampling) or content.phase == "failed")

    def _send(self, task: Task) -> Connection:
        """Hand over a task, to a fresh process if the last one has ended, as it does when it has compiled enough."""
        if self._process is not None and self._connection is not None and self._process.is_alive():
            with suppress(OSError):
                self._connection.send(task)
                return self._connection
        self._drop()
        self._process, self._connection = _start(sample_on, duplex=True)
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
