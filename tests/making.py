"""Cases made in memory: small ones to reason about, and random ones of the first edition's parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import Case, Group, Hypothesis, Indicator, Report
from falseflag.distributions import Beta, Judgement, Point, beta_from_interval
from falseflag.scales import BANDS

STRENGTH = 10.0

type Distribution = Beta | Point


def judged(value: float | Distribution) -> Judgement:
    distribution = Point(value) if isinstance(value, float) else value
    return Judgement(distribution, written=str(value))


def leaf(name: str, weight: float = 1.0) -> Hypothesis:
    return Hypothesis(name, name, weight, STRENGTH)


def inner(name: str, children: Sequence[Hypothesis], weight: float = 1.0, strength: float = STRENGTH) -> Hypothesis:
    return Hypothesis(name, name, weight, strength, tuple(children))


def indicator(
    name: str,
    likelihood: Mapping[str, float | Distribution],
    *,
    observed: bool | None = True,
    reliability: float | Distribution = 1.0,
) -> Indicator:
    """Make a two-valued indicator with at most one report, of a reliability of its own; 1.0 is taken as true."""
    statements = {OTHERS if n == "others" else Condition(n): judged(value) for n, value in likelihood.items()}
    own = None if reliability == 1.0 else {OTHERS: judged(reliability)}
    reports = () if observed is None else (Report("", "present" if observed else "absent", own),)
    return Indicator(name, name, statements, reports=reports, reliability=None if reports else own)


def case_of(
    hypotheses: Sequence[Hypothesis],
    indicators: Sequence[Indicator] = (),
    groups: Mapping[str, tuple[Sequence[str], float | Distribution]] | None = None,
    strength: float = STRENGTH,
) -> Case:
    return Case(
        title="made",
        hypotheses=tuple(hypotheses),
        indicators={i.name: i for i in indicators},
        prior_strength=strength,
        groups={n: Group(n, n, tuple(members), {OTHERS: judged(rho)}) for n, (members, rho) in (groups or {}).items()},
    )


def random_value(rng: np.random.Generator) -> Distribution:
    """Draw one of the elicited forms: a term, an interval, mean and strength, parameters, a count, a point."""
    form = rng.integers(6)
    if form == 0:
        band = BANDS[rng.integers(len(BANDS))]
        return beta_from_interval(band.low, band.high)
    if form == 1:
        low = rng.uniform(0.01, 0.85)
        return beta_from_interval(low, rng.uniform(low + 0.05, 0.99))
    if form == 2:
        mean, strength = rng.uniform(0.05, 0.95), rng.uniform(2, 40)
        return Beta(mean * strength, (1 - mean) * strength)
    if form == 3:
        return Beta(rng.uniform(0.6, 9), rng.uniform(0.6, 9))
    if form == 4:
        of = int(rng.integers(0, 25))
        count = int(rng.integers(0, of + 1))
        return Beta(0.5 + count, 0.5 + of - count)
    return Point(float(rng.uniform(0.02, 0.98)))


def random_tree(rng: np.random.Generator, depth: int = 3) -> tuple[Hypothesis, ...]:
    def siblings(prefix: str, left: int) -> tuple[Hypothesis, ...]:
        return tuple(node(f"{prefix}n{k}", left) for k in range(rng.integers(2, 4)))

    def node(name: str, left: int) -> Hypothesis:
        children = siblings(name + ".", left - 1) if left > 1 and rng.random() < 0.4 else ()
        return Hypothesis(name, name, float(rng.uniform(0.3, 5)), float(rng.uniform(2, 40)), children)

    return siblings("", depth)


def random_case(seed: int, size: int = 9) -> Case:
    """Make a case with a tree of depth up to 3, every elicited form, groups, reliabilities and unknowns."""
    rng = np.random.default_rng(seed)
    tree = random_tree(rng)
    nodes = [node.name for top in tree for node in top.walk()]

    reliabilities: list[float | Distribution] = [1.0, 0.85, Beta(17.0, 3.0), Point(0.6)]

    def one(k: int) -> Indicator:
        statements = {node: random_value(rng) for node in nodes if rng.random() < 0.35}
        return indicator(
            f"i{k}",
            statements | {"others": random_value(rng)},
            observed=[True, False, None][rng.choice(3, p=[0.5, 0.35, 0.15])],
            reliability=reliabilities[rng.integers(4)],
        )

    groups: dict[str, tuple[Sequence[str], float | Distribution]] = {
        "g1": (("i0", "i1", "i2"), beta_from_interval(0.4, 0.8)),
        "g2": (("i3", "i4"), Point(float(rng.choice([0.0, 0.3, 0.9, 0.99])))),
    }
    return case_of(tree, [one(k) for k in range(size)], groups, strength=float(rng.uniform(2, 40)))
