"""The second edition of the model by plain loops: what every engine is compared with.

Nothing of the package is used but the dataclasses of a case. States are enumerated one by one; within a state every
combination of the true values of coupled facts is enumerated too. Given those, each reliability integrates in closed
form, detections, reaches and ratios enter by their means, and what dependence groups have in common is integrated by
dense trapezoids. Slow, and meant for cases of some 40 states and some 6 coupled facts.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special

from falseflag.case.model import Case, Condition, Deception, Hypothesis, Indicator, Report, Statements
from falseflag.distributions import Beta, Dirichlet, Fixed, Judgement, LogNormal, Point

type Floats = NDArray[np.float64]

TAIL = 32.0
"""A density this many nats below its peak is left out."""
RULED_OUT = 1000.0
"""Decibans that stand for an infinite weight."""


@dataclass(frozen=True)
class State:
    """A leaf, the values of all circumstances, and the node of the deception entry by which it is staged, if it is."""

    leaf: str
    values: tuple[tuple[str, str], ...]
    staged: str
    prior: float

    @property
    def place(self) -> tuple[str, Mapping[str, str]]:
        return self.leaf, dict(self.values)


def below(node: str, above: str) -> bool:
    return above == "" or (node + ".").startswith(above + ".")


def narrowest(statements: Iterable[Condition], leaf: str, values: Mapping[str, str]) -> Condition:
    """Return the applying condition that every other applying one is implied by."""
    applying = [c for c in statements if below(leaf, c.node) and all(values.get(n) == v for n, v in c.values)]
    for one in applying:
        if all(below(one.node, c.node) and set(c.values) <= set(one.values) for c in applying):
            return one
    raise LookupError(f"no narrowest of {[str(c) for c in applying]} for {leaf} with {dict(values)}")


def mean(judgement: Judgement) -> float:
    """Return the mean of one number."""
    match judgement.distribution:
        case Beta(alpha, beta):
            return alpha / (alpha + beta)
        case Point(value):
            return value
        case LogNormal(mu, sigma):
            return math.exp(mu + sigma**2 / 2)
        case other:
            raise TypeError(other)


def means(judgement: Judgement) -> tuple[float, ...]:
    """Return the mean probability of each value."""
    match judgement.distribution:
        case Beta(alpha, beta):
            return alpha / (alpha + beta), beta / (alpha + beta)
        case Point(value):
            return value, 1 - value
        case Dirichlet(concentration):
            return tuple(c / sum(concentration) for c in concentration)
        case Fixed(probabilities):
            return tuple(probabilities)
        case other:
            raise TypeError(other)


def moment(judgement: Judgement, right: int, wrong: int) -> float:
    """Return E[r^right (1 − r)^wrong]."""
    match judgement.distribution:
        case Beta(alpha, beta):
            return math.exp(special.betaln(alpha + right, beta + wrong) - special.betaln(alpha, beta))
        case Point(value):
            return float(value**right * (1 - value) ** wrong)
        case other:
            raise TypeError(other)


# What the members of a dependence group have in common


@lru_cache(maxsize=512)
def correlation_nodes(distribution: Beta | Point) -> tuple[tuple[float, float, float], ...]:
    """Return nodes of ρ as (ρ, 1 − ρ, weight): a trapezoid in log odds over all of the density that counts."""
    if isinstance(distribution, Point):
        return ((distribution.value, 1 - distribution.value, 1.0),)
    t, weights = beta_trapezoid(distribution, 0.5, 0.3)
    extreme = np.abs(t) > 40  # correlations of 0 and 1, to all digits
    ends = [(end, weights[extreme & (np.sign(t) == end)].sum()) for end in (-1, 1)]
    t = np.append(t[~extreme], [40.0 * end for end, weight in ends if weight > 0])
    weights = np.append(weights[~extreme], [weight for _, weight in ends if weight > 0])
    return tuple(zip(special.expit(t), special.expit(-t), weights, strict=True))


def beta_trapezoid(beta: Beta, step: float, share: float) -> tuple[Floats, Floats]:
    """Return log odds and weights of a trapezoid for a Beta, with steps of at most a share of its spread."""
    a, b = beta.alpha, beta.beta

    def log_density(t: float | Floats) -> Floats:
        return -a * np.logaddexp(0, -t) - b * np.logaddexp(0, t)

    peak = math.log(a / b)
    floor = log_density(peak) - TAIL
    low = bisect(lambda t: log_density(t) - floor, peak, peak - 2 * TAIL / a - 20)
    high = bisect(lambda t: log_density(t) - floor, peak, peak + 2 * TAIL / b + 20)
    t = np.linspace(low, high, math.ceil((high - low) / min(step, share * spread_of(beta))) + 1)
    return t, np.exp(log_density(t) - special.betaln(a, b)) * (t[1] - t[0])


def bisect(function: Callable[[float], Floats], inside: float, outside: float) -> float:
    """Return where a function that is positive inside and negative outside changes its sign, roughly."""
    for _ in range(60):
        middle = (inside + outside) / 2
        if function(middle) > 0:
            inside = middle
        else:
            outside = middle
    return outside


type Steps = tuple[tuple[float, ...], float]
"""What makes terms in z steep: Φ⁻¹ of θ where it is a point, and a bound on the standard deviations of the others."""


def common_nodes(rho: float, rest: float, steps: Steps) -> tuple[Floats, Floats]:
    """Return nodes and weights of z: a trapezoid, or panels that close in on each point's step if ρ is so high."""
    points, width = steps
    steepness = math.sqrt(rest / max(rho, 1e-300))
    if points and steepness < 0.5:
        z, weights = panels([-point / math.sqrt(rho) for point in points], steepness)
    else:
        step = min(0.2, max(0.01, 0.35 * math.hypot(steepness, width)))
        count = math.ceil(8.5 / step)
        z = np.linspace(-8.5, 8.5, 2 * count + 1)
        weights = np.full(len(z), z[1] - z[0])
    return z, weights * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def panels(centres: Sequence[float], steepness: float) -> tuple[Floats, Floats]:
    """Return Gauss–Legendre nodes and weights on panels as narrow as the steps at their centres."""
    ends = np.concatenate([np.linspace(-8.5, 8.5, 69)] + [c + steepness * np.linspace(-9, 9, 13) for c in centres])
    ends = np.unique(np.clip(ends, -8.5, 8.5))
    x, w = np.polynomial.legendre.leggauss(10)
    half = np.diff(ends)[:, None] / 2
    return (ends[:-1, None] + half * (x + 1)).ravel(), (half * w).ravel()


