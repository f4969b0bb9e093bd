"""What a run's folder holds: its ``posterior.json``, read back, and whether its files are all there, as they were."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from falseflag.errors import RequestError
from falseflag.reading import open_ordinary
from falseflag.run_folder.draws import DRAWS
from falseflag.run_folder.ours import SUMS, read_sums
from falseflag.settings import DEFAULTS, FORMAT, Settings

MARK = "posterior.json"
FILES = frozenset({DRAWS, "hypotheses.csv", "indicators.csv", "report.html"})
"""What a run writes besides `MARK` and `SUMS`."""
FOLDERS = frozenset({"plots", "case"})
"""Its folders, in which nothing else should be."""

MAX_BYTES = 1 << 26
"""A larger `posterior.json` is no run's."""
MAX_FILES = 1 << 28
"""Nor are larger files together, the draws apart."""


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


class StoredFile(BaseModel):
    """A file that the case was read from, relative to the run's ``case/``."""

    model_config = ConfigDict(frozen=True, strict=True)
    name: Name
    sha256: str


class StoredRun(BaseModel):
    """What has to be known of a run to answer its case again.

    Parameters
    ----------
    files : list of StoredFile
        The case file first, then all that it extends.
    written : mapping of str to str
        SHA-256 of each other file of the run, by its path in the folder.
    content : dict
        All that `posterior.json` says, to be compared with the new answer.
    """

    model_config = ConfigDict(frozen=True, strict=True)  # what else is said is compared, not read
    engine: Literal["exact", "nuts"]
    files: list[StoredFile] = Field(min_length=1)
    written: dict[Name, str]
    content: dict[str, Any]

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        _once(file.name for file in self.files)
        return self

    @property
    def settings(self) -> Settings:
        """Those recorded; the default where what is recorded is no whole number, which the comparison then reports."""
        said = self.content.get("settings")
        said = said if isinstance(said, dict) else {}
        return Settings(
            **{name: said[name] if type(said.get(name)) is int else value for name, value in asdict(DEFAULTS).items()}
        )


def read_run(folder: Path) -> StoredRun:
    """Read what a run says of itself.

    Parameters
    ----------
    folder : path
        What ``--out`` named.

    Raises
    ------
    RequestError
        If there is no run, if it is damaged so that its case cannot be answered again, or if a later version wrote it
        in a form that this one cannot read; the message then says which version can.
    """
    path = folder / MARK
    content = _content(path)
    if type(form := content.get("format")) is int and form != FORMAT:
        versions = content.get("versions")
        version = versions.get("falseflag", "a later one") if isinstance(versions, dict) else "a later one"
        raise RequestError(
            f"{path}: is of format {form}, but this version reads format {FORMAT}; "
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
    settings = run.settings
    if min(settings.draws, settings.chains, settings.tune + 1) < 1 or not 0 <= settings.seed < 2**32:
        raise RequestError(f"{path}: settings: no run can have these; the file was changed, so run the case again")
    return run


def _content(path: Path) -> dict[str, Any]:
    try:
        with open_ordinary(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read ({error.strerror}); a folder that a run wrote is wanted") from error
    if len(raw) > MAX_BYTES:
        raise RequestError(f"{path}: is not what a run writes")
    try:
        content = json.loads(raw, object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path}: is damaged ({error}); run the case again") from error
    if not isinstance(content, dict):
        raise RequestError(f"{path}: is not what a run writes")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _once(key for key, _ in pairs)
    return dict(pairs)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


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
    always = FILES | {f"case/{file.name}" for file in run.files}
    unsealed = [f"{name} has no checksum in {MARK}" for name in sorted(always - run.written.keys())]
    strange = [f"{name} is not of this run" for name in _within_folders(folder) if name not in expected.keys() | always]
    return (*missing, *changed, *unsealed, *strange, *_damaged_sums(folder, run))


def is_edited(folder: Path) -> bool:
    """Tell whether `posterior.json` was changed since it was written."""
    return _digests(folder, [MARK])[MARK] != read_sums(folder)[1].get(MARK)


def foreign_entries(folder: Path) -> tuple[str, ...]:
    """Name what stands beside a run's files and is not a run's: verifying, nothing is said about it."""
    ours = {MARK, SUMS, *FILES, *FOLDERS}
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name not in ours))


def _damaged_sums(folder: Path, run: StoredRun) -> tuple[str, ...]:
    if not (folder / SUMS).exists():
        return (f"{SUMS} is missing",)
    listed = {name: digest for name, digest in read_sums(folder)[1].items() if name != MARK}
    return () if listed == run.written else (f"{SUMS} lists other files, or other checksums, than {MARK}",)


def _within_folders(folder: Path) -> list[str]:
    """List what is in the folders that are a run's alone."""
    found = []
    for name in sorted(FOLDERS):
        for parent, folders, files in os.walk(folder / name):
            links = [entry for entry in folders if (Path(parent) / entry).is_symlink()]
            found += [(Path(parent) / entry).relative_to(folder).as_posix() for entry in (*files, *links)]
    return sorted(found)


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str | None]:
    left, found = MAX_FILES, {}
    for name in names:
        found[name], size = _digest(folder, name, left)
        left -= 0 if name == DRAWS else size
    return found


def _digest(folder: Path, name: str, limit: int) -> tuple[str | None, int]:
    path = folder / name
    try:
        _refuse_links(folder, name)
        if not path.exists():
            return None, 0
        with open_ordinary(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit and name != DRAWS:
                raise RequestError(f"{path}: the files are larger than the {MAX_FILES >> 20} MiB of the largest run")
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
