"""What an answer was computed with."""

from __future__ import annotations

import importlib.metadata
import platform
from functools import cache
from hashlib import sha256
from pathlib import Path

EXACT_PACKAGES = ("falseflag", "numpy", "scipy")
NUTS_PACKAGES = (*EXACT_PACKAGES, "pymc", "pytensor", "numba", "nutpie", "arviz")


def versions_of(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of Python and of some installed packages."""
    return {"python": platform.python_version()} | {name: _installed(name) for name in packages}


@cache  # in a batch thousands of answers ask, and each would read the packages' files
def _installed(package: str) -> str:
    return importlib.metadata.version(package)


@cache
def source_digest() -> str:
    """Return the SHA-256 of the package's source: one version number may stand for more than one."""
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return sha256(
        b"\0".join(file.relative_to(folder).as_posix().encode() + file.read_bytes() for file in files)
    ).hexdigest()


def machine() -> str:
    """Name the operating system and the kind of processor, such as ``Linux x86_64``."""
    return f"{platform.system()} {platform.machine()}"
