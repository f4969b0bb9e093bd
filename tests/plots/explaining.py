"""Explanations to draw, and a case in which there is much to explain."""

from __future__ import annotations

import dataclasses

import numpy as np
from making import case_of, indicator, judged, random_value

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Circumstance, Hypothesis, Indicator, Proposition
from falseflag.explain.analysis import Analysis
from falseflag.explain.compare import compare
from falseflag.explain.explanation import explain
from falseflag.explain.learned import blends
from falseflag.explain.replay import replay
from falseflag.explain.robustness import robust
from falseflag.explain.value_of_information import value_of_information
from falseflag.inference.result import Answer
from falseflag.record import CLASSES, INDICATORS, Incident, Record

REPORTS, UNKNOWN = 44, 24


def crowd() -> Case:
    """Make a case with 25 leaves, 41 factors, 24 unknowns, 31 dates and 60 propositions."""
    rng = np.random.default_rng(4)
    long = "of which more has to be said than there is room for"
    tops = [
        Hypothesis(f"h{a}", f"Actor {a}, {long}", 1.0 + a % 3, 8.0, tuple(_purposes(f"h{a}", 3 * (a % 2))))
        for a in range(13)
    ]
    nodes = [node.name for top in tops for node in top.walk()]

    def one(k: int) -> Indicator:
        statements = {node: random_value(rng) for node in nodes if rng.random() < 0.2}
        observed = None if k >= REPORTS else bool(rng.random() < 0.7)
        made = indicator(f"i{k}", statements | {"others": random_value(rng)}, observed=observed, reliability=0.9)
        reports = tuple(dataclasses.replace(r, seen=f"2022-03-{1 + k % 31:02d}") for r in made.reports)
        return dataclasses.replace(made, label=f"Indicator {k}, {long}", reports=reports)

    indicators = [one(k) for k in range(REPORTS + UNKNOWN)]
    propositions = [Proposition(f"p{k}", f"Question {k}, {long}", (Condition(f"h{k % 13}"),)) for k in range(60)]
    return dataclasses.replace(
        case_of(tops, indicators, {"g": (("i0", "i1", "i2"), 0.5), "k": (("i3", "i4"), 0.3)}),
        circumstances={"place": Circumstance("place", "Place", {"a": "", "b": "there"}, {OTHERS: judged(0.5)})},
        propositions={each.name: each for each in propositions},
    )


def _purposes(name: str, count: int) -> list[Hypothesis]:
    return [Hypothesis(f"{name}.k{k}", f"for purpose {k}, if it had any at all", 1.0, 8.0) for k in range(count)]


def explained(answer: Answer) -> tuple[object, ...]:
    """Return an answer with all that explains it; made once for each answer."""
    if id(answer) not in _MADE:
        _MADE[id(answer)] = (answer, *_records(answer))
    return _MADE[id(answer)]


_MADE: dict[int, tuple[object, ...]] = {}


def _records(answer: Answer) -> tuple[object, ...]:
    case, analysis = answer.case, Analysis(answer.problem, answer.exact)
    first, *rest = case.hypotheses
    other = dataclasses.replace(
        case, title=f"{case.title}, again", hypotheses=(dataclasses.replace(first, weight=9.0), *rest)
    )
    return (
        analysis,
        explain(analysis, case),
        robust(analysis, case),
        value_of_information(analysis),
        replay(analysis),
        compare((case, other)),
        blends(updated(case)),
    )


def updated(case: Case) -> Case:
    """Let every indicator learn under every actor, from a record that contradicts the judgements now and then."""
    authors = list(CLASSES)
    cells = dict.fromkeys(INDICATORS) | {"precedent": True, "mass_casualties": False}
    record = Record(
        tuple(
            Incident(
                f"i{k}", "t", "2000-01-01", "x", "y", authors[k % 4], "ABC"[k % 3], dict.fromkeys(INDICATORS) | cells
            )
            for k in range(60)
        )
    )
    tops = tuple(_classed(top, authors[k % 4]) for k, top in enumerate(case.hypotheses))
    linked = {
        name: dataclasses.replace(made, like=("precedent", "mass_casualties")[k % 2])
        for k, (name, made) in enumerate(case.indicators.items())
    }
    return RecordPrior(record, 0.5).updated(dataclasses.replace(case, hypotheses=tops, indicators=linked))


def _classed(node: Hypothesis, author: str) -> Hypothesis:
    children = tuple(_classed(child, author) for child in node.children)
    return dataclasses.replace(node, author_class=author, children=children)
