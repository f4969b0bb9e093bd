"""How large a case may be to be answered: time and memory are told before they are spent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from falseflag.case.model import Case, Group, Indicator
from falseflag.distributions import Beta, Distribution, Point
from falseflag.errors import RequestError
from falseflag.settings import Settings

MAX_LEAVES = 2000
"""Leaves of the hypothesis tree; what is kept grows with leaves × nodes, 4 million here."""
MAX_CELLS = 2_000_000
"""Leaves × indicators."""
MAX_MEMBERS = 1000
"""Indicators of one group that were reported present or absent."""
MAX_NUMBERS = 200_000_000
"""Draws × what a draw holds, for the prior and for the posterior: 1.6 GB."""

MAX_NODES = 1e8
"""Statements × quadrature nodes in z and ρ of a dependence group: what explanations keep of it is some 3 GB."""
FINEST = 0.04
"""Widths in z are held above this where nodes are foreseen."""
FARTHEST = 40.0
"""And logits of ρ within this."""
MAX_EVALUATIONS = 3e9
"""Statements × nodes (× draws) of dependence groups that are integrated at once, as foreseen: about a minute or two."""
MOST_EVALUATIONS = 2 * MAX_EVALUATIONS
"""As counted where they are made, which may be more than was foreseen: ρ moves with the evidence."""


def check_evaluations(number: float) -> None:
    """Refuse integrals of dependence groups that would take too long.

    Parameters
    ----------
    number : float
        Statements × quadrature nodes, and × draws if each draw has its own.

    Raises
    ------
    RequestError
        With the number, the bound, and what lowers it.
    """
    if number > MOST_EVALUATIONS:
        raise RequestError(
            f"The dependence groups would ask for {number:.2g} evaluations, and at most {MOST_EVALUATIONS:.2g} are "
            "made; give a group fewer indicators or statements, or a correlation further below 1, or ask for fewer "
            "draws with --draws"
        )


def check_size(case: Case) -> None:
    """Refuse a case too large to be answered.

    Raises
    ------
    RequestError
        With what is too large, and the bound.
    """
    leaves, indicators = len(case.leaves), len(case.indicators)
    if leaves > MAX_LEAVES:
        raise RequestError(f"A case to be answered should have at most {MAX_LEAVES:,} leaves but has {leaves:,}")
    if leaves * indicators > MAX_CELLS:
        raise RequestError(
            f"A case to be answered should have at most {MAX_CELLS:,} leaves × indicators but has "
            f"{leaves:,} × {indicators:,}"
        )
    for group in case.groups.values():
        members = _reported(case, group)
        if len(members) > MAX_MEMBERS:
            raise RequestError(
                f"A dependence group should have at most {MAX_MEMBERS:,} indicators that are reported present or "
                f"absent, but '{group.name}' has {len(members):,}"
            )
        _check_nodes(group, members)


def _check_nodes(group: Group, members: list[Indicator]) -> None:
    statements, value = _statements(members), group.correlation.distribution
    # Nearly all groups are far within the bound, and this is asked at every change of a case.
    if statements * _most_correlations(value) * _nodes(len(members) / FINEST**2) <= MAX_NODES:
        return
    correlation = _correlations(value)
    t = np.maximum(np.sqrt(1 - correlation), FINEST)
    spread = np.array([_spread(member) for member in members])
    found = statements * _nodes((correlation / (spread[:, None] ** 2 + t**2)).sum(axis=0)).sum()
    if found > MAX_NODES:
        raise RequestError(
            f"A dependence group should have at most {MAX_NODES:.2g} statements × quadrature nodes, but "
            f"'{group.name}' has about {found:.2g}; give it fewer indicators or statements, intervals instead of "
            "points, or a correlation further below 1"
        )


def _reported(case: Case, group: Group) -> list[Indicator]:
    members = (case.indicators[name] for name in group.indicators)
    return [member for member in members if member.observed is not None]


def _statements(members: list[Indicator]) -> int:
    return sum(len(member.likelihood) for member in members)


def _nodes(steepest: ArrayLike) -> NDArray[np.float64]:
    """Return about how many nodes in z there are, from Σ 1 / width² of the members' rises."""
    return np.asarray(14 * np.sqrt(1 + np.asarray(steepest)))


