"""Running the command: as a user does, in a process of its own, or sooner, in this one."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from falseflag.cli import main

GUARD = 1800.0
"""Seconds after which a test gives up what hangs; nothing that works is waited for so long on any machine."""

HEAVY = ("pymc", "pytensor", "nutpie", "arviz", "pandas", "xarray", "matplotlib")


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "falseflag", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Do as `run` does in this process, which has imported what a new one would take a second to."""
    output, errors = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    code: object = None
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        finally:
            signal.signal(signal.SIGTERM, handler)
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), errors.getvalue())


def imported_by(*arguments: str | Path) -> set[str]:
    program = (
        "import sys; from falseflag.cli import main\n"
        f"try: main({[str(a) for a in arguments]!r})\n"
        "except SystemExit: print([m for m in sys.modules if '.' not in m], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(eval(result.stderr.splitlines()[-1])) & set(HEAVY)  # noqa: S307


@dataclass(frozen=True)
class Ended:
    """What a command printed, and its exit code."""

    code: object
    stdout: str
    stderr: str


def run_here(*arguments: str | Path, encoding: str = "utf-8", columns: int = 80) -> Ended:
    """Run the command in this process, with streams of an encoding and a terminal of a width."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict") for _ in range(2))
    with (
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", errors),
        mock.patch.dict(os.environ, {"COLUMNS": str(columns)}),
    ):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        out.flush()
        errors.flush()
    return Ended(code, *(stream.buffer.getvalue().decode(encoding) for stream in (out, errors)))
