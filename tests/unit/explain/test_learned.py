"""Judgement, record and both; and where the first two conflict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from small_cases import case_of, indicator, tops

from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case
from falseflag.distributions import Beta, Distribution, Point
from falseflag.explain.analysis import Analysis
from falseflag.explain.explanation import Explanation, explain
from falseflag.explain.learned import CONFLICT, blends, conflict
from falseflag.explain.sentences import learned_told
from falseflag.record import INDICATORS, Incident, Record


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
    row = explained(case).as_dict()["learned"][0]
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
    said = learned_told(case, blends(case))
    start, how = "1 likelihood of 1 indicator learns from 16 resolved cases", "each is added to the judgements"
    assert said.startswith(f"{start}: {how} with a weight of 0.5.")
    assert "Judgement and record conflict on “I” under “A”" in said
    assert "it was judged to have a probability of 0.938, and was so in 1 of 16 cases." in said
    rows = blends(case) * 2
    assert learned_told(case, rows).startswith("2 likelihoods of 1 indicator learn from 16 resolved cases: ")


def test_a_case_that_does_not_learn_says_nothing_of_it() -> None:
    case = case_of(tops(a=1, b=1), [indicator("i", {"others": 0.5})])
    found = explained(case)
    assert found.as_dict()["learned"] == []
    assert not any("resolved" in sentence for sentence in found.sentences)


def test_rows_of_split_statements_name_condition_and_class_apart() -> None:
    tree = [
        replace(each, author_class=of)
        for each, of in zip(tops(a=1, b=1, c=1), ("false_flag", "adversary", ""), strict=True)
    ]
    made = replace(indicator("i", {"others": Beta(2.0, 3.0)}), like="precedent")
    case = RecordPrior(record(9, 1), 1.0).updated(case_of(tree, [made]))
    found = explained(case).as_dict()
    assert [(row["node"], row["class"]) for row in found["learned"]] == [
        ("others", "false_flag"),
        ("others", "adversary"),
    ]
    assert "@" not in str(found)
