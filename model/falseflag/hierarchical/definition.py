r"""What the model says, apart from how it is sampled.

With incidents i, indicators j, classes of author c and a latent factor z that an incident's indicators share:

    x_ij | c, z_i   ~ Bernoulli(logit⁻¹(μ_j + τ_j r_jc + λ_j z_i))     a missing cell contributes nothing
    z_i             ~ Normal(0, 1)                                     by a grid, and summed out
    c_i             ~ the recorded author with the chance that its grade of truth gives, else any other, each alike
    μ_j             ~ Normal(0, `OVERALL`)      the indicator's overall rate
    τ_j             ~ HalfNormal(`SPREAD`)      how far classes lie apart; r_jc ~ Normal(0, 1) (non-centred)
    λ_j             = σ l_j,  σ ~ HalfNormal(`SCALE`),  l_j ~ Normal(0, 1)

Both z and the author are summed out, so that only rates and loadings are sampled. The posterior is the same with all
λ turned about (z has no direction): draws are given the sign that makes Σ λ_j positive, which is a relabelling.
The priors were set before any score was seen: on the scale of log odds they leave rates between 5 and 95 % open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.record.model import Floats, Integers, Record

OVERALL, SPREAD, SCALE = 1.5, 1.0, 0.7
"""Standard deviations of the priors, in log odds."""

GRID = np.arange(-6, 7) * 0.6
"""Nodes in z."""

GRID_WEIGHT = special.softmax(-(GRID**2) / 2)
"""Normal weights of the nodes, which add up to one."""


@dataclass(frozen=True)
class Parameters:
    """S draws of what the data depend on, for m indicators and C classes.

    Parameters
    ----------
    logit : ndarray, shape (S, m, C)
        Log odds of an indicator in a class where z is 0.
    loading : ndarray, shape (S, m)
        λ, with the sign that makes its sum positive.
    """

    logit: Floats
    loading: Floats

    def log_probability(self) -> tuple[Floats, Floats]:
        """Return log P(present) and log P(absent) at each node, shape (S, m, C, Q)."""
        eta = self.logit[..., None] + self.loading[:, :, None, None] * GRID
        return special.log_expit(eta), special.log_expit(-eta)

    def rate(self) -> Floats:
        """P(indicator present | class) of an incident of which nothing else is known, shape (S, m, C)."""
        return np.asarray(np.exp(self.log_probability()[0]) @ GRID_WEIGHT)


def oriented(loading: Floats) -> Floats:
    """Turn loadings so that they add up to something positive, along the last axis."""
    return np.asarray(loading * np.where(loading.sum(axis=-1, keepdims=True) < 0, -1.0, 1.0))


def author_chances(y: Integers, weight: Floats, classes: int) -> Floats:
    """P(class is the true author | recorded author, grade of truth), shape (n, C)."""
    recorded = y[:, None] == np.arange(classes)
    return np.where(recorded, weight[:, None], (1 - weight[:, None]) / (classes - 1))


def numbers_of(record: Record) -> Mapping[str, Floats]:
    """Return the data of the model, by the name of its `pm.Data`."""
    return {
        "present": (record.x == 1).astype(float),
        "absent": (record.x == 0).astype(float),
        "author": author_chances(record.y, record.weight, len(record.classes)),
    }
