"""Which indicators tell false flags from the rest, and by how many decibans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from falseflag.inference.result import INTERVAL
from falseflag.problem import Floats
from falseflag.record.counts import counts_of
from falseflag.record.model import Record

DRAWS = 4000
SEED = 19390831
TARGET = "false_flag"
DECIBANS = 10.0
"""Of a factor of ten in odds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What is known of a quantity: its value and its 5 to 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Discrimination:
    """What one indicator says for a false flag against all the rest.

    Parameters
    ----------
    indicator : str
    rate, rest : Spread
        P(present | false flag), and P(present | not), the other classes in the record's own shares.
    if_present, if_absent : Spread
        Weight of evidence for a false flag against the rest in decibans, under either report. The value is that of the
        expected rates, which is what an answer uses; the interval is that of the rates behind it.
    chance : float
        Probability that it is more common in false flags than in the rest.
    """

    indicator: str
    rate: Spread
    rest: Spread
    if_present: Spread
    if_absent: Spread
    chance: float


def draws_from_counts(record: Record) -> Floats:
    """Draw rates of each indicator and class after Jeffreys, cases weighted by grade of truth, shape (S, m, C)."""
    counts = counts_of(record)
    rng = np.random.default_rng(SEED)
    return rng.beta(0.5 + counts.present, 0.5 + counts.absent, (DRAWS, *counts.present.shape))


def discriminate(record: Record, rate: Floats, target: str = TARGET) -> Sequence[Discrimination]:
    """Say what each indicator tells, in the record's order.

    Parameters
    ----------
    record : Record
        For the shares of the classes.
    rate : ndarray, shape (S, m, C)
        Draws of P(indicator present | class).
    target : str
        The class that is held against all others.
    """
    of = record.classes.index(target)
    share = np.bincount(record.y, weights=record.weight, minlength=len(record.classes))
    share[of] = 0.0
    rest = rate @ (share / share.sum())  # (S, m)
    own = rate[:, :, of]
    present = DECIBANS * np.log10(own / rest)
    absent = DECIBANS * np.log10((1 - own) / (1 - rest))
    return [
        Discrimination(
            indicator=name,
            rate=_spread(own[:, j]),
            rest=_spread(rest[:, j]),
            if_present=_spread(present[:, j], DECIBANS * np.log10(own[:, j].mean() / rest[:, j].mean())),
            if_absent=_spread(absent[:, j], DECIBANS * np.log10((1 - own[:, j]).mean() / (1 - rest[:, j]).mean())),
            chance=float((own[:, j] > rest[:, j]).mean()),
        )
        for j, name in enumerate(record.indicators)
    ]


def _spread(draws: Floats, value: float | None = None) -> Spread:
    low, high = np.quantile(draws, INTERVAL)
    return Spread(float(draws.mean() if value is None else value), float(low), float(high))
