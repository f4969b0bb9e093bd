"""The exact answer: probabilities of states given the evidence, and all that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import special

from falseflag.arrays import Floats, Integers, Mask
from falseflag.errors import RequestError
from falseflag.inference.draws import normalise
from falseflag.inference.exact.contraction import Factor, contract
from falseflag.inference.exact.factors import AT_ONCE, Block, Component, Evidence, Factors, log_of
from falseflag.inference.exact.quadrature import conditional
from falseflag.problem import NOTHING, Problem


@dataclass(frozen=True)
class ExactPosterior:
    """P(s | x) of every state, with the factors that it follows from.

    Parameters
    ----------
    problem : Problem
    factors : Factors
    """

    problem: Problem
    factors: Factors

    @classmethod
    def of(cls, problem: Problem, evidence: Evidence | None = None) -> ExactPosterior:
        """Answer a problem; of all its evidence, unless told otherwise.

        Raises
        ------
        RequestError
            If it is too large, or if the evidence has probability 0 in every state.
        """
        found = cls(problem, Factors.of(problem, evidence))
        if not np.isfinite(found.log_scores.max()):
            raise RequestError(_contradiction(found.factors))
        return found

    @cached_property
    def log_scores(self) -> Floats:
        """Log of prior times likelihood of each state, shape (S,)."""
        return self.problem.log_prior + self.factors.log_likelihood

    @cached_property
    def states(self) -> Floats:
        """P(s | x), shape (S,)."""
        return normalise(self.log_scores)

    @property
    def log_evidence(self) -> float:
        """Log of the probability of all the evidence, log m(x)."""
        return float(np.logaddexp.reduce(self.log_scores))

    @cached_property
    def leaves(self) -> Floats:
        """P(h | x) of each leaf, shape (H,)."""
        return np.minimum(self.problem.leaf_membership @ self.states, 1.0)  # sums may round to above 1

    @cached_property
    def nodes(self) -> Floats:
        """P of each node of the tree, shape (V,)."""
        return np.minimum(self.problem.node_membership @ self.states, 1.0)

    def of_set(self, members: Mask) -> float:
        """Return P(A | x) of a set of states."""
        return min(1.0, float(members @ self.states))

    def _expected(self, component: Component, log_with: Floats, members: Mask | None = None) -> float:
        """Return the factor by which P(x, A) changes if a component's log likelihood becomes `log_with`, shape (P,)."""
        with np.errstate(invalid="ignore"):
            gain = np.exp(log_with - component.log_likelihood_by_pattern)
        each = self.states * np.nan_to_num(gain[component.pattern_of])
        return float(each.sum() if members is None else each[members].sum())

    def fact(self, indicator: int) -> Floats:
        """Return P(v_i | x) of each value of an indicator, shape (values,)."""
        problem = self.problem
        size = len(problem.values[indicator])
        component = self.factors.component_of.get(indicator)
        if component is None:
            return _fact_given(problem, indicator, self.states)
        logs = component.log_with(indicator, [{"value": v} for v in range(size)])
        found = np.array([self._expected(component, each) for each in logs])
        return np.asarray(found / found.sum())

    def reliability(self, number: int) -> float:
        """Return E[r | x, s in A] of a reliability, A being the states that take it; NaN where A is ruled out."""
        problem, reports = self.problem, self.problem.reports
        active = np.flatnonzero(self.factors.evidence.reports & (reports.reliability_of == number).any(axis=1))
        prior = float(problem.reliability.mean[number])
        if not len(active) or problem.reliability.is_point[number]:
            return prior
        members = reports.reliability_of[active[0]] == number
        whole = self.of_set(members)
        if whole == 0:
            return float("nan")
        component = self.factors.component_of[int(reports.indicator[active[0]])]
        slot = int(reports.slot[active[0]])
        if slot in component.slots:
            logs = _weighted(component, slot)
        else:
            logs = component.log_with(int(reports.indicator[active[0]]), [{"weighted": int(active[0])}])[0]
        return self._expected(component, logs, members) / whole

    def planted(self, entry: int, indicator: int) -> float:
        """Return P(staged by an entry, and the fact drawn from the blamed statement | x)."""
        members = self.problem.entry_of == entry
        component = self.factors.component_of[indicator]
        return self._expected(component, component.log_with(indicator, [{"planted": True}])[0], members)


