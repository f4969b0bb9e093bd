"""Put a finished run in its place in one step, so that an earlier one is whole until then.

A run is first written to a folder beside the one asked for. What else stands there, other people's notes or what
another command has written, is linked into the new folder; then the two are exchanged by one system call: at every
moment there is one whole run under the name. Where that cannot be done (the folder is a mount point, the current one,
beside it nothing may be written, or it holds too much of others), the run's files are moved into it one by one,
`posterior.json` last, and back on an error; signals wait meanwhile.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from falseflag.errors import RequestError
from falseflag.run.owned import MARK, check_owned, is_folder, walk

STORE = "replicates.jsonl"
"""The replicates in a calibration's folder, from which it goes on."""

MOST_LINKED = 1000
"""Other people's files in a folder up to which they are linked into the new one."""

EARLIER = ".falseflag-earlier"
"""Where in a stage the earlier run's files are kept while the new ones are moved in one by one."""

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

RENAME_EXCHANGE = 2
AT_FDCWD = -100


def check_writable(out: Path, entries: Collection[str] = (), sources: Iterable[Path] = ()) -> None:
    """Refuse at once a folder that could not be written at the end.

    Parameters
    ----------
    out : path
    entries : collection of str
        Names of what is to be put into it; see `falseflag.run.owned`.
    sources : iterable of path
        The files that the case is read from, which must not be overwritten.

    Raises
    ------
    RequestError
        If `out` is no folder, if it or the folder that it is to be made in cannot be written, or if something else than
        what a run has made is there under one of the names.
    """
    try:
        nearest = _nearest(out)
        if not nearest.is_dir():
            raise RequestError(f"{nearest}: is a file; --out should name a folder")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise RequestError(f"{out}: cannot be written, since {nearest} is read-only for you; choose another --out")
        if entries:
            _place_for(_real(out), nearest)
        check_owned(out, entries, sources)
    except OSError as error:
        raise RequestError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error


def _nearest(out: Path) -> Path:
    """Return the folder itself or the first above it that is there; what is missing must be possible to make."""
    missing = []
    for folder in (out, *out.absolute().parents):
        if os.path.exists(folder):  # noqa: PTH110  (False, not an error, for a name that is too long)
            break
        if os.path.islink(folder):  # noqa: PTH114
            raise RequestError(f"{folder}: is a link that leads nowhere; --out should name a folder")
        missing.append(folder.name)
    for name in missing:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (folder / name).lstat()
    return folder


def _real(out: Path) -> Path:
    """Return where a folder is, so that a link to it stays a link."""
    return Path(os.path.realpath(out))


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
    out, stage = _real(out), None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = _stage_of(out, _place_for(out, out.parent))
        _remove_abandoned(out)
        stage.mkdir()
        with _locked(stage):
            yield stage
            _sync(stage)
            check_owned(out, [entry.name for entry in stage.iterdir()])
            _put_in_place(stage, out)
        _remove_abandoned(out, replaced=True)
    except OSError as error:
        raise RequestError(
            f"{out}: could not be written ({error.strerror or error}); nothing there was changed"
        ) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)


def _stage_of(out: Path, place: Path) -> Path:
    return place / f".{out.name}.{os.getpid()}-{secrets.token_hex(4)}.partial"


def _place_for(out: Path, nearest: Path) -> Path:
    """Return the folder for a stage from which files can be moved into `out`: beside it or, if need be, `out` itself.

    Raises
    ------
    OSError
        If neither can be.
    """
    if not out.exists():
        _try_stage(out, nearest, nearest)
        return nearest
    try:
        _try_stage(out, out.parent, out)
    except OSError:  # may not be written, or is of another file system
        _try_stage(out, out, out)
        return out
    return out.parent


def _try_stage(out: Path, place: Path, target: Path) -> None:
    """Make a stage, move it to where its files are to go, and remove it."""
    stage = _stage_of(out, place)
    moved = target / stage.name
    stage.mkdir()
    try:
        stage.rename(moved)
    finally:
        for path in {stage, moved}:
            with contextlib.suppress(OSError):
                path.rmdir()


