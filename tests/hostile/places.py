"""Hostile places: what is no ordinary file, links and names that lead astray, files that extend each other."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hostile.large import BASE
from hostile.values import NAMES


def _extending(folder: Path, target: str) -> Path:
    path = folder / "case.yaml"
    path.write_text(f"extends: {target}\n{BASE}", encoding="utf-8", errors="replace")
    return path


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.yaml")
    return folder / "pipe.yaml"


def _socket(folder: Path) -> Path:
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("s.yaml")
    finally:
        os.fchdir(here)
        os.close(here)
    return folder / "s.yaml"


def _link(folder: Path, target: str | Path) -> Path:
    (folder / "link.yaml").symlink_to(target)
    return folder / "link.yaml"


def _loop(folder: Path) -> Path:
    (folder / "other.yaml").symlink_to(folder / "link.yaml")
    return _link(folder, folder / "other.yaml")


def _outside(folder: Path) -> Path:
    """Link out of the case's folder by a link inside of it."""
    inner = folder / "inner"
    inner.mkdir()
    (folder / "secret.yaml").write_text(BASE)
    (inner / "link.yaml").symlink_to(folder / "secret.yaml")
    return _extending(inner, "link.yaml")


def _cycle(folder: Path, length: int) -> Path:
    for number in range(length):
        (folder / f"f{number}.yaml").write_text(f"extends: f{(number + 1) % length}.yaml\n{BASE}")
    return folder / "f0.yaml"


def _chain(folder: Path, length: int, content: str = BASE) -> Path:
    for number in range(length):
        (folder / f"f{number}.yaml").write_text(f"extends: f{number + 1}.yaml\n{content}")
    (folder / f"f{length}.yaml").write_text(BASE)
    return folder / "f0.yaml"


def _to(folder: Path, made: Path) -> Path:
    return _extending(folder, made.name)


PLACES: dict[str, Callable[[Path], Path | str]] = {
    "folder": lambda folder: folder,
    "nothing": lambda folder: folder / "none.yaml",
    "empty name": lambda _: "",
    "file as folder": lambda folder: _extending(folder, "x") / "below.yaml",
    "pipe": _fifo,
    "socket": _socket,
    "zeros": lambda _: "/dev/zero",
    "null device": lambda _: "/dev/null",
    "terminal": lambda _: "/dev/tty",
    "memory": lambda _: "/proc/self/mem",
    "pseudo-file": lambda _: "/proc/self/maps",
    "dangling link": lambda folder: _link(folder, "none.yaml"),
    "link to itself": lambda folder: _link(folder, "link.yaml"),
    "loop of links": _loop,
    "link to a device": lambda folder: _link(folder, "/dev/zero"),
    "long name": lambda folder: folder / ("x" * 300),
    "long path": lambda folder: f"{folder}/{'y/' * 3000}x",
    "name not UTF-8": lambda folder: folder / "a\udcffb.yaml",
    "name with newline": lambda folder: folder / "a\nb:1: x\x1b[2J\u202e.yaml",
    "extends a folder": lambda folder: _extending(folder, "."),
    "extends a pipe": lambda folder: _to(folder, _fifo(folder)),
    "extends a dangling link": lambda folder: _to(folder, _link(folder, "none.yaml")),
    "extends a loop": lambda folder: _to(folder, _loop(folder)),
    "extends a device by a link": lambda folder: _to(folder, _link(folder, "/dev/zero")),
    "extends the outside": _outside,
    "extends itself": lambda folder: _cycle(folder, 1),
    "cycle of two": lambda folder: _cycle(folder, 2),
    "cycle of fifteen": lambda folder: _cycle(folder, 15),
    "chain of fifteen": lambda folder: _chain(folder, 15),
    "chain of a hundred": lambda folder: _chain(folder, 100),
    "large chain": lambda folder: _chain(folder, 15, BASE + "#" * (1 << 20)),
    "chain of many keys": lambda folder: _chain(folder, 15, BASE + "".join(f"k{i}:\n" for i in range(8000))),
    "chain of control characters": lambda folder: _chain(folder, 15, BASE + "#\x07" * 30_000),
    **{f"extends {name[:40]!r}": partial(_extending, target=name) for name in NAMES},
}
"""Each makes its files in an empty folder and returns the path to check."""
