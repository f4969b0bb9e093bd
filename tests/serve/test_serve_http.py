"""Who is answered, and with what headers."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient

from falseflag.serve.live import Live, Report, State
from falseflag.serve.server import create_app
from serve import cases

PORT = 8765
PATHS = ("/", "/page.css", "/page.js", "/report")


@pytest.fixture
def state() -> State:
    state = State()
    state.update(lambda live: live.saved(cases.case(), cases.exact(), [0.75, 0.25, 0.125, 0.125], "10:00:00", "exact"))
    state.update(lambda live: live.reported(Report(1, "exact", "<!doctype html><title>report</title>")))
    return state


@pytest.fixture
def client(state: State) -> TestClient:
    return TestClient(create_app(state, PORT), base_url=f"http://127.0.0.1:{PORT}")


@pytest.mark.parametrize("path", PATHS)
def test_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in response.headers
    assert "frame-ancestors" in response.headers["content-security-policy"]


def test_the_page_may_run_its_own_script_alone(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "frame-ancestors 'self'" in client.get("/report").headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:1", "127.0.0.1", "[::1]:8765", ""])
@pytest.mark.parametrize("path", [*PATHS, "/events", "/none"])
def test_foreign_hosts_are_refused(client: TestClient, path: str, host: str) -> None:
    response = client.get(path, headers={"Host": host})
    assert (response.status_code, response.text) == (403, "Forbidden")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:1", ""]
)
@pytest.mark.parametrize("path", [*PATHS, "/events"])
def test_foreign_origins_are_refused(client: TestClient, path: str, origin: str) -> None:
    assert client.get(path, headers={"Origin": origin}).status_code == 403


def test_its_own_names_are_answered(client: TestClient) -> None:
    assert client.get("/", headers={"Host": f"localhost:{PORT}"}).status_code == 200
    assert client.get("/", headers={"Origin": f"http://127.0.0.1:{PORT}"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/none", "/page/", "/page", "/events/", "/..%2fapp.py", "/page.js/../app.py", "/%2e%2e/app.py", "//evil.example"],
)
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    response = client.get(f"http://127.0.0.1:{PORT}{path}", follow_redirects=False)
    assert response.status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/events", "/report"])
def test_nothing_can_be_changed(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 405


def test_no_report_yet() -> None:
    client = TestClient(create_app(State(), PORT), base_url=f"http://127.0.0.1:{PORT}")
    assert client.get("/report").status_code == 404


def test_followers_skip_what_they_missed_and_leave_nothing_behind(state: State) -> None:
    async def follow() -> list[int | None]:
        seen: list[int | None] = []
        async for news in state.follow(pause=0.05):
            seen.append(news[0] if news else None)
            if len(seen) == 1:
                for number in range(50):
                    state.update(lambda live, n=number: live.failed_report(1, f"{n}"))  # type: ignore[misc]
            if news is None:
                state.close()
        return seen

    assert asyncio.run(follow()) == [2, 52, None]
    assert state.followers == 0
    assert state.update(lambda live: live) == state.live


def test_what_changes_nothing_wakes_nobody(state: State) -> None:
    before = state._version
    state.update(lambda live: live.failed_report(99, "of another save"))
    state.update(lambda live: live)
    assert state._version == before
    assert isinstance(state.live, Live)
