"""The server of `falseflag serve`: the page, its stream of answers, and what may be asked of it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from importlib import resources
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from falseflag.errors import RequestError
from falseflag.serve.controller import Controller
from falseflag.serve.jobs import start_fork_server
from falseflag.serve.live import State, as_json
from falseflag.serve.watch import outcomes
from falseflag.settings import DEFAULTS, Engine, Settings

# The application


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""Of the page that shows what is live; a report brings its own."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every response that does not say otherwise."""

PAGE = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}

ALIVE = 15.0
"""Seconds after which a stream without news shows that it is still there."""

RETRY = 500
"""Milliseconds after which a page asks again when its stream has ended."""


def create_app(state: State, port: int) -> ASGIApp:
    """Make the application that shows the state on a port of this machine."""
    routes = [Route(path, partial(_page, name, kind)) for path, (name, kind) in PAGE.items()]
    routes += [Route("/events", partial(_events, state)), Route("/report", partial(_report, state))]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return Guard(app, port)


class Guard:
    """Refuses what does not come from this machine's own pages, and sets the headers of every response.

    A page elsewhere can have its own name lead here: then the Host is foreign. It can ask from there: then the Origin
    is.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return
        app = self._app if self._is_own(Headers(scope=scope)) else PlainTextResponse("Forbidden", 403)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, with_headers)

    def _is_own(self, headers: Headers) -> bool:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        return len(hosts) == 1 and hosts[0] in self._hosts and self._origins.issuperset(origins)


async def _page(name: str, kind: str, _request: Request) -> Response:
    text = (resources.files("falseflag.serve") / "page" / name).read_text(encoding="utf-8")
    return Response(text, headers={"Content-Type": kind, "Content-Security-Policy": POLICY})


async def _report(state: State, _request: Request) -> Response:
    report = state.live.report
    if report is None:
        return PlainTextResponse("There is no report yet", 404)
    return HTMLResponse(report.html, headers={"Content-Security-Policy": "frame-ancestors 'self'"})


async def _events(state: State, _request: Request) -> Response:
    return StreamingResponse(_stream(state), media_type="text/event-stream")


async def _stream(state: State) -> AsyncIterator[str]:
    """Send all that is shown, now and after each change; so a page that was cut off has missed nothing."""
    yield f"retry: {RETRY}\n\n"
    async for news in state.follow(ALIVE):
        yield ":\n\n" if news is None else f"id: {news[0]}\ndata: {as_json(news[1])}\n\n"


# Running it


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
