"""What in a folder is of our own making, and may be replaced; the rest is other people's and stays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from falseflag.case.model import Case
from falseflag.errors import RequestError

MARK = "posterior.json"
ENTRIES = frozenset({MARK, "posterior.zarr.zip", "hypotheses.csv", "indicators.csv", "report.html", "plots", "case"})
"""Everything that a run writes."""

CALIBRATED = "calibration.json"
CALIBRATION = frozenset({CALIBRATED, "calibration"})
"""Everything that a calibration writes when it ends."""

SWEPT = "sweep.json"
SWEEP_STORE = "sweep.jsonl"
SWEEP = frozenset({SWEPT, "sweep.csv", "sweep.svg", "sweep.png"})
"""Everything that a sweep writes when it ends."""

FOLDERS = frozenset({"plots", "case", "calibration"})
"""Those of them that are folders."""

SAYS = {
    MARK: {"case", "engine", "seed", "hypotheses", "checks", "versions"},
    CALIBRATED: {"case", "engine", "seed", "replicates", "tests"},
    SWEPT: {"case", "runs", "varied", "leads"},
}
"""The files by which it is known who wrote a folder, and what each says at least."""

FIGURES = frozenset(
    f"calibration/{name}.{form}" for name in ("curves", "histograms", "reliability") for form in ("svg", "png")
)
"""What is in a calibration's folder."""

MAX_BYTES = 1 << 26
"""A larger mark is none of ours."""


def check_owned(out: Path, entries: Iterable[str], sources: Iterable[Path] = ()) -> None:
    """Refuse to write where something stands that is not of our making, or that the case is read from.

    A folder is a run's if its `posterior.json` reads as one's; what is listed there is of that run. In the same way
    `calibration.json` and `sweep.json` tell what a calibration and a sweep have made.

    Parameters
    ----------
    out : path
    entries : iterable of str
        Names of what is to be written into it.
    sources : iterable of path
        The files that the case is read from.

    Raises
    ------
    RequestError
        With the first such thing.
    OSError
        If it cannot be told, since a folder cannot be read.
    """
    real = [Path(os.path.realpath(source)) for source in sources]
    for name in sorted(entries):
        target = out / name
        if read := next((path for path in real if path.is_relative_to(os.path.realpath(target))), None):
            raise RequestError(f"{read}: the case is read from it, and would be overwritten; choose another --out")
        if os.path.lexists(target) and (foreign := _foreign(out, target)):
            raise RequestError(f"{foreign}: is there already and not of a run's making; choose another --out")


def sources_of(case: Case) -> list[Path]:
    """Return the files that a case was read from."""
    return [Path(case.path).parent / file.name for file in case.files]


def _foreign(out: Path, target: Path) -> Path | None:
    """Return what stands at a place and is not ours, or nothing."""
    as_folder = target.name in FOLDERS
    if target.is_symlink() or not (target.is_dir() if as_folder else target.is_file()):
        return target
    made = _made(out / _mark_of(target.name))
    if not as_folder:
        return None if target.name in made else target
    if not made:
        return target if any(target.iterdir()) else None
    return next((path for path in walk(target) if not is_folder(path) and _name(path, out) not in made), None)


def _mark_of(name: str) -> str:
    return CALIBRATED if name in CALIBRATION else SWEPT if name in SWEEP else MARK


def _name(path: Path, out: Path) -> str:
    return path.relative_to(out).as_posix()


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder itself, no link to one."""
    return path.is_dir() and not path.is_symlink()


def walk(folder: Path) -> Iterator[Path]:
    """Yield what is in a folder and below, parents first; links are not followed.

    Raises
    ------
    OSError
        If a folder cannot be read: what is in it must not be taken for nothing.
    """
    for entry in sorted(folder.iterdir()):
        yield entry
        if is_folder(entry):
            yield from walk(entry)


def _made(mark: Path) -> frozenset[str]:
    """Return the files that a run, a calibration or a sweep has made; none if the mark does not read as ours."""
    says = _read(mark)
    if mark.name == SWEPT and _is_store(mark.with_name(SWEEP_STORE)):
        return SWEEP  # maybe one that was broken off, to be gone on with
    if not SAYS[mark.name] <= says.keys():
        return frozenset()
    if mark.name != MARK:
        return CALIBRATION | FIGURES if mark.name == CALIBRATED else SWEEP
    written = says.get("written")
    if isinstance(written, dict):
        return frozenset({MARK, *written})
    return ENTRIES - FOLDERS  # of an earlier version, which did not list what it wrote into the folders


def _is_store(path: Path) -> bool:
    """Tell whether a file begins as `falseflag.batch.store` begins one."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(12) == b'{"falseflag"'
    except OSError:
        return False


def _read(mark: Path) -> dict[str, object]:
    try:
        if mark.is_symlink() or not mark.is_file() or mark.stat().st_size > MAX_BYTES:
            return {}
        content = json.loads(mark.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
