"""The main job: the default case from the command to its report, beside a textbook script with a table and a figure."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from aims import Aim
from stopwatch import Ratio, in_turn
from whole_process import EMPTY, FALSEFLAG, RIVALS

CASE = Path(__file__).parents[1] / "priors" / "kremlin.yaml"
FIRST, SAMPLED = "Exact answer:", "hypothesis "
"""How the lines begin that show the first answer, and the checked one."""

OURS, EXACT, TEXTBOOK = "falseflag sample --out", "falseflag sample --engine exact --out", "textbook PyMC with a figure"


@dataclass(frozen=True)
class Job:
    """Seconds until the first answer, the checked one and the report, and of computing; peak MB of a process."""

    first: float
    sampled: float
    wall: float
    cpu: float
    memory: float


def measure(folder: Path, rounds: int, *, cold: bool) -> dict[str, list[Job]]:
    """Run every job `rounds` times, in turn; once before that, to fill the caches, and `cold` in empty ones."""
    jobs: dict[str, list[str | Path]] = {
        OURS: [FALSEFLAG, "sample", CASE, "--out", folder / "run"],
        EXACT: [FALSEFLAG, "sample", CASE, "--engine", "exact", "--out", folder / "run"],
        TEXTBOOK: [sys.executable, RIVALS / "textbook.py", folder / "case.json", folder / "forest.png"],
    }
    first = {}
    if cold:
        for name in (OURS, TEXTBOOK):
            with tempfile.TemporaryDirectory() as own:
                first[f"{name}{EMPTY}"] = [done(jobs[name], own)]
    for job in jobs.values():
        done(job)
    return in_turn({name: partial(done, job) for name, job in jobs.items()}, rounds) | first


def done(command: Sequence[str | Path], caches: str = "") -> Job:
    """Run a job to its end.

    Raises
    ------
    SystemExit
        If it fails: there is nothing to time then.
    """
    own = {"XDG_CACHE_HOME": caches, "PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor"} if caches else {}
    places = os.environ | {"PYTHONUNBUFFERED": "1"} | own
    seen: dict[str, float] = {}
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=places
    ) as process:
        for line in process.stdout:
            for mark in (FIRST, SAMPLED):
                if line.startswith(mark):
                    seen.setdefault(mark, time.perf_counter() - start)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    wall = time.perf_counter() - start
    cpu = used.ru_utime + used.ru_stime
    return Job(seen.get(FIRST, 0.0), seen.get(SAMPLED, 0.0), wall, cpu, used.ru_maxrss / 1024)


def aims(jobs: dict[str, list[Job]]) -> list[Aim]:
    """Hold the main job against the project's aims."""
    textbook = [job.wall for job in jobs[TEXTBOOK]]
    found = [
        Aim("the main job / textbook PyMC with a figure", _ratio(jobs, ""), 1.2, at_most=True),
        Aim(
            "its first answer / the same",
            Ratio.of([job.first for job in jobs[OURS]], textbook),
            0.15,
            at_most=True,
        ),
    ]
    if f"{OURS}{EMPTY}" in jobs:
        found.append(Aim(f"the main job / the same{EMPTY}", _ratio(jobs, EMPTY), 1.2, at_most=True))
    return found


def _ratio(jobs: dict[str, list[Job]], state: str) -> Ratio:
    return Ratio.of(*([job.wall for job in jobs[f"{name}{state}"]] for name in (OURS, TEXTBOOK)))


HEAD = ["job", "first answer, s", "sampled, s", "report open, s", "seconds of computing", "peak MB of a process"]


def rows(jobs: dict[str, list[Job]]) -> list[list[str]]:
    """Return a row for each job: medians."""
    return [
        [
            name,
            *(_seconds([getattr(job, part) for job in found]) for part in ("first", "sampled", "wall", "cpu")),
            f"{max(job.memory for job in found):.0f}",
        ]
        for name, found in jobs.items()
    ]


def _seconds(found: Sequence[float]) -> str:
    return f"{median(found):.1f}" if min(found) > 0 else ""
