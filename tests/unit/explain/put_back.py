"""Write a value into a case where a row's keys say, so that it can be answered anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from falseflag.case.model import Case, Condition, Hypothesis, Indicator, Report
from falseflag.distributions import AnyDistribution, Beta, Dirichlet, Fixed, Judgement, Point
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Floats, problem_of

type Rows = Mapping[Condition, Judgement]


def answered(case: Case) -> dict[str, float]:
    """Answer a case; its leaves' probabilities."""
    problem = problem_of(case)
    return dict(zip(problem.leaves, ExactPosterior.of(problem).leaves.tolist(), strict=True))


def put_back(case: Case, what: tuple[str, ...], value: AnyDistribution | float) -> Case:
    """Return the case with one number other than it is written; a float stands for a point, or for a weight."""
    match what:
        case ("hypotheses", *keys):
            name = ".".join(key for key in keys[:-1] if key != "children")
            return replace(case, hypotheses=tuple(weighed(top, name, float(value)) for top in case.hypotheses))
        case ("circumstances", name, "probability", condition, *of):
            circumstance = case.circumstances[name]
            rows = changed(circumstance.probability, condition, value, tuple(circumstance.values), of)
            return replace(case, circumstances={**case.circumstances, name: replace(circumstance, probability=rows)})
        case ("deception", node, "attempt"):
            entry = replace(case.deception[node], attempt=as_judgement(value))
            return replace(case, deception={**case.deception, node: entry})
        case ("deception", node, "reach", name):
            old = case.deception[node]
            entry = replace(old, reach={**old.reach, name: as_judgement(value)})
            return replace(case, deception={**case.deception, node: entry})
        case ("sources", name, "reliability" | "grade", *condition):
            source = case.sources[name]
            assert source.reliability is not None
            rows = changed(source.reliability, "".join(condition) or "others", value)
            return replace(case, sources={**case.sources, name: replace(source, reliability=rows)})
        case ("dependence", name, "correlation", *condition):
            group = case.groups[name]
            rows = changed(group.correlation, "".join(condition) or "others", value)
            return replace(case, groups={**case.groups, name: replace(group, correlation=rows)})
        case ("indicators", name, *keys):
            return replace(case, indicators={**case.indicators, name: indicator(case.indicators[name], keys, value)})
    raise AssertionError(what)


def indicator(old: Indicator, keys: list[str], value: AnyDistribution | float) -> Indicator:
    match keys:
        case ["likelihood", condition, *of]:
            return replace(old, likelihood=changed(old.likelihood, condition, value, tuple(old.values), of))
        case ["ratios", condition]:
            return replace(old, ratios=changed(old.ratios, condition, value))
        case ["detection", *condition]:
            return replace(old, detection=changed(old.detection, "".join(condition) or "others", value))
        case ["reliability", *condition]:
            return replace(old, reports=(report(old.reports[0], condition, value),))
        case ["reports", source, "reliability", *condition]:
            reports = [report(r, condition, value) if r.source == source else r for r in old.reports]
            return replace(old, reports=tuple(reports))
    raise AssertionError(keys)


def report(old: Report, condition: list[str], value: AnyDistribution | float) -> Report:
    assert old.reliability is not None
    return replace(old, reliability=changed(old.reliability, "".join(condition) or "others", value))


def as_judgement(value: AnyDistribution | float) -> Judgement:
    return Judgement(Point(value) if isinstance(value, float) else value, "x")


def changed(
    rows: Rows, condition: str, value: AnyDistribution | float, values: tuple[str, ...] = (), of: list[str] | None = None
) -> Rows:
    place = next(each for each in rows if str(each) == condition)
    if of:
        old = rows[place].distribution
        assert isinstance(old, Dirichlet | Fixed)
        assert isinstance(value, float)
        return {**rows, place: Judgement(share(old.mean, values.index(of[0]), value), "x")}
    return {**rows, place: as_judgement(value)}


def share(mean: tuple[float, ...], k: int, value: float) -> Fixed:
    """Give one value a probability, and the others the rest in proportion."""
    others = np.where(np.arange(len(mean)) == k, 0.0, mean)
    return Fixed(tuple((others / others.sum() * (1 - value) + value * np.eye(len(mean))[k]).tolist()))


def weighed(node: Hypothesis, name: str, weight: float) -> Hypothesis:
    children = tuple(weighed(child, name, weight) for child in node.children)
    return replace(node, weight=weight if node.name == name else node.weight, children=children)


def mean_of(case: Case, what: tuple[str, ...]) -> float:
    raise NotImplementedError


__all__ = ["Beta", "Floats", "answered", "put_back"]
