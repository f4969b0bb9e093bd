"""Draws on disk: a zarr store in one zip file, with a checksum for every entry and one for the whole.

Nothing in it is packed, neither entries nor arrays, so that it is no larger in memory than on disk.
"""

from __future__ import annotations

import io
import json
import os
import warnings
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

import xarray as xr
from zarr.buffer.cpu import Buffer
from zarr.storage import MemoryStore

from falseflag.errors import RequestError
from falseflag.reading import open_ordinary
from falseflag.settings import FORMAT

DRAWS = "posterior.zarr.zip"
"""The file's name in a run's folder."""

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every entry, so that the same draws make the same file."""

SEAL = b"sha256 "
"""Begins the archive's comment: the digest, in hexadecimal digits, of all that stands before them."""

DIGITS = 2 * sha256().digest_size

MAX_BYTES = 1 << 32
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
        limit = MAX_BYTES if like is None else 2 * like.nbytes + ROOM
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
