"""The PyMC model: elicited numbers and observations are data, so that one compilation serves a whole structure.

Sampled are the sticks of the Dirichlet tree, θ of every statement that is not a point, and the uncertain reliabilities
and correlations: one vector for each kind. The hypothesis is summed out. θ of statements inside groups is sampled as
a = Φ⁻¹(θ), which spares the graph an inverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy import special

from falseflag.nuts.arrays import alone_takes, grid_of, patterns_of, report_signs, sticks_of
from falseflag.problem import Distributions, Floats, Integers, Problem

type Tensor = Any  # PyTensor's own types are generic over what this code does not depend on

SMALLEST = 1e-300
"""Probabilities are held above this where their log is taken."""

STORED = ("weight", "prior_probability", "probability", "likelihood", "reliability", "correlation", "log_likelihood")


@dataclass(frozen=True)
class Split:
    """The elements of a vector of elicited values that are random, and those that are points."""

    free: Integers
    fixed: Integers

    @classmethod
    def of(cls, values: Distributions) -> Split:
        """Split by form."""
        return cls(np.flatnonzero(~values.is_point), np.flatnonzero(values.is_point))

    def join(self, free: Tensor, points: Tensor) -> Tensor:
        """Put random elements and points back into their order."""
        order = np.argsort(np.concatenate([self.free, self.fixed]))
        return pt.concatenate([free, points])[order]


def numbers_of(problem: Problem) -> dict[str, Floats]:
    """Return everything that may change without another compilation, by the name of its `pm.Data`."""
    sticks = sticks_of(problem)
    numbers = {
        "stick_alpha": sticks.alpha,
        "stick_beta": sticks.beta,
        "report": report_signs(problem),
        "z": grid_of(problem),
    }
    alone, patterns = alone_takes(problem)[0], patterns_of(problem)
    vectors = {
        "theta": problem.statements[alone],
        "probit": problem.statements[patterns.statements],
        "r": problem.reliability,
        "rho": problem.correlation,
    }
    for name, values in vectors.items():
        split = Split.of(values)
        numbers[f"{name}_alpha"], numbers[f"{name}_beta"] = values.alpha[split.free], values.beta[split.free]
        numbers[f"{name}_point"] = values.point[split.fixed]
    numbers["probit_point"] = special.ndtri(numbers["probit_point"])
    return numbers


def build_model(problem: Problem) -> pm.Model:
    """Build the model of a problem.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    pymc.Model
        With labelled coordinates; deterministics as in `STORED`.
    """
    coords = {
        "node": list(problem.nodes),
        "leaf": list(problem.leaves),
        "indicator": list(problem.indicators),
        "statement": list(problem.statement_names),
        "dependence_group": list(problem.groups),
    }
    with pm.Model(coords=coords) as model:
        data = {name: pm.Data(name, value) for name, value in numbers_of(problem).items()}
        log_weight = _log_weight(problem, data)
        log_prior = log_weight @ problem.membership.astype(float)
        theta, probit = _theta(problem, data), _probit(problem, data)
        r = _vector("r", problem.reliability, data)
        rho = _vector("rho", problem.correlation, data)
        pm.CustomDist(
            "reports",
            log_prior,
            theta,
            probit,
            r,
            rho,
            data["z"],
            logp=lambda value, *parameters: _log_evidence(problem, value, *parameters),
            random=lambda *parameters, rng, size: _simulate(problem, *parameters, rng=rng),  # noqa: ARG005
            signature="(h),(a),(q),(n),(g),(z)->(n)",
            observed=data["report"],
        )
        scores = log_prior + _log_likelihood(problem, data["report"], theta, probit, r, rho, data["z"])
        evidence = pt.logsumexp(scores)
        pm.Deterministic("weight", pt.exp(log_weight), dims="node")
        pm.Deterministic("prior_probability", pt.exp(log_prior), dims="leaf")
        pm.Deterministic("probability", pt.exp(scores - evidence), dims="leaf")
        pm.Deterministic("likelihood", _all_statements(problem, theta, probit), dims="statement")
        pm.Deterministic("reliability", r, dims="indicator")
        pm.Deterministic("correlation", rho, dims="dependence_group")
        pm.Deterministic("log_likelihood", evidence)
    return model


def _log_weight(problem: Problem, data: dict[str, Tensor]) -> Tensor:
    sticks = sticks_of(problem)
    stick = pm.Beta("stick", data["stick_alpha"], data["stick_beta"], shape=len(sticks.names))
    return pt.log(stick) @ sticks.to_node + pt.log1p(-stick) @ sticks.rest_to_node


def _vector(name: str, values: Distributions, data: dict[str, Tensor]) -> Tensor:
    """Make one Beta vector of the uncertain elements and join the points to it."""
    split = Split.of(values)
    free = pt.zeros((0,))
    if len(split.free):
        free = pm.Beta(name, data[f"{name}_alpha"], data[f"{name}_beta"], shape=len(split.free))
    return split.join(free, data[f"{name}_point"])


def _theta(problem: Problem, data: dict[str, Tensor]) -> Tensor:
    return _vector("theta", problem.statements[alone_takes(problem)[0]], data)


def _probit(problem: Problem, data: dict[str, Tensor]) -> Tensor:
    """Φ⁻¹(θ) of the statements inside groups."""
    split = Split.of(problem.statements[patterns_of(problem).statements])
    free = pt.zeros((0,))
    if len(split.free):
        free = pm.CustomDist(
            "probit",
            data["probit_alpha"],
            data["probit_beta"],
            logp=_log_density_of_probit,
            random=lambda alpha, beta, rng, size: special.ndtri(rng.beta(alpha, beta, size)).clip(-37, 37),
            shape=len(split.free),
        )
    return split.join(free, data["probit_point"])


def _normal_cdf(x: Tensor) -> Tensor:
    return 0.5 * pt.erfc(-x / np.sqrt(2))


def _log_density_of_probit(a: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """Log of the Beta density at Φ(a), times the standard normal density at a."""
    shape = (alpha - 1) * pt.log(_normal_cdf(a)) + (beta - 1) * pt.log(_normal_cdf(-a))
    constant = pt.gammaln(alpha + beta) - pt.gammaln(alpha) - pt.gammaln(beta) - 0.5 * np.log(2 * np.pi)
    return shape - a**2 / 2 + constant


def _all_statements(problem: Problem, theta: Tensor, probit: Tensor) -> Tensor:
    order = np.argsort(np.concatenate([alone_takes(problem)[0], patterns_of(problem).statements]))
    return pt.concatenate([theta, _normal_cdf(probit)])[order]


def _log_evidence(problem: Problem, report: Tensor, log_prior: Tensor, *parameters: Tensor) -> Tensor:
    return pt.logsumexp(log_prior + _log_likelihood(problem, report, *parameters))


def _log_likelihood(  # noqa: PLR0913, PLR0917
    problem: Problem, report: Tensor, theta: Tensor, probit: Tensor, r: Tensor, rho: Tensor, z: Tensor
) -> Tensor:
    """Sum the log probabilities of all reports at each leaf, log P(x | h, φ), shape (H,)."""
    alone, takes = alone_takes(problem)
    owner = problem.statement_indicator[alone]
    logs = _log_report(report[owner], theta, r[owner])
    total = logs @ takes
    if problem.groups:
        total = total + _log_grouped(problem, report, probit, r, rho, z)
    return total


def _log_grouped(  # noqa: PLR0913, PLR0917
    problem: Problem, report: Tensor, probit: Tensor, r: Tensor, rho: Tensor, z: Tensor
) -> Tensor:
    """Σ_g log L_{g,h}, shape (H,): the trapezoid rule in z, all groups in one array."""
    patterns = patterns_of(problem)
    owner = problem.statement_indicator[patterns.statements]
    correlation = rho[problem.group_of[owner], None]
    sign = report[owner, None]
    shifted = (probit[:, None] + pt.sqrt(correlation) * z) / pt.sqrt(1 - correlation)
    logs = _log_report(sign, _normal_cdf(shifted), r[owner, None])
    log_weights = -(z**2) / 2 + pt.log((z[1] - z[0]) / np.sqrt(2 * np.pi))
    return pt.logsumexp(patterns.takes @ logs + log_weights, axis=1) @ patterns.to_leaf


def _log_report(sign: Tensor, present: Tensor, r: Tensor) -> Tensor:
    """Log probability of a report, 0 for an unknown one."""
    true = pt.switch(sign > 0, present, 1 - present)
    reported = r * true + (1 - r) * (1 - true)
    return pt.log(pt.maximum(pt.switch(pt.neq(sign, 0), reported, 1.0), SMALLEST))


def _simulate(problem: Problem, *parameters: Floats, rng: np.random.Generator) -> Floats:
    """Draw a hypothesis, then every indicator through copula and report channel: +1 present, -1 absent."""
    log_prior, theta, probit, r, rho, _ = parameters
    leaf = rng.choice(len(problem.leaves), p=special.softmax(log_prior))
    a = np.empty(len(problem.statements))
    a[alone_takes(problem)[0]] = special.ndtri(theta)
    a[patterns_of(problem).statements] = probit
    group = problem.group_of
    correlation = np.append(rho, 0.0)[group]  # -1, no group, takes the last
    common = rng.standard_normal(len(rho) + 1)[group]
    own = rng.standard_normal(len(group))
    latent = a[problem.statement_of[:, leaf]] + np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    right = rng.random(len(group)) < r
    return np.where((latent > 0) == right, 1.0, -1.0)
