"""What a file of the second edition means: distributions, conditions, reports, staging, and what it is warned of."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from scipy import special, stats

from falseflag.case import OTHERS, Case, Condition, load, load_text
from falseflag.case.model import ABSENT, PRESENT, Report
from falseflag.case.states import MAX_STATES, State, states
from falseflag.distributions import Beta, Dirichlet, Fixed, LogNormal, Point, beta_from_interval, beta_from_quantiles
from falseflag.errors import CaseError

POSITIVE = Path(__file__).parent / "positive"
SITE = "circumstances: {site: {values: [home, away], probability: {others: {home: 1, away: 1}}}}\n"
INDICATOR = "indicators: {i: {observed: present, likelihood: {others: likely}}}\n"


def case_of(rest: str, hypotheses: str = "{a: {children: {x: {}, y: {}}}, b: {}}") -> Case:
    return load_text(f"title: t\nhypotheses: {hypotheses}\n{rest}")


def warnings_of(rest: str) -> list[str]:
    return [f"{each.line}: {each.path}: {each.message}" for each in case_of(rest).warnings]


def distribution(indicator: str, condition: Condition = OTHERS, case: str = "elicited") -> object:
    return load(POSITIVE / f"{case}.yaml").indicators[indicator].likelihood[condition].distribution


def parameters(distribution: object) -> tuple[float, float]:
    assert isinstance(distribution, Beta)
    return distribution.alpha, distribution.beta


A, B = Condition("a"), Condition("b")


@pytest.mark.parametrize(
    ("indicator", "condition", "expected"),
    [
        ("percent", A, Point(0.6)),
        ("percent", B, Point(0.005)),
        ("fraction", A, Point(0.9)),
        ("fraction", B, Point(0.125)),
        ("odds", A, Point(0.75)),
        ("odds", B, Point(0.1)),
        ("certain", A, Point(1.0)),
        ("certain", B, Point(0.0)),
        ("weights", A, Beta(6.0, 2.0)),
        ("weights", OTHERS, Point(0.25)),  # the case's prior_strength is certain
        ("firm_weights", OTHERS, Point(0.75)),
        ("firm_mean", OTHERS, Point(0.3)),
        ("named", A, Dirichlet((5.0, 2.0, 1.0))),
        ("pair", A, Beta(3.0, 1.0)),
        ("pair", OTHERS, Point(0.25)),
    ],
)
def test_new_forms_stand_for_their_distributions(indicator: str, condition: Condition, expected: object) -> None:
    assert distribution(indicator, condition) == expected


def test_intervals_may_hold_percentages_fractions_and_odds() -> None:
    for indicator in ("percent", "fraction"):
        assert distribution(indicator, Condition("alpha")) == beta_from_interval(0.1, 0.4)
    assert distribution("odds", Condition("alpha")) == beta_from_interval(0.1, 0.4)


def test_terms_of_a_case_are_used_as_icd_203_terms_are() -> None:
    assert distribution("words", A) == beta_from_interval(0.2, 0.4)
    explained = load(POSITIVE / "elicited.yaml").indicators["words"].likelihood[B]
    assert (explained.distribution, explained.why) == (beta_from_interval(0.4, 0.6), "Why not.")


def test_fixed_weights_of_many_values_add_up_to_one() -> None:
    fixed = distribution("named")
    assert isinstance(fixed, Fixed)
    assert fixed.probabilities == pytest.approx((1 / 7, 2 / 7, 4 / 7))


def test_quantiles_are_fitted_by_least_squares_and_the_worst_miss_is_shown() -> None:
    judgement = load(POSITIVE / "elicited.yaml").indicators["quantiles"].likelihood[A]
    beta = judgement.scalar
    assert isinstance(beta, Beta)
    misses = stats.beta(beta.alpha, beta.beta).ppf([0.25, 0.5, 0.75]) - [0.1, 0.2, 0.35]
    assert (
        judgement.written == f"{{quantiles: {{0.25: 0.1, 0.5: 0.2, 0.75: 0.35}}}}, worst miss {abs(misses).max():.2g}"
    )
    for alpha, beta_ in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)):  # no neighbour does better
        other = stats.beta(beta.alpha * alpha, beta.beta * beta_).ppf([0.25, 0.5, 0.75]) - [0.1, 0.2, 0.35]
        assert (other**2).sum() > (misses**2).sum()


@pytest.mark.parametrize(
    ("alpha", "beta"), [(2.0, 5.0), (0.3, 0.4), (50.0, 3.0), (4000.0, 9000.0), (0.18, 2.82), (0.05, 3.0)]
)
def test_two_quantiles_of_a_beta_give_it_back(alpha: float, beta: float) -> None:
    quantiles = special.betaincinv(alpha, beta, [0.2, 0.9])
    found, miss = beta_from_quantiles([0.2, 0.9], quantiles)
    assert miss < 1e-9
    assert special.betainc(found.alpha, found.beta, quantiles) == pytest.approx([0.2, 0.9], abs=1e-6)


def test_the_quantiles_of_an_interval_are_the_interval() -> None:
    for low, high in [(0.1, 0.4), (1.5692e-08, 0.32318), (0.9, 0.999)]:
        interval, (found, _) = beta_from_interval(low, high), beta_from_quantiles([0.05, 0.95], [low, high])
        assert parameters(found) == pytest.approx(parameters(interval), rel=1e-6)


def test_ratios_are_points_or_log_normal() -> None:
    ratios = load(POSITIVE / "elicited.yaml").indicators["ratios"].ratios
    assert [each.distribution for each in ratios.values()] == [LogNormal.from_interval(2, 6), Point(0.5), Point(1.0)]
    interval = LogNormal.from_interval(2, 6)
    assert interval.quantiles == pytest.approx((2, 6))
    assert interval.mean == pytest.approx(math.exp(interval.mu + interval.sigma**2 / 2))


def test_strengths_may_be_certain() -> None:
    case = load(POSITIVE / "elicited.yaml")
    assert (case.prior_strength, case.prior_strength_why) == (math.inf, "A base rate.")
    assert [node.prior_strength for node in case.nodes] == [4, 4, 4, math.inf, math.inf]


def test_a_grade_has_the_spread_of_its_strength() -> None:
    sources = load(POSITIVE / "elicited.yaml").sources

    def reliability(name: str, condition: Condition = OTHERS) -> object:
        found = sources[name].reliability
        assert found is not None
        return found[condition].distribution

    assert parameters(reliability("graded")) == pytest.approx((17.5, 7.5))
    assert parameters(reliability("own_table")) == pytest.approx(
        (4, 1)
    )  # an entry of 'grades' with a spread stays as it is
    assert reliability("firm") == Point(0.95)
    assert reliability("conditional", Condition("alpha")) == beta_from_interval(0.2, 0.45)


def test_a_grade_is_worth_ten_reports_where_nothing_is_said_and_a_mean_of_1_stays_certain() -> None:
    case = case_of("grades: {A: 1, '6': 0.5}\nsources: {s: {grade: A1}, t: {grade: A6}}\nindicators: {}\n")
    reliabilities = [source.reliability for source in case.sources.values()]
    graded, sure = [each[OTHERS].distribution for each in reliabilities if each]
    assert parameters(graded) == pytest.approx((9.5, 0.5))
    assert sure == Point(1)


def test_circumstances_have_values_labels_and_rows() -> None:
    case = load(POSITIVE / "circumstances.yaml")
    site, alarm, seen_by = case.circumstances.values()
    assert dict(site.values) == {"home": "at home", "away": "abroad", "sea": "sea"}
    assert dict(alarm.values) == {"yes": "yes", "no": "no"}
    assert site.label == "Where they took off"
    rows = {str(condition): row.distribution for condition, row in site.probability.items()}
    assert rows == {
        "ukraine": Dirichlet((3.0, 2.0, 0.0)),
        "ukraine.raid": Fixed((0.0, 0.0, 1.0)),
        "other": Fixed((1.0, 0.0, 0.0)),
    }
    rows = {str(condition): row.distribution for condition, row in alarm.probability.items()}
    assert rows["ukraine & site=sea"] == Beta(2.5, 7.5)
    assert rows["site=away"] == Point(0.0)
    assert seen_by.probability[Condition(values=(("alarm", "yes"), ("site", "home")))].distribution == Point(0.3)


def test_states_are_the_possible_combinations() -> None:
    outline = load(POSITIVE / "circumstances.yaml").outline
    found = list(states(outline))
    assert State("ukraine.raid", ("sea", "yes", "some")) in found
    assert not [state for state in found if state.leaf == "ukraine.raid" and state.values[0] != "sea"]
    assert {state.staged for state in found if state.leaf == "other"} == {"other"}  # it stages for certain


def test_several_sources_report_on_one_fact() -> None:
    radio, papers = load(POSITIVE / "circumstances.yaml").indicators["heard"].reports
    assert radio == Report("radio", PRESENT)
    assert (papers.source, papers.says, papers.seen) == ("papers", ABSENT, "2023-05-03T02:30+03:00")
    assert (papers.where, papers.why) == ("page 2", "They erred.")
    assert papers.reliability is not None
    assert papers.reliability[Condition(values=(("site", "sea"),))].distribution == Point(0.5)


def test_one_report_stands_where_several_would() -> None:
    case = case_of(
        "sources: {s: {}}\nindicators:\n  i: {observed: absent, source: s, where: p1, seen: 2023, reliability: 0.7, "
        "likelihood: {others: likely}}\n  j: {observed: unknown, source: s, likelihood: {others: likely}}\n"
    )
    (report,) = case.indicators["i"].reports
    assert (report.source, report.says, report.where, report.seen) == ("s", ABSENT, "p1", "2023")
    assert report.reliability is not None
    assert report.reliability[OTHERS].distribution == Point(0.7)
    assert (case.indicators["j"].reports, case.indicators["j"].source) == ((), "s")
    assert not case.indicators["j"].is_evidence


def test_silence_is_evidence() -> None:
    indicator = load(POSITIVE / "elicited.yaml").indicators["silent"]
    assert indicator.is_silent
    assert indicator.is_evidence
    assert indicator.detection[Condition("alpha")].distribution == Point(0.3)


def test_correlation_and_reliability_may_depend_on_the_state() -> None:
    case = load(POSITIVE / "circumstances.yaml")
    assert list(map(str, case.groups["media"].correlation)) == ["site=home", "others"]


def test_deception_blames_a_leaf_and_feigns_circumstances() -> None:
    entry = load(POSITIVE / "circumstances.yaml").deception["other"]
    assert entry.blames == Condition("ukraine.message", (("site", "home"),))
    assert entry.attempt.distribution == Point(1.0)
    assert entry.reach["shown"].distribution == Point(0.0)


def test_propositions_are_sets_of_conditions() -> None:
    propositions = load(POSITIVE / "circumstances.yaml").propositions
    assert propositions["abroad"].when == (Condition(values=(("site", "away"),)),)
    assert propositions["ours"].when == (Condition("ukraine"), Condition("other", (("site", "home"),)))


def test_white_space_and_order_in_conditions_are_free() -> None:
    spaced = case_of(SITE + "indicators: {i: {observed: present, likelihood: {site = home&a: 0.2, others: 0.3}}}")
    assert list(spaced.indicators["i"].likelihood) == [Condition("a", (("site", "home"),)), OTHERS]


def test_a_profile_of_the_second_edition() -> None:
    case = load(POSITIVE / "second_profile.yaml")
    assert list(case.circumstances) == ["launch_site", "surprised", "weather"]  # those of the base first
    rows = {
        str(condition): row.distribution for condition, row in case.circumstances["launch_site"].probability.items()
    }
    assert parameters(rows["ukraine"]) == pytest.approx((5.4, 3.6))  # strength alone was laid over
    assert "others" not in rows
    kremlin, pictures = case.sources["kremlin"].reliability, case.sources["pictures"].reliability
    assert kremlin is not None
    assert kremlin[OTHERS].distribution == Beta(2, 2)  # one value in place of a mapping by condition
    assert pictures is not None
    assert list(map(str, pictures)) == ["false_flag", "others"]
    assert [report.source for report in case.indicators["shot_down"].reports] == ["kremlin"]
    drones = case.indicators["drone_type"].likelihood
    weighed = drones[Condition("ukraine")].distribution
    assert isinstance(weighed, Dirichlet)
    assert weighed.concentration == pytest.approx((8 * 7 / 12, 8 * 2 / 12, 8 / 12, 8 * 2 / 12))
    assert drones[OTHERS].why == "No idea."
    assert list(case.deception["false_flag"].reach) == ["drone_type", "shot_down"]
    assert list(case.propositions) == ["ukrainians"]


# warnings


def test_a_condition_that_never_holds_is_warned_of() -> None:
    rest = "circumstances: {site: {values: [home, away], probability: {a: home, b: away}}}\n"
    rest += "indicators: {i: {observed: present, likelihood: {a & site=away: 0.1, others: 0.3}}}\n"
    assert warnings_of(rest) == ["4: indicators.i.likelihood.a & site=away: 'a & site=away' holds in no possible state"]


def test_a_statement_that_staging_looks_up_is_not_idle() -> None:
    rest = "circumstances: {site: {values: [home, away], probability: {a: home, b: away}}}\n"
    rest += "indicators: {i: {observed: present, likelihood: {a & site=away: 0.4, others: 0.3}}}\n"
    rest += "deception: {b: {blames: a.x, attempt: 0.5, reach: {i: 0.5}}}\n"
    assert warnings_of(rest) == []


def test_an_indicator_that_staging_cannot_change_is_warned_of() -> None:
    rest = INDICATOR + "deception: {b: {blames: a.x, attempt: 0.5, reach: {i: 0.5}}}\n"
    assert warnings_of(rest) == [
        "4: deception.b.reach.i: Staging cannot change 'i': who is blamed has the same statement as the author"
    ]


@pytest.mark.parametrize(
    ("observed", "own", "blamed", "is_warned"),
    [
        ("observed: present", 0.6, 0.3, True),
        ("observed: present", 0.3, 0.6, False),
        ("observed: absent", 0.3, 0.6, True),
        ("observed: unknown", 0.6, 0.3, False),
        ("observed: silent, detection: 0.5", 0.3, 0.6, True),
        ("observed: silent, detection: 0.5", 0.6, 0.3, False),
        ("observed: present, reliability: 0.2", 0.6, 0.3, False),
        ("observed: present, reliability: 0.2", 0.3, 0.6, True),
        ("reports: {s: present, t: {says: absent, reliability: 0.9}}", 0.6, 0.3, False),
        ("reports: {s: {says: present, reliability: 0.8}, t: {says: absent, reliability: 0.6}}", 0.6, 0.3, True),
    ],
)
def test_an_own_statement_that_fits_better_is_warned_of(
    observed: str, own: float, blamed: float, *, is_warned: bool
) -> None:
    indicator = f"{{{observed}, likelihood: {{b: {own}, others: {blamed}}}}}"
    rest = f"sources: {{s: {{grade: B4}}, t: {{}}}}\nindicators: {{i: {indicator}}}\n"
    rest += "deception: {b: {blames: a.x, attempt: 0.5, reach: {i: 0.5}}}\n"
    assert bool(warnings_of(rest)) is is_warned


def test_a_comment_right_after_text_is_warned_of() -> None:
    rest = "notes: Strike #2 hits\nquestion: Why? # a comment as it should be\nindicators: {}\n"
    assert warnings_of(rest) == [
        "3: notes: '#2 hits' is a comment to YAML, so this is only 'Strike'; a text with ' #' in it needs quotes"
    ]
    assert warnings_of("notes: 'Strike #2 hits'\nindicators: {}\n") == []
    assert warnings_of("notes: >-\n  Strike #2 hits\nindicators: {}\n") == []


def test_a_case_of_the_first_edition_is_warned_of_nothing() -> None:
    for name in ("format", "every_form", "learning", "profile"):
        assert load(POSITIVE / f"{name}.yaml").warnings == ()


# size


def binary(number: int) -> str:
    rows = "".join(f"  c{i}: {{probability: {{others: 0.5}}}}\n" for i in range(number))
    return f"circumstances:\n{rows}"


def test_a_case_has_at_most_2000_states() -> None:
    case_of(binary(9) + INDICATOR)
    with pytest.raises(CaseError, match=f"at most {MAX_STATES:,} states, staged ones counted, but has more"):
        case_of(binary(10) + INDICATOR)
    with pytest.raises(CaseError, match="at most 2,000 states"):
        case_of(binary(40) + INDICATOR)


def test_impossible_prefixes_do_not_count() -> None:
    rows = "".join(f"  c{i}: {{probability: {{others: yes}}}}\n" for i in range(40))
    assert len(list(states(case_of(f"circumstances:\n{rows}{INDICATOR}").outline))) == 3


def test_states_times_indicators_are_bounded() -> None:
    many = "".join(f"  i{i}: {{observed: present, likelihood: {{others: 0.5}}}}\n" for i in range(1303))
    with pytest.raises(CaseError, match=r"at most 2,000,000 states × indicators but has 1,536 × 1,303"):
        case_of(f"{binary(9)}indicators:\n{many}")


def test_gaps_without_end_are_found_in_no_time() -> None:
    rows = "".join(f"  c{i}: {{probability: {{others: 0.5}}}}\n" for i in range(30))
    with pytest.raises(CaseError, match=r"last\.probability: Should cover every leaf but leaves out a\.x"):
        case_of(f"circumstances:\n{rows}  last: {{probability: {{b: 0.5}}}}\n{INDICATOR}")
