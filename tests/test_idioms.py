"""docs/idioms.md: its cases give, by the exact engine, the figures that it prints and those worked out by hand."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from falseflag.case.loader import load
from falseflag.inference.exact.posterior import SIMULATED, ExactPosterior, surprise
from falseflag.problem import problem_of

ROOT = Path(__file__).parents[1]
FILES = {path.stem: path for path in sorted((ROOT / "priors" / "idioms").glob("*.yaml"))}
TEXT = (ROOT / "docs" / "idioms.md").read_text(encoding="utf-8")
SECTIONS = {text.partition("\n")[0]: text for text in TEXT.split("\n## ")[1:]}
ROW = r"\| \[(\w+)\]\(\.\./priors/idioms/(\w+)\.yaml\) \| `([^`]+)` \| (0\.\d+) \|"
ROWS = re.findall(ROW, TEXT)
BLOCKS = [
    (title, block) for title, text in SECTIONS.items() for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
]


def exact(name: str, what: str) -> float:
    problem = problem_of(load(FILES[name]))
    return ExactPosterior.of(problem).of_set(problem.states_in(what))


def share(*terms: float) -> float:
    """Return the first term over the sum of all, each a prior times a likelihood."""
    return terms[0] / sum(terms)


# By hand


def mixed(theta: float, reliability: float) -> float:
    """Return how probable a source's report is of what has probability `theta`."""
    return theta * reliability + (1 - theta) * (1 - reliability)


def told_by_one(theta: float) -> float:
    """Return how probable five reports are of a source whose reliability is Beta(1.4, 0.6), by how many are right."""

    def rising(start: float, n: int) -> float:
        return math.prod(start + k for k in range(n))

    ways = (math.comb(5, n) * theta**n * (1 - theta) ** (5 - n) for n in range(6))
    return sum(w * rising(1.4, n) * rising(0.6, 5 - n) / rising(2, 5) for n, w in enumerate(ways))


def by_agency(theta: float) -> float:
    says = mixed(theta, 0.7)
    return says * 0.95**2 + (1 - says) * 0.05**2


def alarm() -> dict[tuple[str, str], float]:
    """Enumerate Pearl's example: how probable a cause of the alarm is together with both calls."""
    goes_off = {("burglary", "yes"): 0.95, ("burglary", "no"): 0.94, ("none", "yes"): 0.29, ("none", "no"): 0.001}
    prior, quake = {"burglary": 0.001, "none": 0.999}, {"yes": 0.002, "no": 0.998}
    calls = {each: p * 0.9 * 0.7 + (1 - p) * 0.05 * 0.01 for each, p in goes_off.items()}
    return {(thief, shaken): prior[thief] * quake[shaken] * p for (thief, shaken), p in calls.items()}


def published_ratio() -> float:
    """Return the mean of the log-normal whose 5 % and 95 % quantiles are 2 and 8."""
    sigma = math.log(8 / 2) / 2 / 1.6448536269514722
    return 4 * math.exp(sigma**2 / 2)


STAGED, ALARM, RATE = 0.3 * 0.9**6 + 0.7 * 0.2**6, alarm(), 0.2 * 0.01 + 0.8 * 0.4
BY_HAND = {
    ("statement_as_fact", "army"): share(0.9, 0.98),
    ("statement_as_fact_wrong", "army"): share(mixed(0.05, 0.7), mixed(0.95, 0.7)),
    ("lying_source", "army"): share(told_by_one(0.9), told_by_one(0.1)),
    ("lying_source_wrong", "army"): share(mixed(0.9, 0.7) ** 5, mixed(0.1, 0.7) ** 5),
    ("many_sources", "army"): share(0.8 * 0.9**3 + 0.2 * 0.1**3, 0.3 * 0.9**3 + 0.7 * 0.1**3),
    ("many_sources_wrong", "army"): share(mixed(0.8, 0.9) ** 3, mixed(0.3, 0.9) ** 3),
    ("report_of_a_report", "army"): share(by_agency(0.8), by_agency(0.3)),
    ("report_of_a_report_wrong", "army"): share(
        0.8 * 0.95**2 + 0.2 * 0.05**2,
        0.3 * 0.95**2 + 0.7 * 0.05**2,
    ),
    ("silence", "state"): share(1 - 0.2 * 0.8, 1 - 0.9 * 0.1),
    ("silence_wrong", "state"): share(1 - 0.8, 1 - 0.1),
    ("planted_clue", "false_flag"): share(STAGED * 0.8**2, 0.7**6 * 0.3**2),
    ("planted_clue_wrong", "false_flag"): share(0.41**6 * 0.8**2, 0.7**6 * 0.3**2),
    ("launch_site", "ukraine"): share(2 * (0.6 * 0.05 * 0.1 + 0.4 * 0.6 * 0.7), 0.6 * 0.7),
    ("launch_site", "launch_site=russia"): share((2 * 0.4 + 1) * 0.6 * 0.7, 2 * 0.6 * 0.05 * 0.1),
    ("launch_site_wrong", "ukraine"): share(
        2 * (0.6 * 0.05 + 0.4 * 0.6) * (0.6 * 0.1 + 0.4 * 0.7),
        0.6 * 0.7,
    ),
    ("chained_evidence", "burglary"): sum(p for (t, _), p in ALARM.items() if t == "burglary") / sum(ALARM.values()),
    ("chained_evidence", "earthquake=yes"): sum(p for (_, q), p in ALARM.items() if q == "yes") / sum(ALARM.values()),
    ("chained_evidence_wrong", "burglary"): share(0.849 * 0.6586, 999 * 0.0513 * 0.0111),
    ("another_cause", "rain"): share(0.2 * (0.01 * 0.99 + 0.99 * 0.8), 0.8 * 0.4 * 0.9),
    ("another_cause_wrong", "rain"): share(0.2 * (RATE * 0.99 + (1 - RATE) * 0.8), 0.8 * RATE * 0.9),
    ("published_ratio", "false_flag"): share(published_ratio(), 9),
    ("published_ratio_wrong", "false_flag"): share(mixed(0.8, 0.85), 9 * mixed(0.2, 0.85)),
    ("base_rate", "false_flag"): share(0.01 * 0.9, 0.99 * 0.1),
    ("base_rate_wrong", "false_flag"): share(0.9, 0.1),
    ("somebody_else", "army"): share(6 * 0.1**3, 3 * 0.05**3, 0.4**3),
    ("somebody_else_wrong", "army"): share(6 * 0.1**3, 3 * 0.05**3),
    ("many_suspects", "blue"): share(0.85 * 0.8, *[0.15 / 4 * 0.2 / 4] * 4),
    ("many_suspects_wrong", "blue"): share(0.85 * 0.8, 0.15 * 0.2),
}


