"""The answer as a record: rows, heaps, what decides, and what goes into posterior.json."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from small_cases import at, case_of, indicator, judged, tops

from falseflag.case.model import OTHERS, Circumstance, Deception, Proposition
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.inference import draws as inferred
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import Answer, decides
from falseflag.problem import problem_of
from falseflag.sampling import sample
from falseflag.settings import Settings

FEW = Settings(draws=500, chains=4)


def test_facts_whose_draws_were_thinned_across_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "MOST_OF_FACTS", 1)
    told = [indicator(name, {"a": Beta(6, 2), "others": Beta(2, 6)}) for name in ("i", "j", "k")]
    case = case_of(tops(a=1, b=1), told, {"g": (("i", "j", "k"), 0.5)})
    exact = sample(case, "exact", Settings(draws=1001, chains=4))
    assert len(exact.draws) % 4 == 0
    found = replace(exact, engine="nuts", draws=replace(exact.draws, facts={}))
    assert all(np.isfinite(row.posterior) for row in found.facts)


@pytest.fixture(scope="module")
def answer() -> Answer:
    told = [
        indicator("i", {at(night="yes"): Beta(6, 2), "others": Beta(2, 6)}, source="s"),
        indicator("j", {"flag": Beta(2, 6), "others": Beta(6, 2)}, source="s"),
        indicator("unknown", {"flag": 0.3, "others": 0.6}, None),
    ]
    case = case_of(tops(flag=1, real=2), told, sources={"s": Beta(5, 2)})
    case = replace(
        case,
        circumstances={
            "night": Circumstance("night", "Night", {"yes": "by night", "no": "by day"}, {OTHERS: judged(0.3)})
        },
        deception={"flag": Deception("flag", at("real"), judged(0.5), {"j": judged(0.8)})},
        propositions={"dark": Proposition("dark", "In the dark", (at(night="yes"),))},
    )
    return sample(case, "exact", FEW)


def test_rows_of_one_set_are_one_number(answer: Answer) -> None:
    yes = next(row for row in answer.circumstances if row.value == "yes")
    (dark,) = answer.propositions
    assert (dark.exact, dark.prior, *dark.interval) == pytest.approx((yes.exact, yes.prior, *yes.interval))
    assert sum(row.exact for row in answer.circumstances) == pytest.approx(1)
    for name in ("i", "j", "unknown"):
        assert sum(row.exact for row in answer.facts if row.name == name) == pytest.approx(1)


def test_the_content_is_json_with_the_keys_of_the_format(answer: Answer) -> None:
    content = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert {row["name"] for row in content["propositions"]} == {"dark"}
    assert {(row["name"], row["value"]) for row in content["circumstances"]} == {("night", "yes"), ("night", "no")}
    assert content["sources"][0].keys() >= {"name", "condition", "prior", "posterior", "interval"}
    (staging,) = content["deception"]
    assert staging["node"] == staging["attempted"]["name"] == "flag"
    assert [row["indicator"] for row in staging["planted"]] == ["j"]
    assert staging["planted"][0]["posterior"] < staging["attempted"]["posterior"]
    assert set(content["surprise"]) == {"p", "error"}
    assert set(content["decides"]) == {"leader", "next", "prior_db", "evidence_db", "by"}


def test_a_short_name_for_a_notebook(answer: Answer) -> None:
    assert repr(answer).startswith("<Answer to 'A case': real")
    assert len(repr(answer)) < 100


def test_a_rare_hypothesis_under_strong_evidence_is_marked_as_two_heaps() -> None:
    told = [
        indicator("i", {"rare": 0.9999999999, "common": 5e-9}),
        indicator("j", {"rare": 0.9, "common": 0.1}),
    ]
    rare = sample(case_of(tops(rare=1, common=200_000), told), "exact", FEW)
    assert 0.9 < rare["rare"].exact < 0.9999
    assert rare["rare"].two_heaps
    assert rare["rare"].to_dict()["two_heaps"] is True


def test_ordinary_rows_are_one_heap(answer: Answer) -> None:
    every = (*answer.rows, *answer.facts, *answer.circumstances)
    assert not any(row.two_heaps for row in every)
    assert all("two_heaps" not in row.to_dict() for row in every)


def decided(prior: float, evidence: float) -> str:
    """Return what decides between two actors with given odds beforehand and a given likelihood ratio."""
    theta = evidence / (1 + evidence)
    case = case_of(tops(np.inf, a=prior, b=1), [indicator("i", {"a": theta, "b": 1 - theta})], strength=np.inf)
    problem = problem_of(case)
    return decides(problem, ExactPosterior.of(problem)).by


@pytest.mark.parametrize(
    ("prior", "evidence", "by"),
    [
        (4, 1.1, "prior"),  # the evidence has less than 1 dB
        (4, 0.5, "prior"),  # it speaks against the leader
        (1.1, 4, "evidence"),  # the prior has less than 1 dB
        (0.5, 4, "evidence"),  # the prior is against the leader
        (2, 2, "both"),
        (1.1, 1.1, "prior"),  # both have less than 1 dB
        (1.1, 1.0, "prior"),
        (4, 1.0, "prior"),
    ],
)
def test_what_decides(prior: float, evidence: float, by: str) -> None:
    assert decided(prior, evidence) == by


def test_nothing_is_said_of_odds_against_what_is_ruled_out() -> None:
    case = case_of(tops(np.inf, a=2, b=1), [indicator("i", {"a": 0.4, "b": 0.0})], strength=np.inf)
    problem = problem_of(case)
    found = decides(problem, ExactPosterior.of(problem))
    assert (found.leader, found.next, found.evidence_db) == ("a", "b", None)


def test_evidence_that_cannot_be_names_the_reports() -> None:
    told = [
        indicator("i", {"a": 1.0, "b": 0.0}),
        indicator("j", {"a": 0.0, "b": 1.0}),
        indicator("k", {"others": 0.5}),
    ]
    with pytest.raises(RequestError, match=r"'i', 'j', taken together, has probability 0 "):
        ExactPosterior.of(problem_of(case_of(tops(a=1, b=1), told)))
