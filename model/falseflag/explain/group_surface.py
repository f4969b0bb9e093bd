r"""A dependence group's likelihood as a smooth function of its statements, cheap enough to search on.

θ is taken as probit-normal with the mean and (nearly) the spread of its Beta: then
E[Φ((Φ⁻¹(θ) + √ρ z) / √(1 - ρ))] has a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import correlation_rule
from falseflag.explain.evidence import SMALLEST_LOG
from falseflag.problem import Floats, Problem

SMALLEST_WEIGHT = 1e-3
"""Nodes of ρ of less weight are left out."""

WIDTH = 1e-4
"""Of the central differences in u."""


@dataclass(frozen=True)
class GroupSurface:
    """Surrogate of one group: Z nodes in (ρ, z) with their log weights, and the group's cut of the problem.

    Parameters
    ----------
    group : GroupProblem
    number : int
        Of the group.
    log_weight, shift, t : ndarray, shape (Z,)
        Log weight, √ρ z and √(1 - ρ).
    takes : ndarray of bool, shape (D, S')
        Which patterns take which of the group's statements.
    """

    group: GroupProblem
    number: int
    log_weight: Floats
    shift: Floats
    t: Floats
    takes: NDArray[np.bool_]

    @classmethod
    def of(cls, problem: Problem, number: int) -> GroupSurface:
        """Choose the nodes."""
        group = GroupProblem.of(problem, number)
        rule, roots, ts = correlation_rule(group)
        parts = []
        for j in np.flatnonzero(rule.weights[0] >= SMALLEST_WEIGHT):
            step = min(0.4, 0.6 * max(ts[j], 0.05) / max(roots[j], 1e-12))
            z = np.arange(-np.ceil(8 / step), np.ceil(8 / step) + 1) * step
            parts.append((np.log(rule.weights[0, j] * step) - z**2 / 2, roots[j] * z, np.full_like(z, ts[j])))
        log_weight, shift, t = (np.concatenate(part) for part in zip(*parts, strict=True))
        takes = np.zeros((group.pattern.shape[1], len(group.used)), dtype=bool)
        takes[np.arange(len(takes)), group.pattern] = True
        return cls(group, number, log_weight - np.log(2 * np.pi) / 2, shift, t, takes)

    def values(self, logit: Floats, strength: Floats) -> Floats:
        """Return log likelihoods of the patterns, shape (D,), for the group's statements."""
        return _integrated(self._terms(self._log_reports(logit, strength)))[1]

    def slopes(self, logit: Floats, strength: Floats, deviation: Floats) -> tuple[Floats, Floats]:
        """Return first and second derivatives of the log likelihoods in u, shape (D, S') each."""
        step = WIDTH * deviation
        logs = self._log_reports(logit, strength)
        up = np.expm1(self._log_reports(logit + step, strength) - logs)
        down = np.expm1(self._log_reports(logit - step, strength) - logs)
        share = _integrated(self._terms(logs))[0]
        first = share @ ((up - down) / (2 * WIDTH)).T
        second = share @ ((up + down) / WIDTH**2).T - first**2
        return first * self.takes, second * self.takes

    def _terms(self, logs: Floats) -> Floats:
        return np.asarray(self.log_weight + self.takes.astype(float) @ logs)

    def _log_reports(self, logit: Floats, strength: Floats) -> Floats:
        """Return the log probability of each statement's report at each node, shape (S', Z)."""
        mean, complement = special.expit(logit), special.expit(-logit)
        probit = np.where(mean < 0.5, special.ndtri(mean), -special.ndtri(complement)).clip(-37, 37)
        spread = _probit_spread(mean, complement, probit, strength)
        centre = probit * np.sqrt(1 + spread**2)  # keeps E[θ] as it is
        sign = self.group.sign[:, None]
        scaled = sign * (centre[:, None] + self.shift) / np.hypot(self.t, spread[:, None])
        right, wrong = self.group.reliability[:, None], self.group.unreliability[:, None]
        report = right * special.ndtr(scaled) + wrong * special.ndtr(-scaled)
        return np.asarray(np.log(np.maximum(report, 1e-304)))


def _probit_spread(mean: Floats, complement: Floats, probit: Floats, strength: Floats) -> Floats:
    """Return the deviation of Φ⁻¹(θ), from that of logit θ by the ratio of the two scales at the mean; 0 for points."""
    alpha, beta = np.maximum(strength * mean, 1e-8), np.maximum(strength * complement, 1e-8)
    logit_spread = np.sqrt(special.polygamma(1, alpha) + special.polygamma(1, beta))
    ratio = mean * complement / np.maximum(np.exp(-(probit**2) / 2) / np.sqrt(2 * np.pi), 1e-300)
    return np.where(np.isnan(strength), 0.0, np.minimum(logit_spread * ratio, 5.0))


def _integrated(terms: Floats) -> tuple[Floats, Floats]:
    """Return each node's share of the integral, shape (D, Z), and the log of the integral, shape (D,)."""
    top = terms.max(axis=1, keepdims=True)
    shares = np.exp(terms - top)
    total = shares.sum(axis=1, keepdims=True)
    return shares / total, np.maximum((top + np.log(total))[:, 0], SMALLEST_LOG)
