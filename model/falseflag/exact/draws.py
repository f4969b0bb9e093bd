"""Independent draws of everything the analyst is unsure of, from the prior and from the posterior.

p(φ | x) is a mixture over h with weights P(h | x); given h the branchings, the ungrouped indicators and the groups are
independent of each other, and each is drawn from its own conditional. A draw is therefore worth one effective draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.exact.group_draws import GroupDraws, draw_group, draw_theta
from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.likelihood import log_scores
from falseflag.exact.posterior import ExactPosterior, normalise
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
    truth = rng.choice(len(problem.leaves), size=draws, p=exact.leaves)
    state = draw_prior(problem, rng, draws)  # what the evidence under h does not touch keeps its prior draw
    log_weight = _draw_branchings(problem, rng, truth)
    _draw_single_indicators(problem, rng, truth, state)
    _draw_groups(problem, rng, truth, state)
    log_prior = log_weight @ problem.membership
    scores = log_prior + log_scores(problem, state.theta, state.reliability, state.correlation)
    return Draws(
        node_weight=np.exp(log_weight),
        theta=state.theta,
        reliability=state.reliability,
        correlation=state.correlation,
        prior=np.exp(log_prior),
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


def _draw_groups(problem: Problem, rng: np.random.Generator, truth: Integers, state: Draws) -> None:
    """Draw ρ, θ and r of the groups into `state`."""
    drawn: list[GroupDraws] = []
    for number in range(len(problem.groups)):
        if len(problem.members(number)):
            group = GroupProblem.of(problem, number)
            found = draw_group(group, rng, truth)
            if not group.correlation.is_point[0]:
                state.correlation[:, number] = found.correlation
            for member, was_right in zip(group.members, found.was_right, strict=True):
                reliability = problem.reliability[np.full(len(truth), member)]
                state.reliability[:, member] = _updated(reliability, was_right, rng)
            drawn.append(found)
    _draw_grouped_theta(problem, rng, drawn, state)


def _draw_grouped_theta(problem: Problem, rng: np.random.Generator, drawn: Sequence[GroupDraws], state: Draws) -> None:
    """Draw the θ of all members of all groups into `state`, all at once."""
    if not drawn:
        return
    rows = np.arange(len(state.theta))
    parts = [
        (each.statement, each.sign, *np.broadcast_arrays(each.shift, each.t, rows, each.sign)[:3]) for each in drawn
    ]
    statement, sign, shift, t, row = (np.concatenate([np.ravel(p) for p in part]) for part in zip(*parts, strict=True))
    free = ~problem.statements.is_point[statement]
    statement, sign, shift, t, row = statement[free], sign[free], shift[free], t[free], row[free]
    values = problem.statements[statement]
    state.theta[row, statement] = draw_theta(values, state.theta[row, statement], sign, shift, t, rng)
