"""The command line: one subcommand, one file."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from falseflag.cli.app import app_for
from falseflag.cli.arguments import with_local_dask
from falseflag.errors import FalseflagError

INTERRUPTED, DEFECT = 130, 3


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0 fine, 1 a check failed, 2 bad input, 3 a defect in the program, 130 interrupted."""
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # they are looked for in every installed package
        given = with_local_dask(sys.argv[1:] if arguments is None else arguments)
        app_for(given)(args=given, prog_name="falseflag")
    except FalseflagError as error:
        print(_harmless(error), file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001  (the last handler: it reports and ends)
        traceback.print_exc()
        print("This is a defect in falseflag. Please report it with the lines above.", file=sys.stderr)  # noqa: T201
        sys.exit(DEFECT)
    sys.exit(0)


def _harmless(error: FalseflagError) -> str:
    """Return the message and its notes with everything escaped that a terminal might obey: it may echo an argument."""
    from falseflag.diagnostics import visible  # noqa: PLC0415  (of use only here)

    told = "\n".join([str(error), *getattr(error, "__notes__", ())])
    return "\n".join(visible(line, limit=len(line)) for line in told.split("\n"))


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
