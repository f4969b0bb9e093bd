"""NUTS in a process of its own: it gets ready while the case is read, and samples while the answer is explained."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from importlib import import_module
from multiprocessing.connection import Connection, Pipe
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from falseflag.errors import FalseflagError, SamplerError

if TYPE_CHECKING:
    from falseflag.inference.draws import Draws
    from falseflag.inference.nuts.sampler import Progress, Statistics
    from falseflag.problem import Problem
    from falseflag.settings import Settings

SAMPLER = "falseflag.inference.nuts.sampler"
"""Takes more than a second to import."""

PROGRAM = "import sys; sys.path[:] = {path!r}; from falseflag.inference.nuts.apart import work; work({number})"
"""What the process runs. `multiprocessing` would run the main module of this one again, whoever's it is."""


class SamplerProcess:
    """A process that samples one problem; ended with the block that it is used in, or with this process."""

    def __enter__(self) -> Self:
        """Start the process."""
        self._connection, theirs = Pipe()
        unmasked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # passed on: Ctrl-C is for this process
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", PROGRAM.format(path=sys.path, number=theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
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
        self._process.wait()

    @property
    def pid(self) -> int:
        """Its process identifier."""
        return self._process.pid

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
        code = self._process.wait()
        if code < 0:
            return SamplerError(f"the sampler's process was ended by signal {-code} ({signal.strsignal(-code)})")
        return RuntimeError("the sampler's process has ended; its error stands above")


def work(number: int) -> None:
    """Sample what comes through a connection, whose end ends this process; to be called in a process of its own."""
    connection = Connection(number)
    ready = threading.Thread(target=_get_ready, daemon=True)
    ready.start()
    try:
        problem, settings, starts = connection.recv()
    except EOFError:  # there is nothing to sample
        os._exit(0)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    ready.join()
    try:
        found = import_module(SAMPLER).sample(problem, settings, lambda *done: connection.send(done), starts)
    except FalseflagError as error:
        connection.send(error)
    else:
        connection.send((None, found))


def _get_ready() -> None:
    """Import the sampler, without what nutpie imports for traces that are not raw, ArviZ with pyplot, for a second."""
    sys.modules["arviz"] = ModuleType("arviz")
    try:
        import_module("nutpie")
    finally:
        del sys.modules["arviz"]
    import_module(SAMPLER)


def _end_with(connection: Connection) -> None:
    connection.poll(None)  # nothing more is sent: it has been closed
    os._exit(1)
