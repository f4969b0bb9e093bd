"""What in a folder is of our own making, and may be replaced; the rest is other people's and stays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from falseflag.errors import RequestError

MARK = "posterior.json"
ENTRIES = frozenset({MARK, "posterior.zarr.zip", "hypotheses.csv", "indicators.csv", "report.html", "plots", "case"})
"""Everything that a run writes."""

CALIBRATION = frozenset({"calibration.json", "calibration"})
"""Everything that a calibration writes when it ends."""

FOLDERS = frozenset({"plots", "case", "calibration"})
"""Those of them that are folders."""


def check_owned(out: Path, entries: Iterable[str]) -> None:
    """Refuse to write where something stands that neither a run nor a calibration has made.

    A run has made what stands beside its `posterior.json`, and in its folders what is listed there; a calibration what
    stands beside its `calibration.json`.

    Parameters
    ----------
    out : path
    entries : iterable of str
        Names of what is to be written into it.

    Raises
    ------
    RequestError
        With the first such thing.
    """
    for name in sorted(entries):
        target = out / name
        if os.path.lexists(target) and (foreign := _foreign(out, target)):
            raise RequestError(f"{foreign}: is there already and not of a run's making; choose another --out")


def _foreign(out: Path, target: Path) -> Path | None:
    """Return what stands at a place and is not ours, or nothing."""
    mark = out / ("calibration.json" if target.name in CALIBRATION else MARK)
    if target.is_symlink() or target.is_dir() != (target.name in FOLDERS):
        return target
    if target.is_dir():
        within = [path for path in target.rglob("*") if not path.is_dir() or path.is_symlink()]
        if not mark.is_file():
            return target if any(target.iterdir()) else None
        known = _listed(mark)
        return next((path for path in within if known and path.relative_to(out).as_posix() not in known), None)
    return None if mark.is_file() else target


def _listed(mark: Path) -> frozenset[str]:
    """Return the files that a run says it has written; none where it does not say."""
    try:
        content = json.loads(mark.read_bytes())
    except (OSError, ValueError, RecursionError):
        return frozenset()
    written = content.get("written") if isinstance(content, dict) else None
    return frozenset(written) if isinstance(written, dict) else frozenset()
