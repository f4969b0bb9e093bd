"""Random damage: bytes of case files changed, cut, repeated and mixed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hostile.documents import contents, everywhere, fullest, paths, rendered, spoiled
from hostile.values import ALL

PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b": ",
    b"\n",
    b"  ",
    b"\t",
    b"&a ",
    b"*a",
    b"!!x ",
    b"- ",
    b"? ",
    b"'",
    b'"',
    b"#",
    b"|",
]
PIECES += [b"\\x00", b"<<: *a", b"null", b".nan", b"9" * 400, b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\x00", b"\r"]
PIECES += [
    b"%TAG ! x\n",
    b"---\n",
    b"...\n",
    b"others",
    b"value: ",
    b"mean: ",
    b"extends: x\n",
    b"\xef\xbb\xbf",
    b"1e-12",
]
PIECES += [value.encode(errors="surrogatepass") for value in ALL if len(value) < 100]


def _flipped(rng: np.random.Generator, content: bytes) -> bytes:
    out = bytearray(content)
    for place in rng.integers(len(out), size=rng.integers(1, 9)):
        out[place] ^= 1 << rng.integers(8)
    return bytes(out)


def _patched(rng: np.random.Generator, content: bytes) -> bytes:
    for _ in range(rng.integers(1, 7)):
        place, length = int(rng.integers(len(content) + 1)), int(rng.integers(13))
        content = content[:place] + PIECES[rng.integers(len(PIECES))] + content[place + length :]
    return content


def _cut(rng: np.random.Generator, content: bytes) -> bytes:
    start, end = np.sort(rng.integers(len(content) + 1, size=2))
    return content[:start] + content[end:]


def _repeated(rng: np.random.Generator, content: bytes) -> bytes:
    start, end = np.sort(rng.integers(len(content) + 1, size=2))
    return content[:end] + content[start:end] * int(rng.integers(1, 20)) + content[end:]


def _shuffled(rng: np.random.Generator, content: bytes) -> bytes:
    lines = content.split(b"\n")
    for a, b in rng.integers(len(lines), size=(3, 2)):
        lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _spliced(rng: np.random.Generator, content: bytes) -> bytes:
    other = contents()[rng.integers(len(contents()))]
    return content[: rng.integers(len(content) + 1)] + other[rng.integers(len(other) + 1) :]


def _noise(rng: np.random.Generator, content: bytes) -> bytes:
    return rng.bytes(int(rng.integers(1, len(content) + 2)))


DAMAGE: tuple[Callable[[np.random.Generator, bytes], bytes], ...] = (
    _flipped, _patched, _patched, _patched, _cut, _repeated, _shuffled, _spliced, _noise,
)  # fmt: skip


def mutated(rng: np.random.Generator) -> bytes:
    """Damage a case file once or twice."""
    content = contents()[rng.integers(len(contents()))]
    for _ in range(rng.integers(1, 3)):
        content = DAMAGE[rng.integers(len(DAMAGE))](rng, content) or b" "
    return content


def spoiled_twice(rng: np.random.Generator) -> bytes:
    """Put hostile values at up to four keys of a valid case."""
    content = fullest()[rng.integers(len(fullest()))]
    for _ in range(rng.integers(1, 5)):
        places = [path for path in paths(content) if path]
        if places:
            path, value = places[rng.integers(len(places))], ALL[rng.integers(len(ALL))]
            is_key = bool(rng.random() < 0.3) and isinstance(path[-1], str)
            content = spoiled(content, path, value, key=is_key)
    return rendered(content).encode(errors="surrogatepass")


def evenly(number: int, of: int) -> int:
    """Return the place of the `number`-th of `of` files in the list of all that hold one hostile value."""
    return number * len(everywhere()) // of if of < len(everywhere()) else number % len(everywhere())
