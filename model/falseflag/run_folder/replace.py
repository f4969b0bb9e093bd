"""An output folder: what in it is ours, and how a finished output takes its place in one step.

An output folder is falseflag's if it is absent, if it is empty, or if its ``SHA256SUMS`` accounts for everything in it,
unmodified. (A batch that was broken off left its store, which proves by itself that it is whole: see
`falseflag.batch.store`.) Anything else is refused, with the first strange file, before anything is computed; so is a
place that cannot be renamed as a whole.

A new output is written to a folder beside the one asked for; then the two are exchanged by one system call or, where
there is none, by two renames. What stood there is looked at once more before it is removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from falseflag.batch.store import is_store
from falseflag.errors import RequestError
from falseflag.reading import open_ordinary

# What is ours


SUMS = "SHA256SUMS"
"""The list of an output's files, as ``sha256sum --check`` reads it; its first line names the command."""

MAX_SUMS = 1 << 20
"""Bytes of such a list; a longer one is not ours."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a command leaves behind.

    Parameters
    ----------
    command : str
        Of ``falseflag``; an output is only ever replaced by one of the same command.
    store : str, optional
        File in the folder from which a batch that was broken off goes on.
    keeps_store : bool
        Whether the store is a part of the finished output.
    has_page : bool
        Whether ``OUT.md`` beside the folder is a part of it.
    """

    command: str
    store: str = ""
    keeps_store: bool = True
    has_page: bool = False

    def page(self, out: Path) -> Path | None:
        """Return the path of the page beside the folder, if there is one."""
        return out.with_name(f"{out.name}.md") if self.has_page else None


RUN = Output("sample")
BATCH = Output("batch", store="cases.jsonl")
SWEEP = Output("sweep", store="sweep.jsonl")
CALIBRATION = Output("calibrate", store="replicates.jsonl")
BACKTEST = Output("backtest", store="fits.jsonl", keeps_store=False, has_page=True)


def check_output(out: Path, output: Output) -> None:
    """Refuse a place where an output could not be put at the end; called before anything is computed.

    Parameters
    ----------
    out : path
        The folder, as ``--out`` names it.
    output : Output

    Raises
    ------
    RequestError
        If anything there is not ours, or was changed since it was written, or if the folder cannot be replaced.
    """
    try:
        out = real(out)
        _check_place(out)
        refuse_strange(out, out, output)
    except OSError as error:
        raise RequestError(f"{out}: cannot be written ({error.strerror or error}); choose another --out") from error


def check_file(path: Path, is_ours: Callable[[bytes], bool]) -> None:
    """Refuse to replace a file that is not ours.

    Raises
    ------
    RequestError
        If a link, a folder or the like is there, or a file of somebody else.
    """
    if not os.path.lexists(path):
        return
    try:
        ours = not path.is_symlink() and is_ours(_read(path))
    except OSError:
        ours = False
    if not ours:
        raise RequestError(f"{path}: was not written by falseflag, or was changed since; move it away first")


def real(out: Path) -> Path:
    """Return where a folder is, links above it followed; a link itself is refused."""
    if out.is_symlink():
        raise RequestError(f"{out}: is a link; --out should name the folder itself")
    return Path(os.path.realpath(out))


