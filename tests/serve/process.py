"""`falseflag serve` in a process of its own, and what it sends."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from commands import GUARD

type Event = dict[str, Any]

LOOPBACK = "127.0.0.1"


class Served:
    """A running `falseflag serve`.

    Parameters
    ----------
    case : Path
    options : str
        Of the command line.
    """

    def __init__(self, case: Path, *options: str) -> None:
        command = [sys.executable, "-m", "falseflag", "serve", str(case), *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line + (self.process.communicate()[1] if self.process.poll() is not None else "")
        self.address, self.port = found[0], int(found[1])

    def get(self, path: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection(LOOPBACK, self.port, timeout=GUARD)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C, which reaches every process; return the exit code and what was printed as an error."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=GUARD)
        return self.process.returncode, errors

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Stream:
    """The events of a server, read in a thread until it ends; those that were waited for are in `seen`."""

    def __init__(self, served: Served) -> None:
        self.seen: list[Event] = []
        self._connection = http.client.HTTPConnection(LOOPBACK, served.port, timeout=GUARD)
        self._connection.request("GET", "/events")
        self._events: queue.Queue[Event | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with closing(self._connection), self._connection.getresponse() as response:
            while line := response.readline():
                if line.startswith(b"data: "):
                    self._events.put(json.loads(line[6:]))
        self._events.put(None)

    def until(self, is_wanted: Callable[[Event], Any]) -> Event:
        """Return the first event that is wanted."""
        while (event := self._events.get(timeout=GUARD)) is not None:
            self.seen.append(event)
            if is_wanted(event):
                return event
        raise AssertionError("the stream has ended")

    def has_ended(self) -> bool:
        while self._events.get(timeout=GUARD) is not None:
            pass
        return True


def shown(event: Event, column: str = "exact") -> list[float]:
    return [line[column]["value"] for line in event["edition"]["lines"]]


def edition(number: int) -> Callable[[Event], bool]:
    return lambda event: event["edition"] is not None and event["edition"]["number"] == number
