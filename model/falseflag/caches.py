"""Where files that can be made again are kept: one folder, for falseflag and for the libraries that it uses."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path


def cache_folder() -> Path | None:
    """Return the folder that is kept between runs; None where there is no home.

    A relative ``XDG_CACHE_HOME`` is ignored, as its specification demands.
    """
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (named if named.is_absolute() else Path.home() / ".cache") / "falseflag"
    except RuntimeError:
        return None


def writable_folder() -> Path:
    """Return `cache_folder`, or where that cannot be written a temporary one, which goes with the process."""
    folder = cache_folder()
    return folder if folder is not None and _is_writable(folder) else _temporary()


def prepare_libraries() -> None:
    """Have PyTensor, numba and matplotlib keep their files in the folder, unless they are configured otherwise.

    To be called before they are imported: PyTensor, for one, writes to the home folder as soon as it is. Those that
    were imported already are left alone.
    """
    folder = writable_folder()
    if not _has_home():
        os.environ["HOME"] = str(folder)
    if "numba" not in sys.modules:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "numba"))
    if "matplotlib" not in sys.modules and not _written_in(".config/matplotlib/matplotlibrc", ""):
        os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    rc = os.environ.get("PYTENSORRC", ".pytensorrc")
    if "pytensor" not in sys.modules and "compiledir" not in flags and not _written_in(rc, "compiledir"):
        compiledir = f"base_compiledir={folder / 'pytensor'}"
        os.environ["PYTENSOR_FLAGS"] = f"{flags},{compiledir}" if flags else compiledir


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return "," not in str(folder)  # which would end an entry of PYTENSOR_FLAGS
    except OSError:
        return False


@cache
def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="falseflag_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _has_home() -> bool:
    try:
        Path.home()
    except RuntimeError:
        return False
    return True


def _written_in(files: str, word: str) -> bool:
    """Return whether a configuration file, of those named and relative to the home folder, holds a word."""
    for name in files.split(os.pathsep):
        try:
            if word in Path(Path.home(), Path(name).expanduser()).read_text(encoding="utf-8", errors="replace"):
                return True
        except (OSError, RuntimeError):  # there is no such file, or no home
            continue
    return False
