"""What atheris runs on each input; started by `fuzz.loader` as a process of its own."""

from __future__ import annotations

import resource
import sys

import atheris

with atheris.instrument_imports(include=["falseflag.case", "falseflag.diagnostics", "falseflag.reading"]):
    from hostile.loading import answers


GROWTH = 300 << 10
"""Kibibytes by which one input may raise the most memory that the process has ever had."""


def one_input(content: bytes) -> None:
    """Hold the loader to what it owes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if not answers(content):
        raise AssertionError("no case, and no error that could be shown")
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > GROWTH:
        raise AssertionError("it took too much memory")


if __name__ == "__main__":
    atheris.Setup(sys.argv[1:], one_input)  # the first is the program to start again
    atheris.Fuzz()
