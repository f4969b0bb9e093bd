"""Draws on disk: a zarr store in one zip file, in which every entry has a checksum."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import xarray as xr
from zarr.storage import MemoryStore, ZipStore

from falseflag.answer import FORMAT
from falseflag.errors import RequestError

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every entry, so that the same draws make the same file."""


def write_draws(tree: xr.DataTree, path: Path) -> None:
    """Write a DataTree.

    It goes through memory: written straight to a zip, metadata that zarr updates would stand in it twice.
    """
    held: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification.*")
        tree.to_zarr(MemoryStore(store_dict=held), consolidated=False)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(held):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), held[name].to_bytes())  # type: ignore[attr-defined]


def read_draws(path: str | Path) -> xr.DataTree:
    """Read the draws of a run into memory.

    Parameters
    ----------
    path : path
        A ``posterior.zarr.zip``.

    Raises
    ------
    RequestError
        If the file is missing, cut short or damaged, or in a form that only a later version can read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise RequestError(f"{path}: damaged at {damaged}; run the case again")
        with (
            ZipStore(Path(path), mode="r") as store,
            xr.open_datatree(store, engine="zarr", consolidated=False) as tree,
        ):
            held = tree.load()
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise RequestError(f"{path}: cannot be read ({error}); run the case again") from error
    if held.attrs.get("format", FORMAT) != FORMAT:
        raise RequestError(
            f"{path}: is of format {held.attrs['format']}, but this version reads format {FORMAT}; "
            f"it was written by falseflag {held.attrs.get('falseflag', '')}, which reads it"
        )
    return held
