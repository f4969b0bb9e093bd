"""What an answer was computed with."""

from __future__ import annotations

import importlib.metadata
import platform
from functools import cache

EXACT_PACKAGES = ("falseflag", "numpy", "scipy")
NUTS_PACKAGES = (*EXACT_PACKAGES, "pymc", "pytensor", "numba", "nutpie", "arviz")


def versions_of(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of Python and of some installed packages."""
    return {"python": platform.python_version()} | {name: _installed(name) for name in packages}


@cache  # in a batch thousands of answers ask, and each would read the packages' files
def _installed(package: str) -> str:
    return importlib.metadata.version(package)


def machine() -> str:
    """Name the operating system and the kind of processor, such as ``Linux x86_64``."""
    return f"{platform.system()} {platform.machine()}"
