"""The sampler's chains, as the figures about the sampler show them, and when those figures do not apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from falseflag.inference.result import Answer
from falseflag.plots.style import CHAINS, DASHES
from falseflag.problem import Floats

if TYPE_CHECKING:
    import xarray as xr

INDEPENDENT = "The exact engine makes independent draws: there are no chains to compare."
SINGLE = "There is only one chain, and nothing to compare it with."
INCOMPLETE = "Draws are missing or not finite, so that chains cannot be compared."

FEWEST = 8
"""Draws of a chain below which its statistics mean nothing."""


def why_no_chains(answer: Answer) -> str:
    """Say why figures that compare chains do not apply to an answer, if they do not."""
    if answer.engine == "exact":
        return INDEPENDENT
    if answer.chains < 2:
        return SINGLE
    draws = answer.draws
    every = (draws.node_weight, draws.theta, draws.reliability, draws.correlation, draws.probability)
    if not all(np.isfinite(values).all() for values in every):
        return INCOMPLETE
    if len(draws.probability) < FEWEST * answer.chains:
        return f"There are fewer than {FEWEST} draws in a chain."
    return ""


def by_chain(answer: Answer, values: Floats) -> Floats:
    """Return draws of shape (n, ...) as (chains, draws, ...)."""
    return values.reshape(answer.chains, len(values) // answer.chains, *values.shape[1:])  # -1 fails on no elements


def chain_styles(chains: int) -> dict[str, Any]:
    """Return a colour and a dash pattern for each chain."""
    return {
        "color": [CHAINS[c % len(CHAINS)] for c in range(chains)],
        "linestyle": [DASHES[c % len(DASHES)] for c in range(chains)],
    }


def varying(answer: Answer) -> xr.Dataset:
    """Return all of φ and of P_h(φ) that varies, each along its own dimension, for ArviZ's diagnostics."""
    import xarray as xr  # noqa: PLC0415  (takes a second)

    from falseflag.inference.checks import is_constant  # noqa: PLC0415  (takes ArviZ along)

    draws = answer.draws
    every = {
        "probability": by_chain(answer, draws.probability),
        "weight": by_chain(answer, draws.node_weight),
        "likelihood": by_chain(answer, draws.theta),
        "reliability": by_chain(answer, draws.reliability),
        "correlation": by_chain(answer, draws.correlation),
    }
    kept = {name: values[:, :, ~is_constant(values)] for name, values in every.items()}
    return xr.Dataset(
        {name: (("chain", "draw", f"{name}_of"), values) for name, values in kept.items() if values.shape[2]},
        coords={"chain": np.arange(answer.chains), "draw": np.arange(len(draws.theta) // answer.chains)},
    )
