"""A run as it lies on disk: its draws, and its ``posterior.json``, read back with nothing taken on trust.

Draws are a zarr store in one zip file, with a checksum for every entry and one for the whole. Nothing in it is packed,
neither entries nor arrays, so that it is no larger in memory than on disk.
"""

from __future__ import annotations

import io
import json
import os
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import file_digest, sha256
from math import prod
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

import xarray as xr
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from zarr.buffer.cpu import Buffer
from zarr.storage import MemoryStore

from falseflag.errors import RequestError
from falseflag.reading import open_ordinary
from falseflag.run_folder.replace import SUMS, read_sums
from falseflag.settings import DEFAULTS, FORMAT, Settings

# Draws


DRAWS = "posterior.zarr.zip"
"""The file's name in a run's folder."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every entry, so that the same draws make the same file."""

SEAL = b"sha256 "
"""Begins the archive's comment: the digest, in hexadecimal digits, of all that stands before them."""

DIGITS = 2 * sha256().digest_size

MAX_DRAWS = 1 << 32
"""Of a file; `falseflag.inference.draws.check_number` allows no run as large."""

ROOM = 1 << 20
"""What may be there besides the draws themselves: names, the sampler's statistics of few draws."""

PLAIN = ({"name": "bytes"}, {"name": "bytes", "configuration": {"endian": "little"}})
"""The only codec of an array that is read: numbers as they are in memory."""


def write_draws(tree: xr.DataTree, path: Path) -> None:
    """Write draws to one file.

    It goes through memory: written straight to a zip, metadata that zarr updates would stand in it twice.
    """
    held: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification.*")
        tree.to_zarr(MemoryStore(store_dict=held), consolidated=False, encoding=_plain(tree))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(held):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), held[name].to_bytes())
        archive.comment = SEAL + bytes(DIGITS)
    content = packed.getvalue()[:-DIGITS]
    path.write_bytes(content + sha256(content).hexdigest().encode())


def _plain(tree: xr.DataTree) -> dict[str, dict[str, dict[str, None]]]:
    """Return the encoding by which no array is packed."""
    return {node.path: {str(name): {"compressors": None} for name in node.variables} for node in tree.subtree}


def read_draws(path: str | Path, like: xr.DataTree | None = None) -> xr.DataTree:
    """Read the draws of a run into memory.

    Parameters
    ----------
    path : path
        A ``posterior.zarr.zip``.
    like : DataTree, optional
        Draws of the same case with the same settings: a file that is much larger is refused before it is read.

    Raises
    ------
    RequestError
        If the file is missing, cut short, damaged or no ordinary file, if it holds far more than `like` lets expect, or
        if it is in a form that only a later version can read.
    """
    try:
        limit = MAX_DRAWS if like is None else 2 * like.nbytes + ROOM
        held = _loaded(_entries(Path(path), limit), limit)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read ({error.strerror or error}); run the case again") from error
    except Exception as error:  # zarr and zipfile raise whatever they meet
        raise RequestError(f"{path}: cannot be read ({error or type(error).__name__}); run the case again") from error
    if held.attrs.get("format", FORMAT) != FORMAT:
        raise RequestError(
            f"{path}: is of format {held.attrs['format']}, but this version reads format {FORMAT}; "
            f"it was written by falseflag {held.attrs.get('falseflag', '')}, which reads it"
        )
    return held


def _entries(path: Path, limit: int) -> dict[str, bytes]:
    """Read the entries, none of which is packed, so that they are no larger than the file."""
    with open_ordinary(path) as file:
        size = file.seek(0, os.SEEK_END)
        if size > limit:
            raise ValueError(f"it is larger than the {limit:,} bytes of any such run")
        file.seek(max(size - DIGITS - len(SEAL), 0))
        if not file.read().startswith(SEAL):
            raise ValueError("it is cut short, damaged or of an early version")
        file.seek(0)
        content = file.read(size - DIGITS)
        if sha256(content).hexdigest().encode() != file.read():
            raise ValueError("it is damaged")
    with zipfile.ZipFile(io.BytesIO(content + bytes(DIGITS))) as archive:
        if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
            raise ValueError("it is not what a run writes")
        return {name: archive.read(name) for name in archive.namelist()}


def _loaded(entries: Mapping[str, bytes], limit: int) -> xr.DataTree:
    described = [json.loads(content) for name, content in entries.items() if name.rpartition("/")[2] == "zarr.json"]
    if not all(codec in PLAIN for about in described for codec in about.get("codecs", ())):
        raise ValueError("its arrays are packed, as no run of this version packs them")
    store: dict[str, Any] = {name: Buffer.from_bytes(content) for name, content in entries.items()}
    with xr.open_datatree(MemoryStore(store, read_only=True), engine="zarr", consolidated=False) as tree:
        if sum(_unpacked(variable) for node in tree.subtree for variable in node.variables.values()) > limit:
            raise ValueError(f"it unpacks to more than {limit:,} bytes")
        return tree.load()


def _unpacked(variable: xr.Variable) -> int:
    """Return the bytes that an array, or one chunk of it if that is larger, takes in memory."""
    chunk = prod(variable.encoding.get("chunks") or ())
    return max(int(variable.nbytes), int(chunk * variable.dtype.itemsize))


# A run read back


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
