"""Two answers to a case compared, key by key and each way, types first; and what Monte Carlo error explains."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from falseflag.inference.checks import EFFECTIVE_LIMIT, EXACT_ERROR, Z_LIMIT
from falseflag.inference.result import INTERVAL, NOT_KNOWN, Answer
from falseflag.problem import Floats
from falseflag.scales import words, words_touched

type Json = Any
"""What JSON holds."""

FACTORS = {"value": 4.0, "mcse": 3.0, "error": 3.0}
"""By what factor a check's value, or a standard error, may differ: they are estimates of few digits."""

SHOWN = 60
"""Characters of a value that a sentence shows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that a run says otherwise than the new answer.

    Parameters
    ----------
    where : str
        Its path, such as ``hypotheses[ukraine].posterior``.
    what : str
        How it differs.
    is_near : bool
        Whether Monte Carlo error explains it.
    values : (object, object)
        What is said, and what the new answer says; None for what is not there.
    """

    where: str
    what: str
    is_near: bool = False
    values: tuple[Json, Json] = (None, None)

    @property
    def sentence(self) -> str:
        """Path and difference."""
        return f"{self.where} {self.what}"


def differences(said: Json, again: Json, tolerance: Tolerance, place: _Place | None = None) -> Iterator[Difference]:
    """Yield every difference between two pieces of JSON, with its path."""
    place = place or _Place("", "", {}, {})
    if isinstance(said, dict) and isinstance(again, dict):
        for key in dict.fromkeys([*again, *said]):
            below = _Place(f"{place.where}.{key}" if place.where else key, key, said, again)
            if key not in said:
                yield Difference(below.where, "is missing", values=(None, again[key]))
            elif key not in again:
                yield Difference(below.where, "is not in the new answer", values=(said[key], None))
            else:
                yield from differences(said[key], again[key], tolerance, below)
    elif isinstance(said, list) and isinstance(again, list):
        if len(said) != len(again):
            is_near = tolerance.allows(said, again, place)
            yield Difference(place.where, f"has {len(said)} entries, answered again {len(again)}", is_near)
        for number, (one, other) in enumerate(zip(said, again, strict=False)):
            label = other.get("name", number) if isinstance(other, dict) else number
            below = _Place(f"{place.where}[{label}]", place.key, place.said, place.again, number)
            yield from differences(one, other, tolerance, below)
    elif not is_equal(said, again):
        is_near = tolerance.allows(said, again, place)
        yield Difference(place.where, f"is {short(said)}, answered again {short(again)}", is_near, values=(said, again))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is said: its path, the last key of it, the mappings with that key, the number in a list."""

    where: str
    key: str
    said: Mapping[str, Json]
    again: Mapping[str, Json]
    number: int = 0


def is_equal(said: Json, again: Json) -> bool:
    """Tell whether two values are equal; a string, true or false never equals a number."""
    if is_number(said) and is_number(again):
        return bool(said == again)
    return type(said) is type(again) and bool(said == again)


def is_number(value: Json) -> bool:
    """Tell whether a value is a number; true and false are none."""
    return type(value) in {int, float}


def number_or_none(value: Json) -> float | None:
    """Return a finite number as such, anything else as None."""
    if not is_number(value) or not -1e300 < value < 1e300:
        return None
    return float(value)


def short(value: Json) -> str:
    """Return a value as JSON, its beginning if it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


