"""The results of a batch on disk: a header and one line a result, whole at every moment but for the last line.

Every line ends with the SHA-256 of all that stands before that digest in the file. So a store proves by itself that it
is what falseflag wrote, to the last whole line; a line that was broken off is known by how it begins.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from falseflag.errors import RequestError
from falseflag.reading import NotOrdinaryError, open_ordinary

type Result = dict[str, Any]

FORMAT = 2
"""Version of the file's layout."""

HEADER = b'{"falseflag": %d, "identity": ' % FORMAT
ROW = b'{"key": '
SEAL = b', "sha256": "'
END = b'"}\n'
"""How the first line and all others begin, what comes before a line's digest, and after it."""

DIGITS = 2 * sha256().digest_size


class Store:
    """Results by key, kept in a file of JSON lines if there is a path, and locked against other processes meanwhile.

    Parameters
    ----------
    path : path or None
        Made, with its folder, if it is not there. None keeps results in memory alone.
    identity : mapping
        What the batch is; it must be what an existing file's header says.

    Attributes
    ----------
    results : dict
        Those of earlier runs, then those added.

    Raises
    ------
    RequestError
        If another process writes to the file, it is of another batch, damaged or not a batch's, or it cannot be
        written. Nothing in it is changed then.
    """

    def __init__(self, path: Path | None, identity: Mapping[str, object]) -> None:
        self.path = path
        self.results: dict[str, Result] = {}
        self._file: BinaryIO | None = None
        self._digest = sha256()
        if path is not None:
            try:
                self._file = _open(path)
            except OSError as error:
                raise RequestError(f"{path}: cannot be written ({error.strerror or error}); choose another") from error
            try:
                self._read(self._file, path, _as_json(identity))
            except BaseException:
                self._file.close()
                raise

    def _read(self, file: BinaryIO, path: Path, identity: Any) -> None:  # noqa: ANN401
        """Take over what is there, cut off a line that was broken off, and write the header if there is none."""
        content = file.read()
        whole, rows = _parsed(content, path)
        if rows:
            _check_identity(path, rows[0]["identity"], identity)
        file.truncate(whole)
        self._digest.update(content[:whole])
        if not rows:
            self._write({"falseflag": FORMAT, "identity": identity})
        self.results = {row["key"]: row["result"] for row in rows[1:]}

    def add(self, key: str, result: Result) -> None:
        """Keep one result, on disk before this returns (a crash of the program loses nothing, one of the machine may).

        Raises
        ------
        RequestError
            If the disk is full.
        ValueError, TypeError
            If JSON cannot hold the result.
        """
        self.results[key] = self._write({"key": key, "result": result})["result"]

    def _write(self, content: Mapping[str, object]) -> Any:  # noqa: ANN401
        line = json.dumps(content, ensure_ascii=False, allow_nan=False)
        if self._file is not None:
            digest = self._digest.copy()
            start = line.encode()[:-1] + SEAL
            digest.update(start)
            rest = digest.hexdigest().encode() + END
            try:
                _append(self._file, start + rest)
            except OSError as error:
                reason = error.strerror or error
                raise RequestError(f"{self.path}: could not be written ({reason}); what was there is kept") from error
            digest.update(rest)
            self._digest = digest
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()  # gives up the lock


def is_store(path: Path) -> bool:
    """Tell whether a file is a batch's store as falseflag wrote it, maybe with its last line broken off."""
    try:
        with open_ordinary(path) as file:
            _parsed(file.read(), path)
    except (OSError, RequestError):
        return False
    return not path.is_symlink()


def _open(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+b", buffering=0, opener=_opener)  # noqa: SIM115  (Path.open takes no opener)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise RequestError(
            f"{path}: another falseflag is working on it; wait until it has ended, or choose another"
        ) from None
    file.seek(0)
    return file


def _opener(path: str, flags: int) -> int:
    """Open an ordinary file, made if it is not there; no link is followed and no pipe waited for."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise NotOrdinaryError(mode)
    return descriptor


def _append(file: BinaryIO, line: bytes) -> None:
    """Write a line whole, or leave the file as it was."""
    start = file.seek(0, os.SEEK_END)
    left = memoryview(line)
    try:
        while left:  # a disk that fills up takes a part, and refuses only the rest
            left = left[file.write(left) :]
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(start)
        raise


def _parsed(content: bytes, path: Path) -> tuple[int, list[dict[str, Any]]]:
    """Return how many bytes of a store's content are whole lines, and what these say, the header first.

    Raises
    ------
    RequestError
        With the first line that falseflag did not write so.
    """
    digest, keys, whole = sha256(), set[object](), 0
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        begins = HEADER if number == 1 else ROW
        is_begun = line.startswith(begins) or begins.startswith(line)
        if is_begun and not line.endswith(b"\n") and (_is_cut(line) or _row(line + b"\n", digest)):
            break
        row = _row(line, digest)
        if row is None or row.keys() != ({"key", "result", "sha256"} if rows else {"falseflag", "identity", "sha256"}):
            raise _damaged(path, number)
        if row.get("key") in keys:
            raise _damaged(path, number)
        keys.add(row.get("key"))
        rows.append(row)
        digest.update(line)
        whole += len(line)
    return whole, rows


def _is_cut(line: bytes) -> bool:
    """Tell whether a line that begins as ours is no whole JSON object; the beginning of one never is."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return True
    return False


def _row(line: bytes, before: Any) -> dict[str, Any] | None:  # noqa: ANN401  (a hash has no public type)
    """Return what a line says, or nothing if its digest is not that of the file up to there."""
    start, seal = line[: -DIGITS - len(END)], line[-DIGITS - len(END) :]
    digest = before.copy()
    digest.update(start)
    if not start.endswith(SEAL) or seal != digest.hexdigest().encode() + END:
        return None
    try:
        return dict(json.loads(line))
    except ValueError:
        return None


def _damaged(path: Path, number: int) -> RequestError:
    if number == 1:
        return RequestError(
            f"{path}: is not a batch that this version of falseflag wrote, or was changed since; move it away or "
            "choose another"
        )
    return RequestError(f"{path}:{number}: is damaged or was changed; delete the file to start anew, or choose another")


def _check_identity(path: Path, there: Any, wanted: Any) -> None:  # noqa: ANN401
    if there == wanted:
        return
    names = [n for n in dict.fromkeys([*wanted, *there]) if there.get(n) != wanted.get(n)]
    told = "; ".join(f"{name} was {_short(there.get(name))}, now {_short(wanted.get(name))}" for name in names)
    raise RequestError(f"{path}: holds another batch ({told}); delete it to start anew, or choose another")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _as_json(value: object) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(value, allow_nan=False))
