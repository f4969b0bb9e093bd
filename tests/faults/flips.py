"""Bits flipped in stored draws: none is read back silently wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from falseflag.errors import RequestError
from falseflag.run.draws import read_draws


def flip_bits(tree: xr.DataTree, stored: Path, scratch: Path, count: int, seed: int = 1) -> dict[str, int]:
    """Flip one bit at a time; return how many files were refused, read back as they were, and read back wrong."""
    whole = stored.read_bytes()
    rng = np.random.default_rng(seed)
    counts = {"flips": count, "refused": 0, "unharmed": 0, "wrong": 0}
    for place in rng.integers(0, len(whole), count):
        content = bytearray(whole)
        content[place] ^= 1 << int(rng.integers(8))
        scratch.write_bytes(content)
        counts[_outcome(tree, scratch)] += 1
    return counts


def _outcome(tree: xr.DataTree, damaged: Path) -> str:
    try:
        again = read_draws(damaged)
    except RequestError:
        return "refused"
    same = all(again[group].to_dataset().equals(tree[group].to_dataset()) for group in ("posterior", "prior"))
    return "unharmed" if same else "wrong"
