"""One hostile file through the command line, in this process: what comes out of it, and what it costs."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from commands import call

MARKS = ("Traceback", "This is a defect")
_TOLD = re.compile(r".+?:[0-9]+: .+|… and ([0-9]+|maybe) more(: reading stopped here)?")


@dataclass(frozen=True, slots=True)
class Trial:
    """What the command made of one file.

    Parameters
    ----------
    kind : str
        What is hostile about it.
    exit_code : int
    seconds : float
        Processor time.
    output, errors : str
        Standard output and standard error.
    """

    kind: str
    exit_code: int
    seconds: float
    output: str
    errors: str

    @property
    def is_traceback(self) -> bool:
        """Whether the program fell over."""
        return self.exit_code not in {0, 1, 2} or any(mark in self.errors for mark in MARKS)

    @property
    def without_line(self) -> int:
        """How many of the lines that tell errors name no line of a file."""
        return sum(not _TOLD.fullmatch(line) for line in self.errors.split("\n") if line)

    @property
    def is_unprintable(self) -> bool:
        """Whether anything reached the terminal that it could obey."""
        return not (self.output + self.errors).replace("\n", "").isprintable()


def trial(kind: str, *arguments: str | Path) -> Trial:
    """Run the command in this process."""
    start = time.process_time()
    done = call(*arguments)
    seconds = time.process_time() - start
    return Trial(kind, done.returncode, seconds, done.stdout, done.stderr)
