"""The results of a batch on disk: a header and one line a result, whole at every moment but for the last line."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from falseflag.errors import RequestError

type Result = dict[str, Any]

FORMAT = 1
"""Version of the file's layout."""


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
        If another process writes to the file, it is of another batch or damaged, or it cannot be written.
    """

    def __init__(self, path: Path | None, identity: Mapping[str, object]) -> None:
        self.path = path
        self.results: dict[str, Result] = {}
        self._file: BinaryIO | None = None
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
        lines = file.read().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        file.truncate(sum(map(len, whole)))
        if not whole:
            self._write({"falseflag": FORMAT, "identity": identity})
            return
        header, *rows = (_parsed(line, path, number) for number, line in enumerate(whole, start=1))
        if header.keys() != {"falseflag", "identity"}:
            raise RequestError(f"{path}: is no batch of falseflag; choose another file")
        _check_identity(path, header["identity"], identity)
        for number, row in enumerate(rows, start=2):
            if row.keys() != {"key", "result"} or row["key"] in self.results:
                raise _damaged(path, number)
            self.results[row["key"]] = row["result"]

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
            try:
                _append(self._file, line.encode() + b"\n")
            except OSError as error:
                reason = error.strerror or error
                raise RequestError(f"{self.path}: could not be written ({reason}); what was there is kept") from error
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()  # gives up the lock


def _open(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise RequestError(
            f"{path}: another falseflag is working on it; wait until it has ended, or choose another"
        ) from None
    file.seek(0)
    return file


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


def _parsed(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _damaged(path, number)
    return content


def _damaged(path: Path, number: int) -> RequestError:
    return RequestError(f"{path}:{number}: is damaged; delete the file to start anew, or choose another")


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
