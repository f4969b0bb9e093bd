"""The whole of it: a real process, files saved under it, and what it sends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from commands import GUARD

from serve import cases
from serve.process import LOOPBACK, Served, Stream, edition, shown

type Serve = Callable[..., Served]


def test_an_edit_then_a_mistake_then_ctrl_c(serve: Serve, path: Path) -> None:
    served = serve("--engine", "exact")
    status, page = served.get("/")
    assert (status, "page.js" in page) == (200, True)
    stream = Stream(served)
    assert shown(stream.until(edition(1))) == pytest.approx(cases.posterior())

    path.write_text(cases.PRIOR_6)
    event = stream.until(edition(2))
    assert shown(event) == pytest.approx(cases.posterior(cases.PRIOR_6))
    assert shown(event, "was") == pytest.approx(cases.posterior())
    assert event["sampling"]["phase"] == "off"

    path.write_text(cases.MISTAKEN)
    event = stream.until(lambda event: event["errors"])
    assert [(error["file"], error["line"]) for error in event["errors"]] == [(str(path), cases.MISTAKEN_LINE)]
    assert shown(event) == pytest.approx(cases.posterior(cases.PRIOR_6))

    path.write_text(cases.PRIOR_6)  # as it was: there is nothing to answer anew
    assert stream.until(lambda event: not event["errors"])["edition"]["number"] == 2

    event = stream.until(lambda event: event["report"] and event["report"]["edition"] == 2)
    assert all(line["interval"] for line in event["edition"]["lines"])
    status, report = served.get("/report")
    assert (status, "Who cut the cable?" in report) == (200, True)

    assert served.interrupt() == (130, "")
    assert stream.has_ended()


def test_ctrl_c_as_soon_as_it_has_started_prints_nothing(serve: Serve) -> None:
    assert serve().interrupt() == (130, "")


def test_it_listens_on_loopback_alone(serve: Serve) -> None:
    served = serve("--engine", "exact")
    table = Path("/proc/net/tcp")
    if table.exists():
        local = [line.split()[1] for line in table.read_text().splitlines()[1:]]
        assert {address.split(":")[0] for address in local if address.endswith(f":{served.port:04X}")} == {"0100007F"}
    other = socket.socket(socket.AF_INET6)
    with other:
        assert other.connect_ex(("::1", served.port)) != 0


def test_errors_at_the_start_are_shown_and_mended(serve: Serve, path: Path) -> None:
    path.write_text(cases.MISTAKEN)
    served = serve("--engine", "exact")
    stream = Stream(served)
    event = stream.until(lambda event: event["errors"])
    assert event["edition"] is None
    assert served.get("/report")[0] == 404
    path.write_text(cases.TEXT)
    assert stream.until(edition(1))["errors"] == []


def test_terminated_while_it_draws_nothing_is_left_running(serve: Serve) -> None:
    served = serve("--engine", "exact")
    stream = Stream(served)
    stream.until(edition(1))
    served.process.send_signal(signal.SIGTERM)
    assert served.wait() == (130, "")
    assert stream.has_ended()


def test_a_port_that_is_taken_and_a_file_that_is_not_there(path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments, said in (([path, "--port", port], f"Port {port} cannot be had"), (["none.yaml"], "none.yaml:1")):
            command = [sys.executable, "-m", "falseflag", "serve", *map(str, arguments)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GUARD)
            assert done.returncode == 2
            assert said in done.stderr
            assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_sampled_answer_follows_and_only_the_first_is_compiled(
    serve: Serve, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NUMBA_CACHE_DIR", "PYTENSOR_FLAGS"):  # which falseflag sets once it has sampled in this process
        monkeypatch.delenv(name, raising=False)
    served = serve()
    stream = Stream(served)
    stream.until(lambda event: event["sampling"]["phase"] == "compiling the model")
    path.write_text(cases.PRIOR_6)  # supersedes what is being compiled, but for the compilation
    event = stream.until(lambda event: edition(2)(event) and event["sampling"]["phase"] == "done")
    assert np.allclose(shown(event, "sampled"), cases.posterior(cases.PRIOR_6), atol=0.02)
    assert event["edition"]["failed"] == []
    compiled = list((tmp_path / "cache").rglob("*.nbc"))
    assert compiled
    for file in compiled:
        file.unlink()
    path.write_text(cases.TEXT)
    event = stream.until(lambda event: edition(3)(event) and event["sampling"]["phase"] == "done")
    assert list((tmp_path / "cache").rglob("*.nbc")) == []  # compiling would leave its code there again
    assert np.allclose(shown(event, "sampled"), cases.posterior(), atol=0.02)
    stream.until(lambda event: event["report"] == {"edition": 3, "engine": "nuts"})
    assert served.interrupt() == (130, "")
