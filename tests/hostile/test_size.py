"""A valid but huge case: checked at once, and answered or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from falseflag import size
from falseflag.case import load_text
from falseflag.errors import RequestError
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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (leaves(10_000), "at most 2,000 leaves but has 10,000"),
        (members(3000), "at most 1,000 indicators that are reported present or absent, but 'g' has 3,000"),
        (steep(300, 20, "[0.5, 0.999]"), "at most 1e+08 statements × quadrature nodes, but 'g' has about"),
        (wide(1900, 1100), "at most 2,000,000 leaves × indicators but has 1,900 × 1,100"),
    ],
    ids=["leaves", "members", "nodes", "cells"],
)
def test_a_huge_case_is_refused_by_every_command(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text)
    for command in (["check"], ["sample", "--engine", "exact"], ["robust"]):
        result = trial("huge", command[0], path, *command[1:])
        assert result.exit_code == 2
        assert sentence in result.errors
        assert not result.is_traceback


def test_unknown_members_do_not_count() -> None:
    assert problem_of(load_text(members(2000).replace("absent", "unknown"))).groups == ("g",)


def test_too_many_draws_are_refused_with_how_many_would_do() -> None:
    case = load_text(leaves(1000))
    with pytest.raises(RequestError, match="ask for at most 8,333 with --draws"):
        sample(case, "exact", Settings(draws=10_000))
    size.check_draws(case, Settings(draws=8333))


def test_too_many_draws_of_large_groups_are_refused_with_how_many_would_do() -> None:
    case = load_text(steep(100, 20, "0.99"))
    with pytest.raises(RequestError, match="ask for at most 554 with --draws"):
        size.check_draws(case, Settings(draws=4000))
    size.check_draws(case, Settings(draws=500))


def test_a_group_of_twelve_points_at_every_leaf_is_answered() -> None:
    size.check_draws(load_text(steep(12, 20, "[0.5, 0.999]")), Settings())


def test_within_the_bounds_there_is_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(wide(400, 100))
    result = trial("large", "sample", path, "--engine", "exact", "--draws", "100", "--json")
    assert result.exit_code == 0, result.errors
