"""Independent draws of everything the analyst is unsure of, from the prior and from the posterior.

p(φ | x) is a mixture over h with weights P(h | x); given h the branchings, the ungrouped indicators and the groups are
independent of each other, and each is drawn from its own conditional. A draw is therefore worth one effective draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.exact.groups import AtCorrelation, GroupProblem, correlation_rule, integrate_z
from falseflag.exact.likelihood import log_scores
from falseflag.exact.posterior import ExactPosterior, normalise
from falseflag.exact.quadrature import probit_rule, probit_smoothness
from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem


@dataclass(frozen=True)
class Draws:
    """Draws of φ and what follows from it; n draws, shapes as in `Problem`.

    Parameters
    ----------
    node_weight : ndarray, shape (n, V)
        Weight of each node among its siblings.
    theta : ndarray, shape (n, S)
    reliability : ndarray, shape (n, N)
    correlation : ndarray, shape (n, G)
    prior : ndarray, shape (n, H)
        π_h.
    probability : ndarray, shape (n, H)
        P_h(φ), the posterior probability of each leaf were φ known.
    """

    node_weight: Floats
    theta: Floats
    reliability: Floats
    correlation: Floats
    prior: Floats
    probability: Floats


def draw_prior(problem: Problem, rng: np.random.Generator, draws: int) -> Draws:
    """Draw φ from what was elicited; `probability` is then π_h, the answer before the evidence."""
    log_weight = np.zeros((draws, len(problem.nodes)))
    for branching in problem.branchings:
        log_weight[:, branching.children] = _log_dirichlet(rng, branching.concentration, draws)
    log_prior = log_weight @ problem.membership
    prior = np.exp(log_prior)
    return Draws(
        node_weight=np.exp(log_weight),
        theta=problem.statements.sample(rng, draws),
        reliability=problem.reliability.sample(rng, draws),
        correlation=problem.correlation.sample(rng, draws),
        prior=prior,
        probability=prior,
    )


def draw_posterior(problem: Problem, exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Draw φ from p(φ | x), independently.

    Parameters
    ----------
    problem : Problem
    exact : ExactPosterior
        The answer, whose leaf probabilities are the mixture's weights.
    rng : numpy.random.Generator
    draws : int
    """
    truth = np.sort(rng.choice(len(problem.leaves), size=draws, p=exact.leaves))
    state = draw_prior(problem, rng, draws)  # what the evidence under h does not touch keeps its prior draw
    log_weight = _draw_branchings(problem, rng, truth)
    _draw_single_indicators(problem, rng, truth, state)
    for group in range(len(problem.groups)):
        if len(problem.members(group)):
            _GroupSampler(GroupProblem.of(problem, group), problem, group).draw(rng, truth, state)
    order = rng.permutation(draws)
    log_prior = log_weight @ problem.membership
    theta, reliability, correlation = state.theta[order], state.reliability[order], state.correlation[order]
    scores = log_prior[order] + log_scores(problem, theta, reliability, correlation)
    return Draws(
        node_weight=np.exp(log_weight)[order],
        theta=theta,
        reliability=reliability,
        correlation=correlation,
        prior=np.exp(log_prior)[order],
        probability=normalise(scores),
    )


def _log_dirichlet(rng: np.random.Generator, concentration: Floats, draws: int) -> Floats:
    """Draw log weights; a gamma variate with a tiny shape is drawn as a larger one times a power of a uniform."""
    gamma = np.log(rng.standard_gamma(concentration + 1, (draws, concentration.shape[-1])))
    log_gamma = gamma + np.log1p(-rng.random(gamma.shape)) / concentration
    return np.asarray(log_gamma - special.logsumexp(log_gamma, axis=1, keepdims=True))


def _draw_branchings(problem: Problem, rng: np.random.Generator, truth: Integers) -> Floats:
    """Draw log weights: given h, one more case has gone down every branch on the path to h."""
    log_weight = np.zeros((len(truth), len(problem.nodes)))
    for branching in problem.branchings:
        on_path = problem.membership[branching.children][:, truth].T
        log_weight[:, branching.children] = _log_dirichlet(rng, branching.concentration + on_path, len(truth))
    return log_weight


