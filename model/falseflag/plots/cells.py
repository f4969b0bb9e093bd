"""The cells of the matrix of hypotheses and evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.plots.naming import Names
from falseflag.problem import Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """What each factor weighs for each leaf, against the average of all leaves by their prior weights.

    Parameters
    ----------
    leaves : tuple of str
        Labels of the rows, in the order of the tree.
    columns : tuple of str
        Labels of the factors, those first that set the leaves farthest apart: by the standard deviation of their
        weights over the leaves, each counted by its prior.
    db : ndarray, shape (leaves, factors)
        10 log10(E[P(x_f | h)] / Σ_k E[π_k] E[P(x_f | k)]).
    posterior : ndarray, shape (leaves,)
    left_out : int
        How many leaves there was no room for.
    """

    leaves: tuple[str, ...]
    columns: tuple[str, ...]
    db: Floats
    posterior: Floats
    left_out: int


def cells(evidence: Evidence, names: Names, most: int) -> Cells:
    """Return the cells of at most so many leaves, the most probable ones."""
    logs = evidence.log_likelihoods
    average = special.logsumexp(logs + evidence.exact.log_prior, axis=1, keepdims=True)
    db = DECIBANS * (logs - average)  # (F, H)
    leaves = np.sort(np.argsort(-evidence.log_scores, kind="stable")[:most])
    prior = np.exp(evidence.exact.log_prior)
    spread = np.square(db - (db @ prior)[:, None]) @ prior
    factors = np.argsort(-spread, kind="stable")
    in_order = [evidence.exact.factors[f] for f in factors]
    return Cells(
        leaves=tuple(names.node(evidence.problem.leaves[h]) for h in leaves),
        columns=tuple(names.counted(factor.name, is_group=factor.is_group) for factor in in_order),
        db=db[np.ix_(factors, leaves)].T,
        posterior=np.asarray(evidence.exact.leaves[leaves]),
        left_out=len(evidence.problem.leaves) - len(leaves),
    )
