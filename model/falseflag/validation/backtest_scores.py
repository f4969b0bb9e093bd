"""Scores of answers with their intervals, calibration, and which indicators tell false flags apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.arrays import Floats
from falseflag.record.model import Record, counts_of
from falseflag.wording import INTERVAL

# Scores of single answers, expected under the label: the probabilities of the incident's author, shape (k, C)


def log_score(probability: Floats, label: Floats) -> Floats:
    """Return Σ label · ln p, at best where p is the label itself. Shape (k,), from (k, C) and (k, C)."""
    return np.asarray(special.xlogy(label, probability).sum(axis=1))


def brier_score(probability: Floats, label: Floats) -> Floats:
    """Return the expected squared distance to the true class, summed over classes (Brier 1950): 2 at worst."""
    return np.asarray((probability**2).sum(axis=1) - 2 * (label * probability).sum(axis=1) + label.sum(axis=1))


def accuracy(probability: Floats, label: Floats) -> Floats:
    """Return the label's probability of the most probable class; k equally probable ones count 1/k each."""
    top = np.isclose(probability, probability.max(axis=1, keepdims=True), rtol=1e-9, atol=0)
    return np.asarray((top * label).sum(axis=1) / top.sum(axis=1))


SCORES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "log": log_score,
    "brier": brier_score,
    "accuracy": accuracy,
}
"""Scores by name; only of Brier's is less better."""


# Means with their intervals