def steps_of(thetas: Iterable[Beta | Point]) -> Steps:
    """Return what is steep about the terms of some statements."""
    points, spreads = set(), [1.0]
    for theta in thetas:
        if isinstance(theta, Beta):
            spreads.append(spread_of(theta) / 2)
        elif 0 < theta.value < 1:
            points.add(float(special.ndtri(theta.value)))
    narrowest_spread = next((bound for bound in (0.4, 0.15) if min(spreads) > bound), 0.0)
    return tuple(sorted(points)), narrowest_spread


def spread_of(beta: Beta) -> float:
    """Return the standard deviation of the log odds."""
    return math.sqrt(float(special.polygamma(1, beta.alpha) + special.polygamma(1, beta.beta)))


@lru_cache(maxsize=20_000)
def given_common(theta: Beta | Point, rho: float, rest: float, steps: Steps) -> Floats:
    """Return E[Φ((Φ⁻¹(θ) + √ρ z) / √(1 − ρ))] and that of the complement, at the nodes of z; shape (2, z)."""
    z, _ = common_nodes(rho, rest, steps)
    shift, scale = math.sqrt(rho) * z, math.sqrt(rest)
    if isinstance(theta, Point):
        at = (special.ndtri(theta.value) + shift) / scale
        return np.stack([special.ndtr(at), special.ndtr(-at)])
    if scale > 0.5:
        return by_theta(theta, shift, scale)
    return by_noise(theta, shift, scale)


