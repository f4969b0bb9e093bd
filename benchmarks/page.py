"""The page of benchmarks: aims first, then every table, then the machine and the versions."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aims import Aim

PACKAGES = ("falseflag", "numpy", "scipy", "pymc", "pytensor", "numba", "nutpie", "arviz", "pgmpy", "pyagrum")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def aims_table(aims: Sequence[Aim]) -> str:
    """Lay out the aims, each with what was measured: median and spread of the ratio."""
    return table(["ratio", "measured (lowest to highest)", "aim", "verdict"], [aim.row() for aim in aims])


def conditions(command: str, rounds: int) -> str:
    """Tell where, when and with what it was measured."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    commit = _said_by("git", "rev-parse", "--short", "HEAD") or "unknown"
    return "\n".join(
        [
            f"- Command: `{command}`, {rounds} rounds, {datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC, commit {commit}",
            f"- Machine: {_processor()}, {os.cpu_count()} cores, {_memory():.1f} GB",
            f"- System: {platform.system()} {platform.release()}",
            f"- Load of the machine over the last minute: {os.getloadavg()[0]:.1f} (of {os.cpu_count()})",
            f"- Python {platform.python_version()}; {versions}",
        ]
    )


def _said_by(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
