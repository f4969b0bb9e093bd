"""Sentences are true of the case, in degenerate cases too; terms agree with the numbers beside them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from oracle.random_cases import draw
from small_cases import at, case_of, indicator, tops, two

from falseflag.case.model import Case, Circumstance, Condition, Proposition
from falseflag.explain.analysis import Analysis
from falseflag.explain.explanation import explain
from falseflag.explain.leave_one_out import leave_one_out
from falseflag.explain.replay import replay
from falseflag.explain.robustness import robust
from falseflag.explain.sentences import (
    Labels,
    capitalised,
    chance,
    decided,
    find_out,
    flagged,
    listed,
    replayed,
    rests_on,
    rests_on_sources,
    times,
)
from falseflag.explain.value_of_information import value_of_information
from falseflag.explain.weights import flag
from falseflag.inference.checks import Check
from falseflag.inference.result import decides
from falseflag.scales import BANDS, words, words_touched
from falseflag.wording import number, percent, rounded


def said(case: Case) -> str:
    analysis = Analysis.of(case)
    return rests_on(analysis, case, leave_one_out(analysis))


def test_rests_on_what_overturns_it() -> None:
    assert said(two(4.0, prior=(1, 2))) == "The conclusion that “A” leads rests on “I0”: without it, “B” would lead."
    assert "rests on “I0” and “I1”: without any one of them" in said(two(2.0, 2.0, prior=(1, 3)))


def test_rests_on_no_single_one() -> None:
    sentence = said(two(4.0, 4.0, 0.5))
    assert "rests on no single piece of evidence: it leads without any one of them." in sentence
    assert "It owes most to “I0” (without it 67 % instead of 89 %)" in sentence
    assert "what speaks against it most is “I2” (without it 94 % instead of 89 %)" in sentence
    assert "less than one percentage point" in said(two(1.0, 1.01, prior=(2, 1)))


def test_rests_on_nothing() -> None:
    assert said(two()) == "There is no evidence yet: the conclusion rests on the prior weights alone."
    assert said(two(1.0)) == "There is no conclusion to rest on anything: “A” and “B” are level at 50 %."


def test_a_tie_after_removal_is_no_new_leader() -> None:
    assert "rests on no single piece" in said(two(2.0, prior=(1, 1)))


def test_sources_that_decide_are_named() -> None:
    made = [indicator("i", {"a": 0.8, "others": 0.2}, source="s"), indicator("j", {"others": 0.5}, source="t")]
    case = case_of(tops(a=1, b=2), made, sources={"s": 0.9, "t": 0.9})
    analysis = Analysis.of(case)
    assert rests_on_sources(analysis, case, leave_one_out(analysis)) == "Without “S”, “B” would lead."
    assert rests_on_sources(analysis, case, ()) == ""


@pytest.mark.parametrize(
    ("ratio", "prior", "by"),
    [(4.0, (1.0, 1.0), "evidence"), (1.1, (3.0, 1.0), "prior"), (0.5, (9.0, 1.0), "prior"), (4.0, (3.0, 1.0), "both")],
)
def test_what_decides_is_said_with_its_figures(ratio: float, prior: tuple[float, float], by: str) -> None:
    case = two(ratio, prior=prior)
    analysis = Analysis.of(case)
    row = decides(analysis.problem, analysis.exact)
    sentence = decided(case, row)
    assert row.by == by
    assert ("decide together" if by == "both" else f"the {by} decides") in sentence
    before, after = prior[0] / prior[1], prior[0] / prior[1] * ratio
    was = f"“A” was {times(before)} times as probable" if before > 1 else "both were about equally probable"
    assert f"{was} before the evidence" in sentence
    assert f"is {times(after)} times as probable" in sentence
    assert not {"dB", "+0.0"} & set(sentence.split())


@pytest.mark.parametrize(
    ("ratio", "prior", "said"),
    [
        (1.0, (3.0, 1.0), "“A” was 3.0 times as probable before the evidence, and still is."),
        (1.0, (1.0, 1.0), "both were about equally probable before the evidence, and still are."),
        (0.5, (1.0, 1.8), "“B” was 1.8 times as probable before the evidence, and is 3.6 times as probable now."),
        (4.0, (1.0, 2.0), "“B” was 2.0 times as probable before the evidence; now “A” is 2.0 times as probable."),
    ],
)
def test_how_odds_moved_is_said(ratio: float, prior: tuple[float, float], said: str) -> None:
    analysis = Analysis.of(case := two(ratio, prior=prior))
    assert decided(case, decides(analysis.problem, analysis.exact)).endswith(said)


def test_what_is_ruled_out_is_said() -> None:
    case = case_of(tops(a=1, b=1), [indicator("i", {"a": 0.5, "others": 0.0})])
    analysis = Analysis.of(case)
    assert decided(case, decides(analysis.problem, analysis.exact)) == "The evidence rules “B” out."
    assert "by itself it rules out" in flagged(case, flag(analysis))[0]


@pytest.mark.parametrize("seed", range(6))
def test_every_sentence_begins_and_ends_as_one(seed: int) -> None:
    case = draw(seed).case
    analysis = Analysis.of(case)
    for sentence in (
        find_out(case, value_of_information(analysis)),
        find_out(case, ()),
        replayed(case, replay(analysis)),
        *explain(analysis, case).sentences,
    ):
        assert sentence[0] == capitalised(sentence)[0]
        assert sentence.endswith(".")


def test_replayed_names_the_day() -> None:
    case = case_of(tops(a=1, b=2), [indicator("i", {"a": 0.8, "others": 0.2}, seen="2023-05-03")])
    assert replayed(case, replay(Analysis.of(case))) == "At the start “B” led; “A” took the lead on 2023-05-03."


def test_sets_of_states_have_labels() -> None:
    where = Circumstance("where", "Launch site", {"here": "in Russia", "there": ""}, {})
    case = replace(
        two(),
        circumstances={"where": where},
        propositions={"p": Proposition("p", "Some proposition", (Condition("a"),))},
    )
    labels = Labels(case)
    assert labels.set("a") == "“A”"
    assert labels.set("p") == "“Some proposition”"
    assert labels.set("a & where = here") == "“A” and “Launch site: in Russia”"
    assert labels.condition(at(where="there")) == "“Launch site: there”"
    assert labels.place("others") == "all others"


def test_the_term_is_that_of_the_number_shown() -> None:
    for p in np.linspace(0, 1, 20_001):
        shown, term = number(p), words(p)
        value = rounded(p)
        assert ("below 1 %" in term) == (value < 0.01)
        assert ("above 99 %" in term) == (value > 0.99)
        assert not (shown == "99.0" and "above" in term)
        band = next(band for band in BANDS if term.startswith(band.term))
        assert value < BANDS[0].low or value > BANDS[-1].high or band.low <= value <= band.high
        assert words(rounded(p)) == term or shown in {"<0.1", ">99.9"}


def test_a_term_at_an_edge_does_not_depend_on_the_last_digit() -> None:
    for band in BANDS:
        assert words(np.nextafter(band.low, 0)) == words(band.low) == words(np.nextafter(band.low, 1)) == band.term
    assert words(0.9949) == "almost certain (above 99 %)"
    assert words(0.99) == words(0.9904) == "almost certain"
    assert words_touched(11 / 20 - 1e-16, 0.6) == ["likely"]


def test_numbers() -> None:
    assert [percent(p) for p in (0.0004, 0.004, 0.5, 0.125, 0.994, 0.9996)] == [
        "<0.1 %", "0.4 %", "50 %", "13 %", "99.4 %", ">99.9 %",
    ]  # fmt: skip
    assert [chance(p) for p in (0.5, 0.012, 0.00034, 0.97, 0.9996)] == ["0.50", "0.012", "0.00034", "0.970", "0.99960"]
    assert [times(f) for f in (1.04, 9.99, 25.3, 4000)] == ["1.0", "10.0", "25", "over a thousand"]
    assert [times(f) for f in (np.nextafter(1.75, 0), 1.75, 1.25, 12.5)] == ["1.8", "1.8", "1.3", "13"]
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize("seed", range(4))
def test_an_explanation_has_the_shape_of_the_contract(seed: int) -> None:
    case = draw(seed).case
    analysis = Analysis.of(case)
    found = json.loads(json.dumps(explain(analysis, case).to_dict(), allow_nan=False))
    names = [item.name for item in analysis.items]
    for key in ("weights", "shapley"):
        assert [row["factor"] for row in found[key]] == names
        assert all({"factor", "is_group", "db", "interval", "error"} <= row.keys() for row in found[key])
    assert [row["factor"] for row in found["without"] if "factor" in row] == names
    assert all(list(row["posterior"]) == list(analysis.problem.nodes) for row in found["without"])
    assert all(row["interval"][0] <= row["interval"][1] for row in found["weights"])
    assert {"for", "against", "prior_db", "posterior_db", "decides", "sound", "checks", "sentences"} <= found.keys()


def test_what_fails_a_check_is_marked() -> None:
    case = two(2.0)
    found = explain(Analysis.of(case), case)
    assert found.is_sound
    failed = replace(found, checks=(Check("agreement", passed=False, value=9.0, limit=4.0, message="They differ."),))
    assert failed.to_dict()["sound"] is False


def test_draws_that_miss_the_exact_answer_fail_it() -> None:
    case = two(2.0, 3.0)
    analysis = Analysis.of(case)
    draws = analysis.draws
    analysis.__dict__["draws"] = replace(draws, probability=np.full_like(draws.probability, 0.5))
    assert not explain(analysis, case).is_sound
    assert robust(analysis, case).to_dict()["sound"] is False


def test_a_group_called_like_an_indicator_keeps_its_own_figures() -> None:
    made = [
        indicator("x", {"a": 0.8, "others": 0.3}),
        indicator("y", {"b": 0.8, "others": 0.3}),
        indicator("z", {"b": 0.7, "others": 0.2}),
    ]
    case = case_of(tops(a=1, b=1), made, {"x": (("y", "z"), 0.5)})
    found = explain(Analysis.of(case), case, "a", "b")
    alone, group = found.weights.rows
    assert not alone.is_group
    assert alone.db == pytest.approx(10 * np.log10(0.8 / 0.3))
    assert group.is_group
    assert group.db < 0
    assert [row.kind for row in found.without[:2]] == ["indicator", "group"]
    assert found.without[1].posterior["a"] == pytest.approx(0.8 / 1.1)
