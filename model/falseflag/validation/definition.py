"""The definition of the model in plain loops: simulated incidents, and the likelihood at given parameters.

The engines have arrays and code of their own for both. Nothing of theirs is used here, so that an error of theirs is
not repeated in what they are compared with. Parameters are n draws each, by key: what is elicited, whose it is, and the
condition under which it is stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import special

from falseflag.arrays import Floats
from falseflag.case.conditions import Condition
from falseflag.case.model import Case, Hypothesis, Indicator, Statements
from falseflag.distributions import AnyDistribution, Beta, Dirichlet, Fixed, LogNormal, Point
from falseflag.errors import RequestError

type Key = tuple[str, ...]
type Parameters = Mapping[Key, Floats]
"""n draws of each elicited quantity, shape (n, values); of a single probability also that of its complement. Of a ratio
the first column counts."""

REACH = 8.5
"""The shared normal of a group is integrated from minus this to this."""

STEEPEST = 0.01
"""Width in z of the steepest rise that is resolved: that of ρ = 0.9999."""

TRIES = 10_000
"""Incidents simulated until one is as silent as the case."""

TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class State:
    """A leaf, a value of each circumstance, and the node of the deception entry by which it is staged, if it is.

    Parameters
    ----------
    leaf : str
    values : mapping of str to str
    staged : str
    way : tuple of (Key, int)
        The branchings passed on the way to it, and which alternative was taken.
    """

    leaf: str
    values: Mapping[str, str]
    staged: str
    way: tuple[tuple[Key, int], ...]

    def holds(self, condition: Condition) -> bool:
        """Return whether a condition holds in it."""
        return is_below(self.leaf, condition.node) and all(self.values[n] == v for n, v in condition.values)


@dataclass(frozen=True)
class Incident:
    """One simulated incident.

    Parameters
    ----------
    state : State
        The truth.
    parameters : Parameters
        One draw.
    facts : mapping of str to str
        True value of each indicator that is not stated as ratios.
    planted : frozenset of str
        Indicators whose values were drawn from the blamed statement.
    reports : mapping of (str, str) to str
        What is reported, by indicator and source; of what is reported in the case.
    """

    state: State
    parameters: Parameters
    facts: Mapping[str, str]
    planted: frozenset[str]
    reports: Mapping[tuple[str, str], str]

    def reported_in(self, case: Case) -> Case:
        """Return the case with these reports instead of its own."""
        indicators = {
            name: replace(i, reports=tuple(replace(r, says=self.reports[name, r.source]) for r in i.reports))
            for name, i in case.indicators.items()
        }
        return replace(case, indicators=indicators)


def is_below(node: str, above: str) -> bool:
    """Return whether a node is another one or below it; all are below the empty path."""
    return above == "" or f"{node}.".startswith(f"{above}.")


def elicited(case: Case) -> dict[Key, AnyDistribution]:
    """Return everything that is elicited, by key, in the case's order."""
    found: dict[Key, AnyDistribution] = {("hypotheses", ""): _weights(case.hypotheses, case.prior_strength)}
    for node in case.nodes:
        if node.children:
            found["hypotheses", node.name] = _weights(node.children, node.prior_strength)
    for name, circumstance in case.circumstances.items():
        found |= _stated(("circumstance", name), circumstance.probability)
    for node_name, entry in case.deception.items():
        found["attempt", node_name] = entry.attempt.distribution
        found |= {("reach", node_name, name): judgement.distribution for name, judgement in entry.reach.items()}
    for name, indicator in case.indicators.items():
        found |= _stated(("likelihood", name), indicator.likelihood) | _stated(("ratio", name), indicator.ratios)
        found |= _stated(("detection", name), indicator.detection)
        for report in indicator.reports:
            found |= _stated(_report_key(indicator, report.source), report.reliability or {})
    for name, source in case.sources.items():
        found |= _stated(("source", name), source.reliability or {})
    for name, group in case.groups.items():
        found |= _stated(("correlation", name), group.correlation)
    return found


def _stated(what: Key, rows: Statements) -> dict[Key, AnyDistribution]:
    return {(*what, str(condition)): judgement.distribution for condition, judgement in rows.items()}


def _report_key(indicator: Indicator, source: str) -> Key:
    return ("report", indicator.name, source if len(indicator.reports) > 1 else "")


def _weights(siblings: Sequence[Hypothesis], strength: float) -> AnyDistribution:
    total = sum(node.weight for node in siblings)
    shares = tuple(node.weight / total for node in siblings)
    return Fixed(shares) if np.isinf(strength) else Dirichlet(tuple(strength * share for share in shares))