RESAMPLES = 4000
SEED = 19310918


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over incidents with its bootstrap interval (5 to 95 %), and how many incidents it is of."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        """Format for tables: value and interval."""
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


@lru_cache(maxsize=32)
def resampled(units: int) -> Floats:
    """Return how often each of so many units is drawn in each resample, shape (RESAMPLES, units); always the same."""
    return np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=RESAMPLES).astype(float)


def mean_of(values: Floats, units: Sequence[str] | None = None) -> Mean:
    """Return the mean, its interval from incidents (or whole units of them) drawn with replacement.

    Parameters
    ----------
    values : ndarray, shape (k,)
    units : sequence of str, length k, optional
        What is drawn: incidents of one unit stay together. By default each incident is one.

    Notes
    -----
    Means of the same length and units are resampled alike, so that the interval of a difference is that of the means of
    paired differences. An incident's answer stays as it was: refitting is not part of it.
    """
    if not len(values):
        return Mean(np.nan, np.nan, np.nan, 0)
    place = np.arange(len(values)) if units is None else np.unique(np.array(units), return_inverse=True)[1]
    sums, sizes = np.bincount(place, values), np.bincount(place)
    drawn = resampled(len(sums))
    low, high = np.quantile((drawn @ sums) / (drawn @ sizes), INTERVAL)
    return Mean(float(values.mean()), float(low), float(high), len(values))


# Calibration of resolved cases


EDGES = (0.0, 0.05, 0.2, 0.45, 0.7, 1.0)
"""Bins of probability: few, for few incidents."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements "class c, with probability p" whose p falls in one bin.

    Parameters
    ----------
    low, high : float
        The bin's edges.
    mean : float
        Mean of the probabilities stated.
    frequency : float
        Share of them that were true, with its bootstrap interval (incidents drawn with replacement).
    interval : (float, float)
    count : int
        How many statements.
    """

    low: float
    high: float
    mean: float
    frequency: float
    interval: tuple[float, float]
    count: int


def calibrate(probability: Floats, label: Floats) -> Sequence[Bin]:
    """Bin every statement of every answer; bins without one are left out.

    Parameters
    ----------
    probability, label : ndarray, shape (k, C)
    """
    place, drawn = _places(probability), resampled(len(label))
    found = []
    for number in range(len(EDGES) - 1):
        inside = place == number
        if not inside.any():
            continue
        right, size = (inside * label).sum(axis=1), inside.sum(axis=1)
        with np.errstate(invalid="ignore"):
            shares = (drawn @ right) / (drawn @ size)
        low, high = np.nanquantile(shares, INTERVAL)
        found.append(
            Bin(
                low=EDGES[number],
                high=EDGES[number + 1],
                mean=float(probability[inside].mean()),
                frequency=float(right.sum() / size.sum()),
                interval=(float(low), float(high)),
                count=int(size.sum()),
            )
        )
    return found


def _places(probability: Floats) -> NDArray[np.intp]:
    return np.clip(np.searchsorted(EDGES, probability, side="right") - 1, 0, len(EDGES) - 2)


AUTHORS = 2000
"""Sets of authors that are drawn for a calibration error."""


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """How far frequencies lie from the probabilities stated, and how far they would if those were perfect.

    Parameters
    ----------
    value : float
        Mean over statements of |mean probability - frequency| in their bin, averaged over authors drawn by the labels.
    expected : float
        The same over authors drawn by the probabilities stated: chance alone.
    chance : float
        Share of those drawn by the probabilities stated that give `value` or more.
    """

    value: float
    expected: float
    chance: float


def calibration_error(probability: Floats, label: Floats) -> CalibrationError:
    """Return the expected calibration error of answers, shape (k, C), and what it comes to under perfection.

    See Bröcker and Smith (2007, *Increasing the reliability of reliability diagrams*, Weather and Forecasting 22,
    651–661) on why the second is needed.
    """
    rng = np.random.default_rng(SEED)
    seen, perfect = (_errors(probability, _drawn_authors(rng, of)) for of in (label, probability))
    value = float(seen.mean())
    return CalibrationError(value, float(perfect.mean()), float((perfect >= value).mean()))


def _drawn_authors(rng: np.random.Generator, chances: Floats) -> Floats:
    """Draw the author of each incident many times, shape (AUTHORS, k, C), one 1 in each row."""
    edges = chances.cumsum(axis=1)
    drawn = rng.random((AUTHORS, len(chances), 1)) < edges / edges[:, -1:]
    return np.diff(drawn.astype(float), axis=2, prepend=0.0)


def _errors(probability: Floats, truth: Floats) -> Floats:
    place = _places(probability)
    inside = np.array([(place == number).ravel() for number in range(len(EDGES) - 1)], float)  # (bins, k·C)
    gaps = (probability - truth).reshape(len(truth), -1) @ inside.T
    return np.asarray(np.abs(gaps).sum(axis=1) / probability.size)


# A false flag against the rest


TARGET = "false_flag"


@dataclass(frozen=True, slots=True)
class Detection:
    """How well one class is told from all others.

    Parameters
    ----------
    log : Mean
        Log score of its probability alone: label · ln p + (1 - label) · ln(1 - p).
    auc : Mean
        Chance that an incident of the class gets a higher probability of it than one of another class; ties count half.
    """

    log: Mean
    auc: Mean


def detect(probability: Floats, label: Floats, units: Sequence[str]) -> Detection:
    """Score one class's probability.

    Parameters
    ----------
    probability, label : ndarray, shape (k,)
    units : sequence of str, length k
        What the bootstrap draws; see `mean_of`.
    """
    return Detection(mean_of(two_way_log_score(probability, label), units), _auc(probability, label, units))


def two_way_log_score(probability: Floats, label: Floats) -> Floats:
    """Return the log score of one class's probability against all the rest's, shape (k,)."""
    return np.asarray(special.xlogy(label, probability) + special.xlogy(1 - label, 1 - probability))


def _auc(probability: Floats, label: Floats, units: Sequence[str]) -> Mean:
    higher = np.sign(probability[:, None] - probability[None, :]) / 2 + 0.5
    pairs = label[:, None] * (1 - label[None, :]) * (1 - np.eye(len(label)))
    if not pairs.sum():
        return Mean(np.nan, np.nan, np.nan, 0)
    place = np.unique(np.array(units), return_inverse=True)[1]
    times = resampled(int(place.max()) + 1)[:, place]  # how often each incident is drawn
    won, met = (((times @ table) * times).sum(axis=1) for table in (pairs * higher, pairs))
    low, high = np.quantile(won[met > 0] / met[met > 0], INTERVAL)
    return Mean(float((pairs * higher).sum() / pairs.sum()), float(low), float(high), len(label))


# What tells false flags apart


RATES_DRAWS = 4000
RATES_SEED = 19390831
TENFOLD = 10.0
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
    """Draw rates of each indicator and class after Jeffreys, shape (S, m, C); see `falseflag.record.model.Counts`."""
    counts = counts_of(record)
    rng = np.random.default_rng(RATES_SEED)
    return rng.beta(0.5 + counts.present, 0.5 + counts.absent, (RATES_DRAWS, *counts.present.shape))


def discriminate(record: Record, rate: Floats, target: str = TARGET) -> Sequence[Discrimination]:
    """Say what each indicator tells, in the record's order.

    Parameters
    ----------
    record : Record
        For the shares of the classes.
    rate : ndarray, shape (S, m, C)
        Draws of P(indicator present | class).
    target : str
        The class that is compared with all others.
    """
    of = record.classes.index(target)
    share = record.label.sum(axis=0)
    share[of] = 0.0
    rest = rate @ (share / share.sum())  # (S, m)
    own = rate[:, :, of]
    present = TENFOLD * np.log10(own / rest)
    absent = TENFOLD * np.log10((1 - own) / (1 - rest))
    return [
        Discrimination(
            indicator=name,
            rate=_spread(own[:, j]),
            rest=_spread(rest[:, j]),
            if_present=_spread(present[:, j], TENFOLD * np.log10(own[:, j].mean() / rest[:, j].mean())),
            if_absent=_spread(absent[:, j], TENFOLD * np.log10((1 - own[:, j]).mean() / (1 - rest[:, j]).mean())),
            chance=float((own[:, j] > rest[:, j]).mean()),
        )
        for j, name in enumerate(record.indicators)
    ]


def _spread(draws: Floats, value: float | None = None) -> Spread:
    low, high = np.quantile(draws, INTERVAL)
    return Spread(float(draws.mean() if value is None else value), float(low), float(high))


# Claims that are examined


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is said of false flags.

    Parameters
    ----------
    sentence : str
    indicator : str
        What it is about in the record.
    is_more : bool
        Whether it says that false flags have it more often than the rest, or less often.
    """

    sentence: str
    indicator: str
    is_more: bool


