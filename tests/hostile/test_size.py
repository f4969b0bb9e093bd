"""A valid but huge case: checked at once, and answered or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from falseflag.case.loader import load_text
from falseflag.errors import RequestError
from falseflag.inference.draws import check_number, draw_prior, log_scores
from falseflag.inference.exact.factors import Factors
from falseflag.problem import problem_of
from falseflag.sampling import sample
from falseflag.settings import Settings
from hostile.trial import trial

HEAD = "title: t\nhypotheses: {a: {}, b: {}}\n"


def leaves(count: int) -> str:
    return f"title: t\nindicators: {{}}\nhypotheses: {{{', '.join(f'k{i}: {{}}' for i in range(count))}}}\n"


def members(count: int) -> str:
    names = [f"i{i}" for i in range(count)]
    body = ", ".join(f"{name}: {{observed: absent, likelihood: {{others: .5}}}}" for name in names)
    return f"{HEAD}indicators: {{{body}}}\ndependence: {{g: {{indicators: [{', '.join(names)}]}}}}\n"


def wide(hypotheses: int, indicators: int) -> str:
    body = ", ".join(f"i{i}: {{observed: present, likelihood: {{k0: .4, others: .5}}}}" for i in range(indicators))
    return leaves(hypotheses).replace("indicators: {}", f"indicators: {{{body}}}")


def steep(indicators: int, hypotheses: int, correlation: str) -> str:
    names = [f"i{i}" for i in range(indicators)]
    points = ", ".join(f"k{h}: {(h + 1) / (hypotheses + 2):.3f}" for h in range(hypotheses))
    body = ", ".join(f"{name}: {{observed: present, likelihood: {{{points}}}}}" for name in names)
    group = f"dependence: {{g: {{indicators: [{', '.join(names)}], correlation: {correlation}}}}}\n"
    return leaves(hypotheses).replace("indicators: {}", f"indicators: {{{body}}}") + group


def entangled(sources: int) -> str:
    """Return a case in which each two of some sources of uncertain reliability report on a fact of their own."""
    names = [f"s{k}" for k in range(sources)]
    rows = ", ".join(f"{name}: {{reliability: {{mean: .8, strength: 5}}}}" for name in names)
    body = ", ".join(
        f"i_{one}_{other}: {{reports: {{{one}: present, {other}: absent}}, likelihood: {{a: .7, b: .3}}}}"
        for n, one in enumerate(names)
        for other in names[:n]
    )
    return f"{HEAD}sources: {{{rows}}}\nindicators: {{{body}}}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (leaves(10_000), "at most 2,000 states, staged ones counted, but has more"),
        (wide(1900, 1100), "at most 2,000,000 states × indicators but has 1,900 × 1,100"),
    ],
    ids=["states", "cells"],
)
def test_a_huge_case_is_refused_by_every_command(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text)
    for command in (["check"], ["sample", "--engine", "exact"], ["robust"]):
        result = trial("huge", command[0], path, *command[1:])
        assert result.exit_code == 2
        assert sentence in result.errors
        assert not result.is_traceback


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (members(3000), "The dependence group 'g' would need 3"),
        (steep(300, 20, "[0.5, 0.999]"), "evaluations, and at most 8e+07 are made"),
        (entangled(14), "report on so many of the same facts"),
    ],
    ids=["members", "nodes", "sources"],
)
def test_what_would_take_too_long_is_refused_before_it_is_computed(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text)
    result = trial("huge", "sample", path, "--engine", "exact")
    assert result.exit_code == 2
    assert sentence in " ".join(result.errors.split())
    assert not result.is_traceback


def test_unknown_members_do_not_count() -> None:
    problem = problem_of(load_text(members(2000).replace("absent", "unknown")))
    assert problem.groups == ("g",)
    assert Factors.of(problem).components == ()


def test_too_many_draws_are_refused_with_how_many_would_do() -> None:
    case = load_text(leaves(1000))
    with pytest.raises(RequestError, match="ask for at most 33,333 in all"):
        sample(case, "exact", Settings(draws=10_000))
    check_number(problem_of(case), 33_333)


def test_too_many_draws_of_large_groups_are_refused() -> None:
    problem = problem_of(load_text(steep(100, 20, "0.99")))
    drawn = draw_prior(problem, np.random.default_rng(1), 16_000)
    with pytest.raises(RequestError, match="ask for fewer draws with --draws"):
        log_scores(problem, drawn)


def test_within_the_bounds_there_is_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(wide(400, 100))
    result = trial("large", "sample", path, "--engine", "exact", "--draws", "100", "--json")
    assert result.exit_code == 0, result.errors