@contextlib.contextmanager
def _locked(stage: Path) -> Iterator[None]:
    """Hold a lock on a folder, by which another process, maybe of another container, knows that we are alive."""
    descriptor = os.open(stage, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Take a lock if nobody has it; False where somebody has, None where there are no locks."""
    try:
        import fcntl  # noqa: PLC0415  (not on every system)

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return None
    return True


def _put_in_place(stage: Path, out: Path) -> None:
    if not out.exists():
        stage.rename(out)
        return
    written = [entry.name for entry in stage.iterdir()]
    can_be_exchanged = not (stage.parent == out or _is_current(out) or os.path.ismount(out))
    if can_be_exchanged and _link_others(out, stage) and _exchange(stage, out):
        _bring_late(stage, out)
    else:
        _move_into(stage, out, written)


def _is_current(out: Path) -> bool:
    """Tell whether the current folder is this one or below, so that it would be taken away from under the user."""
    try:
        return Path.cwd().is_relative_to(out)
    except FileNotFoundError:
        return False


def _link_others(out: Path, stage: Path) -> bool:
    """Give the stage what else is in `out`, as the same files; False where that cannot be done, or not in short."""
    try:
        others = [entry for entry in out.iterdir() if not os.path.lexists(stage / entry.name)]
        every = itertools.chain.from_iterable(
            (entry, *walk(entry)) if is_folder(entry) else (entry,) for entry in others
        )
        found = list(itertools.islice(every, MOST_LINKED + 1))
        if len(found) > MOST_LINKED or any(os.path.ismount(path) for path in found):
            return False
        for path in found:
            _link(path, stage / path.relative_to(out))
        for path in reversed([out, *found]):  # a folder's times once it is filled
            if is_folder(path):
                _copy_status(path, stage / path.relative_to(out))
    except OSError:
        return False
    return True


def _link(path: Path, target: Path) -> None:
    """Make a folder of that name, or the same file; a copy where the file system has no hard links."""
    if is_folder(path):
        target.mkdir()
        return
    try:
        os.link(path, target, follow_symlinks=False)
    except OSError:
        if not (path.is_symlink() or path.is_file()):
            raise
        shutil.copy2(path, target, follow_symlinks=False)
        _copy_status(path, target)


def _copy_status(path: Path, target: Path) -> None:
    """Give the other its owner, mode and times."""
    own, other = path.lstat(), target.lstat()
    if (own.st_uid, own.st_gid) != (other.st_uid, other.st_gid):
        os.chown(target, own.st_uid, own.st_gid, follow_symlinks=False)
    shutil.copystat(path, target, follow_symlinks=False)


def _bring_late(old: Path, out: Path) -> None:
    """Take over what was put into the old folder while it was exchanged."""
    try:
        for entry in old.iterdir():
            if not os.path.lexists(out / entry.name):
                entry.rename(out / entry.name)
    except OSError as error:
        kept = _keep(old)
        raise RequestError(f"{out}: was written, but what was put there meanwhile is in {kept} ({error})") from error


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
    with _signals_deferred():
        try:
            (stage / EARLIER).mkdir()
            for name in sorted(names, key=lambda name: name == MARK):
                if os.path.lexists(out / name):
                    moves.append((out / name, stage / EARLIER / name))
                    (out / name).rename(stage / EARLIER / name)
                moves.append((stage / name, out / name))
                (stage / name).rename(out / name)
        except BaseException as error:
            _move_back(moves, stage, out, error)
            raise


def _move_back(moves: Iterable[tuple[Path, Path]], stage: Path, out: Path, error: BaseException) -> None:
    """Undo moves, the last one first; where that fails, keep the earlier files and say where."""
    try:
        for before, after in reversed([*moves]):
            if os.path.lexists(after) and not os.path.lexists(before):
                after.rename(before)
    except OSError as second:
        kept = _keep(stage)
        raise RequestError(
            f"{out}: could not be written ({error}), nor all be moved back ({second.strerror or second}); "
            f"it is a mixture now, and the earlier files that are not in it are in {kept / EARLIER}"
        ) from error


def _keep(stage: Path) -> Path:
    """Give a stage a name under which it is not removed; return it."""
    kept = stage.with_suffix(".earlier")
    with contextlib.suppress(OSError):
        stage.rename(kept)
    return kept


@contextlib.contextmanager
def _signals_deferred() -> Iterator[None]:
    """Let signals that would end the program wait until the block has ended."""
    if threading.current_thread() is not threading.main_thread():  # which alone gets them
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    before = {number: handler for number, handler in before.items() if handler is not None}
    try:
        for number in before:
            signal.signal(number, lambda number, _frame: came.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def _sync(stage: Path) -> None:
    """Have the disk hold what was written before any name points to it."""
    for path in stage.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _remove_abandoned(out: Path, *, replaced: bool = False) -> None:
    """Remove what runs into this folder left behind that were killed; an earlier run's files only once replaced."""
    pattern = f".{_literal(out.name)}.*.partial"
    for left in (*out.parent.glob(pattern), *out.glob(pattern)):
        number = re.match("([0-9]{1,10})-", left.name.removeprefix(f".{out.name}."))
        if number and _is_abandoned(left, int(number[1])) and (replaced or not (left / EARLIER).exists()):
            shutil.rmtree(left, ignore_errors=True)


def _is_abandoned(left: Path, process: int) -> bool:
    """Tell whether no process holds a lock on a stage; its number counts too, since it may be about to take one."""
    try:
        descriptor = os.open(left, os.O_RDONLY)
    except OSError:
        return False
    try:
        is_free = _lock(descriptor)
    finally:
        os.close(descriptor)
    if is_free and process == os.getpid():  # of a container, where each run has the same number
        return True
    return is_free is not False and not _is_alive(process)


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