CLAIMS = (
    Claim("False flags go for mass casualties", "mass_casualties", is_more=True),
    Claim("The propaganda of a false flag's “victims” is louder", "incendiary_response", is_more=True),
    Claim("What was staged is disclosed faster", "late_disclosure", is_more=False),
)
"""From the article that the default case is read off: its arguments against a false flag, turned about."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A claim with what the record says.

    Parameters
    ----------
    claim : Claim
    seen : mapping from str to (int, int)
        By class of author: incidents that have it, and incidents of which it is known.
    found : Discrimination
    chance : float
        Probability that the claim holds of the rates behind the record.
    """

    claim: Claim
    seen: Mapping[str, tuple[int, int]]
    found: Discrimination
    chance: float


def examine(record: Record, found: Sequence[Discrimination]) -> Sequence[Examined]:
    """Hold every claim against the record, whose indicators' discrimination was found."""
    counts = counts_of(record)
    by_name = {one.indicator: one for one in found}
    out = []
    for claim in CLAIMS:
        at, one = record.indicators.index(claim.indicator), by_name[claim.indicator]
        seen = {
            of: (int(counts.seen_present[at, c]), int(counts.seen_present[at, c] + counts.seen_absent[at, c]))
            for c, of in enumerate(record.classes)
        }
        out.append(Examined(claim, seen, one, one.chance if claim.is_more else 1 - one.chance))
    return out