def _spacing(value: Beta) -> float:
    return float(min(0.5, 1.6 / np.sqrt(value.alpha + value.beta)))


def _correlations(value: Distribution) -> NDArray[np.float64]:
    """Return about the values of ρ that a group is integrated on."""
    if isinstance(value, Point):
        return np.array([value.value])
    ends = special.betaincinv(value.alpha, value.beta, 1e-11), special.betaincinv(value.beta, value.alpha, 1e-11)
    low, high = np.clip([special.logit(ends[0]), -special.logit(ends[1])], -FARTHEST, FARTHEST)
    return np.asarray(special.expit(np.linspace(low, high, 2 + int((high - low) / _spacing(value)))))


def _most_correlations(value: Distribution) -> int:
    """Return how many `_correlations` there are at most."""
    return 1 if isinstance(value, Point) else 2 + int(2 * FARTHEST / _spacing(value))


def _spread(indicator: Indicator) -> float:
    """Return the least standard deviation of Φ⁻¹(θ) among an indicator's statements, about; 0 for a point."""
    values = [statement.distribution for statement in indicator.likelihood.values()]
    if not values or any(isinstance(value, Point) for value in values):
        return 0.0
    alpha, beta = np.array([(value.alpha, value.beta) for value in values if not isinstance(value, Point)]).T
    mean = alpha / (alpha + beta)
    density = np.exp(-(special.ndtri(mean) ** 2) / 2) / np.sqrt(2 * np.pi)
    return float((np.sqrt(mean * (1 - mean) / (alpha + beta + 1)) / np.maximum(density, 1e-12)).min())


def check_draws(case: Case, settings: Settings) -> None:
    """Refuse a case too large to be answered, and more draws of a large one than memory is likely to hold.

    Raises
    ------
    RequestError
        With what is too large; of draws, with the number that would do.
    """
    check_size(case)
    statements = sum(len(indicator.likelihood) for indicator in case.indicators.values())
    held = 2 * (len(case.nodes) + 2 * len(case.leaves) + len(case.indicators) + statements + len(case.groups))
    draws = settings.draws * settings.chains
    if draws * held > MAX_NUMBERS:
        raise RequestError(
            f"{draws:,} draws of a case of this size are {draws * held:,} numbers, and at most {MAX_NUMBERS:,} are "
            f"kept; ask for at most {MAX_NUMBERS // held // settings.chains:,} with --draws, or for fewer --chains"
        )
    each = sum(_evaluations(case, group) for group in case.groups.values())
    if draws * each > MAX_EVALUATIONS:
        raise RequestError(
            f"{draws:,} draws of a case with dependence groups of this size ask for about {draws * each:.2g} "
            f"evaluations, and at most {MAX_EVALUATIONS:.2g} are made; ask for at most "
            f"{int(MAX_EVALUATIONS / each / settings.chains):,} with --draws, or give a group fewer indicators or "
            "statements"
        )


def _evaluations(case: Case, group: Group) -> float:
    """Return about how many statements × nodes in z a draw of a group asks for, each θ held at its value."""
    value = group.correlation.distribution
    middle = (np.arange(20) + 0.5) / 20
    rho = np.array([value.value]) if isinstance(value, Point) else special.betaincinv(value.alpha, value.beta, middle)
    t = np.maximum(np.sqrt(1 - rho), 0.02)
    members = _reported(case, group)
    nodes = 6.8 * np.sqrt(1 + len(members) * rho / t**2)
    return float(_statements(members) * nodes.mean())
