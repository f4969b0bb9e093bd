"""What runs in processes of its own, so that nothing slow stands between a save and its numbers."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

from falseflag.case.model import Case
from falseflag.errors import SamplerError
from falseflag.inference.result import Answer
from falseflag.problem import problem_of
from falseflag.serve.live import Phase, Report, Sampling
from falseflag.settings import Settings

MOST_STRUCTURES = 8
"""Structures that one process compiles: machine code is never given back, so a fresh process takes over then."""

PHASES: dict[str, Phase] = {"compiling the model": "compiling the model", "sampling": "sampling"}
"""What the sampler calls its stages, and what they are shown as."""

type Message = tuple[int, Answer | Report | Sampling | str]
"""Something about the save of that number; a text tells why there is no report."""


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

    teller = _Teller(connection, task.number)
    try:
        answer = sample(task.case, "nuts", task.settings, progress=teller.tell)
    except SamplerError as error:
        connection.send((task.number, Sampling("failed", message=str(error))))
    else:
        connection.send((task.number, answer))


class _Teller:
    """Tells how far the sampler is, and stops it where a newer task waits."""

    step = 0.05

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection, self._number = connection, number
        self._told = ("", 0.0)

    def tell(self, stage: str, share: float) -> None:
        """Hear of progress; the sampler calls from threads of its own, in which nothing can be raised to any avail."""
        if self._connection.poll():
            if threading.current_thread() is threading.main_thread():
                raise SupersededError
            _thread.interrupt_main(signal.SIGTERM)
        elif stage != self._told[0] or share >= self._told[1] + self.step:
            self._told = (stage, share)
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
