"""The PyMC model: elicited numbers and observations are data, so that one compilation serves a whole structure.

Sampled are two vectors: the log odds of the Dirichlet tree's sticks, of θ outside groups and of uncertain reliabilities
and correlations, and the probits Φ⁻¹(θ) of θ inside groups, which spares the graph an inverse. Both have the density
that the elicited Betas have on those scales. The hypothesis is summed out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy import special

from falseflag.nuts.arrays import blocks_of, numbers_of, patterns_of, statements_alone, sticks_of
from falseflag.problem import Floats, Integers, Problem

type Tensor = Any  # PyTensor's own types are generic over what this code does not depend on

SMALLEST = 1e-300
"""Probabilities are held above this where their log is taken."""


def build_model(problem: Problem) -> pm.Model:
    """Build the model of a problem.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    pymc.Model
        With labelled coordinates; deterministics as in `falseflag.nuts.functions.STORED`.
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
        log_odds, probit = _sampled(problem, data)
        log_weight = _log_weight(problem, log_odds)
        log_prior = log_weight @ problem.membership.astype(float)
        theta, probit, r, rho = _with_points(problem, data, log_odds, probit)
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


def _sampled(problem: Problem, data: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Make the two sampled vectors; probits there may be none."""
    blocks = blocks_of(problem)

    def vector(name: str, size: int, logp: Any, from_beta: Any) -> Tensor:  # noqa: ANN401
        return pm.CustomDist(
            name,
            data[f"{name}_alpha"],
            data[f"{name}_beta"],
            data[f"{name}_constant"],
            logp=logp,
            random=lambda alpha, beta, _constant, rng, size: from_beta(rng.beta(alpha, beta, size)),
            shape=size,
        )

    log_odds = vector("log_odds", blocks.log_odds, _log_density_of_log_odds, lambda x: special.logit(x).clip(-700, 37))
    if not len(blocks.free_probit):
        return log_odds, None
    probit = vector("probit", len(blocks.free_probit), _log_density_of_probit, lambda x: special.ndtri(x).clip(-37, 8))
    return log_odds, probit


def _log_density_of_log_odds(y: Tensor, alpha: Tensor, beta: Tensor, constant: Tensor) -> Tensor:
    """Log of the Beta density at θ = 1 / (1 + e⁻ʸ), times dθ/dy = θ (1 - θ); log θ = -softplus(-y)."""
    return constant - (alpha + beta) * pt.softplus(-y) - beta * y


def _log_density_of_probit(a: Tensor, alpha: Tensor, beta: Tensor, constant: Tensor) -> Tensor:
    """Log of the Beta density at Φ(a), times the standard normal density at a."""
    shape = (alpha - 1) * pt.log(_normal_cdf(a)) + (beta - 1) * pt.log(_normal_cdf(-a))
    return constant + shape - a**2 / 2 - 0.5 * np.log(2 * np.pi)


def _normal_cdf(x: Tensor) -> Tensor:
    return 0.5 * pt.erfc(-x / np.sqrt(2))


def _log_weight(problem: Problem, log_odds: Tensor) -> Tensor:
    """Log weight of each node among its siblings, shape (V,)."""
    sticks = sticks_of(problem)
    y = log_odds[blocks_of(problem).sticks]
    return -(pt.softplus(-y) @ (sticks.to_node + sticks.rest_to_node) + y @ sticks.rest_to_node)


def _with_points(
    problem: Problem, data: dict[str, Tensor], log_odds: Tensor, probit: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Log odds of θ outside groups, probits of θ inside, reliabilities and correlations: the sampled and the points."""
    blocks = blocks_of(problem)

    def join(name: str, free: Integers, sampled: Tensor) -> Tensor:
        points = data[f"{name}_point"]
        if not len(free):
            return points
        size = len(numbers_of(problem)[f"{name}_point"])
        return sampled if len(free) == size else pt.set_subtensor(points[free], sampled)

    return (
        join("theta", blocks.free_theta, log_odds[blocks.theta]),
        join("probit", blocks.free_probit, probit),
        join("r", blocks.free_r, pt.sigmoid(log_odds[blocks.r])),
        join("rho", blocks.free_rho, pt.sigmoid(log_odds[blocks.rho])),
    )


def _all_statements(problem: Problem, theta: Tensor, probit: Tensor) -> Tensor:
    order = np.argsort(np.concatenate([statements_alone(problem)[0], patterns_of(problem).statements]))
    return pt.concatenate([pt.sigmoid(theta), _normal_cdf(probit)])[order]


def _log_evidence(problem: Problem, report: Tensor, log_prior: Tensor, *parameters: Tensor) -> Tensor:
    return pt.logsumexp(log_prior + _log_likelihood(problem, report, *parameters))


def _log_likelihood(  # noqa: PLR0913, PLR0917
    problem: Problem, report: Tensor, theta: Tensor, probit: Tensor, r: Tensor, rho: Tensor, z: Tensor
) -> Tensor:
    """Sum the log probabilities of all reports at each leaf, log P(x | h, φ), shape (H,)."""
    alone, taken = statements_alone(problem)
    total = pt.zeros(len(problem.leaves))
    if len(alone):
        owner = problem.statement_indicator[alone]
        sign = report[owner]
        logs = _log_report(sign, pt.sigmoid(sign * theta), r[owner])
        total = total + logs[taken].sum(axis=0)
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
    shifted = sign * (probit[:, None] + pt.sqrt(correlation) * z) / pt.sqrt(1 - correlation)
    logs = _log_report(sign, _normal_cdf(shifted), r[owner, None])
    log_weights = -(z**2) / 2 + pt.log((z[1] - z[0]) / np.sqrt(2 * np.pi))
    rows = pt.tile(log_weights, (int(patterns.of_leaf.max()) + 1, 1))
    terms = pt.inc_subtensor(rows[patterns.row], logs[patterns.factor])
    return pt.logsumexp(terms, axis=1)[patterns.of_leaf].sum(axis=0)


def _log_report(sign: Tensor, true: Tensor, r: Tensor) -> Tensor:
    """Log probability of a report that is `true` of the incident with that probability; 0 for an unknown one."""
    return sign**2 * pt.log(pt.maximum(r * true + (1 - r) * (1 - true), SMALLEST))


def _simulate(problem: Problem, *parameters: Floats, rng: np.random.Generator) -> Floats:
    """Draw a hypothesis, then every indicator through copula and report channel: +1 present, -1 absent."""
    log_prior, theta, probit, r, rho, _ = parameters
    leaf = rng.choice(len(problem.leaves), p=special.softmax(log_prior))
    a = np.empty(len(problem.statements))
    a[statements_alone(problem)[0]] = special.ndtri(special.expit(theta))
    a[patterns_of(problem).statements] = probit
    group = problem.group_of
    correlation = np.append(rho, 0.0)[group]  # -1, no group, takes the last
    common = rng.standard_normal(len(rho) + 1)[group]
    own = rng.standard_normal(len(group))
    latent = a[problem.statement_of[:, leaf]] + np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    right = rng.random(len(group)) < r
    return np.where((latent > 0) == right, 1.0, -1.0)
