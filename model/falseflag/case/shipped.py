"""The cases that come with falseflag, each known by the name of its file without the suffix."""

from __future__ import annotations

import os
from pathlib import Path

from falseflag.diagnostics import did_you_mean, listed, suggestion

SUFFIX = ".yaml"


def shipped() -> dict[str, str]:
    """Return the file of each case that comes with falseflag, by name."""
    return {path.stem: str(path) for path in sorted(_folder().glob(f"*{SUFFIX}"))}


def located(path: str) -> str:
    """Return the case file that a user named: a file of that path or, where there is none, the shipped case."""
    is_there = os.path.lexists(path) and not os.path.isdir(path)  # noqa: PTH112 (a Path would lose what was typed)
    return path if is_there else shipped().get(path, path)


def unknown(path: str) -> str:
    """Return what may have been meant by `path`, or nothing where it is the path of a file in some folder."""
    if os.path.lexists(path) or os.path.dirname(path):  # noqa: PTH120
        return ""
    names, typed = list(shipped()), path.removesuffix(SUFFIX)
    meant = did_you_mean(typed) if typed in names else suggestion(typed, names)
    return f".{meant} The cases that come with falseflag are {listed(names)}"


def _folder() -> Path:
    """Return the folder of the cases: within the package where it was installed, at the top of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "priors"
    return installed if installed.is_dir() else package.parents[1] / "priors"
