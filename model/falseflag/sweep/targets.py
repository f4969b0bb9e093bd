"""What of a case can be varied: every elicited number and report, by the keys that lead to it in the case file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from falseflag.case.conditions import Clash, narrowest
from falseflag.case.model import Case
from falseflag.diagnostics import quoted, suggestion
from falseflag.distributions import AnyDistribution, Beta, LogNormal
from falseflag.errors import RequestError
from falseflag.numbers import Number, numbers_of
from falseflag.problem import NOTHING, Keys, Problem, keys_of_node

UNKNOWN = -1.0
"""Stands among the places of an indicator's values for a report that is not made."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be varied.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file.
    kind : str
        That of a number; or prior_strength, or observed.
    written : float
        As the case has it: the weight, strength, mean, or the place of the value that is reported.
    numbers : tuple of Number
        The number; several where a record has split a statement by class of author: one value holds for all of them.
    report : (int, int) or None
        The indicator and the report (`NOTHING` where it is unknown), of `observed`.
    words : tuple of str
        The indicator's values, of `observed`.
    """

    what: Keys
    kind: str
    written: float
    numbers: tuple[Number, ...] = ()
    report: tuple[int, int] | None = None
    words: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The keys, joined by dots, as they are given to ``--vary``."""
        return ".".join(self.what)

    @property
    def distribution(self) -> AnyDistribution | None:
        """What was elicited; none for weights, strengths, reports, and statements that the record has split."""
        return self.numbers[0].distribution if len(self.numbers) == 1 else None

    @property
    def log_odds(self) -> float:
        """Of the number as written; NaN for what is none."""
        return self.numbers[0].log_odds if self.numbers else float("nan")

    @property
    def sets(self) -> set[object]:
        """What it sets: of several weights that are not a hypothesis's, any one sets them all."""
        if not self.numbers:
            return {self.what}
        return {(n.kind, n.place, n.alternative if n.kind == "prior" else 0) for n in self.numbers}

    @property
    def is_uncertain(self) -> bool:
        """Whether a random sample can draw it from what was elicited."""
        value = self.distribution
        return self.kind == "prior" or isinstance(value, Beta) or (isinstance(value, LogNormal) and value.sigma > 0)

    def word(self, place: float) -> str:
        """Return the word for the place of a value."""
        return "unknown" if place == UNKNOWN else self.words[int(place)]


def targets_of(case: Case, problem: Problem) -> dict[str, Target]:
    """Return everything in a case that can be varied, by name: numbers, then reports, then strengths."""
    found: dict[str, Target] = {}
    for number in numbers_of(problem, case):
        before = found.get(number.name)
        numbers = (number,) if before is None else (*before.numbers, number)
        found[number.name] = Target(number.what, number.kind, number.written, numbers)
    return found | {target.name: target for target in (*_reports(case, problem), *_strengths(case))}


def _reports(case: Case, problem: Problem) -> Iterator[Target]:
    for i, (name, indicator) in enumerate(case.indicators.items()):
        values = tuple(indicator.values)
        own = [j for j, at in enumerate(problem.reports.indicator.tolist()) if at == i]
        if i in problem.prospects:
            yield Target(("indicators", name, "observed"), "observed", UNKNOWN, (), (i, NOTHING), values)
        for j in own:
            what: Keys = ("indicators", name, "observed")
            if len(own) > 1:
                what = ("indicators", name, "reports", problem.reports.source[j])
            yield Target(what, "observed", float(problem.reports.value[j]), (), (i, j), values)


def _strengths(case: Case) -> Iterator[Target]:
    yield Target(("prior_strength",), "prior_strength", case.prior_strength)
    for node in case.nodes:
        if node.children:
            what = (*keys_of_node(node.name)[:-1], "prior_strength")
            yield Target(what, "prior_strength", node.prior_strength)


def split_variation(targets: dict[str, Target], text: str) -> tuple[str, str]:
    """Split what is varied from its values at an ``=``; conditions hold such signs, too.

    Returns
    -------
    tuple of str
        The name, and the values; empty for none.
    """
    places = [at for at, sign in enumerate(text) if sign == "="]
    for at in [len(text), *reversed(places)]:
        name = text[:at].strip()
        if name in targets or name in _short_names(targets) or _grade_of(name) in targets:
            return name, text[at + 1 :].strip()
    name, _, values = text.rpartition("=") if places else (text, "", "")
    return name, values


def find_target(case: Case, targets: dict[str, Target], name: str) -> Target:
    """Return the target of a name; a hypothesis may also be named by its dotted path, without ``children``.

    Raises
    ------
    RequestError
        If there is none, with what is likely to have been meant.
    """
    if name in targets:
        return targets[name]
    short = _short_names(targets)
    if name in short:
        return short[name]
    if _grade_of(name) in targets:
        return targets[_grade_of(name)]
    keys = name.split(".")
    if keys[0] == "indicators" and len(keys) > 3 and keys[2] == "likelihood":
        _check_where_it_stands(case, keys[1], ".".join(keys[3:]))
    raise RequestError(f"nothing in the case is called {quoted(name)}.{_meant(name, [*targets, *short])}")


def _meant(name: str, known: list[str]) -> str:
    """Suggest a name that begins alike, where there is one: most names differ from many others in little."""
    first = name.split(".", maxsplit=1)[0]
    return suggestion(name, [k for k in known if k.split(".")[0] == first]) or (
        " What can be varied begins with hypotheses, circumstances, indicators, sources, deception or dependence, and "
        "goes on as the keys of the case file: indicators.NAME.likelihood.HYPOTHESIS, say."
    )


def _check_where_it_stands(case: Case, indicator: str, node: str) -> None:
    """Refuse a likelihood under a leaf that takes one from further up, with the name of that one."""
    leaves = {leaf.name for leaf in case.leaves}
    if indicator in case.indicators and node in leaves:
        stated = narrowest(case.indicators[indicator].likelihood, node, {})
        if stated is not None and not isinstance(stated, Clash):
            raise RequestError(
                f"{quoted(indicator)} has no likelihood of its own for {quoted(node)}: it takes that for "
                f"{quoted(str(stated))}. Vary indicators.{indicator}.likelihood.{stated}, or write one into the case"
            )


def _short_names(targets: dict[str, Target]) -> dict[str, Target]:
    return {_short(target): target for target in targets.values() if target.what[0] == "hypotheses"}


def _grade_of(name: str) -> str:
    """Return the name of the grade that a source's reliability follows from."""
    return name.removesuffix("reliability") + "grade" if name.startswith("sources.") else ""


def _short(target: Target) -> str:
    node = ".".join(target.what[1:-1:2])
    return f"hypotheses.{node}.{target.what[-1]}"


def matters(target: Target, problem: Problem) -> bool:
    """Return whether the exact answer depends on it, other reports being as they are."""
    return any(_matters(number, problem) for number in target.numbers)


def _matters(number: Number, problem: Problem) -> bool:
    n, known = number.place, problem.is_evidence
    match number.kind:
        case "likelihood":
            i = problem.statement_indicator[n]
            return bool(known[i] and ((problem.own_of[i] == n) | (problem.blamed_of[i] == n)).any())
        case "reach":
            return bool((problem.reach_of[known] == n).any())
        case "reliability":
            return bool((problem.reports.reliability_of == n).any())
        case "correlation":
            group = problem.groups.index(problem.correlation_names[n].owner)
            members = problem.group_of == group
            return bool((known & members).sum() > 1 and (problem.correlation_of[group] == n).any())
        case _:
            return True
