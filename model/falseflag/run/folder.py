"""Put a finished run in its place in one step, so that an earlier one is whole until then.

A run is first written to a folder beside the one asked for. Where that one is absent, empty or holds a run and nothing
else, the two are exchanged by one system call: at every moment there is one whole run under the name. Where it holds
other people's files too, it stays, and the run's files are moved into it one by one, `posterior.json` last.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from falseflag.errors import RequestError

MARK = "posterior.json"
ENTRIES = frozenset({MARK, "posterior.zarr.zip", "hypotheses.csv", "indicators.csv", "report.html", "plots", "case"})
"""Everything that a run writes."""

STORE = "replicates.jsonl"
"""The replicates in a calibration's folder, from which it goes on."""

OWNERS = {"plots": MARK, "case": MARK, "calibration": "calibration.json"}
"""Folders within, and the file that shows that it was one of ours that made them."""

RENAME_EXCHANGE = 2
AT_FDCWD = -100


def check_writable(out: Path, folders: Sequence[str] = ()) -> None:
    """Refuse at once a folder that could not be written at the end.

    Parameters
    ----------
    out : path
    folders : sequence of str
        Names of the folders that are to be written within it.

    Raises
    ------
    RequestError
        If `out` is no folder, if it or the folder that it is to be made in cannot be written, or if one of `folders` is
        there and somebody else's.
    """
    nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise RequestError(f"{nearest}: is a file; --out should name a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise RequestError(f"{out}: cannot be written, since {nearest} is read-only for you; choose another --out")
    _check_owned(out, folders)


def _check_owned(out: Path, folders: Iterable[str]) -> None:
    """Refuse to replace a folder that is not one of ours."""
    for name in folders:
        target = out / name
        if target.is_dir() and not (out / OWNERS[name]).exists() and any(target.iterdir()):
            raise RequestError(f"{target}: is there already and not of a run's making; choose another --out")


@contextlib.contextmanager
def replacing(out: Path, entries: frozenset[str] = ENTRIES) -> Iterator[Path]:
    """Give a new folder to write a run in; when the block ends without an error it takes the place of `out`.

    Parameters
    ----------
    out : path
    entries : frozenset of str
        Where `out` holds nothing but these, it is replaced as a whole; else what was written is moved into it.

    Raises
    ------
    RequestError
        If the disk is full, the folder cannot be written, or a folder within it would be replaced that is not one of
        ours; what was there before is then as it was.
    """
    out = out.absolute()
    stage = out.parent / f".{out.name}.{os.getpid()}-{secrets.token_hex(4)}.partial"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(out)
        stage.mkdir()
        yield stage
        _sync(stage)
        _check_owned(out, (entry.name for entry in stage.iterdir() if entry.is_dir()))
        _put_in_place(stage, out, entries)
    except OSError as error:
        raise RequestError(
            f"{out}: could not be written ({error.strerror or error}); nothing there was changed"
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _put_in_place(stage: Path, out: Path, entries: frozenset[str]) -> None:
    if not out.exists():
        stage.rename(out)
        return
    is_alone = {entry.name for entry in out.iterdir()} <= entries
    if out.is_symlink() or out == Path.cwd() or not is_alone or not _exchange(stage, out):
        _move_into(stage, out)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically; False where the system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return bool(call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def _move_into(stage: Path, out: Path) -> None:
    for entry in sorted(stage.iterdir(), key=lambda path: path.name == MARK):
        target = out / entry.name
        if target.is_dir() and not target.is_symlink():
            old = stage / f"{entry.name}.old"
            target.rename(old)
        entry.replace(target)


def _sync(stage: Path) -> None:
    """Have the disk hold what was written before any name points to it."""
    for path in stage.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _remove_abandoned(out: Path) -> None:
    """Remove what runs into this folder left behind that were killed."""
    for left in out.parent.glob(f".{_literal(out.name)}.*.partial"):
        number = left.name.removeprefix(f".{out.name}.").partition("-")[0]
        if number.isdigit() and not _is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
