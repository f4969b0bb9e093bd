"""Independent draws from the posterior, by augmentation with states, nodes, truths and plants.

p(φ | x) is a mixture over states with weights P(s | x). Given the state, nodes of what couples facts are drawn from the
tables of their contraction, in the reverse order; given those, the truth of each fact and whether it was planted; and
given all of that, every elicited quantity follows a distribution of its own, updated by a count. A node of a
reliability only serves to draw truths, whose distribution the quadrature gives exactly; the reliability is then drawn
anew from its Beta updated by how many reports were right. A draw is therefore worth one effective draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import special

from falseflag.arrays import Distributions, Floats, Integers, log_dirichlet
from falseflag.inference.draws import LOWEST, Draws, draw_prior, log_scores, normalise
from falseflag.inference.exact.contraction import Factor, contract
from falseflag.inference.exact.factors import Block, Component
from falseflag.inference.exact.group_nodes import GroupNodes
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.exact.quadrature import conditional, logit_rule, probit_rule, probit_smoothness
from falseflag.problem import NOTHING, Problem

FINENESS = 1 / 8
"""Cells that a draw of ρ is spread over, in units of the answer's spacing of nodes."""

ROUNDS = 25
"""Proposals of θ from its prior, before the rest is drawn by inversion."""

LOWEST_PRIOR = -1e300
"""And logs of priors above this."""


