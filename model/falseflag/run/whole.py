"""Are the files of a run all there, and what they were when it was written?"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from falseflag.run.stored import StoredRun

DRAWS = "posterior.zarr.zip"


def damaged_files(folder: Path, run: StoredRun) -> tuple[str, ...]:
    """Say of each file of a run that is missing or was changed since that it is.

    Parameters
    ----------
    folder : path
    run : StoredRun
        What the folder says of itself.

    Notes
    -----
    Draws that were not kept (they are left out of version control, being large) are no damage.
    """
    expected = {f"case/{file.name}": file.sha256 for file in run.files} | dict(run.written)
    found = {name: _digest(folder / name) for name in expected}
    missing = [f"{name} is missing" for name, digest in found.items() if digest is None and name != DRAWS]
    changed = [f"{name} was changed" for name, digest in found.items() if digest not in {None, expected[name]}]
    return (*missing, *changed)


def _digest(path: Path) -> str | None:
    try:
        return sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    except OSError:
        return None
