"""Valid case files to spoil, and hostile values at every key of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from hostile.values import ALL

TESTS = Path(__file__).parents[1]
FILES = [*sorted((TESTS / "case" / "positive").glob("*.yaml")), TESTS.parent / "priors" / "kremlin.yaml"]
BROKEN = sorted((TESTS / "case" / "negative").glob("*.yaml"))
FULLEST = tuple(TESTS / "case" / "positive" / f"{name}.yaml" for name in ("every_form", "elicited", "circumstances"))

type Content = str | list[Content] | dict[str, Content]
type Path_ = tuple[str | int, ...]
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]+( [A-Za-z0-9_.+-]+)*")


class Raw(str):
    """Text that is written as it stands."""

    __slots__ = ()


@cache
def contents() -> tuple[bytes, ...]:
    """Return the bytes of the valid and of the broken files."""
    return tuple(path.read_bytes() for path in [*FILES, *BROKEN])


@cache
def fullest() -> tuple[Content, ...]:
    """Return the case files that have every form and every key, as plain Python, all scalars text."""
    return tuple(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) for path in FULLEST)  # noqa: S506


def paths(content: Content, above: Path_ = ()) -> Iterator[Path_]:
    """Yield the path of every value, parents first."""
    yield above
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield from paths(value, (*above, key))


def spoiled(content: Content, path: Path_, value: str, *, key: bool = False) -> Content:
    """Return the content with the value at `path`, or its key, replaced."""
    if not path:
        return Raw(value)
    first, *rest = path
    if isinstance(content, list):
        return [spoiled(item, tuple(rest), value, key=key) if n == first else item for n, item in enumerate(content)]
    assert isinstance(content, dict)
    if key and not rest:
        return {Raw(value) if k == first else k: v for k, v in content.items()}
    return {k: spoiled(v, tuple(rest), value, key=key) if k == first else v for k, v in content.items()}


def rendered(content: Content, depth: int = 0) -> str:
    """Write content as YAML: the topmost mappings in block style, what is below in flow style."""
    match content:
        case dict() if depth == 0:
            return "".join(f"{rendered(key, 1)}: {rendered(value, 1)}\n" for key, value in content.items())
        case dict():
            return f"{{{', '.join(f'{rendered(k, 1)}: {rendered(v, 1)}' for k, v in content.items())}}}"
        case list():
            return f"[{', '.join(rendered(item, 1) for item in content)}]"
        case _:
            is_bare = isinstance(content, Raw) or _PLAIN.fullmatch(content)
            return str(content) if is_bare else json.dumps(content, ensure_ascii=False)


@cache
def everywhere() -> tuple[tuple[int, Path_, str, bool], ...]:
    """List every path of the fullest cases with every hostile value there, and as its key: some sixty thousand."""
    places = [(number, path) for number, content in enumerate(fullest()) for path in paths(content)]
    values = [(number, path, value, False) for number, path in places for value in ALL]
    keyed = [(number, path) for number, path in places if path and isinstance(path[-1], str)]
    return (*values, *((number, path, value, True) for number, path in keyed for value in ALL[::3]))


def everywhere_file(number: int) -> bytes:
    """Write one of the cases that `everywhere` lists."""
    case, path, value, key = everywhere()[number]
    return rendered(spoiled(fullest()[case], path, value, key=key)).encode(errors="surrogatepass")
