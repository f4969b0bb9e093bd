"""A batch in a process whose files have no room beyond a number of bytes: a full disk, which takes a part of a line."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import batch_work

from falseflag.batch import run_batch
from falseflag.errors import RequestError

if __name__ == "__main__":
    store, room = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), resource.RLIM_INFINITY))
    try:
        run_batch(batch_work.square, {f"item {n}": n for n in range(6)}, store=Path(store))
    except RequestError as error:
        sys.stdout.write(str(error))
    finally:  # whatever else writes as the process ends, such as a count of coverage, has room
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
