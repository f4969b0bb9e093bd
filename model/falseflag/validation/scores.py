"""Are the probabilities right as probabilities? Of the incidents given 70 %, about 70 % should be so.

Leaves exclude each other. So of those that one incident gives a probability within a bin, at most one is true, with the
sum of their probabilities; and the number of true ones in a bin is, if the probabilities are right, a sum of
independent Bernoulli variables, whose distribution is computed exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.arrays import Floats, Integers
from falseflag.wording import INTERVAL

EDGES = np.linspace(0, 1, 11)
"""Ends of the bins; a bin holds its lower end."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The leaves that were given a probability between `low` and `high`.

    Parameters
    ----------
    low, high : float
    count : int
        Of leaves, over all incidents.
    predicted, observed : float
        Their mean probability, and the share of them that was true; NaN if there are none.
    usual : tuple of float
        Where `observed` lies as often as `INTERVAL` says if the probabilities are right.
    p_value : float
        Two-sided, of the number that was true.
    """

    low: float
    high: float
    count: int
    predicted: float
    observed: float
    usual: tuple[float, float]
    p_value: float


@dataclass(frozen=True, slots=True)
class Score:
    """A proper score, the lower the better, averaged over incidents.

    Parameters
    ----------
    name : str
    prior, posterior : float
    gain, error : float
        How much lower the posterior's is, and the standard error of that.
    """

    name: str
    prior: float
    posterior: float
    gain: float
    error: float


def reliability(probability: Floats, truth: Integers) -> tuple[Bin, ...]:
    """Sort probabilities into bins and compare each with the share that was true.

    Parameters
    ----------
    probability : ndarray, shape (R, H)
        Of each leaf in each incident.
    truth : ndarray of int, shape (R,)
        The leaf that was true.
    """
    place = np.minimum(np.searchsorted(EDGES, probability, side="right") - 1, len(EDGES) - 2)
    is_true = np.arange(probability.shape[1]) == truth[:, None]
    return tuple(_bin(number, place == number, probability, is_true) for number in range(len(EDGES) - 1))


def _bin(number: int, inside: np.ndarray, probability: Floats, is_true: np.ndarray) -> Bin:
    ends, count = (float(EDGES[number]), float(EDGES[number + 1])), int(inside.sum())
    if not count:
        return Bin(*ends, 0, np.nan, np.nan, (np.nan, np.nan), 1.0)
    number_true = int((inside & is_true).sum())
    chance = _number_of_successes((probability * inside).sum(axis=1))
    below = chance.cumsum()
    p_value = min(1.0, 2 * min(below[number_true], chance[number_true:].sum()))
    low, high = np.searchsorted(below, INTERVAL)
    predicted = float(probability[inside].mean())
    usual = (float(low) / count, float(high) / count)
    return Bin(*ends, count, predicted, number_true / count, usual, float(p_value))


def _number_of_successes(probability: Floats) -> Floats:
    """Distribution of the number of successes in independent trials, shape (n + 1,)."""
    out = np.ones(1)
    for p in probability[probability > 0]:
        out = np.convolve(out, [1 - min(p, 1.0), min(p, 1.0)])
    return out


def coverage_p_value(inside: int, asked: int, share: float) -> float:
    """Two-sided binomial p-value of `inside` of `asked` intervals holding the truth where a `share` should."""
    if not asked:
        return 1.0
    at_least = float(special.bdtrc(inside - 1, asked, share)) if inside else 1.0
    return min(1.0, 2 * min(float(special.bdtr(inside, asked, share)), at_least))


def scores(probability: Floats, prior: Floats, truth: Integers) -> tuple[Score, Score]:
    """Compare the Brier and the log score of posterior and prior.

    Parameters
    ----------
    probability : ndarray, shape (R, H)
    prior : ndarray, shape (H,)
    truth : ndarray of int, shape (R,)

    Returns
    -------
    tuple of Score
        Brier score, Σ_h (p_h - 1{h is true})², and log score, -log p of the true leaf, in nats.
    """
    before = np.broadcast_to(prior, probability.shape)
    is_true = np.arange(probability.shape[1]) == truth[:, None]
    rows = np.arange(len(truth))
    brier = [((p - is_true) ** 2).sum(axis=1) for p in (before, probability)]
    log = [-np.log(np.maximum(p[rows, truth], np.finfo(float).tiny)) for p in (before, probability)]
    return _score("Brier", *brier), _score("log", *log)


def _score(name: str, before: Floats, after: Floats) -> Score:
    gain = before - after
    error = float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else np.nan
    return Score(name, float(before.mean()), float(after.mean()), float(gain.mean()), error)
