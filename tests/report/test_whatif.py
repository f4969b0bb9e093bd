"""The numbers that the page computes with, against the exact engine on the edited case."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import case_of, indicator, leaf
from numpy.typing import NDArray
from oracle.random_cases import draw
from scipy import special

from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.problem import problem_of
from falseflag.report import whatif
from falseflag.report.whatif import WhatIf
from report.whatif_settings import UNKNOWN, Setting, exact_nodes, random_setting

CLOSE = 1e-9
SEEDS = range(16)


def evaluated(data: dict[str, Any], setting: Setting) -> NDArray[np.float64]:
    """Compute the probability of every node from the page's data: all tables are multiplied out, over the full grid."""
    weights = np.array([setting.weights.get(n, w) for n, w in zip(data["nodes"], data["weights"], strict=True)])
    share = np.ones(len(weights))
    for children in map(list, data["branchings"]):
        share[children] = weights[children] / weights[children].sum()
    scores = np.array([np.log(share[path]).sum() for path in data["states"]]) + data["logRest"]
    scores += data["fixed"][setting.dependence]
    for place in data["tables"][setting.dependence]:
        tables = data["components"][place]
        scores += _component(data, tables, setting)[tables["patternOf"]]
    states = np.exp(scores - special.logsumexp(scores))
    out = np.zeros(len(weights))
    for path, p in zip(data["states"], states, strict=True):
        out[path] += p
    return out


def _component(data: dict[str, Any], tables: dict[str, Any], setting: Setting) -> NDArray[np.float64]:
    patterns = max(tables["patternOf"]) + 1
    with np.errstate(divide="ignore"):  # patterns with fewer nodes than others have weights of 0
        weights = [np.log(_decoded(w)).reshape(patterns, -1) for w in tables["weights"]]
    items = []
    for item in tables["items"]:
        sizes = [tables["nodes"][axis] for axis in item["axes"]]
        items.append(
            (item["axes"], _decoded(item["table"]).reshape(-1, patterns, *sizes)[_outcome(data, item, setting)])
        )
    terms = []
    for at in product(*map(range, tables["nodes"])):
        term = sum((w[:, node] for w, node in zip(weights, at, strict=True)), start=np.zeros(patterns))
        terms.append(term + sum(table[(slice(None), *(at[axis] for axis in axes))] for axes, table in items))
    return np.asarray(special.logsumexp(terms, axis=0))


def _outcome(data: dict[str, Any], item: dict[str, Any], setting: Setting) -> int:
    place = 0
    for member in item["members"]:
        one = data["indicators"][member]
        names = [*one["options"], UNKNOWN]
        word = setting.reports.get(one["name"], names[one["chosen"]])
        place = place * len(names) + names.index(word)
    return place


def _decoded(text: str) -> NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(text), "<f8")


def assert_exact(case: Case, seed: int, count: int) -> int:
    """Compare random settings; return how many were possible at all."""
    data, rng = WhatIf.of(case, problem_of(case)).to_dict(), np.random.default_rng(seed)
    held = {one["name"] for one in data["indicators"] if one["held"]}
    compared = 0
    for _ in range(count):
        setting = random_setting(case, rng)
        setting = replace(setting, reports={k: v for k, v in setting.reports.items() if k not in held})
        expected = exact_nodes(case, setting)
        if expected is not None:
            assert np.abs(evaluated(data, setting) - list(expected.values())).max() < CLOSE, setting
            compared += 1
    return compared


@pytest.mark.parametrize("seed", SEEDS)
def test_every_setting_is_answered_exactly(seed: int) -> None:
    assert assert_exact(draw(seed).case, seed, 6) > 0


def large_group(members: int) -> Case:
    rng = np.random.default_rng(5)
    likelihood = [{"a": Beta(*rng.uniform(1, 9, 2)), "others": Beta(*rng.uniform(1, 9, 2))} for _ in range(members)]
    grouped = [indicator(f"i{k}", one, observed=bool(k % 2)) for k, one in enumerate(likelihood)]
    alone = indicator("alone", {"a": 0.8, "others": 0.3})
    names = [one.name for one in grouped]
    return case_of([leaf("a"), leaf("b", 2.0)], [*grouped, alone], {"g": (names, 0.5)})


def test_what_is_beyond_the_budget_is_fixed_as_observed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatif, "BUDGET", 1000)
    case = large_group(7)
    assert WhatIf.of(case, problem_of(case)).held == {f"i{k}" for k in range(7)}
    assert assert_exact(case, 2, 8) == 8


def test_the_numbers_stay_within_the_budget() -> None:
    case = large_group(11)
    found = WhatIf.of(case, problem_of(case))
    distinct = {id(tables): tables for every in found.tables.values() for tables in every}
    assert sum(tables.size for tables in distinct.values()) <= whatif.BUDGET


WRITTEN = """\
title: Written
hypotheses: {a: {prior: 1}, b: {prior: 1}}
sources: {s: {grade: B2}, t: {grade: C3}}
indicators:
  plain: {observed: present, source: s, likelihood: {a: likely, b: unlikely}}
  one: {reports: {s: absent}, likelihood: {a: likely, b: unlikely}}
  full: {reports: {t: {says: present, seen: 2020-01-01}}, likelihood: {a: likely, b: unlikely}}
  both: {reports: {s: present, t: absent}, likelihood: {a: likely, b: unlikely}}
  quiet: {observed: silent, detection: likely, likelihood: {a: likely, b: unlikely}}
  expert: {ratios: {a: 3, others: 1}}
"""


def test_a_profile_changes_what_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "written.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    case = load(path)
    found = {one["name"]: one for one in WhatIf.of(case, problem_of(case)).to_dict()["indicators"]}
    assert {name: one["says"] for name, one in found.items()} == {
        "plain": ["observed"],
        "one": ["reports", "s"],
        "full": ["reports", "t", "says"],
        "both": ["reports", "t"],
        "quiet": ["observed"],
        "expert": ["observed"],
    }
    assert {name: one["removes"] for name, one in found.items()} == {
        "plain": [],
        "one": ["reports"],
        "full": ["reports"],
        "both": ["reports"],
        "quiet": ["detection"],
        "expert": ["ratios"],
    }
    assert found["both"]["options"] == found["quiet"]["options"] == found["expert"]["options"] == ["as observed"]
