"""Bits flipped in stored draws: none is read back silently wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from falseflag.errors import RequestError
from falseflag.run_folder.stored import read_draws


def flip_bits(tree: xr.DataTree, stored: Path, scratch: Path, count: int, seed: int = 1) -> dict[str, int]:
    """Flip one bit at a time; return how many files were refused, read back as they were, and read back wrong."""
    whole = stored.read_bytes()
    rng = np.random.default_rng(seed)
    counts = {"flips": count, "refused": 0, "unharmed": 0, "wrong": 0}
    for place in rng.integers(0, len(whole), count):
        counts[outcome_of(tree, whole, int(place), int(rng.integers(8)), scratch)] += 1
    return counts


def outcome_of(tree: xr.DataTree, whole: bytes, place: int, bit: int, damaged: Path) -> str:
    """Flip a bit, and tell what becomes of it."""
    content = bytearray(whole)
    content[place] ^= 1 << bit
    damaged.write_bytes(content)
    try:
        again = read_draws(damaged)
    except RequestError:
        return "refused"
    same = all(again[group].to_dataset().identical(tree[group].to_dataset()) for group in ("posterior", "prior"))
    return "unharmed" if same else "wrong"
