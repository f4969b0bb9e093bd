"""What a run says of itself, read back: the content of its ``posterior.json``, checked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from falseflag.inference.result import FORMAT
from falseflag.errors import RequestError
from falseflag.reading import open_ordinary
from falseflag.run.owned import MARK
from falseflag.settings import Settings

MAX_BYTES = 1 << 26
"""A larger `posterior.json` is no run's."""

type Probability = Annotated[float, Field(ge=0, le=1)]


def _within(name: str) -> str:
    """Refuse what does not name a file within the folder, in the one way that a run names it."""
    if name in {"", "."} or "\0" in name or PurePosixPath(name).is_absolute() or Path(name).is_absolute():
        raise ValueError(f"{name!r} names no file within the run's folder")
    if ".." in PurePosixPath(name).parts or PurePosixPath(name).as_posix() != name:
        raise ValueError(f"{name!r} names no file within the run's folder")
    return name


def _once(names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{name!r} is there {times} times")


type Name = Annotated[str, AfterValidator(_within)]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True)  # later versions may say more: what is not known is passed over


class StoredRow(_Stored):
    """One node of the tree, as `falseflag.inference.result.Row` wrote it; None where draws were missing."""

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

    name: Name
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
    content : dict
        All that was read, also what has no place above.
    """

    format: int = 1
    engine: Literal["exact", "nuts"]
    settings: Settings
    hypotheses: tuple[StoredRow, ...]
    checks: tuple[StoredCheck, ...]
    files: tuple[StoredFile, ...] = Field(min_length=1)
    versions: dict[str, str]
    machine: str = ""
    written: dict[Name, str]
    content: dict[str, Any]

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        _once(row.name for row in self.hypotheses)
        _once(file.name for file in self.files)
        return self


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
    if "written" not in content:
        raise RequestError(f"{path}: written: has no checksums of the run's files, so run the case again")
    try:
        run = StoredRun.model_validate(content | {"content": content})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(key) for key in first["loc"])
        raise RequestError(f"{path}: {where}: {first['msg']}; the file was changed, so run the case again") from error
    if min(run.settings.draws, run.settings.chains, run.settings.tune + 1) < 1 or not 0 <= run.settings.seed < 2**32:
        raise RequestError(f"{path}: settings: no run can have these; the file was changed, so run the case again")
    return run


def _content(path: Path) -> dict[str, Any]:
    try:
        with open_ordinary(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read ({error.strerror}); a folder that a run wrote is wanted") from error
    try:
        content = json.loads(raw, object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path}: is damaged ({error}); run the case again") from error
    if len(raw) > MAX_BYTES or not isinstance(content, dict):
        raise RequestError(f"{path}: is not what a run writes")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _once(key for key, _ in pairs)
    return dict(pairs)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
