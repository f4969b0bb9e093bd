"""A finished output takes its place in one step, so that what stood there is whole until then.

It is written to a folder beside the one asked for; then the two are exchanged by one system call or, where there is
none, by two renames. What stood there is looked at once more before it is removed (`falseflag.run_folder.ours`).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from falseflag.errors import RequestError
from falseflag.reading import open_ordinary
from falseflag.run_folder.ours import (
    Output,
    check_file,
    check_output,
    real,
    refuse_strange,
    staging_name,
    walk,
    write_sums,
)

NEW, OLD = "new", "old"
"""Within a folder for staging: what is to take the place, and what stood there where two renames are needed."""

RENAME_EXCHANGE = 2
AT_FDCWD = -100


@contextlib.contextmanager
def replacing(out: Path, output: Output) -> Iterator[Path]:
    """Give a new folder to write in; when the block ends without an error it takes the place of `out`.

    A store is taken over, and the list of files added. The page, if there is one, is written as ``../OUT.md`` seen from
    the new folder.

    Raises
    ------
    RequestError
        As `check_output` does, or if the disk is full; what was there before is then as it was.
    """
    check_output(out, output)
    out = real(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _staging(out) as staging, contextlib.ExitStack() as stack:
            new = staging / NEW
            new.mkdir()
            if out.exists():
                shutil.copymode(out, new)
            yield new
            if output.keeps_store and (out / output.store).is_file():
                _take_store(out / output.store, new / output.store, stack)
            page = output.page(out)
            write_sums(new, output.command, () if page is None else (page.name,))
            _sync(staging)
            _put_in_place(staging, out, output)
            if page is not None:
                (staging / page.name).replace(page)
            _sync_folder(out.parent)
    except OSError as error:
        raise RequestError(
            f"{out}: could not be written ({error.strerror or error}); what was there before is as it was"
        ) from error


@contextlib.contextmanager
def replacing_file(path: Path, is_ours: Callable[[bytes], bool]) -> Iterator[Path]:
    """Give a path to write to; when the block ends without an error, that file takes the place of `path`.

    Parameters
    ----------
    path : path
    is_ours : callable
        Says of the content of a file that is there already whether falseflag wrote it and nobody changed it.

    Raises
    ------
    RequestError
        If something else is there, or the file cannot be written; what was there before is then as it was.
    """
    check_file(path, is_ours)
    try:
        with _staging(path) as staging:
            yield staging / NEW
            _sync(staging)
            check_file(path, is_ours)
            (staging / NEW).replace(path)
            _sync_folder(path.parent)
    except OSError as error:
        raise RequestError(f"{path}: could not be written ({error.strerror or error})") from error


def _take_store(store: Path, copy: Path, stack: contextlib.ExitStack) -> None:
    """Copy a store, and hold its lock until the copy is in its place, so that no other batch goes on with the old."""
    file = stack.enter_context(open_ordinary(store))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RequestError(f"{store}: another falseflag is working on it; wait until it has ended") from None
    with copy.open("wb") as target:
        shutil.copyfileobj(file, target)


@contextlib.contextmanager
def _staging(place: Path) -> Iterator[Path]:
    """Make a folder beside a place; it is locked while we live, and removed at the end.

    What processes that were killed have left beside the place is removed, too. That happens, as making a folder and
    locking it does, under a lock on the folder above, so that nobody takes a new one for abandoned.
    """
    with contextlib.ExitStack() as stack:
        with _opened(place.parent) as above:
            _lock(above, wait=True)
            _remove_abandoned(place)
            staging = place.parent / staging_name(place)
            staging.mkdir()
            stack.callback(shutil.rmtree, staging, ignore_errors=True)
            _lock(stack.enter_context(_opened(staging)))
        yield staging


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool = False) -> bool:
    """Take a lock; False where another process has it, or where there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _remove_abandoned(place: Path) -> None:
    """Remove what killed processes left; an earlier output that they had moved aside comes back."""
    pattern = re.compile(re.escape(f".{place.name}.") + r"[0-9a-f]{16}\.partial")
    for left in [path for path in place.parent.iterdir() if pattern.fullmatch(path.name)]:
        with contextlib.suppress(OSError), _opened(left) as descriptor:
            if _lock(descriptor):
                if (left / OLD).is_dir() and not os.path.lexists(place):
                    (left / OLD).rename(place)
                shutil.rmtree(left, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have the disk hold what was written before any name points to it."""
    for path in (*walk(folder), folder):
        _sync_folder(path)


def _sync_folder(path: Path) -> None:
    with _opened(path) as descriptor:
        os.fsync(descriptor)


def _put_in_place(staging: Path, out: Path, output: Output) -> None:
    """Exchange; what was there is looked at once more when nobody can come upon it by its name, and else put back."""
    new, old = staging / NEW, staging / OLD
    if not os.path.lexists(out):
        new.rename(out)
        return
    if _exchange(new, out):
        try:
            refuse_strange(out, new, output)
        except BaseException:
            _exchange(new, out)
            raise
        return
    try:
        out.rename(old)
        refuse_strange(out, old, output)
        new.rename(out)
    except BaseException:
        if old.exists() and not os.path.lexists(out):
            old.rename(out)
        raise


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically; False where the system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return bool(call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)