def by_theta(theta: Beta, shift: Floats, scale: float) -> Floats:
    """Integrate over θ, by a trapezoid in its log odds."""
    t, weights = beta_trapezoid(theta, 0.5, 0.3)
    at = (np.where(t < 0, special.ndtri_exp(special.log_expit(t)), -special.ndtri_exp(special.log_expit(-t))))[:, None]
    at = (at + shift) / scale
    return np.stack([weights @ special.ndtr(at), weights @ special.ndtr(-at)])


def by_noise(theta: Beta, shift: Floats, scale: float) -> Floats:
    """Integrate over the noise of its own instead: P(√(1 − ρ) ε < Φ⁻¹(θ) + √ρ z), however steep the other way is."""
    epsilon = np.linspace(-8, 8, 2 * math.ceil(8 / min(0.4, max(0.2, 0.1 / scale))) + 1)
    weights = np.exp(-(epsilon**2) / 2) / math.sqrt(2 * math.pi) * (epsilon[1] - epsilon[0])
    first = weights @ exceeding(theta)(np.clip(scale * epsilon[:, None] - shift, -12, 12))
    return np.stack([first, 1 - first])


@lru_cache(maxsize=512)
def exceeding(theta: Beta) -> Callable[[Floats], Floats]:
    """Return P(Φ⁻¹(θ) > y) as a spline in y, which is some hundred times faster than the incomplete Beta function."""
    y = np.linspace(-12, 12, 2401)
    spline: Callable[[Floats], Floats] = interpolate.make_interp_spline(
        y, special.betaincc(theta.alpha, theta.beta, special.ndtr(y)), k=5
    )
    return spline


type Mixture = tuple[tuple[float, Beta | Point], ...]
"""Statements that a member of a group may be drawn from, with their chances (adding up to less than 1: in part)."""


@lru_cache(maxsize=4096)
def group_table(correlation: Beta | Point, members: tuple[Mixture, ...]) -> Floats:
    """Return the joint probability of the members' values, shape (2, 2, …), 0 being the first value."""
    total = np.zeros((2,) * len(members))
    steps = steps_of(theta for mixture in members for _, theta in mixture)
    for rho, rest, weight in correlation_nodes(correlation):
        _, weights = common_nodes(rho, rest, steps)
        terms = [
            np.sum([q * given_common(theta, rho, rest, steps) for q, theta in mixture], axis=0) for mixture in members
        ]
        for values in itertools.product((0, 1), repeat=len(members)):
            product = weight * weights
            for term, value in zip(terms, values, strict=True):
                product = product * term[value]
            total[values] += product.sum()
    return total


# States


def leaves_of(node: Hypothesis) -> Iterator[Hypothesis]:
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves_of(child)


def enumerate_states(case: Case) -> list[State]:
    """Return all states with their prior probabilities."""
    found = []
    for leaf, prior in leaf_priors(case.hypotheses):
        for values, chance in circumstance_values(case, leaf, (), 1.0):
            entry = next((e for e in case.deception.values() if below(leaf, e.node)), None)
            attempt = mean(entry.attempt) if entry else 0.0
            for staged, share in (("", 1 - attempt), (entry.node if entry else "", attempt)):
                if share > 0:
                    found.append(State(leaf, values, staged, prior * chance * share))
    return found


def leaf_priors(siblings: Sequence[Hypothesis], above: float = 1.0) -> Iterator[tuple[str, float]]:
    total = sum(node.weight for node in siblings)
    for node in siblings:
        here = above * node.weight / total
        if node.children:
            yield from leaf_priors(node.children, here)
        else:
            yield node.name, here