def prior_of_fact(problem: Problem, indicator: int) -> Floats:
    """Return P(v_i) of each value of an indicator before any evidence, shape (values,)."""
    return _fact_given(problem, indicator, problem.prior / problem.prior.sum())


def _fact_given(problem: Problem, indicator: int, states: Floats) -> Floats:
    """Return the probability of each value of an indicator of which nothing is observed, given those of the states."""
    own, q, blamed = problem.staging(indicator, np.arange(len(states)), problem.reach.mean)
    mean, size = problem.statements.mean, len(problem.values[indicator])
    by_state = (1 - q)[:, None] * mean[own] + q[:, None] * mean[blamed]
    return np.asarray(states @ by_state[:, :size])


def _weighted(component: Component, slot: int) -> Floats:
    """Return log E[r P(evidence)] of a shared reliability, shape (P,)."""
    out = np.empty(len(component.state))
    axis = len(component.groups) + component.slots.index(slot)
    for block in component.blocks:
        nodes = component.reliabilities(block, 1)[slot][0]
        factors = [*component.factors(block, more=1), Factor((axis,), nodes)]
        table, log_scale = contract(factors, component.vertex_weights(block, 1))
        out[block.patterns] = log_of(table, log_scale)
    return out


def _contradiction(factors: Factors) -> str:
    """Name reports that cannot be so together, as few as are easily found."""
    problem, evidence = factors.problem, factors.evidence
    kept = evidence
    for indicator in np.flatnonzero(problem.is_evidence):
        fewer = kept.without(problem, indicators=[int(indicator)])
        if not np.isfinite((problem.log_prior + Factors.of(problem, fewer).log_likelihood).max()):
            kept = fewer
    left = set(problem.reports.indicator[kept.reports].tolist())
    left |= {i for i in np.flatnonzero(problem.is_other).tolist() if kept.others[i]}
    names = ", ".join(f"'{problem.indicators[i]}'" for i in sorted(left))
    return (
        f"What is observed of {names}{', taken together,' if len(left) > 1 else ''} has probability 0 under every "
        "hypothesis and circumstance; a statement that is 'impossible' or 'certain' rules it out"
    )


@dataclass(frozen=True, slots=True)
class Surprise:
    """How unusual the evidence is under the case's own prior.

    Parameters
    ----------
    p : float
        Share of simulated sets of reports that are no more probable than the real one.
    error : float
        Its standard error.
    """

    p: float
    error: float


BLAS = 10
"""How many entries of a product of matrices cost as much as one of two vectors."""

SIMULATED = 1000
"""Simulated sets of reports."""


def surprise(exact: ExactPosterior, rng: np.random.Generator, simulated: int = SIMULATED) -> Surprise:
    """Simulate sets of reports from the prior and compare their probability with that of the real one.

    Stated ratios are left out of both; a silent indicator may be heard of.
    """
    problem, factors = exact.problem, exact.factors
    if problem.is_other.any():
        factors = Factors.of(problem, replace(Evidence.all_of(problem), others=problem.is_silent))
    reports, heard = simulate(problem, rng, simulated)
    total = np.repeat(problem.log_prior[None], simulated, axis=0)
    for component in factors.components:
        total += _log_likelihoods(component, reports, heard)
    real = np.logaddexp.reduce(problem.log_prior + factors.log_likelihood)
    p = float((np.logaddexp.reduce(total, axis=1) <= real + np.log1p(1e-9)).mean())
    return Surprise(p, float(np.sqrt(p * (1 - p) / simulated)))


def _log_likelihoods(component: Component, reports: Integers, heard: Mask) -> Floats:
    """Return the log likelihood of each simulated set of reports in each state, shape (n, S)."""
    out = np.empty((len(reports), len(component.state)))
    for block in component.blocks:
        tables = [_simulated_item(component, item, block, reports, heard) for item in component.items]
        weights = component.slot_weights(block)
        entries = len(block.patterns) * np.prod([float(weight.shape[1]) for weight in weights.values()])
        size = max(1, int(AT_ONCE // entries))
        for start in range(0, len(reports), size):
            rows = slice(start, start + size)
            factors = [Factor(axes, table[which[rows]]) for axes, table, _, which in tables]
            table, log_scale = contract(factors, weights)
            out[rows, block.patterns] = log_of(table, log_scale) + sum(
                scale[which[rows]] for _, _, scale, which in tables
            )
    return out[:, component.pattern_of]


def _simulated_item(
    component: Component, item: tuple[int, ...], block: Block, reports: Integers, heard: Mask
) -> tuple[tuple[int, ...], Floats, Floats, Integers]:
    """Return an item's axes, its tables and log scales for distinct reports on it, and which each simulation has."""
    told = np.concatenate([_told(component.problem, fact, reports, heard) for fact in item], axis=1)
    distinct, first, which = np.unique(told, axis=0, return_index=True, return_inverse=True)
    reports, heard, which = reports[first], heard[first], which.ravel()
    if len(item) > 1 and all(len(component.axes_of(fact)) == 1 for fact in item):
        return (), *_simulated_group(component, item, block, reports, heard), which
    found = [_observed(component, item, reports[k], heard[k]).item(item, block) for k in range(len(distinct))]
    table = np.stack([factor.table for factor, _ in found])
    return found[0][0].axes, table, np.stack([scale for _, scale in found]), which


def _simulated_group(
    component: Component, members: tuple[int, ...], block: Block, reports: Integers, heard: Mask
) -> tuple[Floats, Floats]:
    """Return a group's tables and log scales for each set of reports on it, shape (n, P) each.

    Products over either half of the members are made once for all that is reported of that half.
    """
    weight = component.vertex_weights(block)[component.groups.index(int(component.problem.group_of[members[0]]))]
    middle = len(members) // 2
    one, other = (_Half.of(component, half, block, reports, heard) for half in (members[:middle], members[middle:]))
    table = np.zeros((len(reports), len(block.patterns)))
    size = max(1, AT_ONCE // ((one.sets + other.sets) * len(block.patterns)))
    for start in range(0, weight.shape[1], size):
        nodes = slice(start, start + size)
        left, right = one.products(nodes) * weight[:, nodes], other.products(nodes)
        for p in range(len(block.patterns)):
            if one.sets * other.sets < BLAS * len(reports):
                table[:, p] += (left[:, p] @ right[:, p].T)[one.which, other.which]
            else:
                table[:, p] += np.einsum("nz,nz->n", left[one.which, p], right[other.which, p])
    return table, one.log_scale + other.log_scale


@dataclass(frozen=True, slots=True)
class _Half:
    """Tables of some members of a group for what is simulated of them.

    Parameters
    ----------
    tables : list of ndarray, shape (·, P, Z)
        For each member and each of its reports.
    at : ndarray of int, shape (members, K)
        Which of its tables each member has in each distinct set of reports.
    which : ndarray of int, shape (n,)
        Which set each simulation has.
    log_scale : ndarray, shape (n, P)
    """

    tables: list[Floats]
    at: Integers
    which: Integers
    log_scale: Floats

    @classmethod
    def of(cls, component: Component, members: tuple[int, ...], block: Block, reports: Integers, heard: Mask) -> _Half:
        tables, at, log_scale = [], [], np.zeros((len(reports), len(block.patterns)))
        for fact in members:
            _, some, each = np.unique(
                _told(component.problem, fact, reports, heard), axis=0, return_index=True, return_inverse=True
            )
            found = [_observed(component, (fact,), reports[k], heard[k]).factor(fact, block).table for k in some]
            top = np.maximum(np.max(found, axis=2), 1e-300)
            tables.append(np.array(found) / top[:, :, None])
            at.append(each.ravel())
            log_scale += np.log(top)[at[-1]]
        sets, which = np.unique(np.array(at), axis=1, return_inverse=True)
        return cls(tables, sets, which.ravel(), log_scale)

    @property
    def sets(self) -> int:
        """Number of distinct sets, K."""
        return int(self.at.shape[1])

    def products(self, nodes: slice) -> Floats:
        """Return the product over members at some nodes, shape (K, P, nodes)."""
        found = self.tables[0][self.at[0], :, nodes]
        for table, at in zip(self.tables[1:], self.at[1:], strict=True):
            found *= table[at, :, nodes]
        return np.asarray(found)


def _told(problem: Problem, fact: int, reports: Integers, heard: Mask) -> Integers:
    """Return what is simulated of a fact: what is reported of it, or whether it is heard of. Shape (n, ·)."""
    own = reports[:, problem.reports.indicator == fact]
    return np.concatenate([own, heard[:, [fact]]], axis=1) if problem.is_silent[fact] else own


def _observed(component: Component, facts: tuple[int, ...], reports: Integers, heard: Mask) -> Component:
    """Return the component with other reports on some facts."""
    problem = component.problem
    value = np.where(np.isin(problem.reports.indicator, facts), reports, problem.reports.value)
    return component.with_values(value, frozenset(fact for fact in facts if problem.is_silent[fact] and heard[fact]))


def simulate(problem: Problem, rng: np.random.Generator, draws: int) -> tuple[Integers, Mask]:
    """Draw states and φ from the prior, and what is then reported on the facts that are reported or silent.

    Returns
    -------
    reports : ndarray of int, shape (draws, J)
        The value that each report names.
    heard : ndarray of bool, shape (draws, N)
        Whether a silent indicator is heard of.
    """
    state = rng.choice(len(problem.states), size=draws, p=problem.prior / problem.prior.sum())
    theta = problem.statements.sample(rng, draws)
    reach, detection = problem.reach.sample(rng, draws), problem.detection.sample(rng, draws)
    reliability, correlation = problem.reliability.sample(rng, draws), problem.correlation.sample(rng, draws)
    z = rng.standard_normal((draws, max(len(problem.groups), 1)))
    rows = np.arange(draws)
    reports = np.empty((draws, len(problem.reports)), dtype=np.intp)
    heard = np.zeros((draws, len(problem.indicators)), dtype=bool)
    for fact in np.flatnonzero(problem.is_reported | problem.is_silent):
        own, blamed, chance = (t[fact, state] for t in (problem.own_of, problem.blamed_of, problem.reach_of))
        if len(problem.reach):
            staged = (chance != NOTHING) & (rng.random(draws) < reach[rows, chance])
            own = np.where(staged, blamed, own)
        probability = theta[rows, own]
        group = int(problem.group_of[fact])
        if group != NOTHING:
            rho = correlation[rows, problem.correlation_of[group, state]]
            probability = _given_z(probability, rho, z[:, group])
        value = (rng.random(draws)[:, None] > np.cumsum(probability, axis=1)[:, :-1]).sum(axis=1)
        size = len(problem.values[fact])
        for j in np.flatnonzero(problem.reports.indicator == fact):
            right = rng.random(draws) < reliability[rows, problem.reports.reliability_of[j, state]]
            other = (value + rng.integers(1, size, draws)) % size
            reports[:, j] = np.where(right, value, other)
        if problem.is_silent[fact]:
            heard[:, fact] = (value == 0) & (rng.random(draws) < detection[rows, problem.detection_of[fact, state]])
    return reports, heard


def _given_z(probability: Floats, correlation: Floats, z: Floats) -> Floats:
    noise = np.sqrt(np.maximum(1 - correlation, 1e-18))
    first = conditional(special.ndtri(probability[:, 0]), np.sqrt(correlation) * z, noise)
    return np.stack([first, 1 - first], axis=1)


def reliability_rows(problem: Problem) -> Mapping[int, tuple[str, str]]:
    """Return the source and the condition of each reliability that belongs to a declared source."""
    return {
        n: (name.owner, str(name.condition))
        for n, name in enumerate(problem.reliability_names)
        if name.what[:1] == ("sources",)
    }