def _check_place(out: Path) -> None:
    """Refuse what is not a folder, or cannot be renamed."""
    nearest = next(path for path in (out, *out.parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise RequestError(f"{nearest}: is a file; --out should name a folder")
    if nearest == out and _is_mount_point(out):
        raise RequestError(f"{out}: is a mount point, which cannot be replaced as a whole; name a folder below it")
    if nearest == out and _is_current(out):
        raise RequestError(f"{out}: is the current folder, or one above it, and would be replaced; name one below it")
    beside = out.parent if nearest == out else nearest
    if not os.access(beside, os.W_OK | os.X_OK):
        raise RequestError(f"{out}: cannot be written, since {beside} is read-only for you; choose another --out")
    trial = beside / staging_name(out)
    trial.mkdir()
    trial.rmdir()


def _is_mount_point(out: Path) -> bool:
    """Tell whether a file system is mounted there; of bind mounts only Linux's own list knows."""
    with contextlib.suppress(OSError):
        points = (line.split(b" ")[4] for line in Path("/proc/self/mountinfo").read_bytes().splitlines())
        escaped = re.sub(rb"[ \t\n\\]", lambda found: b"\\%03o" % ord(found[0]), os.fsencode(out))
        return escaped in points
    return os.path.ismount(out)


def _is_current(out: Path) -> bool:
    try:
        return Path.cwd().is_relative_to(out)
    except FileNotFoundError:  # it was removed
        return False


def refuse_strange(out: Path, folder: Path, output: Output) -> None:
    """Refuse if something in `folder`, which is or was at `out`, is not accounted for; or the page beside it."""
    page = output.page(out)
    if not folder.is_dir() and (page is None or not os.path.lexists(page)):
        return
    command, sums = read_sums(folder)
    if not sums and os.path.lexists(folder / SUMS):
        raise RequestError(f"{out / SUMS}: is not as falseflag wrote it; move it away or choose another --out")
    if sums and command != output.command:
        raise RequestError(f"{out}: holds what `falseflag {command}` wrote; choose another --out")
    found = [(path, path.relative_to(folder).as_posix()) for path in walk(folder)]
    if page is not None and os.path.lexists(page):
        found.append((page, f"../{page.name}"))
    for path, name in found:
        if (wrong := _strange(path, name, sums, output)) is not None:
            shown = page if path == page else out / name
            raise RequestError(f"{shown}: {wrong}; move it away or choose another --out")


def _strange(path: Path, name: str, sums: dict[str, str], output: Output) -> str | None:
    """Say why a path is not ours, or nothing."""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        is_ours = any(path.iterdir()) or any(file.startswith(f"{name}/") for file in sums)  # what is in it comes next
        return None if is_ours else "is not a folder that falseflag made"
    if not stat.S_ISREG(mode):
        return "is a link, a pipe or the like, and falseflag writes none"
    if name == SUMS:
        return None
    if output.store and name == output.store and is_store(path):
        return None
    if name not in sums:
        return "is not among the files that falseflag wrote there"
    return None if digest(path) == sums[name] else "was changed since falseflag wrote it"


def walk(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and below, in order; links are not followed."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)


def read_sums(folder: Path) -> tuple[str, dict[str, str]]:
    """Return the command that wrote a folder, and the SHA-256 of each of its files; nothing where there is no list.

    A list that is not, byte for byte, as `write_sums` writes it counts as none.
    """
    try:
        content = b"" if (folder / SUMS).is_symlink() else _read(folder / SUMS)
    except OSError:
        content = b""
    first, _, rest = content.partition(b"\n")
    sums = {}
    for line in rest.splitlines():
        sha256, _, name = line.removeprefix(b"\\").partition(b"  ")
        sums[os.fsdecode(_unescaped(name) if line.startswith(b"\\") else name)] = sha256.decode(errors="replace")
    command = first.removeprefix(b"# falseflag ").decode(errors="replace")
    return (command, sums) if content == _as_sums(command, sums) else ("", {})


def write_sums(folder: Path, command: str, beside: tuple[str, ...] = ()) -> None:
    """Write the list of a folder's files, and of some beside it."""
    files = [path for path in walk(folder) if not path.is_dir()] + [folder.parent / name for name in beside]
    sums = {os.path.relpath(path, folder): digest(path) for path in files}
    (folder / SUMS).write_bytes(_as_sums(command, sums))


def _as_sums(command: str, sums: dict[str, str]) -> bytes:
    lines = [f"# falseflag {command}".encode(errors="replace")]
    for name in sorted(sums):
        raw = os.fsencode(name)
        escaped = raw.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        lines.append(b"\\" * (escaped != raw) + sums[name].encode(errors="replace") + b"  " + escaped)
    return b"\n".join(lines) + b"\n"


def _unescaped(name: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: {b"n": b"\n", b"r": b"\r"}.get(found[1], found[1]), name)


def digest(path: Path) -> str:
    """Return the SHA-256 of an ordinary file."""
    with open_ordinary(path) as file:
        return file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> bytes:
    with open_ordinary(path) as file:
        return file.read(MAX_SUMS)


def staging_name(place: Path) -> str:
    """Return a name for a folder beside a place, in which what is to stand there is written."""
    return f".{place.name}.{secrets.token_hex(8)}.partial"


# Replacing it


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
