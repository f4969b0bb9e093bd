"""Put a finished run in its place in one step, so that an earlier one is whole until then.

A run is first written to a folder beside the one asked for. What else stands there, other people's notes or what
another command has written, is linked into the new folder; then the two are exchanged by one system call: at every
moment there is one whole run under the name. Where that cannot be done (the folder is a link, a mount point, the
current one, or holds too much of others), the run's files are moved into it one by one, `posterior.json` last, and back
on an error.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from falseflag.errors import RequestError
from falseflag.run.owned import MARK, check_owned

STORE = "replicates.jsonl"
"""The replicates in a calibration's folder, from which it goes on."""

MOST_LINKED = 1000
"""Other people's files in a folder up to which they are linked into the new one."""

RENAME_EXCHANGE = 2
AT_FDCWD = -100


def check_writable(out: Path, entries: Collection[str] = ()) -> None:
    """Refuse at once a folder that could not be written at the end.

    Parameters
    ----------
    out : path
    entries : collection of str
        Names of what is to be put into it by `replacing`; see `falseflag.run.owned`.

    Raises
    ------
    RequestError
        If `out` is no folder, if it or the folder that it is to be made in cannot be written, or if something else than
        what a run has made is there under one of the names.
    """
    if out.is_symlink() and not out.exists():
        raise RequestError(f"{out}: is a link that leads nowhere; --out should name a folder")
    try:
        nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
        if not nearest.is_dir():
            raise RequestError(f"{nearest}: is a file; --out should name a folder")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise RequestError(f"{out}: cannot be written, since {nearest} is read-only for you; choose another --out")
        if entries:  # first written beside it
            stage = (out.absolute().parent if nearest == out else nearest) / _stage_of(out.absolute()).name
            stage.mkdir()
            stage.rmdir()
    except OSError as error:
        raise RequestError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error
    check_owned(out, entries)


@contextlib.contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a new folder to write in; when the block ends without an error it takes the place of `out`.

    What is in `out` under other names than what was written stays.

    Parameters
    ----------
    out : path

    Raises
    ------
    RequestError
        If the disk is full, the folder cannot be written, or something would be replaced that is not ours; what was
        there before is then as it was.
    """
    out = out.absolute()
    stage = _stage_of(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(out)
        stage.mkdir()
        with _locked(stage):
            yield stage
            _sync(stage)
            check_owned(out, [entry.name for entry in stage.iterdir()])
            _put_in_place(stage, out)
    except OSError as error:
        raise RequestError(
            f"{out}: could not be written ({error.strerror or error}); nothing there was changed"
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _stage_of(out: Path) -> Path:
    return out.parent / f".{out.name}.{os.getpid()}-{secrets.token_hex(4)}.partial"


@contextlib.contextmanager
def _locked(stage: Path) -> Iterator[None]:
    """Hold a lock on a folder, by which another process, maybe of another container, knows that we are alive."""
    descriptor = os.open(stage, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Take a lock if nobody has it; False where somebody has. Where there are no locks, nobody has one."""
    try:
        import fcntl  # noqa: PLC0415  (not on every system)

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        pass
    return True


def _put_in_place(stage: Path, out: Path) -> None:
    if not out.exists():
        stage.rename(out)
        return
    written = [entry.name for entry in stage.iterdir()]
    can_be_exchanged = not (out.is_symlink() or out == Path.cwd() or os.path.ismount(out))
    if can_be_exchanged and _link_others(out, stage) and _exchange(stage, out):
        _bring_late(stage, out)
    else:
        _move_into(stage, out, written)


def _link_others(out: Path, stage: Path) -> bool:
    """Give the stage what else is in `out`, as the same files; False where that cannot be done, or not in short."""
    others = [entry for entry in out.iterdir() if not os.path.lexists(stage / entry.name)]
    found = [path for entry in others for path in (entry, *(entry.rglob("*") if entry.is_dir() else ()))]
    if len(found) > MOST_LINKED or any(os.path.ismount(path) for path in found):
        return False
    try:
        for path in found:
            target = stage / path.relative_to(out)
            if path.is_dir() and not path.is_symlink():
                target.mkdir()
                shutil.copystat(path, target)
            else:
                os.link(path, target, follow_symlinks=False)
        shutil.copystat(out, stage)
    except OSError:
        return False
    return True


def _bring_late(old: Path, out: Path) -> None:
    """Take over what was put into the old folder while it was exchanged."""
    for entry in old.iterdir():
        if not os.path.lexists(out / entry.name):
            entry.rename(out / entry.name)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically; False where the system cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return bool(call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def _move_into(stage: Path, out: Path, names: Iterable[str]) -> None:
    """Move what was written into `out`, the mark last; what could not all be moved is moved back."""
    moves: list[tuple[Path, Path]] = []
    try:
        for name in sorted(names, key=lambda name: name == MARK):
            if os.path.lexists(out / name):
                moves.append((out / name, stage / f"{name}.old"))
                (out / name).rename(stage / f"{name}.old")
            moves.append((stage / name, out / name))
            (stage / name).rename(out / name)
    except BaseException:  # an interrupt too
        for before, after in reversed(moves):
            if os.path.lexists(after) and not os.path.lexists(before):
                after.rename(before)
        raise


def _sync(stage: Path) -> None:
    """Have the disk hold what was written before any name points to it."""
    for path in stage.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _remove_abandoned(out: Path) -> None:
    """Remove what runs into this folder left behind that were killed."""
    for left in out.parent.glob(f".{_literal(out.name)}.*.partial"):
        number = re.match("([0-9]{1,10})-", left.name.removeprefix(f".{out.name}."))
        if number and not _is_alive(int(number[1])) and _is_free(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_free(left: Path) -> bool:
    """Tell whether no process holds a lock on a folder."""
    try:
        descriptor = os.open(left, os.O_RDONLY)
    except OSError:
        return False
    try:
        return _lock(descriptor)
    finally:
        os.close(descriptor)


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
