"""Linked statements become judgement and record together, in closed form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from closeness import close_to
from making import case_of, indicator, inner, judged, leaf
from scipy import stats

from falseflag.case import load
from falseflag.case.learning import START_STRENGTH, RecordPrior
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.distributions import Beta, Point
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.record import CLASSES, GRADE_WEIGHTS, INDICATORS, Incident, Record, read_record
from falseflag.record.rates import Rates

LIKE = "mass_casualties"
A, B, C = (GRADE_WEIGHTS[grade] for grade in "ABC")
W = 0.5


def incident(name: str, author: str, grade: str, cell: bool | None) -> Incident:  # noqa: FBT001
    return Incident(name, name, "2000-01-01", "x", "y", author, grade, dict.fromkeys(INDICATORS) | {LIKE: cell})


RECORD = Record(
    tuple(
        incident(f"i{k}", author, grade, cell)
        for k, (author, grade, cell) in enumerate(
            [
                ("false_flag", "A", True),
                ("false_flag", "C", True),
                ("false_flag", "B", False),
                ("false_flag", "A", None),
                ("adversary", "C", False),
                ("adversary", "B", True),
                ("nonstate", "A", None),
            ]
        )
    )
)
OTHER = {grade: (1 - GRADE_WEIGHTS[grade]) / 3 for grade in "ABC"}
"""What an incident counts under each class but its own."""
FALSE_FLAG = (A + C + OTHER["B"], B + OTHER["C"])
ADVERSARY = (B + OTHER["A"] + OTHER["C"], C + OTHER["B"])
NEITHER = (OTHER["A"] + OTHER["B"] + OTHER["C"], OTHER["B"] + OTHER["C"])
"""Counts by hand: present, absent."""


def of(node: Hypothesis, author_class: str) -> Hypothesis:
    return replace(node, author_class=author_class, children=tuple(of(child, author_class) for child in node.children))


HYPOTHESES = (
    of(inner("us", [leaf("us.x", 2.0), leaf("us.y")], weight=3.0), "adversary"),
    of(leaf("them"), "adversary"),
    of(leaf("self"), "false_flag"),
    leaf("other"),
)


def linked(statements: dict[str, float | Beta], *, opposite: bool = False, observed: bool | None = True) -> Indicator:
    made = indicator("i", dict(statements), observed=observed)
    return replace(made, unlike=LIKE) if opposite else replace(made, like=LIKE)


def updated(one: Indicator, relevance: float = W, record: Record = RECORD, rates: Rates | None = None) -> Case:
    return RecordPrior(record, relevance, rates).updated(case_of(HYPOTHESES, [one]))


def statements(case: Case) -> dict[str, Beta | Point]:
    return {str(at): judgement.scalar for at, judgement in case.indicators["i"].likelihood.items()}


def written(case: Case) -> dict[str, str]:
    return {str(at): judgement.written for at, judgement in case.indicators["i"].likelihood.items()}


def added(before: Beta, counts: tuple[float, float], weight: float = W) -> Beta:
    return Beta(before.alpha + weight * counts[0], before.beta + weight * counts[1])


def close(found: Beta | Point, expected: Beta) -> bool:
    return isinstance(found, Beta) and np.allclose((found.alpha, found.beta), (expected.alpha, expected.beta))


def taken(case: Case) -> dict[str, str]:
    """Return the condition of the statement that each leaf takes."""
    problem = problem_of(case)
    condition = [str(name.condition) for name in problem.statement_names]
    rows = zip(problem.leaf_of, problem.own_of[0], strict=True)
    return {problem.leaves[leaf]: condition[row] for leaf, row in rows}


def test_a_statement_of_one_class_takes_its_counts() -> None:
    before = Beta(2.0, 5.0)
    found = statements(updated(linked({"self": before, "others": Beta(1.0, 1.0)})))
    assert close(found["self"], added(before, FALSE_FLAG))


def test_a_statement_over_several_classes_is_split_and_shared_within_a_class() -> None:
    before = Beta(2.0, 5.0)
    case = updated(linked({"others": before}))
    found = statements(case)
    assert list(found) == ["others@adversary", "others@false_flag", "others"]
    assert close(found["others@adversary"], added(before, ADVERSARY))
    assert close(found["others@false_flag"], added(before, FALSE_FLAG))
    assert found["others"] == before
    assert taken(case) == {
        "us.x": "others@adversary",
        "us.y": "others@adversary",
        "them": "others@adversary",
        "self": "others@false_flag",
        "other": "others",
    }


def test_a_nearer_statement_goes_before_one_for_the_class() -> None:
    case = updated(linked({"us.x": 0.3, "us": Beta(1.0, 2.0), "others": Beta(2.0, 2.0)}))
    assert list(taken(case).values()) == ["us.x", "us", "others@adversary", "others@false_flag", "others"]


def test_unlike_swaps_present_and_absent() -> None:
    before = Beta(2.0, 5.0)
    found = statements(updated(linked({"self": before, "others": before}, opposite=True)))
    assert close(found["self"], added(before, FALSE_FLAG[::-1]))


def test_relevance_weighs_the_record() -> None:
    before = Beta(2.0, 5.0)
    for weight in (1.0, 0.01):
        found = statements(updated(linked({"self": before, "others": before}), weight))
        assert close(found["self"], added(before, FALSE_FLAG, weight))


def test_blank_cells_teach_nothing() -> None:
    before = Beta(2.0, 5.0)
    blank = replace(RECORD, incidents=tuple(replace(i, cells=dict.fromkeys(INDICATORS)) for i in RECORD.incidents))
    case = updated(linked({"others": before}), record=blank)
    assert set(statements(case).values()) == {before}


def test_points_stay_points() -> None:
    case = updated(linked({"self": 0.3, "others": Beta(1.0, 1.0)}))
    assert statements(case)["self"] == Point(0.3)
    assert written(case)["self"] == judged(0.3).written
    assert case.learning is not None
    assert [row.both for row in case.learning.statements if str(row.condition) == "self"] == [Point(0.3)]


@pytest.mark.parametrize("opposite", [False, True])
def test_without_a_judgement_the_rate_over_all_classes_is_the_start(opposite: bool) -> None:  # noqa: FBT001
    rate = (0.5 + 3) / (1 + 3 + 2)
    counts = FALSE_FLAG
    if opposite:
        rate, counts = 1 - rate, FALSE_FLAG[::-1]
    start = Beta(START_STRENGTH * rate, START_STRENGTH * (1 - rate))
    case = updated(linked({"us": Beta(1.0, 3.0)}, opposite=opposite))
    found = statements(case)
    assert close(found["others@false_flag"], added(start, counts))
    assert close(found["others"], start)
    assert case.learning is not None
    elicited = {str(row.condition): row.is_elicited for row in case.learning.statements}
    assert elicited == {"us": True, "others@adversary": False, "others@false_flag": False}


def test_fitted_rates_stand_in_for_judgements_less_firmly() -> None:
    rates = {(name, author): Beta(4.0, 6.0) for name in INDICATORS for author in CLASSES}
    rates[LIKE, "false_flag"] = Beta(9.0, 1.0)
    found = statements(updated(linked({"self": Beta(30.0, 2.0), "us": 0.4, "others": Beta(1.0, 1.0)}), rates=rates))
    assert found["self"] == Beta(4.5, 0.5)
    assert found["us"] == Point(0.4)
    assert found["others@adversary"] == Beta(2.0, 3.0)
    assert found["others"] == Beta(1.0, 1.0)


def anyone(case: Case) -> Case:
    return replace(case, hypotheses=(*case.hypotheses[:-1], of(case.hypotheses[-1], "any")))


def beta(distribution: Beta | Point) -> Any:  # noqa: ANN401  (one of SciPy's distributions)
    assert isinstance(distribution, Beta)
    return stats.beta(distribution.alpha, distribution.beta)


@pytest.mark.parametrize("opposite", [False, True])
@pytest.mark.parametrize("is_fitted", [False, True])
def test_any_class_learns_the_mixture_of_what_each_would(opposite: bool, is_fitted: bool) -> None:  # noqa: FBT001
    rates = {(name, author): Beta(4.0 + k, 6.0) for name in INDICATORS for k, author in enumerate(CLASSES)}
    prior = RecordPrior(RECORD, W, rates if is_fitted else None)
    plain = case_of(HYPOTHESES, [linked({"others": Beta(2.0, 5.0)}, opposite=opposite)])
    alone = [replace(plain, hypotheses=(of(leaf("a"), name), of(leaf("b"), name))) for name in CLASSES]
    parts = [beta(statements(prior.updated(case))["others"]) for case in alone]
    found = statements(prior.updated(anyone(plain)))
    assert list(found) == ["others@adversary", "others@false_flag", "others@any"]
    for moment in (1, 2):
        expected = np.mean([part.moment(moment) for part in parts])
        assert beta(found["others@any"]).moment(moment) == pytest.approx(expected, rel=1e-9)


def test_any_class_has_seen_every_incident() -> None:
    learning = (
        RecordPrior(RECORD, W).updated(anyone(case_of(HYPOTHESES, [linked({"others": Beta(2.0, 5.0)})]))).learning
    )
    assert learning is not None
    (row,) = [row for row in learning.statements if row.author_class == "any"]
    assert (row.present, row.absent) == (3, 2)
    said = [(0.5 + W * present) / (1 + W * (present + absent)) for present, absent in (FALSE_FLAG, ADVERSARY, NEITHER)]
    assert row.record.mean == pytest.approx(np.mean([*said, said[-1]]))


def test_what_is_written_of_a_fitted_rate_says_where_it_is_from() -> None:
    rates = {(name, author): Beta(4.0, 6.0) for name in INDICATORS for author in CLASSES}
    judgement = Beta(30.0, 2.0)
    told = written(updated(linked({"self": judgement}), rates=rates))
    assert told["self"] == f"fitted to the record, 2 of 3; judged {judgement}"
    assert told["others@adversary"] == "fitted to the record, 1 of 2; not judged"
    counted = written(updated(linked({"self": judgement})))
    assert counted["self"] == f"{judgement}; record 2 of 3"


def test_the_record_never_moves_the_prior() -> None:
    plain = case_of(HYPOTHESES, [linked({"others": Beta(2.0, 5.0)}, observed=None)])
    learned = RecordPrior(RECORD, 1.0).updated(plain)
    one, other = problem_of(plain), problem_of(learned)
    assert one.prior.tolist() == close_to(other.prior.tolist())
    assert np.allclose(ExactPosterior.of(other).nodes, ExactPosterior.of(one).nodes)
    crowded = replace(RECORD, incidents=tuple(replace(i, author="false_flag") for i in RECORD.incidents))
    again = problem_of(RecordPrior(crowded, 1.0).updated(plain))
    assert again.prior.tolist() == close_to(one.prior.tolist())
    assert again.weights.concentration.tolist() == close_to(one.weights.concentration.tolist())


def test_the_exact_answer_is_that_of_the_learned_means() -> None:
    before = Beta(2.0, 5.0)
    case = updated(linked({"self": before, "others": before}))
    means = [added(before, counts).mean for counts in (ADVERSARY, ADVERSARY, ADVERSARY, FALSE_FLAG)] + [before.mean]
    joint = problem_of(case).prior * np.array(means)
    assert np.allclose(ExactPosterior.of(problem_of(case)).leaves, joint / joint.sum())


def test_the_shipped_case_differs_from_the_default_in_linked_statements_alone() -> None:
    priors = Path(__file__).parents[2] / "priors"
    one, other = load(priors / "kremlin.yaml"), load(priors / "kremlin_record.yaml")
    record = read_record(priors / "resolved_cases.csv")
    assert other.learning is not None
    assert (other.learning.sha256, other.learning.incidents) == (record.sha256, len(record))
    links = {name for name, i in other.indicators.items() if i.like or i.unlike}
    assert {row.indicator for row in other.learning.statements} == links
    for name, i in one.indicators.items():
        if name not in links:
            assert other.indicators[name] == close_to(i)
    assert problem_of(one).prior.tolist() == close_to(problem_of(other).prior.tolist())
    assert [f.name for f in other.files] == ["kremlin_record.yaml", "kremlin.yaml", "resolved_cases.csv"]


def test_every_linked_statement_of_the_shipped_case_against_pandas_on_the_file() -> None:
    priors = Path(__file__).parents[2] / "priors"
    plain, case = load(priors / "kremlin.yaml"), load(priors / "kremlin_record.yaml")
    table = pd.read_csv(priors / "resolved_cases.csv")
    right = table["truth_grade"].map({"A": 1.0, "B": 0.9, "C": 0.7})
    noted = table["author"].where(table["author"].str.contains(":"), "")
    assert case.learning is not None
    for row in case.learning.statements:
        before = plain.indicators[row.indicator].likelihood[row.condition.base].distribution
        assert isinstance(before, Beta)
        under = []
        for author in CLASSES if row.author_class == "any" else (row.author_class,):
            share = right.where(table["author"] == author, (1 - right) / 3)
            said = noted.str.extract(rf"{author}:([0-9.]+)")[0].astype(float).fillna(0.0)
            share = said.where(noted != "", share)
            present, absent = (float(share[table[row.like] == cell].sum()) for cell in (1, 0))
            under.append(beta(added(before, (absent, present) if row.is_opposite else (present, absent))))
        for moment in (1, 2):
            expected = np.mean([part.moment(moment) for part in under])
            assert beta(row.both).moment(moment) == pytest.approx(expected, rel=1e-9)
        assert case.indicators[row.indicator].likelihood[row.condition].distribution == close_to(row.both)
