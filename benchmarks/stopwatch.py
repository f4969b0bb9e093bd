"""Times of programs and of pieces of work, taken in turn so that a slow minute hits all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run of a program: seconds on the wall and of computing, peak memory in MB, what it printed."""

    wall: float
    cpu: float
    memory: float
    printed: str


@dataclass(frozen=True)
class Ratio:
    """Quotients of times taken in the same round."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, above: Sequence[float], below: Sequence[float]) -> Ratio:
        """Divide round by round."""
        quotients = [a / b for a, b in zip(above, below, strict=True)]
        return cls(statistics.median(quotients), min(quotients), max(quotients))

    def __str__(self) -> str:
        return f"{self.median:.3g} ({self.low:.3g} to {self.high:.3g})"


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end.

    Raises
    ------
    SystemExit
        If it fails: there is nothing to time then.
    """
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | dict(environment or {}),
    ) as process:
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    wall = time.perf_counter() - start
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed)


def in_turn[Result](works: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """Do every piece of work once a round: A B A B."""
    results: dict[str, list[Result]] = {name: [] for name in works}
    for number in range(rounds):
        for name, work in works.items():
            print(f"{number + 1}/{rounds} {name}", file=sys.stderr)  # noqa: T201
            results[name].append(work())
    return results


def seconds(work: Callable[[], object], repeats: int = 1) -> float:
    """Time a piece of work: the mean of a number of repeats."""
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats
