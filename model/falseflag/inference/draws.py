"""Draws of everything that the analyst is unsure of, and the likelihood of the evidence at given values of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from functools import partial
from threading import Event

import numpy as np
from scipy import special

from falseflag.arrays import Floats, Integers, Mask, log_dirichlet
from falseflag.errors import RequestError
from falseflag.inference.exact.group_nodes import CROWD, PANEL, SMALLEST_NOISE, STEEP
from falseflag.inference.exact.quadrature import conditional, gauss_legendre
from falseflag.problem import NOTHING, Problem

FURTHEST_PANEL = 9.0
"""Panels run from minus this to this."""

CACHED = 40_000
"""Elements of an array that stays in a processor's cache."""

REACH, FARTHEST_REACH = 4.8, 38.0
"""The grid in z runs from minus this to this at first, and at the most."""

EDGE = 1e-5
"""The integrand at the ends of the grid is below this share of the integral, or the grid is widened."""

DIGITS = 10.0
"""Minus the log of the trapezoid rule's error."""

COARSEST = 0.9
"""Largest spacing of the grid."""

LOWEST = -1e6
"""Logs of likelihoods are held above this, so that differences of two impossibilities are numbers."""

MOST_EVALUATIONS = 6e9
"""Statements × nodes × draws that are computed at most: a minute or two."""


MOST_OF_FACTS = 3e8
"""Statements × nodes × draws that the facts of a group are computed from at most: some seconds."""

STRIDES = (1, 2, 4, 5, 10, 20, 25, 50)
"""Of how many draws the facts of a large group are computed at one, the first that will do."""

MOST_NUMBERS = 200_000_000
"""Draws × what a draw holds, for the prior and for the posterior: 1.6 GB."""


@dataclass(frozen=True)
class Draws:
    """n draws of φ and what follows from them; shapes as in `falseflag.problem.Problem`.

    Parameters
    ----------
    weights : ndarray, shape (n, B, ·)
        Of the alternatives of each branching.
    theta : ndarray, shape (n, T, K)
        Probability of each value under each likelihood statement; 0 beyond an indicator's own values.
    reach : ndarray, shape (n, Q)
    detection : ndarray, shape (n, D)
    reliability : ndarray, shape (n, R)
    correlation : ndarray, shape (n, C)
    log_ratio : ndarray, shape (n, L)
    prior : ndarray, shape (n, S)
        π_s.
    probability : ndarray, shape (n, S)
        P_s(φ), the posterior probability of each state were φ known; in draws from the prior π_s.
    facts : dict
        P(v_i | x, φ) of indicators, once they have been computed, see `fact_draws`.
    """

    weights: Floats
    theta: Floats
    reach: Floats
    detection: Floats
    reliability: Floats
    correlation: Floats
    log_ratio: Floats
    prior: Floats
    probability: Floats
    facts: dict[int, Floats] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        """Count the draws."""
        return len(self.prior)

    def __getitem__(self, rows: Integers | slice) -> Draws:
        """Select draws."""
        return Draws(*(getattr(self, each.name)[rows] for each in fields(self) if each.name != "facts"))

    def of(self, members: Mask | Sequence[Mask]) -> Floats:
        """Return P_A(φ) of a set of states, shape (n,), or of several, shape (n, sets)."""
        return np.asarray(self.probability @ np.asarray(members, dtype=float).T)

    def thinned(self, most: int) -> Draws:
        """Return at most so many of the draws, evenly spaced."""
        if len(self) <= most:
            return self
        return self[np.linspace(0, len(self) - 1, most).astype(np.intp)]


def check_number(problem: Problem, draws: int) -> None:
    """Refuse more draws than memory is likely to hold, with the number that would do.

    Raises
    ------
    RequestError
        With that number.
    """
    each = 2 * len(problem.states) + problem.weights.fixed.size + problem.statements.fixed.size
    each += len(problem.reach) + len(problem.detection) + len(problem.reliability)
    each += len(problem.correlation) + len(problem.ratios)
    held = 2 * each  # from the prior and from the posterior
    if draws * held > MOST_NUMBERS:
        raise RequestError(
            f"{draws:,} draws of a case of this size amount to {draws * held:,} numbers, and at most {MOST_NUMBERS:,} "
            f"are kept; ask for at most {MOST_NUMBERS // held:,} in all, with --draws and --chains"
        )


def draw_prior(problem: Problem, rng: np.random.Generator, draws: int) -> Draws:
    """Draw φ from what was elicited; `probability` is then π_s, the answer before the evidence."""
    log_weights = log_dirichlet(rng, problem.weights.concentration, problem.weights.fixed, draws)
    prior = np.exp(problem.sum_over_branchings(log_weights))
    prior /= prior.sum(axis=1, keepdims=True)
    return Draws(
        weights=np.exp(log_weights),
        theta=problem.statements.sample(rng, draws),
        reach=problem.reach.sample(rng, draws),
        detection=problem.detection.sample(rng, draws),
        reliability=problem.reliability.sample(rng, draws),
        correlation=problem.correlation.sample(rng, draws),
        log_ratio=problem.ratios.sample(rng, draws),
        prior=prior,
        probability=prior,
    )


def normalise(log_terms: Floats) -> Floats:
    """Turn unnormalised log probabilities into probabilities along the last axis."""
    terms = np.exp(log_terms - log_terms.max(axis=-1, keepdims=True))
    return np.asarray(terms / terms.sum(axis=-1, keepdims=True))


def fact_draws(problem: Problem, draws: Draws, indicator: int) -> Floats:
    """Return P(v_i | x, φ) of each value of an indicator, shape (n, values); computed once for the same draws."""
    if indicator not in draws.facts:
        draws.facts[indicator] = _fact_draws(problem, draws, indicator)
    return draws.facts[indicator]


def _fact_draws(problem: Problem, draws: Draws, indicator: int) -> Floats:
    group = int(problem.group_of[indicator])
    if group == NOTHING:
        state, pattern_of = _patterns(problem, [indicator])
        terms = np.stack(_terms(problem, draws, indicator, state), axis=2)
        share = terms / np.maximum(terms.sum(axis=2, keepdims=True), 1e-300)
        by_pattern = np.zeros((len(draws), len(state)))
        for pattern in range(len(state)):
            by_pattern[:, pattern] = draws.probability[:, pattern_of == pattern].sum(axis=1)
        return np.asarray((by_pattern[:, :, None] * share).sum(axis=1))
    draws.facts.update(_grouped_facts(problem, draws, group))
    return draws.facts[indicator]


def _grouped_facts(problem: Problem, draws: Draws, group: int) -> dict[int, Floats]:
    """Return P(v_i | x, φ) of every member of a dependence group; of a large one at evenly spaced draws only."""
    members = np.flatnonzero(problem.group_of == group)
    some, laid_out = draws, _Group.of(problem, draws, members)
    strides = [stride for stride in STRIDES if len(draws) % stride == 0]
    stride = next((stride for stride in strides if laid_out.work / stride <= MOST_OF_FACTS), strides[-1])
    if stride > 1:
        some = draws[::stride]
        laid_out = _Group.of(problem, some, members)
    first = laid_out.first_values(Event())[:, laid_out.pattern_of]
    found = {}
    for m, fact in enumerate(members.tolist()):
        share = (some.probability * first[:, :, m]).sum(axis=1)
        found[fact] = np.stack([share, 1 - share], axis=1)
    return found


def log_scores(problem: Problem, draws: Draws, indicators: Sequence[int] | None = None) -> Floats:
    """Return log P(evidence | s, φ) of each draw and state, shape (n, S).

    Parameters
    ----------
    problem : Problem
    draws : Draws
        Of which all but `prior` and `probability` are used.
    indicators : sequence of int, optional
        Count the evidence on these alone; a group's members must be given together.

    Raises
    ------
    RequestError
        If it would take too long.
    """
    wanted = np.flatnonzero(problem.is_evidence)
    if indicators is not None:
        wanted = wanted[np.isin(wanted, indicators)]
    total = np.zeros((len(draws), len(problem.states)))
    group_of = problem.group_of[wanted]
    for fact in wanted[group_of == NOTHING]:
        total += _ungrouped(problem, draws, int(fact))
    groups = [wanted[group_of == g] for g in np.unique(group_of[group_of != NOTHING])]
    for logs in _of_groups(problem, draws, groups):
        total += logs
    return np.maximum(total, LOWEST)


def _patterns(problem: Problem, facts: Sequence[int]) -> tuple[Integers, Integers]:
    """Return one state of each set of states that take the same of some facts, and which set each state is in."""
    at = list(facts)
    reports = np.isin(problem.reports.indicator, at)
    tables = (problem.own_of, problem.blamed_of, problem.reach_of, problem.detection_of, problem.ratio_of)
    rows = [table[at] for table in tables] + [problem.reports.reliability_of[reports]]
    group = int(problem.group_of[at[0]])
    if group != NOTHING:
        rows.append(problem.correlation_of[[group]])
    _, state, of = np.unique(np.concatenate(rows), axis=1, return_index=True, return_inverse=True)
    return state, of.ravel()


def _ungrouped(problem: Problem, draws: Draws, fact: int) -> Floats:
    if problem.has_ratios[fact]:
        return np.asarray(draws.log_ratio[:, problem.ratio_of[fact]])
    state, pattern_of = _patterns(problem, [fact])
    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log(sum(_terms(problem, draws, fact, state))), LOWEST)
    return np.asarray(logs[:, pattern_of])


def _terms(problem: Problem, draws: Draws, fact: int, state: Integers) -> list[Floats]:
    """Return P(v, what was observed) of each value of an ungrouped fact, shape (n, P)."""
    own, q, blamed = _staged(problem, draws, fact, state)
    terms = []
    for v, told in enumerate(told_of(problem, draws, fact, state)):
        truth = draws.theta[:, own, v]
        terms.append((truth + q * (draws.theta[:, blamed, v] - truth)) * told)
    return terms


def _staged(problem: Problem, draws: Draws, fact: int, state: Integers) -> tuple[Integers, Floats, Integers]:
    """Return the own statement, the chance that staging takes, shape (n, P), and the blamed statement."""
    own, q, blamed = problem.staging(fact, state, draws.reach)
    return own, np.atleast_2d(q), blamed


def told_of(problem: Problem, draws: Draws, fact: int, state: Integers) -> list[Floats]:
    """Return for each value of a fact the probability of what was observed, at given states; shape (n, P) each."""
    size = len(problem.values[fact])
    found = [np.ones((len(draws), len(state))) for _ in range(size)]
    for j in np.flatnonzero(problem.reports.indicator == fact):
        right = draws.reliability[:, problem.reports.reliability_of[j, state]]
        for v in range(size):
            found[v] *= right if v == problem.reports.value[j] else (1 - right) / (size - 1)
    if problem.is_silent[fact]:
        found[0] *= 1 - draws.detection[:, problem.detection_of[fact, state]]
    return found