@pytest.mark.parametrize(("name", "what"), BY_HAND, ids=[" ".join(key) for key in BY_HAND])
def test_an_answer_is_the_one_worked_out_by_hand(name: str, what: str) -> None:
    assert exact(name, what) == pytest.approx(BY_HAND[name, what], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "what", "figure"),
    [
        ("planted_clue", "false_flag", 0.906),
        ("planted_clue_wrong", "false_flag", 0.223),
        ("lying_source", "army", 0.854),
        ("lying_source_wrong", "army", 0.965),
        ("many_suspects", "blue", 0.9891),
        ("many_suspects_wrong", "blue", 0.9577),
        ("chained_evidence", "burglary", 0.284),
        ("chained_evidence", "earthquake=yes", 0.176),
        ("another_cause", "rain", 0.3577),
    ],
)
def test_an_answer_is_the_one_published(name: str, what: str, figure: float) -> None:
    """Pearl's alarm and sprinkler, the five taxi firms, and the figures in docs/model.md."""
    assert exact(name, what) == pytest.approx(figure, abs=5.1e-4 if figure == round(figure, 3) else 5.1e-5)


def test_marginals_of_the_calls_are_those_of_the_alarm() -> None:
    """What is typed into the wrong case is right, each number for itself."""
    burglary, none = 0.002 * 0.95 + 0.998 * 0.94, 0.002 * 0.29 + 0.998 * 0.001
    typed = [(0.9, 0.05, 0.849, 0.0513), (0.7, 0.01, 0.6586, 0.0111)]
    for rings, quiet, under_burglary, under_none in typed:
        assert burglary * rings + (1 - burglary) * quiet == pytest.approx(under_burglary, abs=5e-5)
        assert none * rings + (1 - none) * quiet == pytest.approx(under_none, abs=5e-5)


@pytest.mark.parametrize("name", ["somebody_else", "somebody_else_wrong"])
def test_evidence_of_somebody_else_is_surprising(name: str) -> None:
    """All three finds are the least probable of the eight data sets that there could be."""
    suspects = {0.1: 6.0, 0.05: 3.0} | ({} if name.endswith("wrong") else {0.4: 1.0})

    def chance(found: tuple[bool, ...]) -> float:
        of_all = [w * math.prod(p if each else 1 - p for each in found) for p, w in suspects.items()]
        return sum(of_all) / sum(suspects.values())

    wanted = chance((True, True, True))
    assert wanted == min(map(chance, itertools.product((True, False), repeat=3))) < 0.01
    simulated = surprise(ExactPosterior.of(problem_of(load(FILES[name]))), np.random.default_rng(1))
    assert abs(simulated.p - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / SIMULATED)


# The page


@pytest.mark.parametrize(("name", "file", "what", "figure"), ROWS, ids=[f"{row[0]} {row[2]}" for row in ROWS])
def test_a_figure_of_the_page_is_the_answer(name: str, file: str, what: str, figure: str) -> None:
    assert name == file
    assert exact(name, what) == pytest.approx(float(figure), abs=0.51 * 10.0 ** -len(figure.partition(".")[2]))


def test_every_case_is_on_the_page_and_worked_out_by_hand() -> None:
    assert {(name, what) for name, _, what, _ in ROWS} == set(BY_HAND)
    assert {name for name, *_ in ROWS} == set(FILES)
    assert {name.removesuffix("_wrong") for name in FILES} == {n for n in FILES if f"{n}_wrong" in FILES}
    assert len(ROWS) == len(re.findall(r"\| 0\.\d+ \|$", TEXT, re.MULTILINE))


def test_the_contents_link_to_every_section() -> None:
    anchors = {title: re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in SECTIONS}
    assert dict(re.findall(r"\[([^]]+)\]\(#([^)]+)\)", TEXT)) == anchors


@pytest.mark.parametrize("title", SECTIONS)
def test_a_figure_in_the_text_is_one_of_its_table(title: str) -> None:
    prose = re.sub(r"```.*?```|^\|.*?$", "", SECTIONS[title], flags=re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"0\.\d{3,}", prose)) <= {figure for *_, figure in re.findall(ROW, SECTIONS[title])}


@pytest.mark.parametrize(("title", "block"), BLOCKS, ids=[f"{n} {title}" for n, (title, _) in enumerate(BLOCKS)])
def test_what_the_page_shows_stands_in_a_case_of_its_section(title: str, block: str) -> None:
    files = {FILES[name].read_text(encoding="utf-8") for name, *_ in re.findall(ROW, SECTIONS[title])}
    assert any(block in text for text in files)


@pytest.mark.parametrize("name", FILES)
def test_a_case_is_small_and_draws_no_warning(name: str) -> None:
    assert load(FILES[name]).warnings == ()
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= 20
