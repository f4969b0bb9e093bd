r"""How much each leaf of a node counts in what a piece of evidence weighs for the node.

The weight of evidence for a node that has leaves below it is no single ratio: E[P(x_f | A)] depends on what of the
other evidence came first. Let all the evidence in evenly, by a share t from 0 to 1 of its logs:

    log S_A(t) = log Σ_{h∈A} π_h exp(t Σ_f l_fh),   d/dt log S_A(t) = Σ_f Σ_{h∈A} p_h(t) l_fh,

with p_h(t) the share of leaf h in node A at t. So log S_A(1) - log S_A(0) = Σ_f Σ_{h∈A} p̄_h l_fh with
p̄_h = ∫₀¹ p_h(t) dt: a factor's log likelihood for A is its leaves' average, with weights that are the same for every
factor. This is the Aumann-Shapley value. It adds up, does not depend on the order of the indicators, needs no random
permutations for any number of factors, and is the plain log likelihood where A is a leaf.
"""

from __future__ import annotations

import numpy as np

from falseflag.exact.posterior import normalise
from falseflag.problem import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)

MAX_PANELS = 20_000
"""Enough for log likelihoods that differ by 40,000 in all."""


def average_shares(log_prior: Floats, log_likelihood: Floats, max_panels: int = MAX_PANELS) -> Floats:
    """Return p̄_h, which adds up to 1 along the last axis.

    Parameters
    ----------
    log_prior : ndarray, shape (..., H)
        Log prior of the node's leaves.
    log_likelihood : ndarray, shape (..., H)
        Log likelihood of all the evidence together.
    max_panels : int
        Limit on the panels of 12 Gauss-Legendre nodes; each spans a change of at most 2 in log odds, where the rule's
        error is below 1e-15.
    """
    if log_prior.shape[-1] == 1:
        return np.ones_like(log_likelihood)
    spread = float(np.ptp(log_likelihood, axis=-1).max(initial=0.0))
    panels = min(max_panels, 1 + int(spread / 2))
    total = np.zeros_like(log_likelihood)
    for panel in range(panels):
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            t = (panel + (1 + node) / 2) / panels
            total += weight * normalise(log_prior + t * log_likelihood)
    return np.asarray(total / (2 * panels))
