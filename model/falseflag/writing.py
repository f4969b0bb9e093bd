"""Files that are written beside their place and put there whole, so that an earlier one is whole until then."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from falseflag.errors import RequestError


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; when the block ends without an error, that file takes the place of `path`.

    Raises
    ------
    RequestError
        If the disk is full or the folder cannot be written; what was there before is then as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise RequestError(f"{path}: could not be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
