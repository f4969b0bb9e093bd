"""Figures that were published or derived in closed form, by brute force and by the exact engine."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from falseflag.case.loader import load
from falseflag.case.model import Case, Report
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from oracle.brute_force import BruteForce

PUBLISHED = Path(__file__).parent / "published"

type Answer = Callable[[Case, str], float]


def brute(case: Case, what: str) -> float:
    found = BruteForce(case)
    return found.circumstances()[tuple(what.split("="))] if "=" in what else found.nodes()[what]  # type: ignore[index]


def exact(case: Case, what: str) -> float:
    problem = problem_of(case)
    return ExactPosterior.of(problem).of_set(problem.states_in(what))


engines = pytest.mark.parametrize("answer", [brute, exact], ids=["brute force", "exact"])


@cache
def published(name: str) -> Case:
    return load(PUBLISHED / f"{name}.yaml")


@engines
@pytest.mark.parametrize(
    ("name", "what", "figure"),
    [
        ("planted_by_circumstance", "false_flag", 0.9060),
        ("planted_by_leaves", "false_flag", 0.9060),
        ("planted_as_marginals", "false_flag", 0.2231),
        ("one_source", "one", 0.8540),
        ("five_sources", "one", 0.9650),
        ("taxi", "blue", 0.9891),
        ("sprinkler", "rain", 0.3577),
    ],
)
def test_figures(answer: Answer, name: str, what: str, figure: float) -> None:
    assert answer(published(name), what) == pytest.approx(figure, abs=5.1e-5)


@engines
@pytest.mark.parametrize(("what", "figure"), [("burglary", 0.284), ("earthquake=yes", 0.176)])
def test_alarm(answer: Answer, what: str, figure: float) -> None:
    assert answer(published("alarm"), what) == pytest.approx(figure, abs=5.1e-4)


@engines
def test_circumstance_and_split_leaf_are_the_same(answer: Answer) -> None:
    one = answer(published("planted_by_circumstance"), "false_flag")
    other = answer(published("planted_by_leaves"), "false_flag")
    assert one == pytest.approx(other, abs=1e-12)
    plants, plain = 0.3 * 0.9**6, 0.7 * 0.2**6
    false_flag, attacker = (plants + plain) * 0.8**2, 0.7**6 * 0.3**2
    assert one == pytest.approx(false_flag / (false_flag + attacker), abs=1e-12)


@engines
def test_source_that_is_found_out(answer: Answer) -> None:
    """One reliability for all reports: a mixture over how many of the five are right."""

    def given(theta: float) -> float:
        rising = [math.prod((1.4 + k) for k in range(n)) for n in range(6)]
        falling = [math.prod((0.6 + k) for k in range(n)) for n in range(6)]
        total = math.prod(2 + k for k in range(5))
        ways = [math.comb(5, n) * theta**n * (1 - theta) ** (5 - n) for n in range(6)]
        return sum(w * rising[n] * falling[5 - n] / total for n, w in enumerate(ways))

    wanted = given(0.9) / (given(0.9) + given(0.1))
    assert answer(published("one_source"), "one") == pytest.approx(wanted, abs=1e-9)


H, RELIABLE, P, Q, A = 0.3, 0.4, 0.8, 0.3, 0.5
"""Prior of the hypothesis and of a reliable instrument; a report's chance under either, and of an unreliable one."""


@engines
def test_variety_of_evidence(answer: Answer) -> None:
    """Bovens and Hartmann's two reports: one instrument, whose reliability is learned, and two."""
    both = {s: RELIABLE * p**2 + (1 - RELIABLE) * A**2 for s, p in (("true", P), ("wrong", Q))}
    each = {s: (RELIABLE * p + (1 - RELIABLE) * A) ** 2 for s, p in (("true", P), ("wrong", Q))}
    for name, given in (("instrument_single", both), ("instrument_two", each)):
        wanted = H * given["true"] / (H * given["true"] + (1 - H) * given["wrong"])
        assert answer(published(name), "true") == pytest.approx(wanted, abs=1e-9)
    evidence = H * both["true"] + (1 - H) * both["wrong"]
    learned = RELIABLE * (H * P**2 + (1 - H) * Q**2) / evidence
    assert answer(published("instrument_single"), "reliable=yes") == pytest.approx(learned, abs=1e-9)


@engines
def test_witness_who_knows_or_guesses(answer: Answer) -> None:
    guess = 0.25 * (1 - RELIABLE)
    truth = H * (RELIABLE + guess) / (H * (RELIABLE + guess) + (1 - H) * guess)
    assert answer(published("randomizer"), "so") == pytest.approx(truth, abs=1e-9)
    learned = RELIABLE * H / (RELIABLE * H + guess)
    assert answer(published("randomizer"), "reliable=yes") == pytest.approx(learned, abs=1e-9)


# Simulated stagers


def reported(case: Case, planted: int, hard: int) -> Case:
    """Return the case with so many clues within reach, and so many that cannot be faked, reported present."""
    says = dict(zip(case.indicators, [n < planted for n in range(6)] + [n < hard for n in range(2)], strict=True))
    indicators = {
        name: replace(i, reports=(Report("", "present" if says[name] else "absent"),))
        for name, i in case.indicators.items()
    }
    return replace(case, indicators=indicators)


def log_score(answer: Answer, name: str, staging: float, shown: float) -> float:
    """Sum the expected log score of a case over all reports that simulated authors leave."""
    total = 0.0
    for planted, hard in itertools.product(range(7), range(3)):
        ways = math.comb(6, planted) * math.comb(2, hard)

        def chance(theta: float, other: float, planted: int = planted, hard: int = hard) -> float:
            return theta**planted * (1 - theta) ** (6 - planted) * other**hard * (1 - other) ** (2 - hard)

        attacker = ways * chance(0.7, 0.7) / 2
        false_flag = ways * (staging * chance(shown, 0.2) + (1 - staging) * chance(0.2, 0.2)) / 2
        p = answer(reported(published(name), planted, hard), "false_flag")
        total += false_flag * math.log(p) + attacker * math.log1p(-p)
    return total


@engines
@pytest.mark.parametrize(
    ("name", "staging", "shown", "figure"),
    [
        ("stagers_deception", 0.3, 0.7, -0.3155),
        ("stagers_none", 0.3, 0.7, -0.5668),
        ("stagers_marginals", 0.3, 0.7, -0.3748),
        ("stagers_deception", 0.0, 0.7, -0.2143),
        ("stagers_none", 0.0, 0.7, -0.1552),
        ("planted_by_circumstance", 0.3, 0.9, -0.2987),
        ("stagers_none", 0.3, 0.9, -0.9056),
        ("planted_as_marginals", 0.3, 0.9, -0.4696),
    ],
)
def test_simulated_stagers(answer: Answer, name: str, staging: float, shown: float, figure: float) -> None:
    assert log_score(answer, name, staging, shown) == pytest.approx(figure, abs=1e-4)


def test_deception_makes_no_clue_likelier_than_under_the_blamed() -> None:
    """With staging that never fails, only what is out of reach tells a false flag from the blamed."""
    case = published("stagers_deception")
    sure: Mapping[str, float] = BruteForce(case).deceiver()["perfect"]
    assert sure["false_flag"] == pytest.approx(0.8**2 / (0.8**2 + 0.3**2), abs=1e-12)
