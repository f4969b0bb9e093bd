"""Sentences are true of the case, in degenerate cases too; confidence follows its rule; records are as promised."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from random_cases import edited, random_case

from falseflag.case.model import Case, Group, Hypothesis, Indicator
from falseflag.distributions import Beta, Judgement, Point
from falseflag.exact.draws import draw_posterior
from falseflag.explain.believe import believe
from falseflag.explain.bounds import bounds
from falseflag.explain.collection import prospects
from falseflag.explain.compare import compare, disagreement
from falseflag.explain.confidence import confidence, mean_reliability
from falseflag.explain.dependence import dependence
from falseflag.explain.evidence import Evidence
from falseflag.explain.explanation import explain
from falseflag.explain.flags import flag
from falseflag.explain.labels import capitalised, chance, listed, percent, times
from falseflag.explain.replay import replay
from falseflag.explain.robustness import robust
from falseflag.explain.tipping import tipping
from falseflag.explain.without import without_factors, without_sources
from falseflag.explain.words import (
    believed,
    bounded,
    depends,
    find_out,
    flagged,
    replayed,
    rests_on,
    rests_on_sources,
    tips,
)
from falseflag.explain.words_compared import disagreed, judgement
from falseflag.scales import BANDS, TERMS, words, words_touched


def case_of(*ratios: float, prior: tuple[float, float] = (1.0, 1.0), reliability: float = 1.0) -> Case:
    """Two hypotheses; each report is so many times as probable under the first as under the second."""
    tops = (Hypothesis("a", "Alpha", prior[0], 10.0), Hypothesis("b", "Beta", prior[1], 10.0))
    indicators = {
        f"i{n}": Indicator(
            f"i{n}",
            f"Report {n}",
            observed=True,
            likelihood={"a": Judgement(Beta(20 * p, 20 * (1 - p)), "x"), "others": Judgement(Beta(2, 8), "x")},
            reliability=Judgement(Point(reliability), "x"),
        )
        for n, p in enumerate(0.2 * ratio for ratio in ratios)
    }
    return Case("A case", tops, indicators, 10.0)


def test_tips() -> None:
    case = case_of(2.0)
    evidence = Evidence.of(case)
    sentence = tips(case, "a", tipping(evidence, case))
    assert sentence.startswith("“Beta” would overtake “Alpha” if the prior weight of “Alpha” were 0.5 instead of 1")
    level = case_of(1.0)
    assert "level" in tips(level, "a", tipping(Evidence.of(level), level))
    assert tips(case, "a", ()) == "No change of a single judgement would take the lead from “Alpha”."


def test_believed() -> None:
    case = case_of(2.0)
    sentence = believed(case, believe(Evidence.of(case), "b"))
    assert sentence.startswith("For “Beta” to lead, one would have to believe that “Report 0” under")
    assert "all others" in sentence
    assert "leads already" in believed(case, believe(Evidence.of(case), "a"))
    never = case_of(2.0, prior=(1000, 1), reliability=0.6)
    assert believed(never, believe(Evidence.of(never), "b")).startswith(
        "No change of the likelihoods makes “Beta” lead"
    )


def test_disagreed() -> None:
    first, second = case_of(4.0, 2.0), replace(case_of(4.0, 0.5, prior=(1, 2)), title="Another")
    sentence = disagreed(first, second, disagreement(first, second, "a"))
    assert sentence.startswith("On “Alpha” “Another” is -9.0 dB from “A case”; most of all through the likelihood of")
    assert "the prior weights at the top (-3.0 dB)" in sentence
    assert "differ in no judgement" in disagreed(first, first, disagreement(first, first, "a"))
    assert "different hypotheses" in disagreed(first, second, None)


def test_every_judgement_has_words() -> None:
    first = random_case(0, indicators=4, groups=1)
    names = [
        judgement(first, first, what)
        for what in [
            ("hypotheses",),
            ("hypotheses", first.hypotheses[0].name, "children"),
            ("indicators", "i0"),
            ("indicators", "i0", "observed"),
            ("indicators", "i0", "reliability"),
            ("indicators", "i0", "likelihood", "others"),
            ("sources", "s0", "reliability"),
            ("dependence", "g0", "correlation"),
            ("dependence", "g0", "g1"),
        ]
    ]
    assert len(set(names)) == len(names)


def test_the_other_records_have_the_shapes_of_the_contract() -> None:
    case = random_case(3, unknown=0.3)
    evidence = Evidence.of(case)
    found = json.loads(json.dumps(robust(evidence, case).as_dict(), allow_nan=False))
    assert found["leader"] == evidence.problem.leaves[evidence.leader]
    whats = [row["what"] for row in found["tipping"]]
    assert ["hypotheses", case.hypotheses[0].name, "prior"] in whats
    assert all({"what", "written", "tips_at", "new_leader"} <= row.keys() for row in found["tipping"])
    assert set(found["dependence"]) == {"none", "as_written", "full"}
    for row in json.loads(json.dumps([p.as_dict() for p in prospects(evidence)], allow_nan=False)):
        assert {"indicator", "bits", "p_present", "if_present", "if_absent"} <= row.keys()
    json.dumps([stage.as_dict() for stage in replay(evidence, case)], allow_nan=False)
    json.dumps(compare([case, case]).as_dict(), allow_nan=False)
