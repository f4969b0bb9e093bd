"""What is written after --vary, and what is told where it cannot be read."""

from __future__ import annotations

import numpy as np
import pytest
from making import case_of, leaf, random_case
from sweeping import KREMLIN

from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.explain.evidence import Evidence
from falseflag.explain.tipping import tipping
from falseflag.problem import problem_of
from falseflag.sweep import sweep
from falseflag.sweep.run import variations_of


@pytest.fixture(scope="module")
def case() -> Case:
    return load(KREMLIN)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("hypotheses.ukraine.prior=1:9:3", [1, 5, 9]),
        ("hypotheses.ukraine.prior=1:9:3:linear", [1, 5, 9]),
        ("hypotheses.ukraine.children.message.prior=1:9:3:log", [1, 3, 9]),
        ("hypotheses.ukraine.message.prior=2", [2]),
        ("indicators.two_hits.likelihood.ukraine.message=.5,.1", [0.5, 0.1]),
        ("indicators.two_hits.observed=unknown,absent", [-1, 0]),
        ("dependence.symbol.correlation=0,.5", [0, 0.5]),
        ("hypotheses.opponents.prior", 2 * np.geomspace(0.2, 5, 11)),
        ("dependence.symbol.correlation", np.linspace(0.4, 0.8, 11)),
    ],
)
def test_values(case: Case, text: str, values: list[float]) -> None:
    (found,) = variations_of(case, problem_of(case), [text], random=False)
    np.testing.assert_allclose(found.values, values, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hypotheses.ukrane.prior=1:2:3", "Did you mean 'hypotheses.ukraine.prior'"),
        ("indicators.two_hit.observed", "Did you mean 'indicators.two_hits.observed'"),
        ("indicators.drones_struck.likelihood.ukraine.message=.5", "it takes that for"),
        ("ukraine=1:2:3", "begins with hypotheses, indicators, sources or dependence"),
        ("hypotheses.ukraine.prior=1:2", "a range should be from:to:count"),
        ("hypotheses.ukraine.prior=2:1:3", "a range should go upwards"),
        ("hypotheses.ukraine.prior=0:1:3", "values should be above 0, but one is 0"),
        ("hypotheses.ukraine.prior=0:1:3:log", "begin above 0"),
        ("hypotheses.ukraine.prior=1:2:1", "whole number from 2"),
        ("hypotheses.ukraine.prior=nan", "'nan' should be a number"),
        ("indicators.two_hits.likelihood.others=.5,1", "strictly between 0 and 1, but one is 1"),
        ("sources.kremlin.reliability=1.5", "at most 1"),
        ("dependence.symbol.correlation=1", "below 1"),
        ("indicators.two_hits.observed=yes", "present, absent, unknown"),
        ("prior_strength=2,3", "the exact answer does not depend on it"),
        ("all", "asks for a random sample"),
    ],
)
def test_what_cannot_be_read_is_told(case: Case, text: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        sweep(case, [text])


def test_what_is_too_much_or_said_twice_is_told(case: Case) -> None:
    with pytest.raises(RequestError, match=r"1000 × 2000 = 2000000 runs are too many: up to 1000000"):
        sweep(case, ["hypotheses.ukraine.prior=1:2:1000", "hypotheses.other.prior=1:2:2000"])
    with pytest.raises(RequestError, match=r"is set by hypotheses\.other.prior already"):
        sweep(case, ["hypotheses.other.prior=1,2", "hypotheses.other.prior=3"])
    with pytest.raises(RequestError, match=r"is set by sources\.\w+\.reliability already"):
        sweep(case, ["sources.kremlin.reliability=.5", "indicators.says_thwarted.reliability=.6"])
    with pytest.raises(RequestError, match="give --vary"):
        sweep(case, [])
    with pytest.raises(RequestError, match="of a case with 1500 leaves"):
        sweep(case_of([leaf(f"h{n}") for n in range(1500)]), ["hypotheses.h1.prior=1:2"], random=1_000_000)


def test_every_key_that_robust_names_can_be_varied_and_the_leader_changes_where_it_says() -> None:
    case = random_case(1)
    rows = tipping(Evidence.of(case), case)
    assert len(
        variations_of(case, problem_of(case), [f"{'.'.join(row.what)}=.5" for row in rows], random=False)
    ) == len(rows)
    tips = [row for row in rows if row.tips_at is not None]
    for row in tips[:: max(1, len(tips) // 6)]:
        assert row.tips_at is not None
        beyond = float(row.tips_at + 1e-4 * (row.tips_at - row.written))
        found = sweep(case, [f"{'.'.join(row.what)}={beyond!r}"])
        assert found.problem.leaves[found.leader[0]] == row.new_leader
