"""Small cases to reason about, made in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from falseflag.case.model import OTHERS, Case, Condition, Group, Hypothesis, Indicator, Report, Source
from falseflag.distributions import AnyDistribution, Beta, Judgement, Point

type Value = float | AnyDistribution


def judged(value: Value) -> Judgement:
    return Judgement(Point(value) if isinstance(value, float) else value, str(value))


def at(node: str = "", **values: str) -> Condition:
    return Condition(node, tuple(sorted(values.items())))


def tops(strength: float = 10.0, **weights: float) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(name, name.title(), weight, strength) for name, weight in weights.items())


def indicator(  # noqa: PLR0913 (as many keys as a file has)
    name: str,
    likelihood: Mapping[str | Condition, Value],
    says: str | None = "present",
    source: str = "",
    *,
    reliability: Value | None = None,
    seen: str = "",
) -> Indicator:
    statements = {
        (c if isinstance(c, Condition) else OTHERS if c == "others" else at(c)): judged(v)
        for c, v in likelihood.items()
    }
    own = None if reliability is None else {OTHERS: judged(reliability)}
    reports = () if says is None else (Report(source, says, own, seen),)
    return Indicator(name, name.title(), statements, reports=reports, source=source, reliability=own, seen=seen)


def case_of(
    hypotheses: Sequence[Hypothesis],
    indicators: Sequence[Indicator],
    groups: Mapping[str, tuple[Sequence[str], Value]] | None = None,
    sources: Mapping[str, Value] | None = None,
    strength: float = 10.0,
) -> Case:
    return Case(
        title="A case",
        hypotheses=tuple(hypotheses),
        indicators={each.name: each for each in indicators},
        prior_strength=strength,
        groups={
            n: Group(n, n.title(), tuple(members), {OTHERS: judged(rho)})
            for n, (members, rho) in (groups or {}).items()
        },
        sources={n: Source(n, n.title(), reliability={OTHERS: judged(r)}) for n, r in (sources or {}).items()},
    )


def two(*ratios: float, prior: tuple[float, float] = (1.0, 1.0), reliability: float = 1.0) -> Case:
    """Return a case of two hypotheses in which each report is so many times as probable under the first."""
    made = [
        indicator(f"i{n}", {"a": Beta(20 * 0.2 * x, 20 * (1 - 0.2 * x)), "others": Beta(2, 8)}, reliability=reliability)
        for n, x in enumerate(ratios)
    ]
    return case_of(tops(a=prior[0], b=prior[1]), made)


def many(seed: int, indicators: int, states: int = 4) -> Case:
    """Return a case in which every node of the top level has leaves below it, and sources report on several facts."""
    rng = np.random.default_rng(seed)
    tree = tuple(
        Hypothesis(
            f"h{n}",
            f"H{n}",
            float(rng.uniform(1, 3)),
            10.0,
            tuple(Hypothesis(f"h{n}.c{k}", f"C{k}", float(rng.uniform(1, 3)), 10.0) for k in range(states // 2)),
        )
        for n in range(2)
    )
    leaves = [child.name for top in tree for child in top.children]
    made = [
        indicator(
            f"i{n}",
            {leaf: Beta(*rng.uniform(1, 6, 2).tolist()) for leaf in leaves},
            str(rng.choice(["present", "absent"])),
            source=f"s{n % 3}" if n % 2 else "",
        )
        for n in range(indicators)
    ]
    return case_of(tree, made, sources={f"s{n}": Beta(6.0, 2.0) for n in range(3)})


def without(case: Case, *names: str) -> Case:
    """Return the case with nothing reported of some indicators."""
    gone = {name: replace(case.indicators[name], reports=(), detection={}) for name in names}
    return replace(case, indicators={**case.indicators, **gone})