def _draw_single_indicators(problem: Problem, rng: np.random.Generator, truth: Integers, state: Draws) -> None:
    """Draw θ and r of ungrouped indicators into `state`: a mixture over whether the report was right."""
    rows = np.arange(len(truth))
    for i in np.flatnonzero(problem.is_reported & (problem.group_of < 0)):
        statement = problem.statement_of[i, truth]
        values = problem.statements[statement]
        present = problem.observed[i] == PRESENT
        as_reported = values.mean if present else values.complement
        right = problem.reliability.mean[i] * as_reported
        wrong = problem.reliability.complement[i] * (1 - as_reported)
        was_right = rng.random(len(truth)) < right / (right + wrong)
        truly_present = was_right if present else ~was_right
        state.theta[rows, statement] = _updated(values, truly_present, rng)
        state.reliability[:, i] = _updated(problem.reliability[np.full(len(truth), i)], was_right, rng)


def _updated(values: Distributions, success: np.ndarray, rng: np.random.Generator) -> Floats:
    """Draw from each distribution after one success or failure, shape (n,); a point stays where it is."""
    more = Distributions(values.alpha + success, values.beta + ~success, values.point)
    out = more.point.copy()
    uncertain = ~more.is_point
    out[uncertain] = rng.beta(more.alpha[uncertain], more.beta[uncertain])
    return out


class _GroupSampler:
    """Draws of (ρ, θ, r) of one group given h, through z and the truth of each member."""

    fineness = 0.5  # nodes of ρ twice as dense as the answer needs: a draw is spread over its node's cell

    def __init__(self, group: GroupProblem, problem: Problem, number: int) -> None:
        self.group, self.problem, self.number = group, problem, number
        self.rule, self.roots, self.ts = correlation_rule(group, self.fineness)
        self.tables = [integrate_z(group, root, t) for root, t in zip(self.roots, self.ts, strict=True)]
        likelihoods = np.array([table.log_likelihood for table in self.tables])  # (nodes, D)
        with np.errstate(divide="ignore"):
            self.node_given_pattern = normalise((np.log(self.rule.weights[0])[:, None] + likelihoods).T)

    def draw(self, rng: np.random.Generator, truth: Integers, state: Draws) -> None:
        """Overwrite the group's part of `state`."""
        pattern = self.group.pattern_of[truth]
        node = np.empty(len(truth), dtype=np.intp)
        for d in np.unique(pattern):
            rows = np.flatnonzero(pattern == d)
            node[rows] = rng.choice(len(self.roots), size=len(rows), p=self.node_given_pattern[d])
            for j in np.unique(node[rows]):
                at = rows[node[rows] == j]
                self._draw_members(rng, at, int(d), self.tables[j], (self.roots[j], self.ts[j]), state)
        step = self.rule.step[0]
        if step > 0:
            jitter = step * (rng.random(len(truth)) - 0.5)
            state.correlation[:, self.number] = special.expit(self.rule.nodes[0, node] + jitter)

    def _draw_members(  # noqa: PLR0913, PLR0917
        self,
        rng: np.random.Generator,
        rows: Integers,
        pattern: int,
        table: AtCorrelation,
        scale: tuple[float, float],
        state: Draws,
    ) -> None:
        root, t = scale
        place = rng.choice(len(table.z), size=len(rows), p=normalise(table.log_terms[pattern]))
        shift = root * table.z[place]
        for member, s in zip(self.group.members, self.group.pattern[:, pattern], strict=True):
            as_reported = table.truth[s, place]
            right = self.group.reliability[s] * as_reported
            wrong = self.group.unreliability[s] * (1 - as_reported)
            was_right = rng.random(len(rows)) < right / (right + wrong)
            sign = np.where(was_right, self.group.sign[s], -self.group.sign[s])
            value = self.group.statements[s : s + 1]
            if not value.is_point[0]:
                state.theta[rows, self.group.used[s]] = _draw_theta(rng, value, sign, shift, t)
            reliability = self.problem.reliability[np.full(len(rows), member)]
            state.reliability[rows, member] = _updated(reliability, was_right, rng)


def _draw_theta(rng: np.random.Generator, value: Distributions, sign: Floats, shift: Floats, t: float) -> Floats:
    """Draw θ with density ∝ Beta(θ) Φ(sign (Φ⁻¹(θ) + shift) / t), shape (n,): by inversion on a fine grid in Φ⁻¹(θ)."""
    rule = probit_rule(value, 0.25 * probit_smoothness(value))
    nodes, weights = rule.nodes[0], rule.weights[0]
    cumulative = np.cumsum(weights * special.ndtr(sign[:, None] * (nodes + shift[:, None]) / t), axis=1)
    target = rng.random(len(sign)) * cumulative[:, -1]
    place = np.minimum((cumulative < target[:, None]).sum(axis=1), len(nodes) - 1)
    return np.asarray(special.ndtr(nodes[place] + rule.step[0] * (rng.random(len(sign)) - 0.5)))
