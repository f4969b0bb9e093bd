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


def said(case: Case) -> str:
    evidence = Evidence.of(case)
    return rests_on(evidence, case, without_factors(evidence))


def test_rests_on_what_overturns_it() -> None:
    assert said(case_of(4.0, prior=(1, 2))) == (
        "The conclusion that “Alpha” leads rests on “Report 0”: without it, “Beta” would lead."
    )
    assert "rests on “Report 0” and “Report 1”: without any one of them" in said(case_of(2.0, 2.0, prior=(1, 3)))


def test_rests_on_no_single_one() -> None:
    sentence = said(case_of(4.0, 4.0, 0.5))
    assert "rests on no single piece of evidence: it leads without any one of them." in sentence
    assert "It owes most to “Report 0” (without it 67 % instead of 89 %)" in sentence
    assert "what speaks against it most is “Report 2” (without it 94 % instead of 89 %)" in sentence
    assert "less than one percentage point" in said(case_of(1.0, 1.01, prior=(2, 1)))


def test_rests_on_nothing() -> None:
    assert said(case_of()) == "There is no evidence yet: the conclusion rests on the prior weights alone."
    assert said(case_of(1.0)) == "There is no conclusion to rest on anything: “Alpha” and “Beta” are level at 50 %."


def test_a_tie_after_removal_is_no_new_leader() -> None:
    assert "rests on no single piece" in said(case_of(2.0, prior=(1, 1)))


def test_sources() -> None:
    case = case_of(4.0, 2.0, prior=(1, 2))
    assert rests_on_sources(Evidence.of(case), case, ()) == ""
    for seed in range(5):
        other = random_case(seed)
        evidence = Evidence.of(other)
        assert rests_on_sources(evidence, other, without_sources(evidence, other)).endswith(".")


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


def test_others() -> None:
    case = random_case(3, unknown=0.4)
    evidence = Evidence.of(case)
    leader = evidence.problem.leaves[evidence.leader]
    sentences = [
        depends(case, leader, dependence(evidence)),
        bounded(case, leader, bounds(evidence)),
        find_out(case, prospects(evidence)),
        find_out(case, ()),
        replayed(case, replay(evidence, case)),
        *flagged(case, flag(evidence)),
    ]
    for sentence in sentences:
        assert sentence[0] == capitalised(sentence)[0]
        assert sentence.endswith(".")


def test_replayed_names_the_day() -> None:
    case = case_of(4.0, prior=(1, 2))
    case = replace(case, indicators={n: replace(i, seen="2023-05-03") for n, i in case.indicators.items()})
    sentence = replayed(case, replay(Evidence.of(case), case))
    assert sentence == "At the start “Beta” led; “Alpha” took the lead on 2023-05-03."


def test_disagreed() -> None:
    first, second = case_of(4.0, 2.0), replace(case_of(4.0, 0.5, prior=(1, 2)), title="Another")
    sentence = disagreed(first, second, disagreement(first, second, "a"))
    assert sentence.startswith("On “Alpha” “Another” is -9.0 dB from “A case”; most of all through the likelihood of")
    assert "the prior weights at the top (-3.0 dB)" in sentence
    assert "differ in no judgement" in disagreed(first, first, disagreement(first, first, "a"))
    assert "different hypotheses" in disagreed(first, second, None)


def test_rounding_does_not_move_a_probability_off_an_edge() -> None:
    for band in BANDS:
        assert words(np.nextafter(band.low, 0)) == words(band.low) == band.term
        assert words(band.low - 1e-9) != band.term
    assert words(0.99 - 1e-16) == words(0.99) == "almost certain (above 99 %)"
    assert words_touched(11 / 20 - 1e-16, 0.6) == ["likely"]


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


def test_numbers() -> None:
    assert [percent(p) for p in (0, 0.004, 0.006, 0.5, 0.994, 0.996)] == [
        "below 1 %", "below 1 %", "1 %", "50 %", "99 %", "above 99 %",
    ]  # fmt: skip
    assert [chance(p) for p in (0.5, 0.012, 0.00034, 0.97, 0.9996)] == ["0.50", "0.012", "0.00034", "0.970", "0.99960"]
    assert [times(f) for f in (1.04, 9.99, 25.3, 4000)] == ["1.0", "10.0", "25", "over a thousand"]
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("reliability", "width", "factor_of_prior", "level"),
    [(0.95, 0.1, 30.0, "high"), (0.75, 0.1, 30.0, "moderate"), (0.95, 0.3, 30.0, "moderate"),
     (0.95, 0.1, 1.2, "low"), (0.6, 0.1, 30.0, "low"), (0.95, 0.6, 30.0, "low")],
)  # fmt: skip
def test_confidence_is_the_lowest_of_three(
    reliability: float, width: float, factor_of_prior: float, level: str
) -> None:
    case = case_of(2.0, 1.0, prior=(factor_of_prior, 1), reliability=reliability)
    evidence = Evidence.of(case)
    if factor_of_prior < 2:
        case = replace(case, indicators={"i1": case.indicators["i1"]})
        evidence = Evidence.of(case)
    found = confidence(evidence, tipping(evidence, case), (0.5, 0.5 + width))
    assert found.level == level
    assert not any(f" {term}" in found.sentence.lower() for term in TERMS)
    assert [reason.name for reason in found.reasons] == ["quality", "fragility", "width"]


def test_quality_is_weighed_by_the_evidence() -> None:
    case = case_of(3.0, 1.0)
    worse = replace(case.indicators["i1"], reliability=Judgement(Point(0.5), "F"))
    case = replace(case, indicators={**case.indicators, "i1": worse})
    assert mean_reliability(Evidence.of(case)) == pytest.approx(1.0)
    grouped = replace(case, groups={"g": Group("g", "G", ("i0", "i1"), Judgement(Point(0.3), "x"))})
    assert mean_reliability(Evidence.of(grouped)) == pytest.approx(1.0)
    assert mean_reliability(Evidence.of(edited(case, i0=None))) == pytest.approx(0.5)
    assert mean_reliability(Evidence.of(case_of())) is None
    assert confidence(Evidence.of(case_of()), (), (0.4, 0.5)).level == "low"


def test_explanation_has_the_shape_of_the_contract() -> None:
    case = random_case(3)
    evidence = Evidence.of(case)
    draws = draw_posterior(evidence.problem, evidence.exact, np.random.default_rng(0), 200)
    found = json.loads(json.dumps(explain(evidence, case, draws=draws).as_dict(), allow_nan=False))
    assert {"for", "against", "prior_db", "posterior_db", "weights", "shapley", "without"} <= found.keys()
    assert [row["factor"] for row in found["weights"]] == list(evidence.factors)
    assert [row["factor"] for row in found["shapley"]] == list(evidence.factors)
    assert [row["factor"] for row in found["without"]] == list(evidence.factors)
    assert all(list(row["posterior"]) == list(evidence.problem.nodes) for row in found["without"])
    assert all(row["interval"][0] <= row["interval"][1] for row in found["weights"])


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
