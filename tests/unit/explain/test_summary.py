"""The three sentences of the summary say what the numbers say: each is read back and compared with the exact engine."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from making import random_case
from oracle.random_cases import draw
from small_cases import case_of, indicator, many, tops, two

from falseflag.case import load
from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.leave_one_out import leave_one_out
from falseflag.explain.sentences import Labels, times
from falseflag.explain.summary import Summary, found_out, summarise
from falseflag.explain.tipping import Tipping
from falseflag.explain.value_of_information import value_of_information
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import decides
from falseflag.numbers import numbers_of
from falseflag.wording import percent

PRIORS = sorted((Path(__file__).parents[3] / "priors").glob("*.yaml"))
FAST, ALL = 40, 180
MOVED = re.compile(r"(“[^”]*”) \(from (\S+ %) to (\S+ %), its odds (divided|multiplied) by ([^)]*)\)")
BESIDE = 1e-4
"""How far beyond and before a tipping point, in log odds, it is looked who leads."""


def summed(case: Case) -> tuple[Analysis, Summary]:
    analysis = Analysis.of(case)
    return analysis, summarise(analysis, case, leave_one_out(analysis), value_of_information(analysis))


def probabilities(analysis: Analysis) -> dict[str, tuple[float, float]]:
    """Return prior and posterior of each top-level hypothesis from the states, with sums and products alone."""
    problem = analysis.problem
    after = np.exp(analysis.exact.log_scores - analysis.exact.log_scores.max())
    after /= after.sum()
    members = {name: problem.membership[name] for name in analysis.top_level}
    return {name: (float(problem.prior[m].sum()), float(after[m].sum())) for name, m in members.items()}


def odds(p: float) -> float:
    return p / (1 - p)


def assert_evidence(case: Case, analysis: Analysis, sentence: str) -> None:
    labels = Labels(case)
    found = {labels.node(name): pair for name, pair in probabilities(analysis).items()}
    if not analysis.items:
        assert sentence == "There is no evidence yet: the answer is the prior."
        return
    said = MOVED.findall(sentence)
    for label, before, after, verb, factor in said:
        p, q = found[label]
        assert (before, after) == (percent(p), percent(q))
        change = odds(q) / odds(p)
        assert (change > 1) == (verb == "multiplied")
        assert factor == times(max(change, 1 / change))
    shifts = {label: odds(q) / odds(p) for label, (p, q) in found.items() if 0 < p < 1 and 1e-12 < q < 1 - 1e-12}
    for label, _, _, verb, _ in said:
        best = (max if verb == "multiplied" else min)(shifts.values())
        assert (verb == "divided" and "all but" in sentence) or shifts[label] == pytest.approx(best, rel=1e-6)
    gone = [label for label, (p, q) in found.items() if p > 0 and q == 0]
    assert ("rules out" in sentence.replace("all but rules out", "")) == bool(gone)
    if "not tell" in sentence:
        assert all(10**-0.1 < change < 10**0.1 for change in shifts.values())


def assert_prior(case: Case, analysis: Analysis, sentence: str) -> None:
    labels = Labels(case)
    found = {labels.node(name): pair for name, pair in probabilities(analysis).items()}
    row = decides(analysis.problem, analysis.exact)
    if row.evidence_db is None:
        assert sentence == "The prior has no part in this: nobody else is left."
        return
    first, second = labels.node(row.leader), labels.node(row.next)
    (p, q), (r, s) = found[first], found[second]
    assert q >= s - 1e-12
    assert all(q >= other - 1e-12 for _, other in found.values())
    if not analysis.items:
        expected = "about equally" if max(p / r, r / p) < 1.05 else f"{first} is {times(p / r)} times as probable as"
        assert expected in sentence
        return
    verdict = {"prior": "the prior decides", "evidence": "the evidence decides", "both": "decide together"}
    assert sentence.startswith(f"Between {first} and {second} ")
    assert ("neither prior nor evidence decides" if row.is_close else verdict[row.by]) in sentence
    if p / r >= 1.05:
        assert f"{first} was {times(p / r)} times as probable before the evidence" in sentence
    elif r / p >= 1.05:
        assert f"{second} was {times(r / p)} times as probable before the evidence" in sentence
    else:
        assert "both were about equally probable before the evidence" in sentence
    if q / s >= 1.05 and "still is" not in sentence:
        assert f"is {times(q / s)} times as probable now" in sentence or f"now {first} is {times(q / s)}" in sentence
    if "still is" in sentence:
        assert times(q / s) == times(p / r)


def leaders(analysis: Analysis, case: Case, tip: Tipping) -> set[str]:
    """Return who leads on the two sides of a tipping point (held as a point, a judgement may start beyond it)."""
    (number,) = [
        n for n in numbers_of(analysis.problem, case) if n.what == tip.what and n.author_class == tip.author_class
    ]
    assert tip.tips_at is not None
    assert tip.odds_factor is not None
    sign = 1.0 if tip.tips_at > tip.written else -1.0
    x = number.log_odds + sign * np.log(tip.odds_factor)
    changed = [number.put(analysis.problem, number.at(at)) for at in (x - BESIDE, x + BESIDE)]
    return {Analysis(problem, ExactPosterior.of(problem)).leader for problem in changed}


def assert_flip(case: Case, analysis: Analysis, summary: Summary) -> None:
    labels, sentence, leader = Labels(case), summary.flip, analysis.leader
    tip = summary.tips[0] if summary.tips else None
    if tip is not None:
        assert tip.new_leader in analysis.top_level
        assert tip.odds_factor is not None
        assert tip.odds_factor == min(row.odds_factor for row in summary.tips if row.odds_factor is not None)
        if tip.odds_factor > 1 + 10 * BESIDE:
            assert leaders(analysis, case, tip) == {leader, tip.new_leader}
        said = "are level" if tip.odds_factor < 1.05 else f"{labels.node(tip.new_leader)} would lead if "
        assert said in sentence
    turned = [
        (row, outcome)
        for row in value_of_information(analysis)
        for outcome in row.outcomes
        if outcome.leader and outcome.posterior[outcome.leader] > outcome.posterior[leader] * (1 + 1e-9)
    ]
    if "are level" not in sentence:
        assert ("probability" in sentence.replace("the probability of", "")) == bool(turned)
        if turned:
            row, outcome = max(turned, key=lambda each: each[1].p)
            assert f"{found_out(labels, row, outcome)} (probability {percent(outcome.p)})" in sentence
    if sentence.startswith("No change"):
        assert not summary.tips
        assert not turned


def assert_true(case: Case) -> None:
    analysis, summary = summed(case)
    assert_evidence(case, analysis, summary.evidence)
    assert_prior(case, analysis, summary.prior)
    assert_flip(case, analysis, summary)
    for sentence in (summary.evidence, summary.prior, summary.flip):
        assert sentence.endswith(".")
        assert ".." not in sentence
        assert "1.0 times" not in sentence


@cache
def generated(seed: int) -> Case:
    """Return cases of all kinds in turn, among them many in which prior and evidence disagree."""
    rng = np.random.default_rng(seed)
    if seed % 4 == 0:
        return two(*rng.choice([0.25, 0.5, 1, 1.1, 2, 4], 3).tolist(), prior=tuple(rng.choice([1.0, 2, 5, 9], 2)))
    if seed % 4 == 1:
        return many(seed, indicators=4)
    if seed % 12 == 2:
        return random_case(seed, size=5)
    return draw(seed).case


@pytest.mark.parametrize("path", PRIORS, ids=lambda path: path.stem)
def test_the_sentences_are_true_of_the_shipped_cases(path: Path) -> None:
    assert_true(load(path))


@pytest.mark.parametrize("seed", range(FAST))
def test_the_sentences_are_true_of_generated_cases(seed: int) -> None:
    assert_true(generated(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FAST, ALL))
def test_the_sentences_are_true_of_many_more(seed: int) -> None:
    assert_true(generated(seed))


def test_among_the_generated_cases_are_those_in_which_prior_and_evidence_disagree() -> None:
    found = [decides(a.problem, a.exact) for a in (Analysis.of(generated(seed)) for seed in range(FAST))]
    opposed = [row for row in found if row.evidence_db is not None and row.prior_db * row.evidence_db < 0]
    assert len(opposed) >= 8
    assert {"prior", "evidence", "both"} == {row.by for row in found}
    assert any(row.is_close for row in found)


@pytest.mark.parametrize(
    "case",
    [
        case_of(tops(a=1, b=1), [indicator("i", {"a": 0.5, "others": 0.0})]),
        case_of(tops(a=1, b=1, c=3), [indicator("i", {"c": 0.0, "a": 0.5, "others": 0.4})]),
        case_of(tops(a=1, b=1, c=3), [indicator("i", {"c": 0.0, "a": 0.5, "others": 0.0})]),
        case_of(tops(a=1, b=1, c=1), [indicator("i", {"c": 1.0, "a": 1.0, "others": 1.0})]),
        case_of(tops(a=1, b=1, c=3), [indicator(f"i{n}", {"c": 0.01, "others": 0.9}) for n in range(3)]),
        case_of(tops(a=1, b=3), []),
        case_of(tops(a=2, b=2), []),
        two(1.0),
        two(4.0, 0.25),
    ],
)
def test_degenerate_cases(case: Case) -> None:
    assert_true(case)


def test_what_the_sentences_say_of_simple_cases() -> None:
    _, ruled = summed(case_of(tops(a=1, b=1, c=3), [indicator("i", {"c": 0.0, "a": 0.5, "others": 0.25})]))
    assert ruled.evidence == (
        "The evidence rules out “C” and counts most for “A” (from 20 % to 67 %, its odds multiplied by 8.0)."
    )
    _, all_but = summed(
        case_of(tops(a=1, b=1, c=3), [indicator(f"i{n}", {"c": 0.01, "others": 0.9}) for n in range(3)])
    )
    assert all_but.evidence.startswith(
        "The evidence all but rules out “C” (from 60 % to <0.1 %, its odds divided by over"
    )
    _, against = summed(two(2.0, prior=(1, 5)))
    assert against.evidence == (
        "The evidence speaks for “A” and against “B”: it multiplies the odds between them by 2.0 (“A” from 17 % to "
        "29 %)."
    )
    assert against.prior == (
        "Between “B” and “A” the prior decides: “B” was 5.0 times as probable before the evidence, and is 2.5 times as "
        "probable now."
    )
    _, level = summed(two(4.0, 0.25))
    assert level.flip == "“A” and “B” are level: the least change decides."


def test_a_wrong_number_is_noticed() -> None:
    case = case_of(tops(a=1, b=1, c=3), [indicator("i", {"c": 0.1, "a": 0.5, "others": 0.25})])
    analysis, summary = summed(case)
    for wrong in (
        summary.evidence.replace("from 60 %", "from 50 %"),
        summary.evidence.replace("most for “A”", "most for “B”"),
    ):
        assert wrong != summary.evidence
        with pytest.raises(AssertionError):
            assert_evidence(case, analysis, wrong)
    with pytest.raises(AssertionError):
        assert_prior(case, analysis, summary.prior.replace("evidence", "prior", 1))


def test_tipping_points_between_top_level_hypotheses_pass_over_changes_within_one() -> None:
    case = load(PRIORS[0])
    analysis, summary = summed(case)
    assert all("." not in str(row.new_leader) and row.new_leader != analysis.leader for row in summary.tips)
    assert json.loads(json.dumps([row.to_dict() for row in summary.tips]))
