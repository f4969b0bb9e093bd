"""Judgement, record and both; and where the first two conflict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from small_cases import case_of, indicator, tops
from typer.testing import CliRunner

from falseflag.case.learning import RecordPrior
from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.cli.app import app_for
from falseflag.distributions import Beta, Distribution, Point
from falseflag.explain.analysis import Analysis
from falseflag.explain.explanation import Explanation, explain
from falseflag.explain.learned import CONFLICT, blends, conflict, turned
from falseflag.explain.sentences import learned_sentence
from falseflag.problem import problem_of
from falseflag.record import INDICATORS, Incident, Record

PRIORS = Path(__file__).parents[3] / "priors"


def explained(case: Case) -> Explanation:
    return explain(Analysis.of(case), case)


def record(present: int, absent: int, author: str = "false_flag") -> Record:
    cells = [True] * present + [False] * absent
    return Record(
        tuple(
            Incident(f"i{k}", "t", "2000-01-01", "x", "y", author, "A", dict.fromkeys(INDICATORS) | {"precedent": cell})
            for k, cell in enumerate(cells)
        )
    )


def learned(judged: Beta | float, present: int, absent: int, *, opposite: bool = False) -> Case:
    made = indicator("i", {"a": judged, "others": Beta(2.0, 2.0)})
    made = replace(made, unlike="precedent") if opposite else replace(made, like="precedent")
    a, b = tops(a=1, b=1)
    case = case_of([replace(a, author_class="false_flag"), b], [made])
    return RecordPrior(record(present, absent), 0.5).updated(case)


@pytest.mark.parametrize("judged", [Beta(2.0, 5.0), Beta(0.5, 0.5), Beta(40.0, 3.0), Point(0.3), Point(0.999)])
@pytest.mark.parametrize("of", [0, 1, 9, 60])
def test_conflict_is_the_mass_of_no_more_probable_counts(judged: Distribution, of: int) -> None:
    if isinstance(judged, Beta):
        mass = stats.betabinom.pmf(np.arange(of + 1), of, judged.alpha, judged.beta)
    else:
        mass = stats.binom.pmf(np.arange(of + 1), of, judged.value)
    for count in range(of + 1):
        expected = sum(m for m in mass if m <= mass[count] * (1 + 1e-9))
        assert conflict(judged, count, of) == pytest.approx(min(1.0, expected), rel=1e-6)


def test_a_judgement_that_the_record_contradicts_conflicts() -> None:
    (row,) = blends(learned(Beta(30.0, 2.0), 1, 15))
    assert row.is_conflict
    assert row.conflict < 1e-6


@pytest.mark.parametrize("opposite", [False, True])
def test_a_judgement_that_the_record_bears_out_does_not(opposite: bool) -> None:  # noqa: FBT001
    counts = (15, 1) if opposite else (1, 15)
    (row,) = blends(learned(Beta(2.0, 30.0), *counts, opposite=opposite))
    assert not row.is_conflict
    assert row.count == "1 of 16"


def test_conflicts_come_as_seldom_as_they_should_where_there_is_none() -> None:
    """Over what the judgement itself predicts, p is below its limit at most that often (exactly, by enumeration)."""
    judged, of = Beta(3.0, 4.0), 40
    mass = stats.betabinom.pmf(np.arange(of + 1), of, judged.alpha, judged.beta)
    share = sum(m for k, m in enumerate(mass) if conflict(judged, k, of) < CONFLICT)
    assert 0 < share < CONFLICT


def test_rows_show_judgement_record_and_both() -> None:
    case = learned(Beta(2.0, 5.0), 6, 2)
    row = explained(case).to_dict()["learned"][0]
    assert (row["indicator"], row["node"], row["class"], row["like"]) == ("i", "a", "false_flag", "precedent")
    for name, beta in (("judgement", Beta(2.0, 5.0)), ("record", Beta(3.5, 1.5)), ("both", Beta(5.0, 6.0))):
        assert row[name]["mean"] == pytest.approx(beta.mean)
        assert row[name]["interval"] == pytest.approx(beta.quantiles)
    assert (row["record"]["present"], row["record"]["of"]) == (6, 8)


def test_what_is_fixed_is_said_to_learn_nothing() -> None:
    found = explained(learned(0.4, 6, 2))
    assert found.learned[0].is_fixed
    assert any("1 of them is fixed" in sentence for sentence in found.sentences)


def test_leaves_without_a_class_are_warned_of() -> None:
    case = learned(Beta(2.0, 5.0), 6, 2)
    assert "“B” has no class of author" in explained(case).sentences[-1]
    whole = replace(case, hypotheses=tuple(replace(leaf, author_class="accident") for leaf in case.hypotheses))
    assert "no class" not in explained(whole).sentences[-1]


def test_how_much_is_learned_is_said_in_the_right_number() -> None:
    case = learned(Beta(30.0, 2.0), 1, 15)
    said = learned_sentence(case, blends(case))
    start, how = "1 likelihood of 1 indicator learns from 16 resolved cases", "each is added to the judgements"
    assert said.startswith(f"{start}: {how} with a weight of 0.5.")
    assert "Judgement and record conflict on “I” under “A”" in said
    assert "it was judged to have a probability of 0.938, and was so in 1 of 16 cases." in said
    rows = blends(case) * 2
    assert learned_sentence(case, rows).startswith("2 likelihoods of 1 indicator learn from 16 resolved cases: ")


def test_a_case_that_does_not_learn_says_nothing_of_it() -> None:
    case = case_of(tops(a=1, b=1), [indicator("i", {"others": 0.5})])
    found = explained(case)
    assert found.to_dict()["learned"] == []
    assert not any("resolved" in sentence for sentence in found.sentences)


def test_rows_of_split_statements_name_condition_and_class_apart() -> None:
    tree = [
        replace(each, author_class=of)
        for each, of in zip(tops(a=1, b=1, c=1), ("false_flag", "adversary", ""), strict=True)
    ]
    made = replace(indicator("i", {"others": Beta(2.0, 3.0)}), like="precedent")
    case = RecordPrior(record(9, 1), 1.0).updated(case_of(tree, [made]))
    found = explained(case).to_dict()
    assert [(row["node"], row["class"]) for row in found["learned"]] == [
        ("others", "false_flag"),
        ("others", "adversary"),
    ]
    assert "@" not in str(found)


def pointed(judged: tuple[float, float], false_flags: tuple[int, int], accidents: tuple[int, int]) -> Case:
    """A case of two equally probable hypotheses, with what was judged and how many have it and have it not."""
    tree = [replace(each, author_class=of) for each, of in zip(tops(a=1, b=1), ("false_flag", "accident"), strict=True)]
    one, other = (Beta(10 * p, 10 - 10 * p) for p in judged)
    made = replace(indicator("i", {"a": one, "b": other}), like="precedent")
    seen = Record(record(*false_flags).incidents + record(*accidents, author="accident").incidents)
    return RecordPrior(seen, 1.0).updated(case_of(tree, [made]))


def test_an_indicator_that_the_record_reads_the_other_way_is_told_with_both_numbers() -> None:
    case = pointed((0.6, 0.3), (2, 8), (9, 3))
    judged, seen = 10 * np.log10(0.6 / 0.3), 10 * np.log10((2.5 / 11) / (9.5 / 13))
    one, other = turned(case)
    assert (one.node, other.node) == ("a", "b")
    assert (one.judged, one.record) == pytest.approx((judged, seen))
    assert (other.judged, other.record) == pytest.approx((-judged, -seen))
    (told,) = [sentence for sentence in explained(case).sentences if "opposite ways" in sentence]
    assert (
        "“I” was judged to speak for “A” where present (+3.0 dB), and in the record speaks against it (−5.1 dB)" in told
    )


@pytest.mark.parametrize(
    ("judged", "false_flags", "accidents"),
    [((0.6, 0.3), (8, 2), (3, 9)), ((0.6, 0.3), (5, 5), (6, 5)), ((0.51, 0.5), (2, 8), (9, 3))],
    ids=["the same way", "the record says little", "the judgement says little"],
)
def test_nothing_is_said_where_both_point_one_way_or_one_hardly_points(
    judged: tuple[float, float], false_flags: tuple[int, int], accidents: tuple[int, int]
) -> None:
    case = pointed(judged, false_flags, accidents)
    assert turned(case) == ()
    assert not any("opposite ways" in sentence for sentence in explained(case).sentences)


def test_the_weights_of_several_leaves_are_the_prior_s() -> None:
    """The shipped case's links, worked out from its leaves' probabilities and statements by hand."""
    case = load(PRIORS / "kremlin_record.yaml")
    problem = problem_of(case)
    assert case.learning is not None
    (told,) = [one for one in turned(case) if (one.indicator, one.node) == ("mass_casualties", "false_flag")]
    sums = {True: np.zeros(3), False: np.zeros(3)}
    rows = {row.condition: row for row in case.learning.statements if row.indicator == "mass_casualties"}
    for state, prior, own in zip(
        problem.states, problem.prior, problem.own_of[problem.indicators.index("mass_casualties")], strict=True
    ):
        row = rows[problem.statement_names[own].condition]
        if not state.staged:
            sums[state.leaf.startswith("false_flag")] += prior * np.array(
                [1, row.judgement.scalar.mean, row.record.mean]
            )
    expected = [10 * np.log10(sums[True][k] / sums[True][0] / (sums[False][k] / sums[False][0])) for k in (1, 2)]
    assert (told.judged, told.record) == pytest.approx(expected)
    found = CliRunner().invoke(app_for([]), ["check", str(PRIORS / "kremlin_record.yaml")])
    assert found.exit_code == 0
    assert "warning: learn: Judgement and record point opposite ways" in found.output
