"""What a run says of itself, read back: the content of its ``posterior.json``, checked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from falseflag.answer import FORMAT
from falseflag.errors import RequestError
from falseflag.run.folder import MARK
from falseflag.settings import Settings

MAX_BYTES = 1 << 26
"""A larger `posterior.json` is no run's."""

type Probability = Annotated[float, Field(ge=0, le=1)]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True)  # later versions may say more: what is not known is passed over


class StoredRow(_Stored):
    """One node of the tree, as `falseflag.answer.Row` wrote it; None where draws were missing."""

    name: str
    prior: Probability
    posterior: Probability | None
    interval: tuple[Probability | None, Probability | None]
    exact: Probability | None
    mcse: float | None


class StoredCheck(_Stored):
    """The verdict of one check."""

    name: str
    passed: bool
    value: float | None


class StoredFile(_Stored):
    """A file that the case was read from, relative to the run's ``case/``."""

    name: str
    sha256: str


class StoredRun(_Stored):
    """A run as it is on disk.

    Parameters
    ----------
    format : int
        Of `posterior.json`; runs of before it was recorded are of the first.
    files : tuple of StoredFile
        The case file first, then all that it extends.
    written : mapping of str to str
        SHA-256 of each other file of the run, by its path in the folder.
    """

    format: int = 1
    engine: Literal["exact", "nuts"]
    settings: Settings
    hypotheses: tuple[StoredRow, ...]
    checks: tuple[StoredCheck, ...]
    files: tuple[StoredFile, ...] = Field(min_length=1)
    versions: dict[str, str]
    machine: str = ""
    written: dict[str, str] = {}


def read_run(folder: Path) -> StoredRun:
    """Read what a run says of itself.

    Parameters
    ----------
    folder : path
        What ``--out`` named.

    Raises
    ------
    RequestError
        If there is no run, if it is damaged, or if a later version wrote it in a form that this one cannot read; the
        message then says which version can.
    """
    path = folder / MARK
    content = _content(path)
    if content.get("format", 1) != FORMAT:
        versions = content.get("versions")
        version = versions.get("falseflag", "a later one") if isinstance(versions, dict) else "a later one"
        raise RequestError(
            f"{path}: is of format {content['format']}, but this version reads format {FORMAT}; "
            f"it was written by falseflag {version}, which reads it"
        )
    try:
        run = StoredRun.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(key) for key in first["loc"])
        raise RequestError(f"{path}: {where}: {first['msg']}; the file was changed, so run the case again") from error
    if min(run.settings.draws, run.settings.chains, run.settings.tune + 1) < 1 or not 0 <= run.settings.seed < 2**32:
        raise RequestError(f"{path}: settings: no run can have these; the file was changed, so run the case again")
    return run


def _content(path: Path) -> dict[str, Any]:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a FIFO must not make us wait
        with os.fdopen(descriptor, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read ({error.strerror}); a folder that a run wrote is wanted") from error
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path}: is damaged; run the case again") from error
    if len(raw) > MAX_BYTES or not isinstance(content, dict):
        raise RequestError(f"{path}: is not what a run writes")
    return content
