"""Confidence follows its rule, names what decided it, and is the same whatever the seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle.random_cases import draw
from small_cases import at, case_of, indicator, judged, tops, two

from falseflag.arrays import Floats, Mask
from falseflag.case.model import OTHERS, Case
from falseflag.distributions import Beta, Point
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import Confidence, confidence, mean_reliability
from falseflag.scales import TERMS


class Fixed:
    """Draws in which the leader's probability has a 90 % interval of choice."""

    def __init__(self, analysis: Analysis, low: float, high: float) -> None:
        self.leader = analysis.problem.nodes.index(analysis.leader)
        self.ends = np.linspace(low - (high - low) / 18, high + (high - low) / 18, 1001)

    def of(self, members: list[Mask]) -> Floats:
        return np.stack([self.ends if n == self.leader else 1 - self.ends for n in range(len(members))], axis=1)


def graded(case: Case, odds_factor: float | None, width: float = 0.1) -> Confidence:
    analysis = Analysis.of(case)
    p = analysis.exact.of_set(analysis.problem.membership[analysis.leader])
    analysis.__dict__["draws"] = Fixed(analysis, p - width / 2, p + width / 2)
    return confidence(analysis, odds_factor)


@pytest.mark.parametrize(
    ("reliability", "width", "odds_factor", "level", "decided_by"),
    [
        (0.95, 0.10, 30.0, "high", ["quality", "fragility", "width"]),
        (0.95, 0.10, None, "high", ["quality", "fragility", "width"]),
        (0.75, 0.10, 30.0, "moderate", ["quality"]),
        (0.95, 0.30, 30.0, "moderate", ["width"]),
        (0.75, 0.30, 3.0, "moderate", ["quality", "fragility", "width"]),
        (0.95, 0.10, 1.2, "low", ["fragility"]),
        (0.60, 0.10, 30.0, "low", ["quality"]),
        (0.95, 0.60, 30.0, "low", ["width"]),
        (0.95, 0.2041, 30.0, "high", ["quality", "fragility", "width"]),
        (0.95, 0.2059, 30.0, "moderate", ["width"]),
        (0.95, 0.10, 4.96, "high", ["quality", "fragility", "width"]),
        (0.95, 0.10, 4.94, "moderate", ["fragility"]),
    ],
)
def test_confidence_is_the_lowest_of_the_grades_of_what_is_shown(
    reliability: float, width: float, odds_factor: float | None, level: str, decided_by: list[str]
) -> None:
    found = graded(two(2.0, 1.0, prior=(3, 1), reliability=reliability), odds_factor, width)
    assert found.level == level
    assert [reason.name for reason in found.decided_by] == decided_by
    assert not any(f" {term}" in found.sentence.lower() for term in TERMS)


def test_the_sentence_says_because_of_what_and_in_spite_of_what() -> None:
    found = graded(two(2.0, 1.0, prior=(3, 1), reliability=0.9), 30.0, 0.21)
    assert found.sentence == (
        "Confidence in this analysis is moderate because the leader's 90 % interval is 21 percentage points wide, "
        "although the reports that count are 90 % reliable on average and another single hypothesis would lead only if "
        "one judgement were changed by a factor of 30 in odds."
    )
    assert "although" not in graded(two(2.0, 1.0, prior=(3, 1), reliability=0.9), 30.0, 0.1).sentence


def rare() -> Case:
    """Return a rare hypothesis under strong evidence: its probability is near 0 or near 1."""
    made = [
        indicator("dna", {"guilty": 0.9999999999, "innocent": 5e-9, "others": 0.5}),
        indicator("not_identified", {"guilty": 0.1, "innocent": 0.9, "others": 0.5}),
        indicator("alibi", {"guilty": 0.25, "innocent": 0.5, "others": 0.5}),
    ]
    return case_of(tops(guilty=1, innocent=200_000), made)


def test_two_heaps_are_never_high_confidence() -> None:
    analysis = Analysis.of(rare())
    assert analysis.exact.nodes[0] == pytest.approx(0.982318, abs=1e-6)
    found = confidence(analysis, 1000.0)
    assert found.level == "low"
    assert [reason.name for reason in found.decided_by] == ["two_heaps"]
    assert "leaves out its own probability" in found.sentence


def test_a_heap_of_another_hypothesis_caps_confidence() -> None:
    analysis = Analysis.of(two(2.0, prior=(20, 1)))
    draws = Fixed(analysis, 0.94, 0.99)
    draws.ends[:] = np.linspace(0.94, 0.99, 1001)
    other = np.full(1001, 0.3)

    class Heaped:
        def of(self, members: list[Mask]) -> Floats:
            return np.stack([draws.ends if n == draws.leader else other for n in range(len(members))], axis=1)

    analysis.__dict__["draws"] = Heaped()
    assert confidence(analysis, 30.0).level == "moderate"


@pytest.mark.parametrize("seed", range(3))
def test_one_case_has_one_confidence(seed: int) -> None:
    case = draw(seed).case
    first, second = (confidence(Analysis.of(case), 3.0) for _ in range(2))
    assert first == second


def test_quality_is_weighted_by_the_evidence_that_reports_carry() -> None:
    case = two(3.0, 1.0)
    worse = indicator("i1", {"a": Beta(4, 16), "others": Beta(2, 8)}, reliability=0.5)
    case = replace(case, indicators={**case.indicators, "i1": worse})
    assert mean_reliability(Analysis.of(case)) == pytest.approx(1.0)
    alone = replace(case, indicators={"i1": worse})
    assert mean_reliability(Analysis.of(alone)) == pytest.approx(0.5)
    assert mean_reliability(Analysis.of(two())) is None
    assert confidence(Analysis.of(two()), None).level == "low"


def test_a_source_that_was_found_out_counts_as_it_is_known_by_now() -> None:
    wrong = [indicator(f"i{n}", {"others": 0.01}, source="s") for n in range(4)]
    made = [*wrong, indicator("telling", {"a": 0.9, "others": 0.1}, source="s")]
    case = case_of(tops(a=1, b=1), made, sources={"s": Beta(8, 2)})
    found = mean_reliability(Analysis.of(case))
    assert found == pytest.approx(Analysis.of(case).exact.reliability(0))
    assert found is not None and found < 0.7  # noqa: PT018
    certain = replace(case, sources={"s": replace(case.sources["s"], reliability={OTHERS: judged(Point(0.8))})})
    assert mean_reliability(Analysis.of(certain)) == pytest.approx(0.8)


def test_evidence_without_sources_is_graded_by_the_rest() -> None:
    stated = replace(indicator("i", {}, None), ratios={at("a"): judged(4.0), OTHERS: judged(1.0)})
    found = confidence(Analysis.of(case_of(tops(a=9, b=1), [stated])), 30.0)
    assert [reason.name for reason in found.reasons] == ["fragility", "width"]
