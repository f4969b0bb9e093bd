"""The command line: subcommands of one kind, one file."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from falseflag.cli import streams
from falseflag.errors import FalseflagError, RequestError

INTERRUPTED, PIPE_CLOSED, DEFECT = 130, 141, 3

RESUMED = ("sweep", "batch", "calibrate", "backtest")
"""Commands that keep finished results in their folder and continue from there."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit.

    0 fine, 1 a check failed, 2 bad input, 3 a defect in the program, 130 interrupted, 141 output closed by its reader.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        streams.make_readable()
        _run(given)
    except FalseflagError as error:
        _say(_harmless(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one is enough
        if given[:1] != ["serve"]:  # which is ended like that
            _say(_interrupted(given))
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  (the last handler: it reports and ends)
        _end_on_output(error)
        traceback.print_exc()
        _say("This is a defect in falseflag. Please report it with the lines above.")
        sys.exit(DEFECT)
    sys.exit(0)


def _run(given: Sequence[str]) -> None:
    from falseflag.cli.app import app_for  # noqa: PLC0415  (an interrupt while it is imported is handled here too)
    from falseflag.cli.arguments import with_local_dask  # noqa: PLC0415

    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # they are looked for in every installed package
    arguments = with_local_dask(given)
    try:
        app_for(arguments)(args=arguments, prog_name="falseflag")
    except SystemExit as end:
        if end.code == INTERRUPTED:
            raise KeyboardInterrupt from end
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        streams.flush()
        raise


def _end_on_output(error: Exception) -> None:
    """Exit if output cannot be written: quietly where its reader has closed it, as other programs do."""
    if isinstance(error, BrokenPipeError):
        streams.drop_output()
        sys.exit(PIPE_CLOSED)
    if isinstance(error, OSError) and error.filename is None and error.errno in streams.FULL:
        streams.drop_output()
        _say(f"the output cannot be written: {error.strerror}")
        sys.exit(RequestError.exit_code)


def _interrupted(given: Sequence[str]) -> str:
    if given[:1] and given[0] in RESUMED and any(word.split("=")[0] == "--out" for word in given):
        return "interrupted; finished results are kept, and the same command continues from there"
    return "interrupted; nothing was changed"


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _harmless(error: FalseflagError) -> str:
    """Return the message and its notes with everything escaped that a terminal might obey: it may echo an argument."""
    from falseflag.diagnostics import visible  # noqa: PLC0415  (of use only here)

    told = "\n".join([str(error), *getattr(error, "__notes__", ())])
    return "\n".join(visible(line, limit=len(line)) for line in told.split("\n"))


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
