"""Reads ``--vary``: which judgement, and the values that it is to take.

hypotheses.ukraine.prior=1:10:20            twenty values from 1 to 10, evenly spaced
hypotheses.ukraine.prior=1:10:20:log        evenly spaced in their logs
indicators.two_hits.likelihood.others=.2,.5,.8
indicators.two_hits.observed=present,absent
dependence.arrival.correlation              eleven values over its own 90 % interval
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from falseflag.case.edit import ONLY_ONE, broken_rule
from falseflag.diagnostics import quoted
from falseflag.distributions import Beta, LogNormal, Point
from falseflag.errors import RequestError
from falseflag.problem import Floats
from falseflag.sweep.targets import UNKNOWN, Target

MOST_VALUES = 10_000
"""Values of one axis of a grid."""

USUAL = 11
"""Values of an axis that gives none."""

WIDE = 5.0
"""A prior weight that gives no values goes from what is written over this to that times this."""


@dataclass(frozen=True, slots=True)
class Variation:
    """One target, and what it is to be varied over.

    Parameters
    ----------
    target : Target
    values : ndarray
        What a grid goes through; of a range, its two ends for a random sample.
    form : {'list', 'linear', 'log', 'own'}
        How a random sample draws: one of the values, evenly between the ends, evenly in logs, or as elicited.
    """

    target: Target
    values: Floats
    form: str


def read_variation(target: Target, text: str, *, random: bool) -> Variation:
    """Read what stands behind the ``=`` (nothing, if there is none).

    Parameters
    ----------
    target : Target
    text : str
    random : bool
        Whether a random sample is drawn: a range then has two ends and no number of values.

    Raises
    ------
    RequestError
        With the rule that is broken.
    """
    try:
        variation = _own(target, random=random) if not text else _written(target, text, random=random)
    except ValueError as error:
        raise RequestError(f"--vary {target.name}={text}: {error}") from None
    if np.isinf(target.log_odds) and target.kind in {"circumstance", "attempt"}:
        raise RequestError(
            f"--vary {target.name}: it is certain as it is written, so that what is ruled out has no place in a sweep; "
            "write a probability next to 0 or 1 into the case"
        )
    if np.isposinf(target.log_odds) and target.kind != "prior" and target.distribution is None:
        raise RequestError(f"--vary {target.name}: it has probability 1 and all other values 0; {ONLY_ONE}")
    for value in variation.values:
        _check(target, float(value), text)
    return variation


def _written(target: Target, text: str, *, random: bool) -> Variation:
    if target.kind == "observed":
        return Variation(target, np.array([_report(word, target) for word in text.split(",")], float), "list")
    if ":" not in text:
        return Variation(target, np.array([_number(part) for part in text.split(",")]), "list")
    *parts, form = text.split(":") if text.endswith((":log", ":linear")) else (*text.split(":"), "linear")
    if len(parts) != 3 - random:
        shape = "from:to" if random else "from:to:count"
        raise ValueError(f"a range should be {shape}, or {shape}:log")
    low, high = _number(parts[0]), _number(parts[1])
    if not low < high:
        raise ValueError(f"a range should go upwards, but {parts[0]} is not below {parts[1]}")
    if form == "log" and low <= 0:
        raise ValueError("a range in logs should begin above 0")
    if random:
        return Variation(target, np.array([low, high]), form)
    return Variation(target, (np.geomspace if form == "log" else np.linspace)(low, high, _count(parts[2])), form)


def _own(target: Target, *, random: bool) -> Variation:
    """Vary over what was elicited."""
    if target.kind == "prior":
        ends = (target.written / WIDE, target.written * WIDE)
        return Variation(target, np.array([target.written]) if random else np.geomspace(*ends, USUAL), "own")
    if target.kind == "observed":
        return Variation(target, np.array([*range(len(target.words)), UNKNOWN], float), "list")
    if target.distribution is None:
        raise ValueError("should be followed by values, such as =2:40:20:log")
    if not target.is_uncertain:
        raise ValueError(f"is held certain at {target.written:g}, so it should be followed by values, such as =0.1,0.5")
    if random:
        return Variation(target, np.array([target.written]), "own")
    low, high = _quantiles(target)
    return Variation(target, np.linspace(low, high, USUAL), "own")


def _quantiles(target: Target) -> tuple[float, float]:
    value = target.distribution
    assert isinstance(value, Beta | Point | LogNormal)  # noqa: S101 (nothing else is about one number)
    return value.quantiles


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{quoted(text)} should be a number")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 2 <= int(text[:9]) <= MOST_VALUES):
        raise ValueError(f"the count should be a whole number from 2 to {MOST_VALUES}, but is {quoted(text)}")
    return int(text)


def _report(word: str, target: Target) -> float:
    words = (*target.words, "unknown")
    if word not in words:
        raise ValueError(f"{quoted(word)} should be one of {', '.join(words)}")
    return UNKNOWN if word == "unknown" else float(words.index(word))


def _check(target: Target, value: float, text: str) -> None:
    """Check a value by the rules of the case file."""
    if target.kind != "observed" and (words := broken_rule(target.kind, value)):
        raise RequestError(f"--vary {target.name}={text}: values should be {words}, but one is {value:g}")
