"""Exact answers a minute on one core: a random sweep over all that the default case elicits."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from aims import Aim
from stopwatch import Ratio, in_turn

from falseflag.case.loader import load

CASE = Path(__file__).parents[1] / "priors" / "kremlin.yaml"
RUNS = 20_000
AIM = 100_000
"""Answers a minute of computing."""

type Rates = list[float]


def measure(rounds: int) -> Rates:
    """Sweep a few times; answers a minute of one core's time, whatever the number of cores that worked."""
    if find_spec("falseflag.sweep") is None:
        return []
    from falseflag.sweep import sweep  # noqa: PLC0415

    case = load(CASE)
    sweep(case, ["all"], random=100)  # imports are not what is timed

    def once() -> float:
        start = time.process_time()
        sweep(case, ["all"], random=RUNS)
        return 60 * RUNS / (time.process_time() - start)

    return in_turn({"sweep": once}, rounds)["sweep"]


def aims(rates: Rates) -> list[Aim]:
    """Hold the rate against the aim."""
    if not rates:
        return []
    return [Aim(f"swept answers a minute on one core / {AIM:,}", Ratio.of(rates, [AIM] * len(rates)), 1)]


def told(rates: Rates) -> str:
    """Say the rate in a sentence."""
    if not rates:
        return "This version has no sweeps.\n"
    return (
        f"All priors and judgements of `priors/kremlin.yaml` varied at random, {RUNS:,} times: {median(rates):,.0f} "
        f"exact answers a minute of one core ({min(rates):,.0f} to {max(rates):,.0f}).\n"
    )
