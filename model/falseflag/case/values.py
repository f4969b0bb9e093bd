"""Texts and numbers of a case file: which are allowed, and how JSON Schema says so."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from falseflag.case.times import is_timezone
from falseflag.case.yaml import Node, Scalar, Sequence, Spot, entries, is_null, no_break_space
from falseflag.diagnostics import Diagnostics, Message, did_you_mean, nearest, nearest_words, quoted, visible
from falseflag.distributions import Beta
from falseflag.record.codebook import ANY_CLASS, CLASSES, INDICATORS
from falseflag.scales import TERMS

NAME = "[a-z][a-z0-9_]*"
SMALLEST, LARGEST = 1e-12, 1e12
"""Range of weights, strengths and Beta parameters: far beyond any use, well within floating point."""
CERTAIN_WORD, IMPOSSIBLE_WORD = "certain", "impossible"

NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
LONGEST_NUMBER = 100
_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+")
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[-+][0-9]{2}:[0-9]{2})?))?)?)?"
)


@dataclass(slots=True)
class Reading:
    """What the parts of a case are read with.

    Attributes
    ----------
    diagnostics : Diagnostics
        Takes errors and warnings.
    terms : dict of str to (float, float)
        The case's own words with their intervals.
    solved : mapping of (float, float) to Beta or None
        Distributions of intervals, None where there is none.
    strength : float
        Of weights that name none: the case's `prior_strength`.
    is_second_edition : bool
        Whether a key was met that the first edition did not have.
    """

    diagnostics: Diagnostics
    terms: dict[str, tuple[float, float]] = field(default_factory=dict)
    solved: Mapping[tuple[float, float], Beta | None] = field(default_factory=dict)
    fits: int = 0
    strength: float = 10.0
    is_second_edition: bool = False

    def refuse[T](self, spot: Spot, message: Message) -> T | None:
        """Report what is wrong with a value, and return None; that it is empty goes before anything else."""
        if spot.is_unread:
            return None
        if is_null(spot.node):
            message = partial(_empty, spot)
        self.diagnostics.add(spot.place, spot.path, message)
        return None

    def refuse_key[T](self, spot: Spot, message: Message) -> T | None:
        """Report what is wrong with a key, and return None."""
        self.diagnostics.add(spot.key, spot.path, message)
        return None

    def require(self, spot: Spot, key: str, more: str = "") -> None:
        """Report that a key is missing, or empty."""
        below = spot.at(key)
        self.diagnostics.add(below.key if below else spot.place, (*spot.path, key), f"Required, but missing{more}")


def _empty(spot: Spot) -> str:
    siblings = [key for key in entries(spot.parent) if key != spot.path[-1]]
    near = nearest(str(spot.path[-1]), siblings) if spot.path else ""
    hint = f".{did_you_mean(near)}" if near else ", and a value is needed"
    return f"Empty: there is nothing of this name to remove{hint}"


@dataclass(frozen=True, slots=True, eq=False)
class Kind[T]:
    """A kind of value: how it is read, None where it cannot be, and the JSON Schema that says the same."""

    read: Callable[[Spot, Reading], T | None]
    json_schema: Mapping[str, Any]


def found(node: Node) -> str:
    """Name what stands where something else should."""
    match node:
        case Scalar():
            return "nothing" if node.is_null else quoted(node.text)
        case Sequence():
            return "a list"
        case _:
            return "a mapping"


# numbers


def read_number(spot: Spot, reading: Reading) -> float | None:
    """Read a decimal number."""
    node = spot.node
    if not isinstance(node, Scalar) or node.is_null:
        return reading.refuse(spot, f"Should be a number but got {found(node)}")
    if len(node.text) > LONGEST_NUMBER:
        got = f"got {len(node.text):,}"
        return reading.refuse(spot, f"Should be a number of at most {LONGEST_NUMBER} characters but {got}")
    if not NUMBER.fullmatch(node.text):
        hint = _number_hint(node.text)
        return reading.refuse(spot, f"Should be an ordinary decimal number but got {quoted(node.text)}{hint}")
    return finite(node, spot, reading)


def finite(node: Scalar, spot: Spot, reading: Reading) -> float | None:
    """Read a text that looks like a number."""
    if node.quoted:
        return reading.refuse(spot, f"A number in quotes; write {node.text} without them")
    value = float(node.text)
    if not math.isfinite(value):
        return reading.refuse(spot, f"Should be a finite number but got {visible(node.text)}")
    return value


def _number_hint(text: str) -> str:
    if _COMMA.fullmatch(text):
        return f". Decimals are written with a point: {text.replace(',', '.')}"
    if percent := _PERCENT.fullmatch(text):
        return f". Without the sign it is {float(percent[1]) / 100:.12g}"
    return no_break_space(text)


def number(rule: str, holds: Callable[[float], bool], **json_schema: float | str) -> Kind[float]:
    """Return the kind of a number of which `holds`; `rule` says what that is, as in ``in (0, 1)``."""

    def read(spot: Spot, reading: Reading) -> float | None:
        value = read_number(spot, reading)
        if value is not None and not holds(value):
            return reading.refuse(spot, f"Should be {rule} but got {shown(spot)}")
        return value

    return Kind(read, {"type": "number", **json_schema})


def shown(spot: Spot) -> str:
    """Return a text as it was written."""
    return visible(spot.node.text) if isinstance(spot.node, Scalar) else found(spot.node)


POSITIVE = number(
    f"above 0, from {SMALLEST:g} to {LARGEST:g},",
    lambda x: SMALLEST <= x <= LARGEST,
    exclusiveMinimum=0,
    maximum=LARGEST,
)
COUNT = number(
    f"a whole number from 0 to {LARGEST:g}",
    lambda x: 0 <= x <= LARGEST and x.is_integer(),
    type="integer",
    minimum=0,
    maximum=LARGEST,
)
RELEVANCE = number("in (0, 1]", lambda x: 0 < x <= 1, exclusiveMinimum=0, maximum=1)


def _strength(spot: Spot, reading: Reading) -> float | None:
    if isinstance(spot.node, Scalar) and spot.node.text == CERTAIN_WORD:
        return math.inf
    if isinstance(spot.node, Scalar) and spot.node.text[:1].isalpha():
        near = did_you_mean(nearest_words(spot.node.text, [CERTAIN_WORD]))
        got = f"{found(spot.node)}{'.' + near if near else ''}"
        return reading.refuse(spot, f"Should be a number above 0 or '{CERTAIN_WORD}' but got {got}")
    return POSITIVE.read(spot, reading)


STRENGTH: Kind[float] = Kind(_strength, {"anyOf": [POSITIVE.json_schema, {"const": CERTAIN_WORD}]})
"""How many observations something is worth, infinite for ``certain``."""


# texts


def _text(spot: Spot, reading: Reading) -> str | None:
    if not isinstance(spot.node, Scalar) or spot.node.is_null:
        return reading.refuse(spot, f"Should be text but got {found(spot.node)}")
    return spot.node.text


def one_of(what: str, choices: tuple[str, ...], otherwise: str = "") -> Kind[str]:
    """Return the kind of one of a few texts; `otherwise` is said where none is like what was written."""

    def message(node: Node) -> str:
        near = did_you_mean(near_choice(node.text, choices)) if isinstance(node, Scalar) else ""
        hint = near or otherwise
        space = no_break_space(node.text) if isinstance(node, Scalar) else ""
        return f"Should be {what} but got {found(node)}{space or ('.' + hint if hint else '')}"

    def read(spot: Spot, reading: Reading) -> str | None:
        if isinstance(spot.node, Scalar) and spot.node.text in choices:
            return spot.node.text
        return reading.refuse(spot, partial(message, spot.node))

    return Kind(read, {"enum": list(choices)})


def near_choice(text: str, choices: tuple[str, ...]) -> str:
    """Return the choice that a text differs from by a letter or two, or by its underscores."""
    squeezed = {choice.replace("_", ""): choice for choice in choices}
    return nearest_words(text, choices) or squeezed.get(re.sub("[^a-z0-9]", "", text.lower()), "")


def matching(what: str, pattern: str, nearer: Callable[[str], str] = str.lower, **json_schema: list[str]) -> Kind[str]:
    """Return the kind of a text of a pattern; `nearer` makes a suggestion of a wrong one."""
    compiled = re.compile(pattern)

    def message(text: str, got: str) -> str:
        meant = nearer(text) if len(text) < 100 else ""
        near = f". Did you mean {quoted(meant)}?" if compiled.fullmatch(meant) else ""
        return f"Should be {what} but got {got}{no_break_space(text) or near}"

    def read(spot: Spot, reading: Reading) -> str | None:
        text = spot.node.text if isinstance(spot.node, Scalar) else ""
        if isinstance(spot.node, Scalar) and compiled.fullmatch(text):
            return text
        return reading.refuse(spot, partial(message, text, found(spot.node)))

    return Kind(read, {"type": "string", "pattern": f"^({pattern})$", **json_schema})


def is_key(kind: Kind[str], key: str, spot: Spot, reading: Reading) -> bool:
    """Return whether the key of an entry is of a kind, and report it if not."""
    as_value = Spot(Scalar(spot.key, key, quoted=True), spot.key, spot.path)
    return kind.read(as_value, reading) is not None


def _snake(text: str) -> str:
    return re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")


def _date(spot: Spot, reading: Reading) -> str | None:
    text = spot.node.text if isinstance(spot.node, Scalar) else ""
    if match := _DATE.fullmatch(text):
        year, month, day, time = match.groups()
        try:
            datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{time or '00:00'}")
        except ValueError:
            pass
        else:
            return text
    got = f"{found(spot.node)}{no_break_space(text)}"
    what = "an ISO 8601 date, such as 2023-05-03, 2023-05 or 2023-05-03T02:27,"
    return reading.refuse(spot, f"Should be {what} but got {got}")


def _timezone(spot: Spot, reading: Reading) -> str | None:
    text = spot.node.text if isinstance(spot.node, Scalar) else ""
    if is_timezone(text):
        return text
    what = "a time zone, such as Europe/Moscow, UTC or +03:00,"
    return reading.refuse(spot, f"Should be {what} but got {found(spot.node)}")


TEXT = Kind(_text, {"type": ["string", "number", "boolean"]})
NAME_KIND = matching("a name of a-z, 0-9 and _ that begins with a letter", NAME, _snake)
DATE = Kind(_date, {"type": ["string", "integer"], "examples": ["2023-05-03", "2023-05", "2023-05-03T02:27"]})
TIMEZONE = Kind(_timezone, {"type": ["string", "integer"], "examples": ["Europe/Moscow", "+03:00"]})
AUTHOR_CLASS = one_of("adversary, nonstate, false_flag, accident or any", (*CLASSES, ANY_CLASS))
LIKE = one_of("an indicator of the record", tuple(INDICATORS), f" They are {', '.join(INDICATORS)}")
MODEL = one_of("counts or hierarchical", ("counts", "hierarchical"))
GRADE = matching("a letter A to F and a digit 1 to 6, such as B2,", "[A-F][1-6]", str.upper, examples=["B2"])
GRADE_KEY = matching("a letter A to F, a digit 1 to 6 or both (A, 1, A/1, B2)", "[A-F](/?[1-6])?|[1-6]", str.upper)
ONE_WORD_TERMS = frozenset(term for term in TERMS if " " not in term)


# probabilities


@dataclass(frozen=True, slots=True)
class Target:
    """What a value is elicited of.

    Parameters
    ----------
    rule : str
        Range of a fixed value, as in ``in (0, 1)``.
    allows_zero, allows_one : bool
        Whether 0 and 1 may be written.
    allows_certainty : bool
        Whether ``{value: impossible, why: …}`` and ``{value: certain, why: …}`` may.
    values : tuple of str
        The values whose probabilities it is about, where weights may be written; three or more for weights alone.
    of : str
        What has those values, for messages.
    allows_no_weight : bool
        Whether values may be left out or have weight 0, and the name of one value stands for itself.
    """

    rule: str = "in (0, 1)"
    allows_zero: bool = False
    allows_one: bool = False
    allows_certainty: bool = False
    values: tuple[str, ...] = ()
    of: str = ""
    allows_no_weight: bool = False

    def holds(self, value: float) -> bool:
        """Return whether a value may be fixed."""
        return 0 < value < 1 or (value == 0 and self.allows_zero) or (value == 1 and self.allows_one)

    @property
    def is_many_valued(self) -> bool:
        """Whether there are three values or more."""
        return len(self.values) > 2

    @property
    def number_schema(self) -> dict[str, Any]:
        """The JSON Schema of a fixed value."""
        low = "minimum" if self.allows_zero else "exclusiveMinimum"
        high = "maximum" if self.allows_one else "exclusiveMaximum"
        return {"type": "number", low: 0, high: 1}


PROBABILITY = Target()
CHANCE = Target(allows_certainty=True)
"""Of an attempt, a reach, a detection or a two-valued statement."""
RELIABILITY = Target("in (0, 1]", allows_one=True)
CORRELATION = Target("in [0, 1)", allows_zero=True)


# a single number

_PERCENTAGE = re.compile(rf"({NUMBER.pattern})\s*%")
_RATIO = re.compile(rf"({NUMBER.pattern})\s*([/:])\s*({NUMBER.pattern})")
BEGINS_NUMBER = frozenset("+-.0123456789")
RATIO_PATTERN = r"^[0-9.eE+-]+ *(%|[/:] *[0-9.eE+-]+)$"


def _fraction(text: str) -> float | None:
    """Return what a percentage, a fraction or odds stand for, None where it is none of them."""
    if len(text) > 100:
        return None
    if match := _PERCENTAGE.fullmatch(text):
        return float(match[1]) / 100
    if not (match := _RATIO.fullmatch(text)):
        return None
    one, other = float(match[1]), float(match[match.re.groups // 2 + 2])
    whole = other if "/" in match[0] else one + other
    return one / whole if whole else math.nan


def number_of(text: str) -> float | None:
    """Return the probability that a text stands for, None where it is no number in any form."""
    if NUMBER.fullmatch(text) and len(text) <= 100:
        return float(text)
    return _fraction(text)


def read_probability(spot: Spot, target: Target, reading: Reading) -> float | None:
    """Read a number, a percentage, a fraction or odds."""
    text = spot.node.text if isinstance(spot.node, Scalar) else ""
    value = _fraction(text)
    if value is None:
        value = read_number(spot, reading)
    if value is None or target.holds(value):
        return value
    return reading.refuse(spot, f"Should be {target.rule} but got {shown(spot)}{_hint(value, text, target)}")


def _hint(value: float, text: str, target: Target) -> str:
    if value in {0, 1}:
        if not target.allows_certainty:
            near = "0.01" if value == 0 else "0.99"
            return f". A certainty can never be argued away; write a number near it, such as {near}"
        word = IMPOSSIBLE_WORD if value == 0 else CERTAIN_WORD
        return f". A certainty can never be argued away; where it is meant, write {{value: {word}, why: …}}"
    if 2 <= value <= 100 and NUMBER.fullmatch(text):
        return f". Did you mean {value / 100:.12g} or {value:.12g} %?"
    return ""


def number_schema(target: Target) -> dict[str, Any]:
    """Return the JSON Schema of a number, a percentage, a fraction or odds."""
    return {"anyOf": [target.number_schema, {"type": "string", "pattern": RATIO_PATTERN}]}
