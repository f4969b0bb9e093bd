"""Gets the text of a file: a bounded read of an ordinary file, UTF-8 only, no control characters."""

from __future__ import annotations

import errno
import os
import re
import stat
from io import BufferedReader
from itertools import islice
from pathlib import Path

from falseflag.diagnostics import Diagnostics, Place

MAX_BYTES = 1 << 20
BOM = b"\xef\xbb\xbf"
MAX_CONTROL = 1000
"""Control characters reported of one file; each further one is the same error again."""

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""Control characters but newline and tab, Unicode's line separators, lone surrogates and noncharacters."""


CASE_FILE = "case file"
"""What most files are; a message names what it is about."""


def read_bytes(path: str, what: str = CASE_FILE) -> bytes:
    """Read an ordinary file of at most `MAX_BYTES`; `what` is what messages call it.

    Raises
    ------
    ValueError
        If it cannot be read, is no ordinary file or is larger; the message says so.
    """
    try:
        with open_ordinary(path) as file:
            content = file.read(MAX_BYTES + 1)
    except NotOrdinaryError as error:
        kind = _kind(error.mode)
        raise ValueError(f"A {what.removesuffix(' file')} should be an ordinary file, but this is {kind}") from error
    except OSError as error:
        raise ValueError(f"The file cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ValueError(f"A {what} should be at most 1 MiB, but this one is larger")
    return content


class NotOrdinaryError(OSError):
    """What was to be opened is a folder, a pipe, a device or the like; `mode` is its mode."""

    def __init__(self, mode: int) -> None:
        super().__init__(errno.EINVAL, "it is no ordinary file")
        self.mode = mode


def open_ordinary(path: str | Path) -> BufferedReader:
    """Open an ordinary file to be read, without waiting as a FIFO would make us.

    Raises
    ------
    NotOrdinaryError
        If it is none.
    OSError
        If it cannot be opened.
    """
    return open(path, "rb", opener=_opener)


def _opener(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise NotOrdinaryError(mode)
    return descriptor


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or the like"


def decode(content: bytes, file: str, diagnostics: Diagnostics, what: str = CASE_FILE) -> str | None:
    """Return the text of a file, forbidden characters replaced, or None where it is not UTF-8."""
    start = len(BOM) if content.startswith(BOM) else 0
    try:
        text = content[start:].decode()
    except UnicodeDecodeError as error:
        before = content[: start + error.start]
        diagnostics.add(Place(file, before.count(b"\n") + 1, 1), (), _not_utf8(content, what))
        return None
    if "\0" in text and text.count("\0") * 3 > len(text):
        diagnostics.add(Place(file, 1, 1), (), _not_utf8(content, what))
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not FORBIDDEN.search(text):
        return text
    _report_forbidden(text, file, diagnostics, what)
    return FORBIDDEN.sub("\ufffd", text)


def _not_utf8(content: bytes, what: str) -> str:
    looks = " (it looks like UTF-16)" if b"\0" in content or content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ""
    return f"A {what} should be UTF-8 text, but this is not{looks}"


def _report_forbidden(text: str, file: str, diagnostics: Diagnostics, what: str) -> None:
    line, start = 1, 0
    for match in islice(FORBIDDEN.finditer(text), MAX_CONTROL):
        line += text.count("\n", start, match.start())
        start = match.start()
        column = start - text.rfind("\n", 0, start)
        diagnostics.add(Place(file, line, column), (), forbidden_message(match[0], what))


def forbidden_message(character: str, what: str = CASE_FILE) -> str:
    """Word the error of a forbidden character."""
    return f"The character U+{ord(character):04X} should not be in a {what}: it is a control character or the like"
