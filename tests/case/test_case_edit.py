"""A case with other numbers: `Case.replace`."""

from __future__ import annotations

import numpy as np
import pytest
from oracle.random_cases import draw

import falseflag
from falseflag.case.edit import with_value
from falseflag.case.loader import load_text
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.problem import problem_of
from falseflag.sweep.design import UNKNOWN, Target, targets_of

CASE = """
title: Boxers
hypotheses:
  red: {prior: 2, children: {young: {}, old: {prior: 3}}}
  blue: {}
sources: {judge: {reliability: 0.9}}
indicators:
  glove: {observed: present, likelihood: {red: 0.8, others: 0.2}}
  shoe: {values: {l: left, r: right, n: none}, observed: l, source: judge, likelihood: {others: {l: 1, r: 1, n: 2}}}
  bell: {observed: unknown, likelihood: {others: 0.5}}
"""


@pytest.fixture(scope="module")
def case() -> Case:
    return load_text(CASE)


def value_for(target: Target) -> float | str:
    if target.kind != "observed":
        return 0.3701
    return target.words[0] if target.written == UNKNOWN else "unknown"


@pytest.mark.parametrize("seed", range(12))
def test_every_name_that_a_sweep_takes_is_known(seed: int) -> None:
    case = draw(seed).case
    for name, target in targets_of(case, problem_of(case)).items():
        value = value_for(target)
        if target.kind != "prior" and target.distribution is None and np.isposinf(target.log_odds):
            with pytest.raises(RequestError, match="probability 1"):
                case.replace({name: value})
            continue
        by_name, by_keys = case.replace({name: value}), with_value(case, target.what, value)
        assert by_name.content_sha256 == by_keys.content_sha256, name
        assert by_name.content_sha256 != case.content_sha256, name


def test_odds_follow_what_is_replaced(case: Case) -> None:
    def odds(found: Case) -> float:
        rows = {row.name: row.exact for row in falseflag.sample(found, engine="exact", draws=100).rows}
        return rows["red"] / rows["blue"]

    assert odds(case.replace({"hypotheses.red.prior": 5})) == pytest.approx(2.5 * odds(case))
    assert odds(case.replace({"indicators.glove.likelihood.red": 0.2})) == pytest.approx(2)
    assert odds(case.replace({"indicators.glove.observed": "unknown"})) == pytest.approx(2)


def test_several_values_at_once_and_nodes_below(case: Case) -> None:
    found = case.replace(
        {"hypotheses.red.old.prior": 7, "hypotheses.red.children.young.prior": 2.5, "prior_strength": 3}
    )
    assert [leaf.weight for leaf in found.leaves] == [2.5, 7, 1]
    assert found.prior_strength == 3
    assert case.leaves[1].weight == 3
    assert found.files == ()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("hypotheses.rad.prior", 2, "red"),
        ("hypotheses.red.prior", 0, "above 0"),
        ("hypotheses.red.price", 2, "prior"),
        ("hypotheses", 2, "blue"),
        ("indicators.glove.likelihood.red", 1.0, "strictly between 0 and 1"),
        ("indicators.glove.likelihood.blue", 0.5, "others"),
        ("indicators.glove.likelihood.red", "likely", "strictly between 0 and 1"),
        ("indicators.glove.observed", "left", "present, absent, unknown"),
        ("indicators.shoe.likelihood.others.m", 0.5, "others"),
        ("indicators.shoe.likelihood.others", 0.5, "others"),
        ("sources.judge.reliability", 1.5, "above 0 and at most 1"),
        ("indicators.bell.observed.more", "present", "nothing in the case"),
        ("notes", "none", "nothing in the case"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_cannot_be_is_refused(case: Case, name: str, value: float | str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        case.replace({name: value})
