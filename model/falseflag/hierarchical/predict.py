"""What the fitted model says of incidents that it may not have seen."""

from __future__ import annotations

import numpy as np
from scipy import special

from falseflag.hierarchical.definition import GRID_WEIGHT, Parameters
from falseflag.problem import Floats

CHUNK = 8
"""Incidents at a time: the nodes in z of all draws and classes take 2 MB for each."""


def log_likelihood(parameters: Parameters, x: Floats) -> Floats:
    """Return log P(x_i | c) at each draw, the latent factor integrated out.

    Parameters
    ----------
    parameters : Parameters
        S draws.
    x : ndarray, shape (n, m)
        1 present, 0 absent, NaN missing.

    Returns
    -------
    ndarray, shape (S, n, C)
    """
    log_present, log_absent = parameters.log_probability()
    draws, _, classes, nodes = log_present.shape
    flat = (draws, x.shape[1], classes * nodes)
    log_present, log_absent = log_present.reshape(flat), log_absent.reshape(flat)
    out = np.empty((draws, len(x), classes))
    for start in range(0, len(x), CHUNK):
        rows = x[start : start + CHUNK]
        terms = (rows == 1).astype(float) @ log_present + (rows == 0).astype(float) @ log_absent
        joint = terms.reshape(draws, len(rows), classes, nodes) + np.log(GRID_WEIGHT)
        out[:, start : start + CHUNK] = special.logsumexp(joint, axis=3)
    return out


def record_log_likelihood(logs: Floats, author: Floats) -> Floats:
    """Return log P(x_i | recorded author, grade) at each draw, the true author summed out, shape (S, n).

    Parameters
    ----------
    logs : ndarray, shape (S, n, C)
        What `log_likelihood` gives.
    author : ndarray, shape (n, C)
        What `falseflag.hierarchical.definition.author_chances` gives.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp.reduce(logs + np.log(author), axis=2))
