"""The numbers that the page computes with, against the exact engine on the edited case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import case_of, indicator, leaf, random_case, random_value
from numpy.typing import NDArray
from scipy import special

from falseflag.case.model import Case
from falseflag.distributions import Beta, Distribution, Point
from falseflag.inference.draws import normalise
from falseflag.problem import problem_of
from falseflag.report import groups
from falseflag.report.groups import Joint
from falseflag.report.whatif import WhatIf
from report.whatif_settings import Setting, exact_nodes, random_setting

CLOSE = 1e-9


def _answer(what_if: WhatIf, setting: Setting) -> NDArray[np.float64]:
    """Do what the page does, another way: the log likelihood of each group by brute force over its rows or nodes."""
    problem = problem_of(replace(what_if.case, hypotheses=setting.applied(what_if.case).hypotheses))
    reports = [setting.reports.get(name, int(problem.observed[i])) for i, name in enumerate(problem.indicators)]
    scores = problem.log_prior.copy()
    for i, report in enumerate(reports):
        if report >= 0 and (problem.group_of[i] < 0 or setting.dependence == "none"):
            scores += (what_if.absent, what_if.present)[report][i]
    for g in range(len(problem.groups)):
        members = np.flatnonzero(problem.group_of == g)
        joint = {"written": what_if.as_written, "full": what_if.full}.get(setting.dependence)
        if joint is not None:
            scores += _joint(joint[g], [reports[m] for m in members])
    return problem.membership @ normalise(scores)


def _joint(joint: Joint, reports: list[int]) -> NDArray[np.float64]:
    if joint.table is not None:
        bits = (np.arange(len(joint.table))[:, None] >> np.arange(len(reports))) & 1
        agree = np.all((np.array(reports) < 0) | (bits == reports), axis=1)
        return np.asarray(special.logsumexp(joint.table[agree], axis=0)[joint.pattern_of])
    assert joint.nodes is not None
    logs = (joint.nodes.log_absent, joint.nodes.log_present)
    terms = joint.nodes.log_weight + sum(logs[r][joint.nodes.pattern[m]] for m, r in enumerate(reports) if r >= 0)
    total = special.logsumexp(np.broadcast_to(terms, (joint.nodes.pattern.shape[1], terms.shape[-1])), axis=1)
    return np.asarray(total[joint.pattern_of])


def _assert_exact(case: Case, seed: int, count: int) -> None:
    what_if, rng = WhatIf.of(case, problem_of(case)), np.random.default_rng(seed)
    for _ in range(count):
        setting = random_setting(case, rng)
        expected = np.array(list(exact_nodes(case, setting).values()))
        assert np.abs(_answer(what_if, setting) - expected).max() < CLOSE


@pytest.mark.parametrize("seed", range(8))
def test_every_setting_is_answered_exactly(seed: int) -> None:
    _assert_exact(random_case(seed), seed, 6)


@pytest.mark.parametrize("seed", [1, 3])
def test_nodes_say_the_same_as_tables(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "LARGEST_TABLE", 0)
    monkeypatch.setattr(groups, "BUDGET", 10**7)
    case = random_case(seed)
    assert all(joint.nodes is not None for joint in WhatIf.of(case, problem_of(case)).full)
    _assert_exact(case, seed, 4)


def large_case(members: int, correlation: Distribution, seed: int = 5) -> Case:
    rng = np.random.default_rng(seed)

    def value() -> Distribution:
        return random_value(rng)

    indicators = [
        indicator(
            f"i{k}", {"a": value(), "others": value()}, observed=bool(rng.random() < 0.5), reliability=Beta(17.0, 3.0)
        )
        for k in range(members)
    ]
    names = [one.name for one in indicators]
    return case_of([leaf("a"), leaf("b", 2.0), leaf("c")], indicators, {"g": (names, correlation)})


def test_a_large_group_is_handed_over_as_nodes() -> None:
    case = large_case(14, Point(0.5))
    assert WhatIf.of(case, problem_of(case)).as_written[0].nodes is not None
    _assert_exact(case, 2, 3)


def test_a_group_beyond_the_budget_is_held_as_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "BUDGET", 20)
    case = random_case(4)
    what_if = WhatIf.of(case, problem_of(case))
    assert what_if.held == {"i0", "i1", "i2"}  # the other group's numbers are few
    assert what_if.as_dict()["groups"][0]["full"].keys() == {"fixed"}
    expected = np.array(list(exact_nodes(case, Setting(dependence="full")).values()))
    logs = sum(what_if.present[i] if problem_of(case).observed[i] == 1 else what_if.absent[i] for i in _alone(case))
    logs = logs + what_if.full[0].fixed + _joint(what_if.full[1], problem_of(case).observed[[3, 4]].tolist())
    found = problem_of(case).membership @ normalise(problem_of(case).log_prior + logs)
    assert np.abs(found - expected).max() < CLOSE


def _alone(case: Case) -> list[int]:
    problem = problem_of(case)
    return np.flatnonzero((problem.group_of < 0) & problem.is_reported).tolist()


def test_a_group_that_would_take_too_much_is_not_even_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "BUDGET", 1000)
    monkeypatch.setattr(groups, "lay_out", None)
    case = large_case(13, Point(0.5))
    assert len(WhatIf.of(case, problem_of(case)).held) == 13
