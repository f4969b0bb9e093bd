"""What is ours in a place that is to be written to.

An output folder is falseflag's if it is absent, if it is empty, or if its ``SHA256SUMS`` accounts for everything in it,
unmodified. (A batch that was broken off left its store, which proves by itself that it is whole: see
`falseflag.batch.store`.) Anything else is refused, with the first strange file, before anything is computed; so is a
place that cannot be renamed as a whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from falseflag.batch.store import is_store
from falseflag.errors import RequestError
from falseflag.reading import open_ordinary

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
