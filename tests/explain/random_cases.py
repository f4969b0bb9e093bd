"""Random cases: trees up to three deep, groups, unknowns, every elicited form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from falseflag.case.model import Case, Group, Hypothesis, Indicator, Source
from falseflag.distributions import Beta, Judgement, Point, beta_from_interval

DAYS = ("", "2023-05-01", "2023-05-03", "2023-05-04")


def random_case(seed: int, *, indicators: int = 8, groups: int = 2, depth: int = 3, unknown: float = 0.2) -> Case:
    rng = np.random.default_rng(seed)
    tops = tuple(_node(rng, f"h{n}", depth - 1) for n in range(rng.integers(2, 4)))
    names = [node.name for top in tops for node in top.walk()]
    named = [f"i{n}" for n in range(indicators)]
    free = list(rng.permutation(named))
    made = {}
    for g in range(groups):
        members, free = free[:3], free[3:]
        made[f"g{g}"] = Group(f"g{g}", f"Group {g}", tuple(str(m) for m in members), _correlation(rng))
    sources = {f"s{n}": Source(f"s{n}", f"Source {n}", reliability=_reliability(rng)) for n in range(3)}
    return Case(
        title=f"Random {seed}",
        hypotheses=tops,
        indicators={name: _indicator(rng, name, names, sources, unknown) for name in named},
        prior_strength=float(rng.uniform(2, 20)),
        sources=sources,
        groups={name: group for name, group in made.items() if group.indicators},
    )


def _node(rng: np.random.Generator, name: str, depth: int) -> Hypothesis:
    count = int(rng.choice([0, 2, 3])) if depth > 0 else 0
    children = tuple(_node(rng, f"{name}.c{n}", depth - 1) for n in range(count))
    return Hypothesis(name, name.upper(), float(rng.uniform(0.5, 4)), float(rng.uniform(2, 20)), children)


def _indicator(
    rng: np.random.Generator, name: str, nodes: list[str], sources: dict[str, Source], unknown: float
) -> Indicator:
    places = [*rng.choice(nodes, size=min(len(nodes), int(rng.integers(1, 4))), replace=False), "others"]
    source = str(rng.choice(["", *sources]))
    own = sources[source].reliability if source else None
    return Indicator(
        name=name,
        label=f"Indicator {name}",
        observed=None if rng.random() < unknown else bool(rng.random() < 0.6),
        likelihood={str(place): judgement(rng) for place in places},
        reliability=own or Judgement(Point(1.0), "1"),
        source=source,
        seen=str(rng.choice(DAYS)),
    )


def judgement(rng: np.random.Generator) -> Judgement:
    low, high = np.sort(rng.uniform(0.03, 0.97, 2))
    return [
        Judgement(Point(float(low)), "point"),
        Judgement(beta_from_interval(float(low), float(min(high + 0.02, 0.99))), "interval"),
        Judgement(Beta(*(float(x) for x in rng.uniform(0.5, 12, 2))), "beta"),
        Judgement(beta_from_interval(0.55, 0.80), "likely"),
    ][int(rng.integers(4))]


def _correlation(rng: np.random.Generator) -> Judgement:
    value = float(rng.uniform(0, 0.9))
    return [Judgement(Point(value), "point"), Judgement(beta_from_interval(0.3, 0.7), "interval")][int(rng.integers(2))]


def _reliability(rng: np.random.Generator) -> Judgement:
    value = float(rng.uniform(0.55, 0.98))
    return [Judgement(Point(value), "point"), Judgement(Beta(20 * value, 20 * (1 - value)), "beta")][
        int(rng.integers(2))
    ]


def edited(case: Case, **reports: bool | None) -> Case:
    """Return the case with other reports on some indicators."""
    changed = {name: replace(case.indicators[name], observed=value) for name, value in reports.items()}
    return replace(case, indicators={**case.indicators, **changed})
