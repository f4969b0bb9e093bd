"""The server: one socket on the loopback interface, until Ctrl-C."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from falseflag.errors import RequestError
from falseflag.serve.app import create_app
from falseflag.serve.controller import Controller
from falseflag.serve.jobs import start_fork_server
from falseflag.serve.state import State
from falseflag.serve.watch import outcomes
from falseflag.settings import DEFAULTS, Engine, Settings

LOOPBACK = "127.0.0.1"

GRACE = 2
"""Seconds that a response is given to end when the server stops."""


def serve(
    path: Path, *, engine: Engine, port: int, on_ready: Callable[[str], None], settings: Settings = DEFAULTS
) -> None:
    """Show the answer to a case on a page of this machine until interrupted.

    Parameters
    ----------
    path : Path
        The case file.
    engine : {'exact', 'nuts'}
        Whether the exact answer is followed by a sampled one.
    port : int
        0 for one that is free.
    on_ready : callable
        Called with the page's address as soon as it can be opened.
    settings : Settings

    Raises
    ------
    RequestError
        If the port cannot be had.
    KeyboardInterrupt
        When interrupted, after all has been stopped.
    """
    state, stop = State(), threading.Event()
    with _bound(port) as listener:
        start_fork_server()
        server = _Server(state, listener.getsockname()[1], on_ready)
        controller = Controller(state, engine, settings)
        watcher = _Watcher(path, stop, controller, server)
        watcher.start()
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            stop.set()
            controller.close()
            watcher.join()
    if watcher.defect is not None:
        raise watcher.defect


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        message = f"Port {port} cannot be had ({error.strerror}); without --port a free one is taken"
        raise RequestError(message) from error
    return listener


class _Watcher(threading.Thread):
    """Hands each save to the controller; what should not have happened ends the server, and is kept for it to raise."""

    def __init__(self, path: Path, stop: threading.Event, controller: Controller, server: _Server) -> None:
        super().__init__(daemon=True)
        self._path, self._stop_event, self._controller, self._server = path, stop, controller, server
        self.defect: Exception | None = None

    def run(self) -> None:
        try:
            for outcome in outcomes(self._path, self._stop_event):
                self._controller.take(outcome)
        except Exception as error:  # noqa: BLE001  (raised again by `serve`)
            self.defect = error
            self._server.stop()


class _Server(uvicorn.Server):
    """A server that ends its event streams when it is stopped, for it would wait for them."""

    def __init__(self, state: State, port: int, on_ready: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(state, port),
                http="h11",
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._state, self._address, self._on_ready = state, f"http://{LOOPBACK}:{port}/", on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready(self._address)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._state.close()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """Stop from another thread."""
        self._state.close()
        self.should_exit = True