class Tolerance:
    """By how much two answers with other draws of the same distribution may differ, all errors those of the new one.

    Every limit is `Z_LIMIT` standard errors of a difference of two estimates, and twice the exact engine's error.
    """

    def __init__(self, answer: Answer, again: Json) -> None:
        probability = answer.tree["posterior"].to_dataset()["probability"].transpose("hypothesis", "chain", "draw")
        names = probability.coords["hypothesis"].to_numpy().tolist()
        self.drawn: dict[str, Floats] = dict(zip(names, probability.to_numpy().reshape(len(names), -1), strict=True))
        effective = [check["value"] for check in again["checks"] if check["name"] == "ess_tail" and check["value"]]
        independent = answer.settings.draws * answer.settings.chains if answer.engine == "exact" else EFFECTIVE_LIMIT
        self.n: float = min([*effective, probability.size]) if effective else independent

    def allows(self, said: Json, again: Json, place: _Place) -> bool:
        """Tell whether Monte Carlo error explains a difference."""
        if place.key == "interval_words":  # they are those of the ends that are said
            return bool(place.said.get("interval_words") == _words_touched(place.said.get("interval")))
        one, other = number_or_none(said), number_or_none(again)
        if one is None or other is None or (type(said) is int and type(again) is int):
            return isinstance(said, str) and isinstance(again, str) and self._allows_text(said, again, place)
        row = place.again
        if place.key == "interval":
            low, high = self._ends(place)
            return low <= one <= high
        if place.key in FACTORS:  # a z score may be any below its limit; whether it passed is compared too
            return row.get("name") == "agreement" or _within_factor(one, other, FACTORS[place.key])
        error = self._error(row) if place.key in {"posterior", "p"} else 0.0
        return abs(one - other) <= float(Z_LIMIT * np.sqrt(2) * error) + 2 * EXACT_ERROR * max(1.0, abs(other))

    def _error(self, row: Mapping[str, Json]) -> float:
        """Return the standard error of a row's estimate: as it says, or from its interval's width."""
        said = number_or_none(row.get("mcse", row.get("error")))
        return self._width(row) / 3.3 / float(np.sqrt(self.n)) if said is None else said

    def _width(self, row: Mapping[str, Json]) -> float:
        ends = [number_or_none(end) for end in row.get("interval") or ()]
        return float(np.ptp([end for end in ends if end is not None])) if None not in ends and ends else 0.0

    def _ends(self, place: _Place) -> tuple[float, float]:
        """Return what an end of an interval may be.

        An estimate of the p-quantile from n independent draws lies between the true quantiles of
        p ± z √(p (1 - p) / n). Where there are no draws at hand, those of a normal distribution, three times as far.
        """
        p, row = INTERVAL[place.number % 2], place.again
        drawn = self.drawn.get(row.get("name", "")) if place.where.startswith("hypotheses[") else None
        if drawn is None:
            error = 3 * 0.64 * self._width(row) / np.sqrt(self.n)
            middle = row["interval"][place.number]
            slack = Z_LIMIT * np.sqrt(2) * error
            return middle - slack - EXACT_ERROR, middle + slack + EXACT_ERROR
        slack = Z_LIMIT * np.sqrt(2 * p * (1 - p) / min(self.n, len(drawn)))
        low, high = np.quantile(drawn, [max(p - slack, 0.0), min(p + slack, 1.0)])
        return float(low) - EXACT_ERROR, float(high) + EXACT_ERROR

    def _allows_text(self, said: str, again: str, place: _Place) -> bool:
        """Allow the words of what is said in numbers, and sentences that differ in nothing but numbers."""
        if place.key == "words":
            return said == _words(place.said.get("posterior"))
        return place.key in {"message", "warnings"} and _without_numbers(said) == _without_numbers(again)


def _within_factor(one: float, other: float, factor: float) -> bool:
    return max(abs(one), abs(other)) <= max(factor * min(abs(one), abs(other)), EXACT_ERROR)


def _words(posterior: Json) -> str:
    known = number_or_none(posterior)
    return words(known) if known is not None and 0 <= known <= 1 else NOT_KNOWN


def _words_touched(interval: Json) -> list[str]:
    ends = [number_or_none(end) for end in interval] if isinstance(interval, list) else []
    known = sorted(end for end in ends if end is not None and 0 <= end <= 1)
    return words_touched(known[0], known[1]) if len(known) == len(ends) == 2 else [NOT_KNOWN]


def _without_numbers(text: str) -> str:
    """Return a check's sentence without its numbers and without the name of what they were found at."""
    return re.sub(r"\(at [^)]*\)|\bof a \w+|\d[\d.,]*", "", text)