def circumstance_values(
    case: Case, leaf: str, before: tuple[tuple[str, str], ...], chance: float
) -> Iterator[tuple[tuple[tuple[str, str], ...], float]]:
    if len(before) == len(case.circumstances):
        yield before, chance
        return
    circumstance = list(case.circumstances.values())[len(before)]
    row = circumstance.probability[narrowest(circumstance.probability, leaf, dict(before))]
    for value, probability in zip(circumstance.values, means(row), strict=True):
        if probability > 0:
            yield from circumstance_values(case, leaf, (*before, (circumstance.name, value)), chance * probability)


# Evidence


@dataclass(frozen=True)
class Variant:
    """What is asked of a component beside its evidence.

    Parameters
    ----------
    open : str
        An indicator whose value is wanted though nothing was reported of it.
    planted : str
        An indicator of which only that part is counted in which it was drawn from the blamed statement.
    trusted : str
        A source by whose reliability the evidence is weighted.
    """

    open: str = ""
    planted: str = ""
    trusted: str = ""


NOTHING = Variant()


@dataclass
class Component:
    """Indicators that are coupled by sources and groups."""

    indicators: tuple[str, ...]
    groups: tuple[str, ...]
    cache: dict[Hashable, dict[tuple[int, ...], float]] = field(default_factory=dict)


