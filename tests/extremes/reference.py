"""MODEL.md's definition in 25-digit arithmetic: what the exact engine's error bound is compared with.

Nothing is shared with the engines. The integral over z is cut where any member's probability rises, so that mpmath's
Gauss-Legendre rule sees smooth pieces even at correlations near 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import mpmath
from mpmath import mp, mpf

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.distributions import AnyDistribution, Beta, Point

type Distribution = Beta | Point
type Number = Any  # mpmath's numbers are untyped


class Report(NamedTuple):
    """A report on something that is true with probability `truly`."""

    truly: Distribution
    reliability: Distribution
    present: bool

    @classmethod
    def of(cls, indicator: Indicator, leaf: str) -> Report:
        """Return the report on an indicator, under a leaf."""
        name = leaf
        while name and Condition(name) not in indicator.likelihood:
            name = name.rpartition(".")[0]
        statement = indicator.likelihood[Condition(name)].distribution
        (report,) = indicator.reports
        reliability = report.reliability[OTHERS].distribution if report.reliability else Point(1.0)
        return cls(_scalar(statement), _scalar(reliability), report.says == "present")

    def probability(self, truly: Number) -> Number:
        """Return the probability of the report."""
        r = _mean(self.reliability)
        return r * truly + (1 - r) * (1 - truly) if self.present else r * (1 - truly) + (1 - r) * truly


DIGITS = 25
REACH = 14
"""The standard normal is nothing beyond, in 25 digits."""
CUTS = (-40, -12, -5, -2, 0, 2, 5, 12, 40)
"""Ends of pieces around a rise, in widths of it."""


def log_posterior(case: Case) -> dict[str, float]:
    """Return log P(h | x) of each leaf."""
    with mp.workdps(DIGITS):
        scores = _prior(case)
        grouped = {name for group in case.groups.values() for name in group.indicators}
        for leaf in scores:
            for indicator in case.indicators.values():
                if indicator.reports and indicator.name not in grouped:
                    report = Report.of(indicator, leaf)
                    scores[leaf] *= report.probability(_mean(report.truly))
        for group in case.groups.values():
            members = [case.indicators[name] for name in group.indicators if case.indicators[name].reports]
            for leaf in scores:
                reports = tuple(Report.of(member, leaf) for member in members)
                scores[leaf] *= group_likelihood(reports, _scalar(group.correlation[OTHERS].distribution))
        total = mpmath.fsum(scores.values())
        return {leaf: float(mpmath.log(score / total)) for leaf, score in scores.items()}


def _scalar(value: AnyDistribution) -> Distribution:
    assert isinstance(value, Beta | Point)
    return value


def _prior(case: Case) -> dict[str, Number]:
    out: dict[str, Number] = {}

    def descend(siblings: Sequence[Hypothesis], mass: Number) -> None:
        total = mpmath.fsum(node.weight for node in siblings)
        for node in siblings:
            share = mass * mpf(node.weight) / total
            if node.children:
                descend(node.children, share)
            else:
                out[node.name] = share

    descend(case.hypotheses, mpf(1))
    return out


def _mean(value: Distribution) -> Number:
    return mpf(value.value) if isinstance(value, Point) else mpf(value.alpha) / (mpf(value.alpha) + mpf(value.beta))


def _probit(p: Number) -> Number:
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


@cache
def group_likelihood(reports: tuple[Report, ...], correlation: Distribution) -> Number:
    """Return E[L_{g,h}] of the reports on a group's members."""
    if not reports:
        return mpf(1)
    if isinstance(correlation, Point):
        degree = 4 if all(isinstance(report.truly, Point) for report in reports) else 3
        return _over_z(reports, mpf(correlation.value), 1 - mpf(correlation.value), degree)
    alpha, beta = mpf(correlation.alpha), mpf(correlation.beta)

    def weighted(logit: Number) -> Number:
        rho, rest = 1 / (1 + mpmath.exp(-logit)), 1 / (1 + mpmath.exp(logit))
        return rho**alpha * rest**beta * _over_z(reports, rho, rest, 3)

    centre, width = mpmath.log(alpha / beta), mpmath.sqrt(1 / alpha + 1 / beta)
    ends = [centre - 50 / alpha, *(centre + k * width for k in (-9, -3, -1, 1, 3, 9)), centre + 50 / beta]
    return _integral(weighted, ends, 3) / mpmath.beta(alpha, beta)


def _integral(function: Callable[[Number], Number], ends: Iterable[Number], degree: int = 4) -> Number:
    """Integrate over pieces by Gauss-Legendre rules of 24 nodes, or of 12 (degree 3) where integrals are nested."""
    return mpmath.quad(function, sorted(set(ends)), method="gauss-legendre", maxdegree=degree)


def _over_z(reports: Sequence[Report], rho: Number, rest: Number, degree: int) -> Number:
    """Integrate over z at one ρ; `rest` is 1 - ρ."""
    if rho == 0:
        return mpmath.fprod(report.probability(_mean(report.truly)) for report in reports)
    root, t = mpmath.sqrt(rho), mpmath.sqrt(rest)
    truths = [_truth(report.truly, t) for report in reports]

    def integrand(z: Number) -> Number:
        factors = (report.probability(truth(root * z)) for report, truth in zip(reports, truths, strict=True))
        return mpmath.npdf(z) * mpmath.fprod(factors)

    ends = [mpf(end) for end in (-REACH, -6, -3, 0, 3, 6, REACH)]
    for report in reports:
        centre, spread = _middle(report.truly)
        width = mpmath.sqrt(rest + spread**2) / root
        ends += [centre / -root + width * cut for cut in CUTS]
    return _integral(integrand, [end for end in ends if abs(end) <= REACH], degree)


def _middle(value: Distribution) -> tuple[Number, Number]:
    """Return about where Φ⁻¹(θ) lies, and how far about there."""
    if isinstance(value, Point):
        return _probit(mpf(value.value)), mpf(0)
    centre, size = _probit(_mean(value)), mpf(value.alpha) + mpf(value.beta)
    return centre, mpmath.sqrt(_mean(value) * (1 - _mean(value)) / (1 + size)) / mpmath.npdf(centre)


def _truth(value: Distribution, t: Number) -> Callable[[Number], Number]:
    """Return P(truly present | z) as a function of √ρ z."""
    centre, spread = _middle(value)
    if isinstance(value, Point):
        return lambda shift: mpmath.ncdf((centre + shift) / t)
    below, above = mpf(value.alpha) - 1, mpf(value.beta) - 1
    total = mpmath.beta(value.alpha, value.beta)
    pieces = [centre + spread * cut for cut in (-30, -9, -4, -1.5, 0, 1.5, 4, 9, 30)]

    def truth(shift: Number) -> Number:
        def weighted(a: Number) -> Number:
            density = mpmath.ncdf(a) ** below * mpmath.ncdf(-a) ** above * mpmath.npdf(a)
            return density * mpmath.ncdf((a + shift) / t)

        ends = [*pieces, *(-shift + t * cut for cut in (-9, -3, 0, 3, 9))]
        return _integral(weighted, [end for end in ends if abs(end) <= REACH], 3) / total

    return truth