def mean(distribution: AnyDistribution) -> Floats:
    """Return the expected values."""
    match distribution:
        case Beta(alpha, beta):
            return np.array([alpha, beta]) / (alpha + beta)
        case Dirichlet(concentration):
            return np.array(concentration) / sum(concentration)
        case Point(value):  # a probability, or a ratio, of which the first alone is used
            return np.array([value, 1 - value])
        case Fixed(probabilities):
            return np.array(probabilities)
        case LogNormal(mu, sigma):
            return np.exp([mu + sigma**2 / 2])


def _draw(distribution: AnyDistribution, rng: np.random.Generator, taken: int | None) -> Floats:
    """Draw once, shape (1, values): in proportion to the density, or to the density times the value that is taken.

    A Dirichlet times one of its weights is a Dirichlet with one more there; a log-normal times itself has its mu moved
    by its variance.
    """
    match distribution:
        case Beta(alpha, beta):
            return _draw(Dirichlet((alpha, beta)), rng, taken)
        case Dirichlet(concentration):
            more = [c + (place == taken) for place, c in enumerate(concentration)]
            return rng.dirichlet(more)[None]
        case LogNormal(mu, sigma):
            return np.exp([[mu + sigma**2 * (taken is not None) + sigma * rng.standard_normal()]])
        case fixed:
            return mean(fixed)[None]