@dataclass(frozen=True)
class _Group:
    """What the likelihood of a dependence group follows from: M members, P patterns, n draws.

    Parameters
    ----------
    own, blamed : list of ndarray, shape (n, P)
        Φ⁻¹(θ) of each member's statements; `blamed` is None where no state stages it.
    q : list of ndarray, shape (n, P)
    told : list of (ndarray, ndarray), shape (n, P) each
        Probability of what was observed of each member where it has the first value, and the second.
    correlation : ndarray, shape (n, P)
    """

    pattern_of: Integers
    own: list[Floats]
    blamed: list[Floats | None]
    q: list[Floats]
    told: list[tuple[Floats, Floats]]
    correlation: Floats

    @classmethod
    def of(cls, problem: Problem, draws: Draws, members: Integers) -> _Group:
        state, pattern_of = _patterns(problem, members.tolist())
        probit = special.ndtri(draws.theta[:, :, 0]).clip(-38, 38)
        own, blamed, chances, told = [], [], [], []
        for fact in members:
            own_at, q, blamed_at = _staged(problem, draws, int(fact), state)
            own.append(probit[:, own_at])
            blamed.append(probit[:, blamed_at] if (problem.reach_of[fact, state] != NOTHING).any() else None)
            chances.append(q)
            first, second = told_of(problem, draws, int(fact), state)
            told.append((first, second))
        group = int(problem.group_of[members[0]])
        return cls(pattern_of, own, blamed, chances, told, draws.correlation[:, problem.correlation_of[group, state]])

    @property
    def width(self) -> Floats:
        """Width in z of the steepest rise that a draw can have, shape (n,)."""
        return np.asarray(np.sqrt((1 - self.correlation) / np.maximum(self.correlation, 1e-12)).min(axis=1))

    @property
    def steps(self) -> Floats:
        """Spacing of the grid in z that each draw asks for, shape (n,)."""
        width = np.maximum(self.width, STEEP)
        return np.minimum(COARSEST, np.pi * np.sqrt(2 / (DIGITS * (1 + len(self.own) / width**2))))

    @property
    def work(self) -> float:
        """About how many statements × nodes × draws there are."""
        return float((2 * REACH / self.steps).sum() * len(self.own) * self.correlation.shape[1])

    def log_likelihood(self, stop: Event) -> Floats:
        """Integrate over z for each draw, shape (n, S)."""
        return self._integrated(stop)[:, self.pattern_of]

    def first_values(self, stop: Event) -> Floats:
        """Return the probability that each member has its first value, given the evidence, shape (n, P, M)."""
        shares = np.zeros((*self.correlation.shape, len(self.own)))
        self._integrated(stop, shares)
        return shares

    def _integrated(self, stop: Event, shares: Floats | None = None) -> Floats:
        """Return log likelihoods, shape (n, P); draws that ask for like spacings share a grid. Fill in `shares`."""
        out = np.full(self.correlation.shape, LOWEST)
        steep = self.width < STEEP
        for rows, step in _alike(self.steps, ~steep):
            reach, left = REACH, rows
            while len(left) and not stop.is_set():
                z = step * np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1)
                short = self._integrate(left, partial(_equally_spaced, z, step), len(z), out, stop, shares)
                left = left[short & (reach < FARTHEST_REACH)]
                reach *= 1.6
        if steep.any():
            size = PANEL * (2 * len(self.own) * len(CROWD) + 2 * int(FURTHEST_PANEL))
            self._integrate(np.flatnonzero(steep), self._panels, size, out, stop, shares)
        return out

    def _panels(self, part: Integers) -> tuple[Floats, Floats]:
        """Return nodes and weights that crowd where the members' probabilities rise, shape (n, P, Z) each."""
        rho = self.correlation[part][:, :, None]
        width = np.sqrt(np.maximum(1 - rho, SMALLEST_NOISE**2) / rho)
        probits = [each[part] for each in (*self.own, *self.blamed) if each is not None]
        rises = -np.stack(probits, axis=2) / np.sqrt(rho)
        crowd = (rises[..., None] + (width * CROWD)[:, :, None, :]).reshape(*rho.shape[:2], -1)
        evenly = np.linspace(-FURTHEST_PANEL, FURTHEST_PANEL, 2 * int(FURTHEST_PANEL) + 1)
        ends = np.concatenate([np.broadcast_to(evenly, (*rho.shape[:2], len(evenly))), crowd], axis=2)
        ends = np.sort(ends.clip(-FURTHEST_PANEL, FURTHEST_PANEL), axis=2)
        x, w = gauss_legendre(PANEL)
        half, middle = np.diff(ends) / 2, (ends[..., 1:] + ends[..., :-1]) / 2
        shape = (*rho.shape[:2], -1)
        return (middle[..., None] + half[..., None] * x).reshape(shape), (half[..., None] * w).reshape(shape)

    def _integrate(  # noqa: PLR0913, PLR0917
        self,
        rows: Integers,
        rule: Callable[[Integers], tuple[Floats, Floats | float]],
        nodes: int,
        out: Floats,
        stop: Event,
        shares: Floats | None,
    ) -> Mask:
        """Fill in the log likelihoods of some draws; return for which of them the range of z is too short."""
        short = np.zeros(len(rows), dtype=bool)
        size = max(1, CACHED // (nodes * out.shape[1]))
        for start in range(0, len(rows), size):
            if stop.is_set():
                break
            part = rows[start : start + size]
            z, weight = rule(part)
            ratios: list[Floats] | None = None if shares is None else []
            product, log_scale = self._product(part, z, ratios)
            product = product * (weight * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
            whole = product.sum(axis=2)
            edge = np.maximum(product[:, :, 0], product[:, :, -1])
            short[start : start + size] = (edge > EDGE * whole).any(axis=1)
            with np.errstate(divide="ignore"):
                out[part] = np.maximum(np.log(whole) + log_scale, LOWEST)
            if shares is not None and ratios is not None:
                for m, ratio in enumerate(ratios):
                    shares[part, :, m] = (product * ratio).sum(axis=2) / np.where(whole > 0, whole, 1.0)
        return short

    def _product(self, part: Integers, z: Floats, ratios: list[Floats] | None = None) -> tuple[Floats, Floats]:
        """Return the product over the members at each node, shape (n, P, Z), over a scale, whose log is (n, P).

        `ratios` takes, for each member, the share of its factor that goes back to its first value.
        """
        rho = self.correlation[part][:, :, None]
        noise, shift = np.sqrt(np.maximum(1 - rho, SMALLEST_NOISE**2)), np.sqrt(rho) * z
        product, log_scale = np.ones((1, 1, 1)), np.zeros((1, 1))
        for number, (own, blamed, q, (first, second)) in enumerate(
            zip(self.own, self.blamed, self.q, self.told, strict=True), start=1
        ):
            # E[second + (first - second) 1(first value)]; each tail from the side that keeps its digits
            first_at, second_at = first[part][:, :, None], second[part][:, :, None]
            factor = _mixed(own[part], first_at, second_at, shift, noise)
            if blamed is not None:
                chance = np.broadcast_to(q, self.correlation.shape)[part][:, :, None]
                factor = factor + chance * (_mixed(blamed[part], first_at, second_at, shift, noise) - factor)
            if ratios is not None:
                first_value = first_at * conditional(own[part][:, :, None], shift, noise)
                if blamed is not None:
                    as_blamed = first_at * conditional(blamed[part][:, :, None], shift, noise)
                    first_value = first_value + chance * (as_blamed - first_value)
                ratios.append(first_value / np.where(factor > 0, factor, 1.0))
            product = product * factor
            if number % 8 == 0:
                top = product.max(axis=2)
                top = np.where(top > 0, top, 1.0)
                product, log_scale = product / top[:, :, None], log_scale + np.log(top)
        return product, log_scale


def _mixed(probit: Floats, first: Floats, second: Floats, shift: Floats, noise: Floats) -> Floats:
    """Return second + (first - second) P(first value | z), from the side that keeps its digits."""
    at = probit[:, :, None]
    upwards = first >= second
    if upwards.all():
        return np.asarray(second + (first - second) * conditional(at, shift, noise))
    lower = first + (second - first) * conditional(-at, -shift, noise)
    if not upwards.any():
        return np.asarray(lower)
    return np.where(upwards, second + (first - second) * conditional(at, shift, noise), lower)


def _equally_spaced(z: Floats, step: float, _rows: Integers) -> tuple[Floats, float]:
    return z, step


def _alike(steps: Floats, some: Mask) -> Iterator[tuple[Integers, float]]:
    """Yield some of the draws, those whose spacings are within a factor of 0.7 of each other, with the smallest."""
    magnitude = np.floor(np.log(steps / COARSEST) / np.log(0.7) + 1e-9)
    for each in np.unique(magnitude[some]):
        rows = np.flatnonzero(some & (magnitude == each))
        yield rows, float(steps[rows].min())


def _of_groups(problem: Problem, draws: Draws, groups: Sequence[Integers]) -> Iterator[Floats]:
    """Yield each group's log likelihoods, shape (n, S); an interrupt ends all that are being computed."""
    laid_out = [_Group.of(problem, draws, members) for members in groups]
    work = sum(group.work for group in laid_out)
    if work > MOST_EVALUATIONS:
        raise RequestError(
            f"{len(draws):,} draws of a case with dependence groups of this size would need about {work:.2g} "
            f"evaluations, and at most {MOST_EVALUATIONS:.2g} are made; ask for fewer draws with --draws, or give a "
            "group fewer indicators or statements"
        )
    stop = Event()
    pool = ThreadPoolExecutor(os.cpu_count())  # NumPy lets go of the interpreter while it computes
    try:
        yield from pool.map(lambda group: group.log_likelihood(stop), laid_out)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
