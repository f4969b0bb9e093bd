"""Draws on disk come back as they were, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import warnings
import zipfile
from hashlib import sha256
from pathlib import Path

import arviz as az
import matplotlib as mpl
import pytest
import xarray as xr
from faults.flips import flip_bits, outcome_of
from making import random_case

from falseflag.errors import RequestError
from falseflag.run_folder.stored import DIGITS, SEAL, read_draws, write_draws
from falseflag.sampling import sample
from falseflag.settings import FORMAT, Settings


@pytest.fixture(scope="module")
def tree() -> xr.DataTree:
    tree: xr.DataTree = sample(random_case(3), "exact", Settings(draws=200)).tree
    return tree


@pytest.fixture(scope="module")
def stored(tree: xr.DataTree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("draws") / "posterior.zarr.zip"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_draws(tree, path)
    return path


def test_what_is_read_is_what_was_written(tree: xr.DataTree, stored: Path) -> None:
    again = read_draws(stored)
    assert again.attrs == tree.attrs
    for group in ("posterior", "prior", "observed_data"):
        assert again[group].to_dataset().identical(tree[group].to_dataset())


def test_the_same_draws_make_the_same_file(tree: xr.DataTree, stored: Path, tmp_path: Path) -> None:
    write_draws(tree, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == stored.read_bytes()


def test_arviz_works_on_it(stored: Path) -> None:
    summary = az.summary(read_draws(stored), var_names=["probability"])
    assert len(summary) == read_draws(stored)["posterior"].sizes["hypothesis"]


def test_arviz_draws_prior_beside_posterior(tree: xr.DataTree) -> None:
    with mpl.rc_context({"backend": "agg"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = az.plot_prior_posterior(tree, var_names=["probability"])
    assert drawn.viz["figure"].item() is not None


def test_no_flipped_bit_is_read_back_silently_wrong(tree: xr.DataTree, stored: Path, tmp_path: Path) -> None:
    counts = flip_bits(tree, stored, tmp_path / "damaged.zip", 150)
    assert counts["wrong"] == 0
    assert counts["refused"] > 100


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[xr.DataTree, Path]:
    tree = sample(random_case(3), "exact", Settings(draws=2)).tree
    path = tmp_path_factory.mktemp("small") / "posterior.zarr.zip"
    write_draws(tree, path)
    return tree, path


@pytest.mark.parametrize("part", ["end record", "last entries of the directory", "first local headers"])
def test_no_flipped_bit_of_a_header_is_read_back_silently_wrong(
    small: tuple[xr.DataTree, Path], tmp_path: Path, part: str
) -> None:
    tree, stored = small
    content = stored.read_bytes()
    end = content.rindex(b"PK\5\6")
    places = {
        "end record": range(end, len(content) - 64),
        "last entries of the directory": range(end - 90, end),
        "first local headers": range(90),
    }[part]
    outcomes = {
        outcome_of(tree, content, place, bit, tmp_path / "damaged.zip") for place in places for bit in range(0, 8, 3)
    }
    assert outcomes <= {"refused", "unharmed"}


def seal(path: Path, changed: dict[str, bytes], packing: int = zipfile.ZIP_STORED) -> None:
    """Write a store anew with some entries changed, and the right digest: forged, not damaged."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in (entries | changed).items():
            archive.writestr(name, content)
        archive.comment = SEAL + bytes(DIGITS)
    content = path.read_bytes()[:-DIGITS]
    path.write_bytes(content + sha256(content).hexdigest().encode())


def test_a_file_without_a_digest_is_refused(stored: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.zip"
    bare.write_bytes(stored.read_bytes().replace(SEAL, b"shb256 "))
    with pytest.raises(RequestError, match="early version"):
        read_draws(bare)


def test_what_is_packed_is_refused(stored: Path, tmp_path: Path) -> None:
    """Else a few bytes could stand for gigabytes."""
    packed = Path(shutil.copy(stored, tmp_path / "packed.zip"))
    seal(packed, {}, zipfile.ZIP_DEFLATED)
    with pytest.raises(RequestError, match="not what a run writes"):
        read_draws(packed)
    described = "posterior/probability/zarr.json"
    with zipfile.ZipFile(stored) as archive:
        array = json.loads(archive.read(described))
    array["codecs"].append({"name": "zstd", "configuration": {"level": 0, "checksum": False}})
    bomb = Path(shutil.copy(stored, tmp_path / "bomb.zip"))
    chunk = b"\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x60"  # says: 1.5 GB follow
    seal(bomb, {described: json.dumps(array).encode(), "posterior/probability/c/0/0/0": chunk})
    with pytest.raises(RequestError, match="arrays are packed"):
        read_draws(bomb)


def test_a_file_far_larger_than_the_draws_is_refused_before_it_is_read(
    tree: xr.DataTree, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = Path(shutil.copy(stored, tmp_path / "large.zip"))
    os.truncate(large, 3 << 30)  # sparse
    monkeypatch.setattr("falseflag.run_folder.stored.sha256", None)
    with pytest.raises(RequestError, match="larger than the"):
        read_draws(large, tree)
    with pytest.raises(RequestError, match="cut short, damaged"):
        read_draws(large)


def test_an_array_that_says_it_is_huge_is_refused_before_it_is_made(
    small: tuple[xr.DataTree, Path], tmp_path: Path
) -> None:
    tree, stored = small
    forged = Path(shutil.copy(stored, tmp_path / "forged.zip"))
    described = "posterior/probability/zarr.json"
    with zipfile.ZipFile(stored) as archive:
        array = json.loads(archive.read(described))
    for shape, message in ((array["shape"][1], "unpacks to more than"), (10**11, "conflicting sizes")):
        array["shape"][1], array["chunk_grid"]["configuration"]["chunk_shape"][1] = shape, 10**11
        seal(forged, {described: json.dumps(array).encode()})
        for like in (None, tree):
            with pytest.raises(RequestError, match=message):
                read_draws(forged, like)


def test_wrong_values_would_be_noticed(
    tree: xr.DataTree, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posterior = tree["posterior"].to_dataset()
    other = xr.DataTree.from_dict({"posterior": posterior + 1e-12, "prior": tree["prior"].to_dataset()})
    monkeypatch.setattr("faults.flips.read_draws", lambda _path: other)
    assert flip_bits(tree, stored, tmp_path / "damaged.zip", 3)["wrong"] == 3


def test_a_later_format_names_the_version_that_reads_it(tree: xr.DataTree, tmp_path: Path) -> None:
    later = tree.copy()
    later.attrs = tree.attrs | {"format": FORMAT + 1, "falseflag": "9.9"}
    write_draws(later, tmp_path / "later.zip")
    with pytest.raises(RequestError, match=r"written by falseflag 9\.9, which reads it"):
        read_draws(tmp_path / "later.zip")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_file_cut_short_is_refused(stored: Path, tmp_path: Path, share: float) -> None:
    whole = stored.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(RequestError, match="run the case again"):
        read_draws(tmp_path / "cut.zip")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError):
        read_draws(tmp_path / "none.zip")
