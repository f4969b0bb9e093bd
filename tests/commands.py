"""Running the command as a user does, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GUARD = 600.0
"""Seconds after which a test gives up what hangs; nothing that works is waited for so long on any machine."""

HEAVY = ("pymc", "pytensor", "nutpie", "arviz", "pandas", "xarray", "matplotlib")


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "falseflag", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def imported_by(*arguments: str | Path) -> set[str]:
    program = (
        "import sys; from falseflag.cli import main\n"
        f"try: main({[str(a) for a in arguments]!r})\n"
        "except SystemExit: print([m for m in sys.modules if '.' not in m], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(eval(result.stderr.splitlines()[-1])) & set(HEAVY)  # noqa: S307
