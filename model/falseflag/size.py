"""How large a case may be to be answered: time and memory are told before they are spent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.case.model import Case, Group, Indicator
from falseflag.elicitation import Distribution, Point
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
        reported = sum(case.indicators[name].observed is not None for name in group.indicators)
        if reported > MAX_MEMBERS:
            raise RequestError(
                f"A dependence group should have at most {MAX_MEMBERS:,} indicators that are reported present or "
                f"absent, but '{group.name}' has {reported:,}"
            )
        _check_nodes(case, group)


def _check_nodes(case: Case, group: Group) -> None:
    found = (
        _statements(case, group) * _nodes(case, group, _correlations(group.correlation.distribution), 7.0, 0.04).sum()
    )
    if found > MAX_NODES:
        raise RequestError(
            f"A dependence group should have at most {MAX_NODES:.2g} statements × quadrature nodes, but "
            f"'{group.name}' has about {found:.2g}; give it fewer indicators or statements, intervals instead of "
            "points, or a correlation further below 1"
        )


def _reported(case: Case, group: Group) -> list[Indicator]:
    members = (case.indicators[name] for name in group.indicators)
    return [member for member in members if member.observed is not None]


def _statements(case: Case, group: Group) -> int:
    return sum(len(member.likelihood) for member in _reported(case, group))


def _correlations(value: Distribution) -> NDArray[np.float64]:
    """Return about the values of ρ that a group is integrated on."""
    if isinstance(value, Point):
        return np.array([value.value])
    ends = special.betaincinv(value.alpha, value.beta, 1e-11), special.betaincinv(value.beta, value.alpha, 1e-11)
    low, high = np.clip([special.logit(ends[0]), -special.logit(ends[1])], -40, 40)
    spacing = min(0.5, 1.6 / np.sqrt(value.alpha + value.beta))
    return np.asarray(special.expit(np.linspace(low, high, 2 + int((high - low) / spacing))))


def _nodes(
    case: Case, group: Group, correlation: NDArray[np.float64], of_each: float, finest: float
) -> NDArray[np.float64]:
    """Return about how many nodes in z there are at values of ρ, widths in z held above `finest`.

    Parameters
    ----------
    of_each : float
        Nodes for one unit of √(1 + Σ 1 / width²), over half the range.
    """
    t = np.maximum(np.sqrt(1 - correlation), finest)
    spread = np.array([_spread(member) for member in _reported(case, group)])
    steepest = (correlation / (spread[:, None] ** 2 + t**2)).sum(axis=0)
    return np.asarray(2 * of_each * np.sqrt(1 + steepest))


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
    nodes = 6.8 * np.sqrt(1 + len(_reported(case, group)) * rho / t**2)
    return float(_statements(case, group) * nodes.mean())
