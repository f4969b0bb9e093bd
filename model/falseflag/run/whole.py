"""Are the files of a run all there, and what they were when it was written?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import file_digest
from pathlib import Path

from falseflag.errors import RequestError
from falseflag.reading import open_ordinary
from falseflag.run.owned import ENTRIES, FOLDERS, MARK
from falseflag.run.stored import StoredRun

DRAWS = "posterior.zarr.zip"
MAX_BYTES = 1 << 32
"""Of all files of a run together; `falseflag.size` allows none as large."""


def damaged_files(folder: Path, run: StoredRun) -> tuple[str, ...]:
    """Say of each file of a run that is missing, was changed since, or is not of it that it is.

    Parameters
    ----------
    folder : path
    run : StoredRun
        What the folder says of itself.

    Raises
    ------
    RequestError
        If a file is a link, a pipe or the like, or if the files are larger than any run's.

    Notes
    -----
    Draws that were not kept (they are left out of version control, being large) are no damage.
    """
    expected = {f"case/{file.name}": file.sha256 for file in run.files} | dict(run.written)
    found = _digests(folder, expected)
    missing = [f"{name} is missing" for name, digest in found.items() if digest is None and name != DRAWS]
    changed = [f"{name} was changed" for name, digest in found.items() if digest not in {None, expected[name]}]
    always = (ENTRIES - FOLDERS - {MARK}) | {f"case/{file.name}" for file in run.files}
    unsealed = [f"{name} has no checksum in {MARK}" for name in sorted(always - run.written.keys())]
    strange = [f"{name} is not of this run" for name in _within(folder) if name not in expected.keys() | always]
    return (*missing, *changed, *unsealed, *strange)


def foreign_entries(folder: Path) -> tuple[str, ...]:
    """Name what stands beside a run's files and is not a run's: it may, and nothing is said about it."""
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name not in ENTRIES))


def _within(folder: Path) -> list[str]:
    """List what is in the folders that are a run's alone."""
    found = []
    for name in sorted(FOLDERS & ENTRIES):
        for parent, folders, files in os.walk(folder / name):
            links = [entry for entry in folders if (Path(parent) / entry).is_symlink()]
            found += [(Path(parent) / entry).relative_to(folder).as_posix() for entry in (*files, *links)]
    return sorted(found)


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str | None]:
    left, found = MAX_BYTES, {}
    for name in names:
        found[name], size = _digest(folder, name, left)
        left -= size
    return found


def _digest(folder: Path, name: str, limit: int) -> tuple[str | None, int]:
    path = folder / name
    try:
        _refuse_links(folder, name)
        if not path.exists():
            return None, 0
        with open_ordinary(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise RequestError(f"{path}: the files are larger than the {MAX_BYTES >> 30} GiB of the largest run")
            digest = file_digest(file, "sha256")
    except (FileNotFoundError, NotADirectoryError, UnicodeEncodeError):
        return None, 0
    except OSError as error:
        raise RequestError(f"{path}: cannot be read ({error.strerror})") from error
    return digest.hexdigest(), size


def _refuse_links(folder: Path, name: str) -> None:
    """Refuse a link, which may lead out of the folder: a run writes none."""
    path = folder
    for part in Path(name).parts:
        path /= part
        if path.is_symlink():
            raise RequestError(f"{path}: is a link, and a run writes none; put the file itself there")
