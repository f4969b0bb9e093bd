"""A measured figure beside what is wanted of it, and a section of the report that holds some."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".trust"
"""Where sections keep what they measured, so that `make trust` goes on where it was interrupted."""

MEASURED = ("model", "tests", "trust", "fuzz", "priors", "uv.lock")
"""What the figures are figures of."""


@dataclass(frozen=True)
class Figure:
    """One line of the report.

    Parameters
    ----------
    what, value : str
    wanted : str
        Empty where nothing is.
    met : bool or None
        None where nothing is wanted, or where it could not be measured here.
    """

    what: str
    value: str
    wanted: str = ""
    met: bool | None = None


def zero(what: str, count: int) -> Figure:
    """Return the figure of something that must not happen."""
    return Figure(what, f"{count:,}", "0", count == 0)


@dataclass(frozen=True)
class Section:
    """One part of `make trust`.

    Parameters
    ----------
    name, title : str
    measure : callable
        Takes whether to do so quickly, with smaller numbers; returns figures.
    about : str
        How it was measured, in a sentence or two.
    """

    name: str
    title: str
    measure: Callable[[bool], Sequence[Figure]]
    about: str


@dataclass(frozen=True)
class Measured:
    """What a section found, and when, on what code.

    Parameters
    ----------
    code : str
        The commit, and whether files were changed since.
    quick : bool
    seconds : float
    figures : tuple of Figure
    """

    code: str
    quick: bool
    seconds: float
    figures: tuple[Figure, ...]

    @classmethod
    def read(cls, name: str) -> Measured | None:
        """Return what a section kept; None if it has not run."""
        path = KEPT / f"{name}.json"
        if not path.exists():
            return None
        held: dict[str, Any] = json.loads(path.read_text())
        return cls(**held | {"figures": tuple(Figure(**figure) for figure in held["figures"])})

    def write(self, name: str) -> None:
        """Keep it."""
        KEPT.mkdir(exist_ok=True)
        part = KEPT / f"{name}.part"
        part.write_text(json.dumps(asdict(self), indent=1))
        part.replace(KEPT / f"{name}.json")


def measure(section: Section, *, quick: bool) -> Measured:
    """Run a section, and keep what it found."""
    start = time.monotonic()
    figures = tuple(section.measure(quick))
    found = Measured(code(), quick, time.monotonic() - start, figures)
    found.write(section.name)
    return found


def code() -> str:
    """Return the last commit of what is measured; where it was changed since, also a digest of the changes."""
    commit = _git("log", "-1", "--format=%h", "--", *MEASURED) or "no commit"
    changes = _git("diff", "HEAD", "--", *MEASURED)
    for new in _git("ls-files", "--others", "--exclude-standard", "--", *MEASURED).splitlines():
        changes += f"\n{new} {sha256((ROOT / new).read_bytes()).hexdigest()}"
    return f"{commit}, with changes {sha256(changes.encode()).hexdigest()[:8]}" if changes else commit


def _git(*arguments: str) -> str:
    result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return result.stdout.strip()
