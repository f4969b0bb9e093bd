"""What atheris runs on each input; started by `fuzz.loader` as a process of its own."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["falseflag.case", "falseflag.ledger", "falseflag.reading"]):
    from hostile.loading import answers


def one_input(content: bytes) -> None:
    """Hold the loader to what it owes."""
    if not answers(content):
        raise AssertionError("no case, and no mistake that could be shown")


if __name__ == "__main__":
    atheris.Setup(sys.argv[1:], one_input)  # the first is the program to start again
    atheris.Fuzz()
