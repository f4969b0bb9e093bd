"""Standard output and standard error of any encoding, closed by their reader, or on a full disk."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import unicodedata

READABLE = {
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("–—−‐‑─", "-"),
    **dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " "),
    "…": "...",
    "×": "x",
    "→": "->",
    "←": "<-",
    "≤": "<=",
    "≥": ">=",
    "±": "+/-",
    "·": ".",
    "•": "*",
    "ρ": "rho",
    "φ": "phi",
    "θ": "theta",
    "│": "|",
}
"""What stands for a character where the encoding lacks it."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a stream without a file's name raises where there is no room for its content."""


def make_readable() -> None:
    """Have standard output and standard error print something readable for what their encoding lacks."""
    codecs.register_error("falseflag", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape", "backslashreplace"}:
            stream.reconfigure(errors="falseflag")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Replace characters as a codec asks for: by what is readable, by the letter without accents, or by ``?``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_in_ascii(character) for character in error.object[error.start : error.end]), error.end


def _in_ascii(character: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii())
    if unicodedata.combining(character):
        return ""
    return READABLE.get(character) or bare or "?"


def flush() -> None:
    """Flush standard output, so that an error shows while it can still be reported."""
    if sys.stdout is not None:
        sys.stdout.flush()


def drop_output() -> None:
    """Send standard output nowhere from now on: what it still holds cannot be written either."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
