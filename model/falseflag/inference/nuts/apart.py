"""NUTS in a process of its own: it gets ready while the case is read, and samples while the answer is explained."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from importlib import import_module
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TYPE_CHECKING, Self

from falseflag.errors import FalseflagError, SamplerError

if TYPE_CHECKING:
    from falseflag.inference.draws import Draws
    from falseflag.inference.nuts.sampler import Progress, Statistics
    from falseflag.problem import Problem
    from falseflag.settings import Settings

SAMPLER = "falseflag.inference.nuts.sampler"
"""Takes more than a second to import."""


class Apart:
    """A process that samples one problem; ended with the block that it is used in, or with this process."""

    def __enter__(self) -> Self:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        resource_tracker.ensure_running()  # which lifts the block below, when it is started
        unmasked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # passed on: Ctrl-C is for this process
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unmasked)
            theirs.close()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        """End the process, whatever it is doing."""
        self._connection.close()
        self._process.kill()
        self._process.join()

    def begin(self, problem: Problem, settings: Settings, starts: Draws) -> None:
        """Have a problem sampled, as `falseflag.inference.nuts.sampler.sample` does."""
        try:
            self._connection.send((problem, settings, starts))
        except OSError as error:
            raise self._ended() from error

    def wait(self, progress: Progress | None = None) -> tuple[Draws, Statistics]:
        """Return what was sampled.

        Raises
        ------
        SamplerError
            As the sampler does, or if its process was ended.
        """
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError) as error:
                raise self._ended() from error
            if isinstance(message, FalseflagError):
                raise message
            stage, found = message
            if stage is None:
                return found  # type: ignore[no-any-return]
            if progress is not None:
                progress(stage, found)

    def _ended(self) -> Exception:
        """Return what to raise: a process that a signal ended ran out of memory, say; another one has a defect."""
        self._process.join()
        code = self._process.exitcode or 0
        if code < 0:
            return SamplerError(f"the sampler's process was ended by signal {-code} ({signal.strsignal(-code)})")
        return RuntimeError("the sampler's process has ended; its error stands above")


def _work(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=import_module, args=(SAMPLER,), daemon=True).start()
    try:
        problem, settings, starts = connection.recv()
    except EOFError:  # there is nothing to sample
        return
    try:
        found = import_module(SAMPLER).sample(problem, settings, lambda *done: connection.send(done), starts)
    except FalseflagError as error:
        connection.send(error)
    else:
        connection.send((None, found))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
