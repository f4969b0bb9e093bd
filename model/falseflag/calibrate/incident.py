"""Make up incidents from a case's prior: a truth, the parameters behind it, and what would be reported.

Read off the case and the definition of the model (docs/model.md), without the arrays and the code that the engines
work with: what they get wrong must not be got wrong here in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from falseflag.case.model import OTHERS, Case, Hypothesis, Indicator
from falseflag.distributions import Beta, Judgement
from falseflag.problem import Floats, Integers


@dataclass(frozen=True, slots=True)
class Parameters:
    """φ, n draws of it, by column in the case's order.

    Parameters
    ----------
    weight : ndarray, shape (n, V)
        Of each node among its siblings.
    theta : ndarray, shape (n, S)
        Of each likelihood statement, indicator after indicator.
    reliability : ndarray, shape (n, N)
    correlation : ndarray, shape (n, G)
    """

    weight: Floats
    theta: Floats
    reliability: Floats
    correlation: Floats

    def at(self, draws: Integers) -> Parameters:
        """Select draws."""
        return Parameters(self.weight[draws], self.theta[draws], self.reliability[draws], self.correlation[draws])


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident that was made up.

    Parameters
    ----------
    truth : str
        The leaf that is true.
    parameters : Parameters
        One draw.
    reports : mapping of str to bool
        Present or absent, of each indicator that is reported in the case; what is unknown there stays unknown.
    """

    truth: str
    parameters: Parameters
    reports: Mapping[str, bool]

    def reported_in(self, case: Case) -> Case:
        """Return the case with these reports in place of its own."""
        told = {name: replace(case.indicators[name], observed=report) for name, report in self.reports.items()}
        return replace(case, indicators={**case.indicators, **told})


def make_up(case: Case, rng: np.random.Generator) -> Incident:
    """Draw the parameters and the truth from the case's prior, then every indicator and its report.

    Parameters
    ----------
    case : Case
    rng : numpy.random.Generator
    """
    shares, truth = _descend(case, rng)
    theta = {name: _draw(judgement, rng) for name, judgement in statements(case).items()}
    reliability = {name: _draw(indicator.reliability, rng) for name, indicator in case.indicators.items()}
    correlation = {name: _draw(group.correlation, rng) for name, group in case.groups.items()}
    is_true = _truths(case, truth, theta, correlation, rng)
    is_right = {name: rng.random() < reliability[name] for name in case.indicators}
    reports = {
        name: is_true[name] == is_right[name]
        for name, indicator in case.indicators.items()
        if indicator.observed is not None
    }
    rows = ([shares[node.name] for node in case.nodes], theta.values(), reliability.values(), correlation.values())
    return Incident(truth, Parameters(*(np.array([list(row)], float) for row in rows)), reports)


def statements(case: Case) -> dict[tuple[str, str], Judgement]:
    """Return the likelihood statements by indicator and the node they are made at, in the case's order."""
    return {
        (name, node): judgement
        for name, indicator in case.indicators.items()
        for node, judgement in indicator.likelihood.items()
    }


def statement_for(indicator: Indicator, leaf: str) -> tuple[str, str]:
    """Return the statement that a leaf takes: that of the nearest ancestor-or-self, else that for the others."""
    steps = leaf.split(".")
    lineage = (".".join(steps[:depth]) for depth in range(len(steps), 0, -1))
    return indicator.name, next((node for node in lineage if node in indicator.likelihood), OTHERS)


def _draw(judgement: Judgement, rng: np.random.Generator) -> float:
    value = judgement.distribution
    return float(rng.beta(value.alpha, value.beta)) if isinstance(value, Beta) else value.value


def _descend(case: Case, rng: np.random.Generator) -> tuple[dict[str, float], str]:
    """Draw every branching's shares, and go down from the root by them to a leaf."""
    shares = _shares(case.hypotheses, case.prior_strength, rng)
    for node in case.nodes:
        if node.children:
            shares |= _shares(node.children, node.prior_strength, rng)
    siblings, truth = case.hypotheses, ""
    while siblings:
        chances = [shares[node.name] for node in siblings]
        chosen = siblings[int(rng.choice(len(siblings), p=chances))]
        siblings, truth = chosen.children, chosen.name
    return shares, truth


def _shares(siblings: Sequence[Hypothesis], strength: float, rng: np.random.Generator) -> dict[str, float]:
    weights = np.array([node.weight for node in siblings])
    drawn = rng.dirichlet(strength * weights / weights.sum())
    return {node.name: float(share) for node, share in zip(siblings, drawn, strict=True)}


def _truths(
    case: Case,
    truth: str,
    theta: Mapping[tuple[str, str], float],
    correlation: Mapping[str, float],
    rng: np.random.Generator,
) -> dict[str, bool]:
    """Draw which indicators are truly present: within a group, if their probits share a normal with correlation ρ."""
    group_of = {name: group for group, members in case.groups.items() for name in members.indicators}
    shared = {group: rng.standard_normal() for group in case.groups}
    present = {}
    for name, indicator in case.indicators.items():
        chance, group = theta[statement_for(indicator, truth)], group_of.get(name)
        if group is None:
            present[name] = bool(rng.random() < chance)
        else:
            rho = correlation[group]
            noise = np.sqrt(rho) * shared[group] + np.sqrt(1 - rho) * rng.standard_normal()
            present[name] = bool(noise < special.ndtri(chance))
    return present
