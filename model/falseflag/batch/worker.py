"""What every local worker does as it starts (a Dask preload module)."""

from __future__ import annotations

import os
import signal
import sys


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C and standard error to the process that runs the batch.

    A terminal sends Ctrl-C to every process, and the one that runs the batch ends the others. Errors in the work go
    back as results; what is left to tell are the farewells of a worker that is ended while it starts.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)