@dataclass(frozen=True)
class _Use:
    """The statements that an indicator takes in a state; what is not taken is empty."""

    own: Key = ()
    reach: Key = ()
    blamed: Key = ()
    detection: Key = ()
    ratio: Key = ()
    reliability: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A case read by the definition of the model."""

    case: Case

    @cached_property
    def elicited(self) -> dict[Key, AnyDistribution]:
        """Everything that is elicited, by key."""
        return elicited(self.case)

    @cached_property
    def states(self) -> tuple[State, ...]:
        """All states of positive prior probability."""
        found = []
        for leaf, way in self._leaves(self.case.hypotheses, "", ()):
            entry = next((node for node in self.case.deception if is_below(leaf, node)), "")
            for values, longer in self._circumstances(leaf, {}, way):
                found += [State(leaf, values, *each) for each in self._attempts(entry, longer)]
        return tuple(found)

    def _leaves(
        self, siblings: Sequence[Hypothesis], parent: str, way: tuple[tuple[Key, int], ...]
    ) -> Iterator[tuple[str, tuple[tuple[Key, int], ...]]]:
        for place, node in enumerate(siblings):
            longer = (*way, (("hypotheses", parent), place))
            if node.children:
                yield from self._leaves(node.children, node.name, longer)
            else:
                yield node.name, longer

    def _circumstances(
        self, leaf: str, values: Mapping[str, str], way: tuple[tuple[Key, int], ...]
    ) -> Iterator[tuple[Mapping[str, str], tuple[tuple[Key, int], ...]]]:
        name = next((each for each in self.case.circumstances if each not in values), None)
        if name is None:
            yield values, way
            return
        circumstance = self.case.circumstances[name]
        key = self._taken(("circumstance", name), circumstance.probability, leaf, values)
        for place, value in enumerate(circumstance.values):
            if mean(self.elicited[key])[place] > 0:
                yield from self._circumstances(leaf, {**values, name: value}, (*way, (key, place)))

    def _attempts(
        self, entry: str, way: tuple[tuple[Key, int], ...]
    ) -> Iterator[tuple[str, tuple[tuple[Key, int], ...]]]:
        if not entry:
            yield "", way
            return
        for place, staged in ((1, ""), (0, entry)):
            if mean(self.elicited["attempt", entry])[place] > 0:
                yield staged, (*way, (("attempt", entry), place))

    def _taken(self, what: Key, rows: Statements, leaf: str, values: Mapping[str, str]) -> Key:
        """Return the key of the narrowest statement that applies: in a valid case, with most parts or lying deepest."""
        classes = {"", self._classes.get(leaf, "")}
        applying = [
            c
            for c in rows
            if c.author_class in classes and is_below(leaf, c.node) and all(values.get(n) == v for n, v in c.values)
        ]
        return (*what, str(max(applying, key=_narrowness)))

    @cached_property
    def _classes(self) -> dict[str, str]:
        return {leaf.name: leaf.author_class for leaf in self.case.leaves}

    def blamed(self, state: State) -> tuple[str, Mapping[str, str]]:
        """Return the leaf and the circumstances that a staged state is meant to look like."""
        blames = self.case.deception[state.staged].blames
        return blames.node, {**state.values, **dict(blames.values)}

    @cached_property
    def _group_of(self) -> dict[str, str]:
        return {member: name for name, group in self.case.groups.items() for member in group.indicators}

    def _use(self, name: str, state: State) -> _Use:
        """Return what an indicator takes in a state."""
        indicator, place = self.case.indicators[name], (state.leaf, state.values)
        if indicator.ratios:
            return _Use(ratio=self._taken(("ratio", name), indicator.ratios, *place))
        likelihood = ("likelihood", name)
        use = _Use(own=self._taken(likelihood, indicator.likelihood, *place))
        if state.staged and name in self.case.deception[state.staged].reach:
            blamed = self._taken(likelihood, indicator.likelihood, *self.blamed(state))
            use = replace(use, reach=("reach", state.staged, name), blamed=blamed)
        if indicator.detection:
            use = replace(use, detection=self._taken(("detection", name), indicator.detection, *place))
        return replace(
            use, reliability=tuple(self._reliability(indicator, r, state) for r in range(len(indicator.reports)))
        )

    def _reliability(self, indicator: Indicator, number: int, state: State) -> Key:
        """Return the key of a report's reliability; empty where it is taken as true."""
        report, place = indicator.reports[number], (state.leaf, state.values)
        if report.reliability is not None:
            return self._taken(_report_key(indicator, report.source), report.reliability, *place)
        rows = self.case.sources[report.source].reliability if report.source else None
        return () if rows is None else self._taken(("source", report.source), rows, *place)

    # Simulation

    def simulate(self, rng: np.random.Generator) -> Incident:
        """Draw a truth, the parameters, every indicator and its reports.

        Of what the case says itself two things are kept: ratios are part of the prior that is drawn from, and what is
        silent stays silent. Both are conditioned on, so that answers to what is then reported are calibrated all the
        same.

        Raises
        ------
        RequestError
            If what is silent in the case is next to never silent.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            means = {key: np.log(mean(value)) for key, value in self.elicited.items()}
        ratios = [name for name, indicator in self.case.indicators.items() if indicator.ratios]
        drawn = [[*s.way, *((self._use(name, s).ratio, 0) for name in ratios)] for s in self.states]
        prior = special.softmax([sum(means[key][place] for key, place in way) for way in drawn])
        for _ in range(TRIES):
            number = int(rng.choice(len(self.states), p=prior))
            state, taken = self.states[number], dict(drawn[number])
            parameters = {key: _draw(value, rng, taken.get(key)) for key, value in self.elicited.items()}
            facts, planted = self._facts(state, parameters, rng)
            if not self._is_heard(state, parameters, facts, rng):
                return Incident(state, parameters, facts, planted, self._reports(state, parameters, facts, rng))
        raise RequestError(
            f"Of {TRIES:,} incidents simulated from this case, in none was nothing heard of all that is silent in it"
        )

    def _facts(
        self, state: State, parameters: Parameters, rng: np.random.Generator
    ) -> tuple[dict[str, str], frozenset[str]]:
        """Draw the true values; within a group their probits share a normal with correlation ρ."""
        shared = {name: rng.standard_normal() for name in self.case.groups}
        facts, planted = {}, set()
        for name, indicator in self.case.indicators.items():
            if indicator.ratios:
                continue
            use = self._use(name, state)
            if use.reach and rng.random() < parameters[use.reach][0, 0]:
                planted.add(name)
            theta = parameters[use.blamed if name in planted else use.own][0]
            values, group = list(indicator.values), self._group_of.get(name)
            if group is None:
                facts[name] = values[int(rng.choice(len(values), p=theta))]
                continue
            rho = parameters[self._correlation(group, state)][0, 0]
            noise = np.sqrt(rho) * shared[group] + np.sqrt(1 - rho) * rng.standard_normal()
            facts[name] = values[0 if noise < special.ndtri(theta[0]) else 1]
        return facts, frozenset(planted)

    def _is_heard(
        self, state: State, parameters: Parameters, facts: Mapping[str, str], rng: np.random.Generator
    ) -> bool:
        """Return whether anything is heard of what is silent in the case."""
        for name, indicator in self.case.indicators.items():
            if indicator.detection and facts[name] == next(iter(indicator.values)):
                detection = parameters[self._use(name, state).detection][0, 0]
                if rng.random() < detection:
                    return True
        return False

    def _reports(
        self, state: State, parameters: Parameters, facts: Mapping[str, str], rng: np.random.Generator
    ) -> dict[tuple[str, str], str]:
        """Draw what sources say: the true value with probability r, else any other one."""
        found = {}
        for name, indicator in self.case.indicators.items():
            for report, key in zip(indicator.reports, self._use(name, state).reliability, strict=True):
                others = [value for value in indicator.values if value != facts[name]]
                is_right = not key or rng.random() < parameters[key][0, 0]
                found[name, report.source] = facts[name] if is_right else others[int(rng.integers(len(others)))]
        return found

    def _correlation(self, group: str, state: State) -> Key:
        return self._taken(("correlation", group), self.case.groups[group].correlation, state.leaf, state.values)

    # The likelihood

    def log_prior(self, parameters: Parameters) -> Floats:
        """Return log π_s, shape (n, S): the sum of log weights on the way to each state."""
        with np.errstate(divide="ignore"):
            logs = {key: np.log(parameters[key]) for state in self.states for key, _ in state.way}
        return np.stack([sum(logs[key][:, place] for key, place in state.way) for state in self.states], axis=1)

    def log_likelihood(self, parameters: Parameters) -> Floats:
        """Return log P(what the case reports, is silent of, or states as ratios | s, φ), shape (n, S)."""
        alone = [n for n, i in self.case.indicators.items() if i.is_evidence and n not in self._group_of]
        groups = {
            name: [member for member in group.indicators if self.case.indicators[member].is_evidence]
            for name, group in self.case.groups.items()
        }
        known: dict[object, Floats] = {}
        columns = []
        for state in self.states:
            total = np.zeros(len(next(iter(parameters.values()))))
            for name in alone:
                use = self._use(name, state)
                if use not in known:
                    known[use] = self._log_alone(name, use, parameters)
                total = total + known[use]
            for group, members in groups.items():
                uses = tuple(self._use(name, state) for name in members)
                correlation = self._correlation(group, state)
                if (correlation, uses) not in known:
                    known[correlation, uses] = self._log_group(members, uses, parameters[correlation][:, 0], parameters)
                total = total + known[correlation, uses]
            columns.append(total)
        return np.stack(columns, axis=1)

    def _told(self, name: str, use: _Use, parameters: Parameters) -> Floats:
        """Return the probability of what is reported or silent at each value of an indicator, shape (n, values)."""
        indicator = self.case.indicators[name]
        told = np.ones((len(parameters[use.own]), len(indicator.values)))
        for place, value in enumerate(indicator.values):
            for report, key in zip(indicator.reports, use.reliability, strict=True):
                r = parameters[key][:, 0] if key else 1.0
                told[:, place] *= r if report.says == value else (1 - r) / (len(indicator.values) - 1)
        if use.detection:
            told[:, 0] *= 1 - parameters[use.detection][:, 0]
        return told

    def _mixture(self, use: _Use, parameters: Parameters) -> list[tuple[Floats, Floats]]:
        """Return the statements that an indicator is drawn from with their chances, shapes (n, values) and (n, 1)."""
        own = parameters[use.own]
        if not use.reach:
            return [(np.ones((len(own), 1)), own)]
        q = parameters[use.reach][:, :1]
        return [(q, parameters[use.blamed]), (1 - q, own)]

    def _log_alone(self, name: str, use: _Use, parameters: Parameters) -> Floats:
        if use.ratio:
            return np.asarray(np.log(parameters[use.ratio][:, 0]))
        probability = sum(chance * theta for chance, theta in self._mixture(use, parameters))
        return np.asarray(np.log(np.maximum((probability * self._told(name, use, parameters)).sum(axis=1), TINY)))

    def _log_group(self, members: Sequence[str], uses: Sequence[_Use], rho: Floats, parameters: Parameters) -> Floats:
        """Integrate over the shared normal by the trapezoid rule, its step half the steepest rise."""
        high = rho.max()
        step = min(0.4, 0.8 * max(np.sqrt((1 - high) / max(high, 1e-9)), STEEPEST))
        z = np.arange(-np.ceil(REACH / step), np.ceil(REACH / step) + 1) * step
        shift, noise = np.sqrt(rho)[:, None] * z, np.sqrt(np.maximum(1 - rho, STEEPEST**2))[:, None]
        product = np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi) * np.ones((len(rho), 1))
        for name, use in zip(members, uses, strict=True):
            told, term = self._told(name, use, parameters), np.zeros_like(product)
            for chance, theta in self._mixture(use, parameters):
                at = (special.ndtri(theta[:, :1]) + shift) / noise
                term += chance * (told[:, :1] * special.ndtr(at) + told[:, 1:] * special.ndtr(-at))
            product *= term
        return np.asarray(np.log(np.maximum(product.sum(axis=1), TINY)))


def _narrowness(condition: Condition) -> tuple[int, bool]:
    depth = condition.node.count(".") + 1 if condition.node else 0
    return depth + len(condition.values), bool(condition.author_class)