@dataclass
class _Counts:
    """What the augmentation says of each elicited quantity in each draw.

    Parameters
    ----------
    theta : list of (rows, statement, value)
        Draws in which a statement outside groups gave rise to a value.
    grouped : list of _Grouped
    reach, detection, reliability : ndarray, shape (n, 2, ·)
        Successes and failures.
    correlation : list of (rows, position, values)
    """

    reach: Integers
    detection: Integers
    reliability: Integers
    theta: list[tuple[Integers, Integers, Integers]] = field(default_factory=list)
    grouped: list[_Grouped] = field(default_factory=list)
    correlation: list[tuple[Integers, Integers, Floats]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Statements in groups that gave rise to a value: θ has density ∝ Beta(θ) Φ(sign (Φ⁻¹(θ) + shift) / noise)."""

    rows: Integers
    statement: Integers
    sign: Floats
    shift: Floats
    noise: Floats


def draw_posterior(exact: ExactPosterior, rng: np.random.Generator, draws: int) -> Draws:
    """Draw φ from p(φ | x), independently.

    Parameters
    ----------
    exact : ExactPosterior
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    Draws
    """
    problem = exact.problem
    state = rng.choice(len(problem.states), size=draws, p=exact.states)
    found = draw_prior(problem, rng, draws)  # what the evidence does not touch keeps its prior draw
    counts = _Counts(
        reach=np.zeros((draws, 2, len(problem.reach)), dtype=np.intp),
        detection=np.zeros((draws, 2, len(problem.detection)), dtype=np.intp),
        reliability=np.zeros((draws, 2, len(problem.reliability)), dtype=np.intp),
    )
    for component in exact.factors.components:
        _augment(component, state, rng, counts)
    weights = np.exp(_draw_weights(problem, rng, state))
    _update_theta(problem, rng, counts, found.theta)
    _update_grouped(problem, rng, counts.grouped, found.theta)
    _update(problem.reach, counts.reach, found.reach, rng)
    _update(problem.detection, counts.detection, found.detection, rng)
    _update(problem.reliability, counts.reliability, found.reliability, rng)
    for rows, position, values in counts.correlation:
        found.correlation[rows, position] = values
    log_ratio = found.log_ratio
    for fact in np.flatnonzero(problem.has_ratios):
        taken = problem.ratio_of[fact, state]
        log_ratio[np.arange(draws), taken] += problem.ratios.sigma[taken] ** 2  # weighted by the ratio itself
    with np.errstate(divide="ignore"):
        log_prior = problem.sum_over_branchings(np.log(weights))
    drawn = replace(found, weights=weights, log_ratio=log_ratio, prior=normalise(log_prior))
    scores = np.maximum(log_prior, LOWEST_PRIOR) + log_scores(problem, drawn)
    return replace(drawn, probability=normalise(scores), facts={})


def _draw_weights(problem: Problem, rng: np.random.Generator, state: Integers) -> Floats:
    """Draw log weights: given the state, one more case has gone down every branch on its way. Shape (n, B, ·)."""
    concentration = np.repeat(problem.weights.concentration[None], len(state), axis=0)
    taken = problem.choice[:, state]
    branching, rows = np.nonzero(taken != NOTHING)
    concentration[rows, branching, taken[branching, rows]] += 1
    fixed = np.broadcast_to(problem.weights.fixed, concentration.shape)
    return log_dirichlet(rng, concentration, fixed)


def _augment(component: Component, state: Integers, rng: np.random.Generator, counts: _Counts) -> None:
    """Draw the nodes, truths and plants of a component, given the states."""
    pattern = component.pattern_of[state]
    for block in component.blocks:
        place = np.full(len(component.state), NOTHING)
        place[block.patterns] = np.arange(len(block.patterns))
        rows = np.flatnonzero(place[pattern] != NOTHING)
        if len(rows):
            _augment_block(component, block, rows, place[pattern[rows]], rng, counts)


def _augment_block(  # noqa: PLR0913, PLR0917
    component: Component, block: Block, rows: Integers, at: Integers, rng: np.random.Generator, counts: _Counts
) -> None:
    """Draw for some of the draws, `rows`, whose patterns are those `at` given places of a block."""
    record: list[tuple[int, Factor]] = []
    contract(component.factors(block), component.vertex_weights(block), record=record)
    node: dict[int, Integers] = {}
    for vertex, table in reversed(record):
        share = _at_nodes(table, vertex, at, node)
        if vertex < len(component.groups):
            node[vertex], logit = _draw_group_node(component, block, vertex, share, rng)
            _note_correlation(component, block, vertex, rows, at, logit, counts)
        else:
            node[vertex] = _choose(share, rng)
    for fact in component.active:
        if not component.problem.has_ratios[fact]:
            _draw_truth(component, block, fact, rows, at, node, rng, counts)


@dataclass(frozen=True, slots=True)
class _Share:
    """Weights of a vertex's nodes: distinct rows of a table, and which of them each draw takes."""

    rows: Floats
    of: Integers


def _at_nodes(factor: Factor, vertex: int, at: Integers, node: dict[int, Integers]) -> _Share:
    """Take a recorded table at the nodes already drawn of its other vertices."""
    table = np.moveaxis(factor.table, 1 + factor.axes.index(vertex), -1)
    others = [axis for axis in factor.axes if axis != vertex]
    shape = table.shape[:-1]
    index = np.broadcast_arrays(
        np.minimum(at, shape[0] - 1), *(np.minimum(node[o], n - 1) for o, n in zip(others, shape[1:], strict=True))
    )
    flat, of = np.unique(np.ravel_multi_index(index, shape), return_inverse=True)
    return _Share(table.reshape(-1, table.shape[-1])[flat], of.ravel())


def _choose(share: _Share, rng: np.random.Generator) -> Integers:
    """Choose a column for each draw by the weights in its row."""
    cumulative = np.cumsum(share.rows, axis=1)
    cumulative /= cumulative[:, -1:]
    ladder = (cumulative + np.arange(len(cumulative))[:, None]).ravel()  # one row after another
    found = np.searchsorted(ladder, share.of + rng.random(len(share.of)), side="right") - share.of * cumulative.shape[1]
    return np.asarray(np.clip(found, 0, cumulative.shape[1] - 1))


def _draw_group_node(
    component: Component, block: Block, vertex: int, share: _Share, rng: np.random.Generator
) -> tuple[Integers, Floats]:
    """Draw log odds of ρ, then a node of (ρ, z) at one of the two neighbouring values of ρ, the nearer the likelier."""
    nodes = block.nodes[vertex]
    by_rho = np.add.reduceat(share.rows, nodes.start, axis=1)
    correlation = component.correlation(component.groups[vertex], block.patterns)
    if len(nodes.start) == 1:
        return _choose(share, rng), np.full(len(share.of), nodes.logit[0])
    prior = np.add.reduceat(nodes.weight, nodes.start)
    with np.errstate(divide="ignore"):
        log_likelihood = np.maximum(np.log(by_rho / prior), LOWEST)
    fine = logit_rule(correlation, FINENESS).without_negligible()
    between = np.array([np.interp(fine.nodes[0], nodes.logit, each) for each in log_likelihood])
    weights = fine.weights[0] * np.exp(between - between.max(axis=1, keepdims=True))
    cell = _choose(_Share(weights, share.of), rng)
    logit = fine.nodes[0, cell] + fine.step[0] * (rng.random(len(cell)) - 0.5)
    position = np.interp(logit, nodes.logit, np.arange(len(nodes.start)))
    place = np.minimum(np.floor(position + rng.random(len(cell))), len(nodes.start) - 1).astype(np.intp)
    return _choose_within(share, nodes, place, rng), logit


def _choose_within(share: _Share, nodes: GroupNodes, place: Integers, rng: np.random.Generator) -> Integers:
    """Choose a node of each draw's row among those of its value of ρ."""
    cumulative = np.cumsum(share.rows, axis=1)
    end = np.append(nodes.start[1:], cumulative.shape[1])[place] - 1
    below = np.where(nodes.start[place] > 0, cumulative[share.of, nodes.start[place] - 1], 0.0)
    target = below + rng.random(len(place)) * (cumulative[share.of, end] - below)
    top = cumulative[:, -1] * (1 + 1e-9) + 1e-300
    offset = np.concatenate([[0.0], np.cumsum(top)])
    ladder = (cumulative + offset[:-1, None]).ravel()
    found = np.searchsorted(ladder, target + offset[share.of], side="right") - share.of * cumulative.shape[1]
    return np.asarray(np.clip(found, nodes.start[place], end))


def _note_correlation(  # noqa: PLR0913, PLR0917
    component: Component, block: Block, vertex: int, rows: Integers, at: Integers, logit: Floats, counts: _Counts
) -> None:
    problem = component.problem
    position = problem.correlation_of[component.groups[vertex], component.state[block.patterns[at]]]
    if not problem.correlation.is_point[position[0]]:
        counts.correlation.append((rows, position, special.expit(logit)))


def _draw_truth(  # noqa: PLR0913, PLR0917
    component: Component,
    block: Block,
    fact: int,
    rows: Integers,
    at: Integers,
    node: dict[int, Integers],
    rng: np.random.Generator,
    counts: _Counts,
) -> None:
    """Draw the value of a fact and whether it was planted; note what that says of what is elicited."""
    problem, state = component.problem, component.state[block.patterns[at]]
    axes = component.axes_of(fact)
    groups = [axis for axis in axes if axis < len(component.groups)]
    slots = [axis for axis in axes if axis >= len(component.groups)]
    weights = []
    for (itself, planted), told in zip(component.truths(fact, block), component.told(fact, block), strict=True):
        report = told[(at, *(np.minimum(node[axis], told.shape[1 + n] - 1) for n, axis in enumerate(slots)))]
        weights += [(truth[at, node[groups[0]]] if groups else truth[at]) * report for truth in (itself, planted)]
    table = np.cumsum(np.stack(weights, axis=1), axis=1)
    chosen = (rng.random(len(rows))[:, None] * table[:, -1:] >= table).sum(axis=1).clip(max=table.shape[1] - 1)
    value, is_planted = chosen // 2, chosen % 2 == 1
    own, blamed, reach = (t[fact, state] for t in (problem.own_of, problem.blamed_of, problem.reach_of))
    statement = np.where(is_planted, blamed, own)
    staged = reach != NOTHING
    counts.reach[rows[staged], np.where(is_planted, 0, 1)[staged], reach[staged]] += 1
    if groups:
        nodes = block.nodes[groups[0]]
        at_node = node[groups[0]]
        counts.grouped.append(
            _Grouped(rows, statement, np.where(value == 0, 1.0, -1.0), nodes.shift[at_node], nodes.noise[at_node])
        )
    else:
        counts.theta.append((rows, statement, value))
    for j in component.reports_on(fact):
        wrong = (value != problem.reports.value[j]).astype(np.intp)
        counts.reliability[rows, wrong, problem.reports.reliability_of[j, state]] += 1
    if problem.is_silent[fact]:
        missed = value == 0
        counts.detection[rows[missed], 1, problem.detection_of[fact, state[missed]]] += 1


def _update(values: Distributions, counts: Integers, drawn: Floats, rng: np.random.Generator) -> None:
    """Draw anew, in place, each Beta that has successes or failures, shape (n, 2, ·)."""
    rows, column = np.nonzero(counts.any(axis=1) & ~values.is_point)
    alpha = values.alpha[column] + counts[rows, 0, column]
    drawn[rows, column] = rng.beta(alpha, values.beta[column] + counts[rows, 1, column])


def _update_theta(problem: Problem, rng: np.random.Generator, counts: _Counts, theta: Floats) -> None:
    for rows, statement, value in counts.theta:
        concentration = problem.statements.concentration[statement]
        concentration[np.arange(len(rows)), value] += 1
        theta[rows, statement] = np.exp(log_dirichlet(rng, concentration, problem.statements.fixed[statement]))


def _update_grouped(problem: Problem, rng: np.random.Generator, grouped: Sequence[_Grouped], theta: Floats) -> None:
    """Draw the θ of all members of all groups, all at once."""
    if not grouped:
        return
    rows, statement, sign, shift, noise = (
        np.concatenate([getattr(each, name) for each in grouped]) for name in _Grouped.__dataclass_fields__
    )
    pairs = problem.statements.pairs
    free = ~pairs.is_point[statement]
    rows, statement, sign, shift, noise = rows[free], statement[free], sign[free], shift[free], noise[free]
    first = draw_theta(pairs[statement], theta[rows, statement, 0], sign, shift, noise, rng)
    theta[rows, statement, 0], theta[rows, statement, 1] = first, 1 - first


def draw_theta(  # noqa: PLR0913, PLR0917
    values: Distributions, proposed: Floats, sign: Floats, shift: Floats, noise: Floats, rng: np.random.Generator
) -> Floats:
    """Draw θ with density ∝ Beta(θ) Φ(sign (Φ⁻¹(θ) + shift) / noise), each with its own; shape (n,).

    By rejection from the Beta, which is exact and needs few proposals where the truth was to be expected.

    Parameters
    ----------
    values : Distributions of length n
        Betas, no points.
    proposed : ndarray, shape (n,)
        The first proposal, a draw from each.
    """
    drawn, left = proposed.copy(), np.arange(len(proposed))
    for _ in range(ROUNDS):
        chance = conditional(sign[left] * special.ndtri(drawn[left]), sign[left] * shift[left], noise[left])
        left = left[rng.random(len(left)) >= chance]
        if len(left) == 0:
            return drawn
        drawn[left] = rng.beta(values.alpha[left], values.beta[left])
    key = np.stack([values.alpha[left], values.beta[left]])
    _, first, same = np.unique(key, axis=1, return_index=True, return_inverse=True)
    for number, each in enumerate(first):
        rows = left[same.ravel() == number]
        drawn[rows] = _by_inversion(values[left[each : each + 1]], sign[rows], shift[rows], noise[rows], rng)
    return drawn


def _by_inversion(value: Distributions, sign: Floats, shift: Floats, noise: Floats, rng: np.random.Generator) -> Floats:
    """Draw θ by inversion on a fine grid in Φ⁻¹(θ)."""
    rule = probit_rule(value, 0.25 * probit_smoothness(value))
    nodes, weights = rule.nodes[0], rule.weights[0]
    side = sign[:, None]
    chance = special.log_ndtr(side * (nodes + shift[:, None]) / noise[:, None])  # both may be beyond what Φ resolves
    with np.errstate(divide="ignore"):
        log_density = np.log(weights) + chance
    cumulative = np.cumsum(np.exp(log_density - log_density.max(axis=1, keepdims=True)), axis=1)
    target = rng.random(len(sign)) * cumulative[:, -1]
    place = np.minimum((cumulative < target[:, None]).sum(axis=1), len(nodes) - 1)
    return np.asarray(special.ndtr(nodes[place] + rule.step[0] * (rng.random(len(sign)) - 0.5)))
