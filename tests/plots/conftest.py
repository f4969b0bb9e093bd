"""Answers to draw, and a watch over matplotlib's global state."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from making import case_of, indicator, judged

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import Case, Circumstance, Deception, Hypothesis, Indicator, Proposition
from falseflag.distributions import Beta
from falseflag.inference.checks import Check
from falseflag.inference.result import Answer
from falseflag.sampling import sample
from falseflag.settings import Settings

from .explaining import crowd
from .watching import nothing_changed

FEW = Settings(draws=200)
FAILED = Check("r_hat", passed=False, value=1.2, limit=1.01, message="The largest r̂ is 1.2.")
PASSED = (
    Check("r_hat", passed=True, value=1.001, limit=1.01, message="The largest r̂ is 1.001."),
    Check("ess_bulk", passed=True, value=700, limit=400, message="At least 700 effective draws."),
    Check("ess_tail", passed=True, value=700, limit=400, message="At least 700 effective draws in the tails."),
)

HOSTILE = (
    "A $x_1$ costs $5 & <script>alert('1')</script> --> ]]>",
    "_hidden_ \\frac{1}{2} ^2 %s {0} \x07\x00 \ud800",
    "שלום עולם: מי עשה את זה?",
    "\u202eturned round, and then some " * 10,
    "W" * 300,
    "日本語の仮説\nと二行目",
    "   ",
)


def labelled_case(labels: tuple[str, ...], children: int = 0) -> Case:
    """Make a case with an actor for each label, every other one with purposes below it."""
    tops = []
    for a, label in enumerate(labels):
        kids = tuple(Hypothesis(f"h{a}.k{k}", f"{label} / {k}", 1.0, 8.0) for k in range(children)) if a % 2 else ()
        tops.append(Hypothesis(f"h{a}", label, 1.0 + a % 3, 8.0, kids))
    indicators = [
        indicator(f"i{i}", {"h0": Beta(6.0, 2.0), "h1": Beta(2.0, 5.0), "others": Beta(3.0, 3.0)}, observed=seen)
        for i, seen in enumerate((True, False, None))
    ]
    dates = ("", "2022-02-24", "")
    named = [dated(dataclasses.replace(i, label=labels[k % len(labels)]), dates[k]) for k, i in enumerate(indicators)]
    first, second, third = (labels[k % len(labels)] for k in range(3))
    place = Circumstance("place", first, {"here": second, "there": third}, {OTHERS: judged(Beta(3.0, 5.0))})
    entry = Deception("h0", Condition(f"h{len(labels) - 1}"), judged(0.5), {"i0": judged(0.7)})
    return dataclasses.replace(
        case_of(tops, named, {"g": (("i0", "i1"), 0.5)}),
        title=labels[0],
        circumstances={"place": place},
        deception={"h0": entry},
        propositions={"p": Proposition("p", second, (Condition("h0"), Condition("h1")))},
    )


def dated(made: Indicator, date: str) -> Indicator:
    """Let what is reported have been seen on a date."""
    return dataclasses.replace(made, reports=tuple(dataclasses.replace(r, seen=date) for r in made.reports))


def as_sampled(answer: Answer) -> Answer:
    """Dress independent draws up as four chains."""
    rng = np.random.default_rng(5)
    shape = (4, len(answer.draws) // 4)
    statistics = {"energy": rng.normal(80, 6, shape), "diverging": np.zeros(shape, bool)}
    settings = dataclasses.replace(answer.settings, chains=4)
    return dataclasses.replace(answer, engine="nuts", settings=settings, sample_stats=statistics, checks=PASSED)


def settings() -> dict[str, object]:
    """Return matplotlib's settings; all but the backend, which asking for would load."""
    return {key: mpl.rcParams[key] for key in mpl.rcParams if key != "backend"}


@pytest.fixture(autouse=True)
def _global_state_stays() -> Iterator[None]:
    with nothing_changed(settings):
        yield


@pytest.fixture(scope="session")
def answer() -> Answer:
    return sample(labelled_case(("Red", "Blue", "Somebody else"), children=2), "exact", FEW)


@pytest.fixture(scope="session")
def sampled(answer: Answer) -> Answer:
    return as_sampled(answer)


@pytest.fixture(scope="session")
def unsound(sampled: Answer) -> Answer:
    return dataclasses.replace(sampled, checks=(FAILED, *PASSED[1:]))


@pytest.fixture(scope="session")
def hostile() -> Answer:
    found = as_sampled(sample(labelled_case(HOSTILE, children=2), "exact", FEW))
    return dataclasses.replace(found, checks=(FAILED,))


@pytest.fixture(scope="session")
def large() -> Answer:
    return as_sampled(sample(crowd(), "exact", FEW))
