"""Answer by a fit to other incidents where importance weights allow it, by a new fit where they do not.

A posterior given some incidents becomes that given others by the ratio of their likelihoods: those taken away in the
denominator, those added in the numerator. The ratios are Pareto-smoothed (Vehtari, Simpson, Gelman, Yao and Gabry
2024, *Pareto smoothed importance sampling*, JMLR 25:72; forward in time: Bürkner, Gabry and Vehtari 2020, *Approximate
leave-future-out cross-validation for Bayesian time series models*, Journal of Statistical Computation and Simulation
90:14). Where the shape k̂ of their tail is `K_HAT_LIMIT` or more (or 1 - 1 / log10 S, if S draws make that less)
the model is fitted anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.arrays import Floats
from falseflag.hierarchical.model import GRID_WEIGHT, SETTINGS, Fit, Parameters, sound
from falseflag.record.model import Record
from falseflag.settings import Settings

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
    """Return log P(x_i | what is recorded of its author) at each draw, the true author summed out, shape (S, n).

    Parameters
    ----------
    logs : ndarray, shape (S, n, C)
        What `log_likelihood` gives.
    author : ndarray, shape (n, C)
        Probabilities of the true author: `Record.label`.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp.reduce(logs + np.log(author), axis=2))


# Reuse of fits


K_HAT_LIMIT = 0.7


@dataclass(frozen=True)
class Basis:
    """A fit, the incidents that it knows, and what its draws say of every incident of the record.

    Parameters
    ----------
    known : ndarray of bool, shape (n,)
    fit : Fit
    logs : ndarray, shape (S, n, C)
        log P(x_i | c) at each draw.
    recorded : ndarray, shape (S, n)
        log P(x_i | what is recorded of its author) at each draw.
    """

    known: NDArray[np.bool_]
    fit: Fit
    logs: Floats
    recorded: Floats


@dataclass(frozen=True)
class Likelihoods:
    """log P(x_i | c) of every incident, given those that are known.

    Parameters
    ----------
    logs : ndarray, shape (n, C)
    k_hat : float or None
        Shape of the importance weights' tail; None where the model was fitted to just these incidents.
    fit : Fit
        The fit behind it.
    """

    logs: Floats
    k_hat: float | None
    fit: Fit


@dataclass
class Refits:
    """Fits of one record's incidents, made when they are needed and kept for later questions."""

    record: Record
    settings: Settings = SETTINGS
    bases: list[Basis] = field(default_factory=list)

    def likelihoods(self, known: NDArray[np.bool_]) -> Likelihoods:
        """Return what a model says that has seen only the known incidents, shape (n,)."""
        if self.bases:
            nearest = min(self.bases, key=lambda basis: int((basis.known != known).sum()))
            found = reweighted(nearest, known)
            if found is not None:
                return found
        basis = self._fitted(known)
        self.bases.append(basis)
        return Likelihoods(_average(basis.logs, np.zeros(len(basis.logs))), None, basis.fit)

    def _fitted(self, known: NDArray[np.bool_]) -> Basis:
        found = sound(self.record.only(known), self.settings)
        logs = log_likelihood(found.parameters, self.record.x)
        return Basis(known, found, logs, record_log_likelihood(logs, self.record.label))


def reweighted(basis: Basis, known: NDArray[np.bool_]) -> Likelihoods | None:
    """Return the answer by importance weights; None where they are not to be relied on."""
    added, removed = known & ~basis.known, basis.known & ~known
    ratio = basis.recorded[:, added].sum(axis=1) - basis.recorded[:, removed].sum(axis=1)
    if not (added | removed).any():
        return Likelihoods(_average(basis.logs, ratio), None, basis.fit)
    from arviz_stats.base import array_stats  # noqa: PLC0415  (takes seconds)

    log_weight, k_hat = array_stats.psislw(-ratio)  # it takes log likelihoods of what is taken away
    if not k_hat < min(K_HAT_LIMIT, 1 - 1 / np.log10(len(ratio))):  # NaN is no good k̂ either
        return None
    return Likelihoods(_average(basis.logs, np.asarray(log_weight)), float(k_hat), basis.fit)


def _average(logs: Floats, log_weight: Floats) -> Floats:
    """Return log of the weighted mean over the draws, shape (n, C) from (S, n, C)."""
    weight = log_weight - np.logaddexp.reduce(log_weight)
    return np.asarray(np.logaddexp.reduce(logs + weight[:, None, None], axis=0))
