"""A case with some of its numbers and reports other than written: what `Case.replace` and sweeps do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from falseflag.case.conditions import OTHERS_NAME, Condition
from falseflag.diagnostics import quoted, suggestion
from falseflag.distributions import AnyDistribution, Dirichlet, Fixed, Judgement, Point
from falseflag.errors import RequestError

if TYPE_CHECKING:
    from falseflag.case.model import Case, Hypothesis, Indicator, Report

type Keys = tuple[str, ...]
"""Keys of a case file, one below the other."""


def keys_of_node(node: str) -> Keys:
    """Return the keys that lead to the children of a node in the case file; of the empty path, to the tree."""
    keys: Keys = ("hypotheses",)
    for part in node.split(".") if node else ():
        keys = (*keys, part, "children")
    return keys


type Rows = Mapping[Condition, Judgement]
type Value = AnyDistribution | float | str

RULES: Mapping[str, tuple[str, Callable[[float], bool]]] = {
    "prior": ("above 0", lambda value: value > 0),
    "prior_strength": ("above 0", lambda value: value > 0),
    "ratio": ("above 0", lambda value: value > 0),
    "reliability": ("above 0 and at most 1", lambda value: 0 < value <= 1),
    "correlation": ("at least 0 and below 1", lambda value: 0 <= value < 1),
    "probability": ("strictly between 0 and 1", lambda value: 0 < value < 1),
}
"""What a number may be when it is varied, by its kind, in words and as a test."""


ONLY_ONE = "there is nothing that says how the rest would be shared"
"""Why a value cannot be made less probable that is the only possible one of three or more."""


def broken_rule(kind: str, value: float) -> str:
    """Return what a number of some kind has to be; nothing if it is."""
    words, holds = RULES.get(kind, RULES["probability"])
    return "" if holds(value) else words


def replaced(case: Case, values: Mapping[str, float | str]) -> Case:
    """Return the case with other values, by their names in the case file; see `Case.replace`."""
    for name, value in values.items():
        what = keys_of(case, name)
        if _is_report(what):
            allowed = [*case.indicators[what[1]].values, "unknown"]
            if value not in allowed:
                raise RequestError(f"{name} should be one of {', '.join(allowed)} but got {value!r}")
        elif isinstance(value, str) or broken_rule(_kind(what), value):
            rule = RULES.get(_kind(what), RULES["probability"])[0]
            raise RequestError(f"{name} should be a number {rule} but got {value!r}")
        case = with_value(case, what, value if isinstance(value, str) else float(value))
    return replace(case, files=())


def _is_report(what: Keys) -> bool:
    return what[0] == "indicators" and (what[2:] == ("observed",) or (len(what) == 4 and what[2] == "reports"))


def _kind(what: Keys) -> str:
    found = {"ratios": "ratio", "grade": "reliability", "reliability": "reliability", "correlation": "correlation"}
    if what[0] == "hypotheses" or len(what) == 1:
        return what[-1]
    return next((found[key] for key in what[2:] if key in found), "probability")


def keys_of(case: Case, name: str) -> Keys:
    """Return the keys that a name with dots leads through, such as ``indicators.two_hits.likelihood.others``.

    Raises
    ------
    RequestError
        If the case has nothing there, with what is likely to have been meant.
    """
    path = _Path(name, name.split("."))
    match path.key(("prior_strength", "hypotheses", *_SECTIONS)):
        case "prior_strength":
            found: Keys = ("prior_strength",)
        case "hypotheses":
            node = path.longest([node.name for node in case.nodes], without="children")
            found = (*keys_of_node(node)[:-1], path.key(("prior", "prior_strength")))
        case "circumstances":
            circumstance = case.circumstances[path.key(case.circumstances)]
            found = ("circumstances", circumstance.name, path.key(("probability",)))
            found = (*found, *path.statement(circumstance.probability, tuple(circumstance.values)))
        case "deception":
            entry = case.deception[path.longest(case.deception)]
            found = ("deception", entry.node, path.key(("attempt", "reach")))
            found = (*found, path.key(entry.reach)) if found[-1] == "reach" else found
        case "sources":
            source = case.sources[path.key(case.sources)]
            path.key(("reliability", "grade"))
            what = "grade" if source.grade else "reliability"
            found = ("sources", source.name, what, *path.statement(source.reliability or {}))
        case "dependence":
            group = case.groups[path.key(case.groups)]
            found = ("dependence", group.name, path.key(("correlation",)), *path.statement(group.correlation))
        case _:
            found = _keys_of_indicator(path, case.indicators[path.key(case.indicators)])
    path.end()
    return found


_SECTIONS = ("circumstances", "indicators", "sources", "deception", "dependence")


def _keys_of_indicator(path: _Path, indicator: Indicator) -> Keys:  # noqa: PLR0911 (one return for each key)
    found: Keys = ("indicators", indicator.name)
    reports = {report.source: report for report in indicator.reports}
    own = ("likelihood", "ratios", "detection", "observed", "reliability", "reports")
    match path.key(own):
        case "likelihood":
            values = tuple(indicator.values)
            return (*found, "likelihood", *path.statement(indicator.likelihood, values))
        case "ratios":
            return (*found, "ratios", *path.statement(indicator.ratios))
        case "detection":
            return (*found, "detection", *path.statement(indicator.detection))
        case "observed":
            return (*found, "observed")
        case "reports":
            found = (*found, "reports", path.key(reports))
            if not path.rest:
                return found
            return (*found, path.key(("reliability",)), *path.statement(reports[found[-1]].reliability or {}))
        case _:
            one = indicator.reports[0] if len(reports) == 1 else indicator
            return (*found, "reliability", *path.statement(one.reliability or {}))


class _Path:
    """The parts of a name that are still to be read."""

    def __init__(self, name: str, rest: list[str]) -> None:
        self.name, self.rest = name, rest

    def key(self, known: Iterable[str]) -> str:
        """Read one part."""
        known = tuple(known)
        if not self.rest or self.rest[0] not in known:
            raise self.unknown(self.rest[0] if self.rest else "", known)
        return self.rest.pop(0)

    def longest(self, known: Iterable[str], without: str = "") -> str:
        """Read a node's path, which has dots of its own."""
        known, parts = tuple(known), [part for part in self.rest if part != without]
        for length in range(len(parts), 0, -1):
            if (node := ".".join(parts[:length])) in known:
                self.rest = parts[length:]
                return node
        raise self.unknown(parts[0] if parts else "", known)

    def statement(self, rows: Rows, values: tuple[str, ...] = ()) -> Keys:
        """Read a condition, ``others`` if there is none left; of more than two values, the value behind it."""
        named = dict.fromkeys(str(condition).partition("@")[0] for condition in rows)
        text, of = ".".join(self.rest), ""
        if text not in named and len(values) > 2:
            text, _, of = text.rpartition(".")
        if (text or OTHERS_NAME) not in named or (of and of not in values) or (len(values) > 2 and not of):
            raise self.unknown(text, tuple(named))
        self.rest = []
        return (*((text,) if text else ()), *((of,) if of else ()))

    def end(self) -> None:
        """Check that nothing is left."""
        if self.rest:
            raise self.unknown(self.rest[0], ())

    def unknown(self, part: str, known: Collection[str]) -> RequestError:
        """Return the error for a part that is not there."""
        hint = suggestion(part, known) or (f" It could go on with {', '.join(sorted(known)[:8])}." if known else "")
        return RequestError(f"nothing in the case is called {quoted(self.name)}.{hint}")


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
            return replace(old, reports=() if value == "unknown" else (old.reported(str(value)),))
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
    if not others.any():
        raise RequestError(f"a value of probability 1 cannot be changed: {ONLY_ONE}")
    row = others / others.sum() * (1 - value)
    row[k] = value
    return Fixed(tuple(row.tolist()))
