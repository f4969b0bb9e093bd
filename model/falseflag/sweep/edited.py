"""A case with the values of one run written into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from falseflag.case.conditions import OTHERS_NAME, Condition
from falseflag.case.model import Case, Hypothesis, Indicator, Report
from falseflag.distributions import AnyDistribution, Dirichlet, Fixed, Judgement, Point
from falseflag.problem import Keys

type Rows = Mapping[Condition, Judgement]
type Value = AnyDistribution | float | str


def edited(case: Case, values: Mapping[Keys, Value]) -> Case:
    """Return the case with some of its values, by the keys that lead to them, other than written.

    A number holds a judgement certain, or is a weight or a strength; text is a report: a value, or ``unknown``.
    """
    for what, value in values.items():
        case = with_value(case, what, value)
    return case


def with_value(case: Case, what: Keys, value: Value) -> Case:  # noqa: PLR0911 (one return for each part of a case)
    """Return the case with one value other than it is written."""
    match what:
        case ("prior_strength",):
            return _with_strength(case, "", float(value))  # type: ignore[arg-type]
        case ("hypotheses", *keys):
            name = ".".join(key for key in keys[:-1] if key != "children")
            if keys[-1] == "prior_strength":
                return _with_strength(case, name, float(value))  # type: ignore[arg-type]
            return replace(case, hypotheses=tuple(_weighed(top, name, float(value)) for top in case.hypotheses))  # type: ignore[arg-type]
        case ("circumstances", name, _, condition, *of):
            old = case.circumstances[name]
            rows = _changed(old.probability, condition, value, tuple(old.values), of)
            return replace(case, circumstances={**case.circumstances, name: replace(old, probability=rows)})
        case ("deception", node, *keys):
            entry = case.deception[node]
            if keys == ["attempt"]:
                entry = replace(entry, attempt=_judged(value))
            else:
                entry = replace(entry, reach={**entry.reach, keys[1]: _judged(value)})
            return replace(case, deception={**case.deception, node: entry})
        case ("sources", name, _, *condition):
            source = case.sources[name]
            rows = _changed(source.reliability or {}, _first(condition), value)
            return replace(case, sources={**case.sources, name: replace(source, reliability=rows)})
        case ("dependence", name, _, *condition):
            group = case.groups[name]
            rows = _changed(group.correlation, _first(condition), value)
            return replace(case, groups={**case.groups, name: replace(group, correlation=rows)})
        case _:
            _, name, *keys = what
            return replace(case, indicators={**case.indicators, name: _indicator(case.indicators[name], keys, value)})


def _with_strength(case: Case, name: str, value: float) -> Case:
    """Change the strength below a node; nodes further down that have the same one go with it."""
    if not name:
        tops = tuple(_strengthened(top, case.prior_strength, value) for top in case.hypotheses)
        return replace(case, hypotheses=tops, prior_strength=value)

    def below(node: Hypothesis) -> Hypothesis:
        if node.name == name:
            return _strengthened(node, node.prior_strength, value)
        return replace(node, children=tuple(below(child) for child in node.children))

    return replace(case, hypotheses=tuple(below(top) for top in case.hypotheses))


def _strengthened(node: Hypothesis, written: float, now: float) -> Hypothesis:
    if node.prior_strength != written:
        return node
    children = tuple(_strengthened(child, written, now) for child in node.children)
    return replace(node, prior_strength=now, children=children)


def _weighed(node: Hypothesis, name: str, weight: float) -> Hypothesis:
    children = tuple(_weighed(child, name, weight) for child in node.children)
    return replace(node, weight=weight if node.name == name else node.weight, children=children)


def _indicator(old: Indicator, keys: Sequence[str], value: Value) -> Indicator:  # noqa: PLR0911 (as above)
    match keys:
        case ["likelihood", condition, *of]:
            return replace(old, likelihood=_changed(old.likelihood, condition, value, tuple(old.values), of))
        case ["ratios", condition]:
            return replace(old, ratios=_changed(old.ratios, condition, value))
        case ["detection", *condition]:
            return replace(old, detection=_changed(old.detection, _first(condition), value))
        case ["observed"]:
            report = old.reports[0] if old.reports else Report(old.source, "", old.reliability)
            return replace(old, reports=() if value == "unknown" else (replace(report, says=str(value)),))
        case ["reports", source]:
            reports = [replace(r, says=str(value)) if r.source == source else r for r in old.reports]
            return replace(old, reports=tuple(r for r in reports if r.says != "unknown"))
        case ["reports", source, _, *condition]:
            reports = [_report(r, condition, value) if r.source == source else r for r in old.reports]
            return replace(old, reports=tuple(reports))
        case [_, *condition]:  # the reliability of the one report, or of one that is still to come
            if not old.reports:
                return replace(old, reliability=_changed(old.reliability or {}, _first(condition), value))
            return replace(old, reports=tuple(_report(r, condition, value) for r in old.reports))
    raise AssertionError(keys)


def _report(old: Report, condition: Sequence[str], value: Value) -> Report:
    return replace(old, reliability=_changed(old.reliability or {}, _first(condition), value))


def _first(condition: Sequence[str]) -> str:
    """Return the condition that keys end with; one that stands alone is for all others."""
    return condition[0] if condition else OTHERS_NAME


def _judged(value: Value) -> Judgement:
    if isinstance(value, str):
        raise TypeError(f"{value!r} is not a number")
    return Judgement(
        Point(value) if isinstance(value, float) else value, f"{value:g}" if isinstance(value, float) else ""
    )


def _changed(rows: Rows, condition: str, value: Value, values: Sequence[str] = (), of: Sequence[str] = ()) -> Rows:
    """Change the statement under a condition, of whatever class of author; with `of`, the weight of one value."""
    found = dict(rows)
    for place, old in rows.items():
        if str(place).partition("@")[0] == condition:
            row = old.distribution
            if of and isinstance(row, Dirichlet | Fixed) and isinstance(value, float):
                found[place] = Judgement(_share(row.mean, values.index(of[0]), value), f"{value:g}", old.why)
            else:
                found[place] = replace(_judged(value), why=old.why)
    return found


def _share(mean: tuple[float, ...], k: int, value: float) -> Fixed:
    """Give one value a probability, and the others the rest in proportion."""
    others = np.where(np.arange(len(mean)) == k, 0.0, mean)
    row = others / others.sum() * (1 - value)
    row[k] = value
    return Fixed(tuple(row.tolist()))
