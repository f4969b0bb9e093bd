"""What of a case can be varied: every judgement and report, by the keys that lead to it in the case file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from falseflag.case.model import Case, Indicator
from falseflag.case.places import nearest, parts_of
from falseflag.diagnostics import quoted, suggestion
from falseflag.distributions import Distribution
from falseflag.errors import RequestError
from falseflag.explain.judgements import Keys, keys_of
from falseflag.problem import ABSENT, PRESENT, UNKNOWN, Problem

type Kind = Literal["prior", "prior_strength", "likelihood", "reliability", "correlation", "observed"]

REPORTS = {"present": PRESENT, "absent": ABSENT, "unknown": UNKNOWN}
"""Values of `observed`, and what stands for them among numbers."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that can be varied.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file.
    kind : str
    written : float
        As the case has it: the weight, strength, mean, or code of the report.
    places : tuple of int
        Where it stands in the problem: the node (-1 for the case's own strength), the statement, the indicators, the
        group.
    distribution : Beta, Point or None
        What was elicited; none for weights, strengths, reports, and statements that the record has split.
    """

    what: Keys
    kind: Kind
    written: float
    places: tuple[int, ...]
    distribution: Distribution | None = None

    @property
    def name(self) -> str:
        """The keys, joined by dots, as they are given to ``--vary``."""
        return ".".join(self.what)


def targets_of(case: Case, problem: Problem) -> dict[str, Target]:
    """Return everything in a case that can be varied, by name, in the order of the file."""
    parts = (_priors(case), _sources(case), _indicators(case, problem), _groups(case))
    return {target.name: target for part in parts for target in part}


def find_target(case: Case, targets: dict[str, Target], name: str) -> Target:
    """Return the target of a name; a hypothesis may also be named by its dotted path, without ``children``.

    Raises
    ------
    RequestError
        If there is none, with what is likely to have been meant.
    """
    if name in targets:
        return targets[name]
    short = {_short(target): target for target in targets.values() if target.what[0] == "hypotheses"}
    if name in short:
        return short[name]
    keys = name.split(".")
    if keys[0] == "indicators" and len(keys) > 3 and keys[2] == "likelihood":
        _tell_where_it_stands(case, keys[1], ".".join(keys[3:]))
    raise RequestError(f"nothing in the case is called {quoted(name)}.{_meant(name, [*targets, *short])}")


def _meant(name: str, known: list[str]) -> str:
    """Suggest a name that begins alike, where there is one: most names differ from many others in little."""
    first = name.split(".", maxsplit=1)[0]
    return suggestion(name, [k for k in known if k.split(".")[0] == first]) or (
        " What can be varied begins with hypotheses, indicators, sources or dependence, and goes on as the keys of "
        "the case file: indicators.NAME.likelihood.HYPOTHESIS, say."
    )


def _tell_where_it_stands(case: Case, indicator: str, node: str) -> None:
    places = {known.name: known.place for known in case.nodes}
    if indicator in case.indicators and node in places:
        stated = nearest(places[node], case.indicators[indicator].likelihood)
        if stated:
            raise RequestError(
                f"{quoted(indicator)} has no likelihood of its own for {quoted(node)}: it takes that for "
                f"{quoted(stated)}. Vary indicators.{indicator}.likelihood.{stated}, or write one into the case"
            )


def _short(target: Target) -> str:
    node = ".".join(target.what[1:-1:2])
    return f"hypotheses.{node}.{target.what[-1]}"


def _priors(case: Case) -> Iterator[Target]:
    yield Target(("prior_strength",), "prior_strength", case.prior_strength, (-1,))
    for v, node in enumerate(case.nodes):
        yield Target((*keys_of(node.name), "prior"), "prior", node.weight, (v,))
        if node.children:
            yield Target((*keys_of(node.name), "prior_strength"), "prior_strength", node.prior_strength, (v,))


def _sources(case: Case) -> Iterator[Target]:
    for name, source in case.sources.items():
        users = tuple(
            i for i, indicator in enumerate(case.indicators.values())
            if indicator.source == name and indicator.reliability == source.reliability
        )  # fmt: skip
        if source.reliability is not None and users:
            value = source.reliability
            yield Target(("sources", name, "reliability"), "reliability", value.mean, users, value.distribution)


def _indicators(case: Case, problem: Problem) -> Iterator[Target]:
    places = {
        (int(i), node): s
        for s, (i, node) in enumerate(zip(problem.statement_indicator, problem.statement_node, strict=True))
    }
    for i, (name, indicator) in enumerate(case.indicators.items()):
        keys = ("indicators", name)
        yield Target((*keys, "observed"), "observed", float(problem.observed[i]), (i,))
        value = indicator.reliability
        yield Target((*keys, "reliability"), "reliability", value.mean, (i,), value.distribution)
        for node, judgement in indicator.likelihood.items():
            place = (places[i, node],)
            yield Target((*keys, "likelihood", node), "likelihood", judgement.mean, place, judgement.distribution)
        yield from _split(keys, indicator, {node: s for (owner, node), s in places.items() if owner == i})


def _split(keys: Keys, indicator: Indicator, places: Mapping[str, int]) -> Iterator[Target]:
    """Yield the statements of the file that the record has split by class of author: one number holds for all."""
    for node in dict.fromkeys(parts_of(place)[0] for place in places):
        parts = [place for place in places if parts_of(place)[0] == node]
        if parts != [node]:
            what = (*keys, "likelihood", node)
            yield Target(what, "likelihood", indicator.likelihood[parts[0]].mean, tuple(places[p] for p in parts))


def _groups(case: Case) -> Iterator[Target]:
    for g, (name, group) in enumerate(case.groups.items()):
        value = group.correlation
        yield Target(("dependence", name, "correlation"), "correlation", value.mean, (g,), value.distribution)


def matters(target: Target, problem: Problem) -> bool:
    """Tell whether the exact answer depends on it, other reports being as they are."""
    if target.kind == "prior_strength":
        return False
    if target.kind == "likelihood":
        i = problem.statement_indicator[target.places[0]]
        return bool(problem.is_reported[i] and np.isin(problem.statement_of[i], target.places).any())
    if target.kind == "reliability":
        return bool(problem.is_reported[list(target.places)].any())
    return target.kind != "correlation" or len(problem.members(target.places[0])) > 1
