"""One hostile file through the command line, in this process: what comes out of it, and what it costs."""

from __future__ import annotations

import io
import re
import signal
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from falseflag.cli import main

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
    output, errors = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    start = time.process_time()
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        finally:
            signal.signal(signal.SIGTERM, handler)
    seconds = time.process_time() - start
    assert isinstance(code, int)
    return Trial(kind, code, seconds, output.getvalue(), errors.getvalue())
