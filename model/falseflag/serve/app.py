"""What is answered to whom: four addresses, to this machine's own pages only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from importlib import resources

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from falseflag.serve.live import as_json
from falseflag.serve.state import State

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