@dataclass
class BruteForce:
    """Answers about one case."""

    case: Case

    @cached_property
    def states(self) -> list[State]:
        return enumerate_states(self.case)

    @cached_property
    def group_of(self) -> dict[str, str]:
        return {member: group.name for group in self.case.groups.values() for member in group.indicators}

    @cached_property
    def components(self) -> list[Component]:
        """Return the connected parts of the graph of indicators, shared sources and groups."""
        label = {name: name for name, indicator in self.case.indicators.items() if not indicator.ratios}
        links = [group.indicators for group in self.case.groups.values()]
        for source in self.case.sources:
            reporting = [
                name
                for name, indicator in self.case.indicators.items()
                if not indicator.ratios and any(r.source == source and r.reliability is None for r in indicator.reports)
            ]
            links.append(tuple(reporting))
        for link in links:
            joined = {label[name] for name in link}
            for name, old in label.items():
                if old in joined:
                    label[name] = min(joined)
        parts: dict[str, list[str]] = defaultdict(list)
        for name, root in label.items():
            parts[root].append(name)
        return [
            Component(
                tuple(names),
                tuple(g for g in self.case.groups if any(self.group_of.get(name) == g for name in names)),
            )
            for names in parts.values()
        ]

    def component_of(self, indicator: str) -> Component:
        return next(c for c in self.components if indicator in c.indicators)

    def statement(self, statements: Statements, state: State) -> Judgement:
        return statements[narrowest(statements, *state.place)]

    def entry(self, state: State) -> Deception | None:
        return self.case.deception[state.staged] if state.staged else None

    def blamed(self, state: State, entry: Deception) -> tuple[str, Mapping[str, str]]:
        feigned = dict(entry.blames.values)
        return entry.blames.node, {name: feigned.get(name, value) for name, value in state.values}

    def mixture(self, state: State, name: str, *, planted_only: bool) -> list[tuple[float, Judgement]]:
        """Return the likelihood statements that a state draws an indicator from, with their chances."""
        likelihood = self.case.indicators[name].likelihood
        own = likelihood[narrowest(likelihood, *state.place)]
        entry = self.entry(state)
        if entry is None or name not in entry.reach:
            return [] if planted_only else [(1.0, own)]
        reach = mean(entry.reach[name])
        planted = (reach, likelihood[narrowest(likelihood, *self.blamed(state, entry))])
        return [planted] if planted_only else [planted, (1 - reach, own)]

    def reliability(
        self, report: Report, indicator: str, index: int, state: State
    ) -> tuple[Hashable, Judgement] | None:
        """Return which variable a report hangs on in a state, and its distribution."""
        if report.reliability is not None:
            condition = narrowest(report.reliability, *state.place)
            return ("own", indicator, index, condition), report.reliability[condition]
        if not report.source:
            return None
        statements = self.case.sources[report.source].reliability
        if statements is None:
            return None
        condition = narrowest(statements, *state.place)
        return ("source", report.source, condition), statements[condition]

    def facts(self, component: Component, variant: Variant) -> list[str]:
        """Return the indicators whose values are enumerated."""
        return [
            name
            for name in component.indicators
            if self.case.indicators[name].reports or self.case.indicators[name].detection or name == variant.open
        ]

    def table(self, state: State, component: Component, variant: Variant) -> dict[tuple[int, ...], float]:
        """Return P(evidence, values of the facts | state) for a component, by the facts' values."""
        key = (self.key(state, component, variant), variant)
        if key not in component.cache:
            component.cache[key] = self._table(state, component, variant)
        return component.cache[key]

    def key(self, state: State, component: Component, variant: Variant) -> Hashable:
        """Return all that tells states apart as far as a component is concerned."""
        parts: list[Any] = []
        for name in component.indicators:
            parts.append(tuple((q, id(j)) for q, j in self.mixture(state, name, planted_only=name == variant.planted)))
            indicator = self.case.indicators[name]
            if indicator.detection:
                parts.append(id(self.statement(indicator.detection, state)))
            for index, report in enumerate(indicator.reports):
                parts.append((self.reliability(report, name, index, state) or [None])[0])
        parts += [id(self.statement(self.case.groups[g].correlation, state)) for g in component.groups]
        return tuple(parts)

    def _table(self, state: State, component: Component, variant: Variant) -> dict[tuple[int, ...], float]:
        names = self.facts(component, variant)
        indicators = [self.case.indicators[name] for name in names]
        joint = {g: self.joint(state, g, variant) for g in component.groups}
        alone = {name: self.alone(state, name, variant) for name in names if name not in self.group_of}
        table = {}
        for values in itertools.product(*(range(len(i.values)) for i in indicators)):
            at = dict(zip(names, values, strict=True))
            weight = math.prod(alone[name][at[name]] for name in alone)
            for group, probabilities in joint.items():
                weight *= self.marginal(group, probabilities, at)
            if weight > 0:
                weight *= self.heard(state, at) * self.reported(state, at, variant)
            table[values] = weight
        return table

    def joint(self, state: State, group: str, variant: Variant) -> Floats:
        """Return the joint probabilities of all members of a group in a state."""
        correlation = self.statement(self.case.groups[group].correlation, state).distribution
        members = tuple(
            tuple((q, two_valued(j)) for q, j in self.mixture(state, name, planted_only=name == variant.planted))
            for name in self.case.groups[group].indicators
        )
        assert isinstance(correlation, Beta | Point)
        if any(not member for member in members):
            return np.zeros((2,) * len(members))
        return group_table(correlation, members)

    def marginal(self, group: str, probabilities: Floats, at: Mapping[str, int]) -> float:
        """Sum over the members of which nothing is known."""
        members = self.case.groups[group].indicators
        return float(probabilities[tuple(at.get(name, slice(None)) for name in members)].sum())

    def alone(self, state: State, name: str, variant: Variant) -> list[float]:
        """Return the probabilities of the values of an indicator outside all groups."""
        total = [0.0] * len(self.case.indicators[name].values)
        for chance, judgement in self.mixture(state, name, planted_only=name == variant.planted):
            for value, probability in enumerate(means(judgement)):
                total[value] += chance * probability
        return total

    def heard(self, state: State, at: Mapping[str, int]) -> float:
        """Return the probability that nothing is heard of what is silent."""
        silence = 1.0
        for name, value in at.items():
            detection = self.case.indicators[name].detection
            if detection and value == 0:
                silence *= 1 - mean(self.statement(detection, state))
        return silence

    def reported(self, state: State, at: Mapping[str, int], variant: Variant) -> float:
        """Return the probability of the reports given the facts' values, all reliabilities integrated."""
        counts: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        priors: dict[Any, Judgement] = {}
        share = 1.0
        for name, value in at.items():
            indicator = self.case.indicators[name]
            for index, report in enumerate(indicator.reports):
                is_right = list(indicator.values)[value] == report.says
                found = self.reliability(report, name, index, state)
                if found is None:
                    share *= is_right
                    continue
                variable, priors[variable] = found
                counts[variable][not is_right] += 1
                if not is_right:
                    share /= len(indicator.values) - 1
        if variant.trusted:
            found = self.reliability(Report(variant.trusted, ""), "", 0, state)
            assert found is not None
            variable, priors[variable] = found
            counts[variable][0] += 1
        return share * math.prod(moment(priors[variable], *count) for variable, count in counts.items())

    # Sums over states

    @cached_property
    def totals(self) -> list[list[float]]:
        """Return P(evidence | state) by state and component."""
        return [[sum(self.table(s, c, NOTHING).values()) for c in self.components] for s in self.states]

    @cached_property
    def ratios(self) -> list[float]:
        """Return what reports stated as ratios contribute, by state."""
        stated = [i.ratios for i in self.case.indicators.values() if i.ratios]
        return [math.prod(mean(self.statement(ratios, s)) for ratios in stated) for s in self.states]

    @cached_property
    def weights(self) -> list[float]:
        """Return E[S_s]."""
        return [
            s.prior * ratio * math.prod(total)
            for s, ratio, total in zip(self.states, self.ratios, self.totals, strict=True)
        ]

    def share(self, holds: Callable[[State], bool]) -> float:
        return sum(w for s, w in zip(self.states, self.weights, strict=True) if holds(s)) / sum(self.weights)

    def prior_share(self, holds: Callable[[State], bool]) -> float:
        return sum(s.prior for s in self.states if holds(s))

    def replaced(self, component: Component, variant: Variant) -> list[dict[tuple[int, ...], float]]:
        """Return the weights of the states with a component's table in place of its total."""
        position = self.components.index(component)
        found = []
        for s, ratio, total in zip(self.states, self.ratios, self.totals, strict=True):
            rest = s.prior * ratio * math.prod(t for k, t in enumerate(total) if k != position)
            found.append({v: rest * w for v, w in self.table(s, component, variant).items()} if rest > 0 else {})
        return found

    # Answers

    @cached_property
    def log_m(self) -> float:
        """Return log m(x), ratios included."""
        return math.log(sum(self.weights))

    @cached_property
    def log_m_without_ratios(self) -> float:
        """Return log m(x) of what can be simulated."""
        return math.log(sum(s.prior * math.prod(total) for s, total in zip(self.states, self.totals, strict=True)))

    def nodes(self) -> dict[str, float]:
        return {node.name: self.share(lambda s: below(s.leaf, node.name)) for node in self.case.nodes}  # noqa: B023

    def prior_nodes(self) -> dict[str, float]:
        return {node.name: self.prior_share(lambda s: below(s.leaf, node.name)) for node in self.case.nodes}  # noqa: B023

    def circumstances(self) -> dict[tuple[str, str], float]:
        return {
            (c.name, value): self.share(lambda s: (c.name, value) in s.values)  # noqa: B023
            for c in self.case.circumstances.values()
            for value in c.values
        }

    def propositions(self) -> dict[str, float]:
        return {p.name: self.share(lambda s: any_holds(p.when, s)) for p in self.case.propositions.values()}  # noqa: B023

    def fact(self, name: str) -> dict[str, float]:
        """Return P(v_i | x)."""
        indicator = self.case.indicators[name]
        component = self.component_of(name)
        variant = Variant(open=name)
        position = self.facts(component, variant).index(name)
        sums = [0.0] * len(indicator.values)
        for table in self.replaced(component, variant):
            for values, weight in table.items():
                sums[values[position]] += weight
        return {value: part / sum(sums) for value, part in zip(indicator.values, sums, strict=True)}

    def facts_known(self) -> dict[tuple[str, str], float]:
        """Return P(v_i | x) of every indicator without ratios."""
        return {
            (name, value): probability
            for name, indicator in self.case.indicators.items()
            if not indicator.ratios
            for value, probability in self.fact(name).items()
        }

    def sources(self) -> dict[tuple[str, str], tuple[float, float | None]]:
        """Return prior and posterior mean of each statement of a source's reliability; None if no state takes it."""
        return {
            (source.name, str(condition)): (mean(judgement), self.trust(source.name, condition))
            for source in self.case.sources.values()
            for condition, judgement in (source.reliability or {}).items()
        }

    def trust(self, source: str, condition: Condition) -> float | None:
        statements = self.case.sources[source].reliability
        assert statements is not None
        taking = [narrowest(statements, *s.place) == condition for s in self.states]
        base = sum(w for w, takes in zip(self.weights, taking, strict=True) if takes)
        if base == 0:
            return None
        for component in self.components:
            reports = [r for name in component.indicators for r in self.case.indicators[name].reports]
            if any(r.source == source and r.reliability is None for r in reports):
                tables = self.replaced(component, Variant(trusted=source))
                weighted = sum(sum(t.values()) for t, takes in zip(tables, taking, strict=True) if takes)
                return weighted / base
        return mean(statements[condition])

    def attempted(self) -> dict[str, float]:
        return {node: self.share(lambda s: s.staged == node) for node in self.case.deception}  # noqa: B023

    def planted(self) -> dict[tuple[str, str], float]:
        """Return P(staged, and i drawn from the blamed statement | x) of all in reach."""
        found = {}
        for entry in self.case.deception.values():
            for name in entry.reach:
                tables = self.replaced(self.component_of(name), Variant(open=name, planted=name))
                part = sum(sum(t.values()) for s, t in zip(self.states, tables, strict=True) if s.staged == entry.node)
                found[entry.node, name] = part / sum(self.weights)
        return found

    def information(self) -> dict[tuple[str, str], float]:
        """Return expected information about the leaves, in bits, of circumstances and of what is unknown."""
        found = {}
        for circumstance in self.case.circumstances:
            joint: dict[tuple[str, str], float] = defaultdict(float)
            for s, w in zip(self.states, self.weights, strict=True):
                joint[s.leaf, dict(s.values)[circumstance]] += w
            found["circumstance", circumstance] = mutual_information(joint)
        for name, indicator in self.case.indicators.items():
            if not indicator.is_evidence:
                found["indicator", name] = mutual_information(self.foreseen(indicator))
        return found

    def foreseen(self, indicator: Indicator) -> dict[tuple[str, str], float]:
        """Return the joint weights of leaves and of what an unknown indicator's source would report."""
        joint: dict[tuple[str, str], float] = defaultdict(float)
        for value in indicator.values:
            report = Report(indicator.source, value, indicator.reliability)
            told = replace(indicator, reports=(report,))
            other = BruteForce(replace(self.case, indicators={**self.case.indicators, indicator.name: told}))
            for s, w in zip(other.states, other.weights, strict=True):
                joint[s.leaf, value] += w
        return joint

    def outcomes(self, name: str) -> dict[str, float]:
        """Return how probable each report of an unknown indicator is."""
        joint = self.foreseen(self.case.indicators[name])
        total = sum(joint.values())
        values = self.case.indicators[name].values
        return {v: sum(w for (_, value), w in joint.items() if value == v) / total for v in values}

    def deceiver(self) -> dict[str, dict[str, float]]:
        """Return P(node) with no staging, as written, and with all in reach staged without fail."""
        sure = Judgement(Point(1.0), "certain")
        perfect = {
            node: replace(entry, attempt=sure, reach=dict.fromkeys(entry.reach, sure))
            for node, entry in self.case.deception.items()
        }
        return {
            "none": BruteForce(replace(self.case, deception={})).nodes(),
            "as_written": self.nodes(),
            "perfect": BruteForce(replace(self.case, deception=perfect)).nodes(),
        }

    # Weights of evidence

    @cached_property
    def items(self) -> dict[str, tuple[str, ...]]:
        """Return ungrouped indicators and groups that hold evidence, with their indicators."""
        found: dict[str, tuple[str, ...]] = {}
        for name, indicator in self.case.indicators.items():
            if indicator.is_evidence and name not in self.group_of:
                found[name] = (name,)
        for group in self.case.groups.values():
            known = tuple(name for name in group.indicators if self.case.indicators[name].is_evidence)
            if known:
                found[group.name] = known
        return found

    def only(self, items: Iterable[str]) -> BruteForce:
        """Return the case with only some of its evidence."""
        kept = {name for item in items for name in self.items[item]}
        return BruteForce(replace(self.case, indicators=dict(self._kept(kept))))

    def _kept(self, kept: set[str]) -> Iterator[tuple[str, Indicator]]:
        for name, indicator in self.case.indicators.items():
            if name in kept or not indicator.is_evidence:
                yield name, indicator
            elif not indicator.ratios:
                yield name, replace(indicator, reports=(), detection={})

    def decibans(self, of: Callable[[State], bool], against: Callable[[State], bool]) -> float:
        """Return 10 log₁₀ of the odds of two sets of states."""
        one = sum(w for s, w in zip(self.states, self.weights, strict=True) if of(s))
        other = sum(w for s, w in zip(self.states, self.weights, strict=True) if against(s))
        if one == 0 or other == 0:
            return 0.0 if one == other else (RULED_OUT if one > 0 else -RULED_OUT)
        return 10 * math.log10(one / other)

    def shapley(self, of: Callable[[State], bool], against: Callable[[State], bool]) -> dict[str, float]:
        """Return the Shapley value of each item in the odds of two sets of states, over all coalitions."""
        items = list(self.items)
        value = {
            frozenset(chosen): self.only(chosen).decibans(of, against)
            for size in range(len(items) + 1)
            for chosen in itertools.combinations(items, size)
        }
        found = dict.fromkeys(items, 0.0)
        for chosen, here in value.items():
            for item in set(items) - chosen:
                orders = math.factorial(len(chosen)) * math.factorial(len(items) - len(chosen) - 1)
                found[item] += orders / math.factorial(len(items)) * (value[chosen | {item}] - here)
        return found

    def answer(self) -> dict[str, Any]:
        """Return all of it but information, the deceiver's answers and weights, each by what it is about."""
        return {
            "nodes": self.nodes(),
            "prior_nodes": self.prior_nodes(),
            "circumstances": self.circumstances(),
            "propositions": self.propositions(),
            "facts": self.facts_known(),
            "sources": self.sources(),
            "attempted": self.attempted(),
            "planted": self.planted(),
            "log_m": self.log_m,
            "log_m_without_ratios": self.log_m_without_ratios,
        }


def two_valued(judgement: Judgement) -> Beta | Point:
    match judgement.distribution:
        case Beta() | Point() as one:
            return one
        case other:
            raise TypeError(other)


def any_holds(when: Iterable[Condition], state: State) -> bool:
    return any(below(state.leaf, c.node) and set(c.values) <= set(state.values) for c in when)


def at_or_below(node: str) -> Callable[[State], bool]:
    """Return whether states are of a node of the tree."""
    return lambda state: below(state.leaf, node)


def mutual_information(joint: Mapping[tuple[str, str], float]) -> float:
    """Return the information that two things have in common, in bits, from weights of their combinations."""
    total = sum(joint.values())
    rows: dict[str, float] = defaultdict(float)
    columns: dict[str, float] = defaultdict(float)
    for (row, column), weight in joint.items():
        rows[row] += weight / total
        columns[column] += weight / total
    return sum(
        w / total * math.log2(w / total / (rows[row] * columns[column])) for (row, column), w in joint.items() if w > 0
    )
