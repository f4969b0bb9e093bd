"""Reports that several modules look at, each rendered once in a process."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

from making import case_of, indicator, leaf

from falseflag.case import load
from falseflag.inference.checks import Check
from falseflag.inference.result import Answer
from falseflag.report import render_report
from falseflag.sampling import sample
from falseflag.settings import Settings
from report.hostile import hostile_case

PRIORS = Path(__file__).parents[2] / "priors"
DATE = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
FEW = Settings(draws=200, chains=2)
BAD = Check("r_hat", passed=False, value=1.2, limit=1.01, message="The largest r̂ is 1.2.")


@cache
def skeptic_answer() -> Answer:
    """Answer a case of two files, with groups, unknowns and a tree."""
    return sample(load(PRIORS / "skeptic.yaml"), "exact", FEW)


@cache
def skeptic_page() -> str:
    return render_report(skeptic_answer(), date=DATE)


@cache
def learned_page() -> str:
    """Render a case that learns from a record."""
    return render_report(sample(load(PRIORS / "kremlin_record.yaml"), "exact", FEW), date=DATE)


@cache
def hostile_page() -> str:
    return render_report(sample(hostile_case(), "exact", FEW), date=DATE)


@cache
def small_answer() -> Answer:
    case = case_of([leaf("a"), leaf("b")], [indicator("i", {"a": 0.7, "others": 0.2})])
    return sample(case, "exact", FEW)


@cache
def unsound_page() -> str:
    answer = small_answer()
    return render_report(replace(answer, checks=(*answer.checks, BAD)), date=DATE)
