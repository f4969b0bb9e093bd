"""What a valid file means: distributions, defaults, inheritance, text that stays as it was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from closeness import close_to
from scipy import special

from falseflag.case import OTHERS, Case, load, load_text
from falseflag.case.elicitation import MAX_INTERVALS
from falseflag.case.model import PRESENT, Report
from falseflag.distributions import CLOSE_ENOUGH, Beta, Judgement, Point, beta_from_interval, betas_from_intervals
from falseflag.errors import CaseError
from falseflag.scales import TERMS

POSITIVE = Path(__file__).parent / "positive"


def case_with(likelihood: str = "likely", rest: str = "", indicator: str = "") -> Case:
    return load_text(
        f"title: t\nhypotheses: {{a: {{}}, b: {{}}}}\n{rest}\n"
        f"indicators: {{i: {{observed: present, likelihood: {{others: {likelihood}}} {indicator}}}}}\n"
    )


def judgement(written: str) -> Judgement:
    return case_with(written).indicators["i"].likelihood[OTHERS]


@pytest.mark.parametrize(
    ("written", "distribution"),
    [
        ("0.3", Point(0.3)),
        (".5", Point(0.5)),
        ("+3.0e-1", Point(0.3)),
        ("{mean: 0.25, strength: 12}", Beta(3, 9)),
        ("{alpha: 2, beta: 5}", Beta(2, 5)),
        ("{count: 3, of: 17}", Beta(3.5, 14.5)),
        ("{count: 0, of: 0}", Beta(0.5, 0.5)),
    ],
)
def test_forms_stand_for_their_distributions(written: str, distribution: Beta | Point) -> None:
    assert judgement(written) == Judgement(distribution, written)


def test_an_interval_is_the_5_and_95_percent_quantiles() -> None:
    assert judgement("[0.1, 0.4]").scalar.quantiles == pytest.approx((0.1, 0.4), abs=1e-9)
    assert judgement("[0.1, 0.4]").written == "[0.1, 0.4]"


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_the_interval_of_its_band(term: str) -> None:
    band = TERMS[term]
    assert judgement(term).scalar.quantiles == pytest.approx((band.low, band.high), abs=1e-9)
    assert judgement(f'"{term}"').written == term


def test_the_explained_form_is_the_same_with_a_reason() -> None:
    assert judgement("{value: [0.1, 0.4], why: no}") == close_to(
        Judgement(beta_from_interval(0.1, 0.4), "[0.1, 0.4]", "no")
    )


def test_many_intervals_at_once_are_as_one_by_one() -> None:
    intervals = [(0.1, 0.4), (1e-9, 0.5), (0.999, 0.9999), (0.2, 0.9), (0.4, 0.1), (0.0, 0.5)]
    assert betas_from_intervals(intervals) == close_to(
        [*(beta_from_interval(*ends) for ends in intervals[:4]), None, None]
    )
    assert betas_from_intervals([]) == []
    for ends, beta in zip(intervals[:4], betas_from_intervals(intervals), strict=False):
        assert beta is not None
        assert special.betainc(beta.alpha, beta.beta, ends) == pytest.approx([0.05, 0.95], abs=1e-9)


@pytest.mark.parametrize("width", [1.1e-4, 0.9e-4, 3e-5])
@pytest.mark.parametrize("centre", [-6.0, -1.0, 0.0, 2.0])
def test_narrow_intervals_are_their_quantiles_where_they_are_expanded_too(width: float, centre: float) -> None:
    ends = special.expit(centre + width * np.array([-0.5, 0.5]))
    beta = beta_from_interval(*ends)
    error = special.logit(special.betainc(beta.alpha, beta.beta, ends)) - special.logit([0.05, 0.95])
    assert np.abs(error).max() < CLOSE_ENOUGH


def test_too_many_different_intervals_are_refused() -> None:
    statements = ", ".join(f"x{i}: [0.1, {0.2 + i * 1e-5:.6f}]" for i in range(MAX_INTERVALS + 1))
    with pytest.raises(CaseError, match="at most 2,000 different intervals"):
        load_text(f"title: t\nindicators: {{i: {{observed: present, likelihood: {{{statements}}}}}}}\n")


def test_texts_stay_what_was_written() -> None:
    case = load(POSITIVE / "every_form.yaml")
    assert (case.title, case.date, case.hypotheses[0].label, case.hypotheses[0].why) == (
        "2023",
        "2023-05",
        "no",
        "12:30",
    )
    assert [node.name for node in case.nodes] == ["no", "on", "on.deep", "on.deep.x", "on.deep.y", "on.flat"]
    assert case.sources["s3"].why == "4"
    assert case.indicators["spreads"].seen == "2023-05-03T02:27:00Z"


def test_prior_strength_is_inherited_downwards() -> None:
    strengths = {node.name: node.prior_strength for node in load(POSITIVE / "every_form.yaml").nodes}
    assert strengths == {"no": 25, "on": 3, "on.deep": 3, "on.deep.x": 3, "on.deep.y": 3, "on.flat": 3}


def test_defaults() -> None:
    case = case_with(rest="dependence: {g: {indicators: [i]}}")
    assert case.prior_strength == 10
    assert [(node.label, node.weight, node.prior_strength) for node in case.nodes] == [("a", 1, 10), ("b", 1, 10)]
    assert case.indicators["i"].reports == (Report("", PRESENT),)
    assert case.groups["g"].correlation[OTHERS].distribution == Beta(1, 1)
    assert (case.timezone, case.circumstances, case.deception, case.propositions) == ("UTC", {}, {}, {})


def test_reasons_of_weights_are_kept() -> None:
    case = load(POSITIVE / "every_form.yaml")
    on = next(node for node in case.nodes if node.name == "on")
    assert (on.weight, on.weight_why, case.prior_strength_why) == (4, "Four of five were.", "A guess.")


@pytest.mark.parametrize(
    ("grade", "grades", "mean"),
    [
        ("B2", "", 0.85),
        ("A3", "", 0.70),
        ("A6", "", 0.95),
        ("F6", "", 0.50),
        ("E5", "", 0.50),
        ("D4", "", 0.60),
        ("B2", "{B: 0.99}", 0.85),
        ("B2", "{2: 0.99}", 0.99),
        ("B6", "{B: 0.99}", 0.99),
        ("B6", "{6: 0.99}", 0.85),
        ("C1", "{A/1: 0.99}", 0.99),
        ("A6", "{A/1: 0.99}", 0.99),
        ("A1", "{1: 0.9, A/1: 0.99}", 0.9),
        ("B2", "{2: 0.7, B2: 0.99}", 0.99),
    ],
)
def test_a_grade_is_looked_up_whole_then_by_digit_or_letter(grade: str, grades: str, mean: float) -> None:
    case = case_with(rest=f"grades: {grades}\nsources: {{s: {{grade: {grade}}}}}", indicator=", source: s")
    graded = case.sources["s"].reliability
    assert graded is not None
    assert graded[OTHERS].scalar.mean == pytest.approx(mean, rel=1e-12)
    assert graded[OTHERS].written == grade


def test_a_source_s_reliability_goes_before_its_grade_and_a_report_s_before_both() -> None:
    sources = "sources: {s: {grade: B2, reliability: 0.6}, t: {}}"
    own = case_with(rest=sources, indicator=", source: s").sources["s"].reliability
    assert own is not None
    assert own[OTHERS].distribution == Point(0.6)
    (report,) = case_with(rest=sources, indicator=", source: s, reliability: 0.7").indicators["i"].reports
    assert report.reliability is not None
    assert report.reliability[OTHERS].distribution == Point(0.7)
    (report,) = case_with(rest=sources, indicator=", source: t").indicators["i"].reports
    assert report.reliability is None
    assert case_with(rest=sources).sources["t"].reliability is None


def test_empty_optional_keys_count_as_not_written() -> None:
    assert case_with(rest="question:\nsources: ~\ndate: null").question == ""


def test_a_case_in_memory_has_no_files() -> None:
    case = case_with()
    assert (case.path, case.files, case.sha256) == ("<text>", (), "")
    with pytest.raises(CaseError, match=r"x\.yaml:1: extends: Only a case that is read from a file"):
        load_text(b"extends: a.yaml", name="x.yaml")
