"""Texts and numbers of a case file: which are allowed, and how JSON Schema says so."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from falseflag.case.nodes import Plain
from falseflag.ledger import Message, quoted, suggestion, visible
from falseflag.record.codebook import ANY_CLASS, CLASSES, INDICATORS
from falseflag.scales import TERMS

NAME = "[a-z][a-z0-9_]*"
SMALLEST, LARGEST = 1e-12, 1e12
"""Range of weights, strengths and Beta parameters: far beyond any use, well within floating point."""

NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+")
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?%")
_LONGESTNUMBER = 100
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[-+][0-9]{2}:[0-9]{2})?))?)?)?"
)


def broken(message: Message) -> PydanticCustomError:
    """Return the error of a rule; `message` is worded only if it is shown."""
    return PydanticCustomError("rule", "a rule is broken", {"message": message})


def kind(data: object) -> str:
    """Name what was found where something else should be."""
    match data:
        case None:
            return "nothing"
        case str():
            return quoted(data)
        case list():
            return "a list"
        case _:
            return "a mapping"


@dataclass(frozen=True, slots=True, eq=False)  # Python 3.12.1 hashes annotations; a dict has no hash
class Parsed:
    """A leaf of the file format: a function that reads it and the JSON Schema that says the same."""

    parse: Callable[[Any], Any]
    json_schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by `parse` alone."""
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give `json_schema`."""
        return dict(self.json_schema)


def _number(data: object) -> float:
    if not isinstance(data, str):
        raise broken(f"Should be a number but got {kind(data)}")
    if len(data) > _LONGESTNUMBER:
        raise broken(f"Should be a number of at most {_LONGESTNUMBER} characters but got {len(data):,}")
    if not NUMBER.fullmatch(data):
        raise broken(f"Should be an ordinary decimal number but got {quoted(data)}{_number_hint(data)}")
    if not isinstance(data, Plain):
        raise broken(f"A number in quotes; write {data} without them")
    value = float(data)
    if not math.isfinite(value):
        raise broken(f"Should be a finite number but got {visible(data)}")
    return value


def _number_hint(text: str) -> str:
    if _COMMA.fullmatch(text):
        return f". Decimals are written with a point: {text.replace(',', '.')}"
    if percent := _PERCENT.fullmatch(text):
        return f". Without the sign it is {float(percent[1]) / 100:.12g}"
    return ""


def number(rule: str, holds: Callable[[float], bool], **json_schema: float | str) -> Parsed:
    """Return the reader of a number of which `holds`; `rule` says what that is, as in ``in (0, 1)``."""

    def parse(data: object) -> float:
        value = _number(data)
        if not holds(value):
            raise broken(f"Should be {rule} but got {visible(str(data))}")
        return value

    return Parsed(parse, {"type": "number", **json_schema})


INSIDE = number("in (0, 1)", lambda x: 0 < x < 1, exclusiveMinimum=0, exclusiveMaximum=1)
RELIABILITY = number("in (0, 1]", lambda x: 0 < x <= 1, exclusiveMinimum=0, maximum=1)
CORRELATION = number("in [0, 1)", lambda x: 0 <= x < 1, minimum=0, exclusiveMaximum=1)
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


def _text(data: object) -> str:
    if not isinstance(data, str):
        raise broken(f"Should be text but got {kind(data)}")
    return str(data)


def one_of(what: str, choices: tuple[str, ...], otherwise: str = "") -> Parsed:
    """Return the reader of one of a few texts; `otherwise` is said where none is like what was written."""

    def message(data: object) -> str:
        near = suggestion(data, choices) if isinstance(data, str) else ""
        hint = near or otherwise
        return f"Should be {what} but got {kind(data)}{'.' + hint if hint else ''}"

    def parse(data: object) -> str:
        if isinstance(data, str) and data in choices:
            return str(data)
        raise broken(partial(message, data))

    return Parsed(parse, {"enum": list(choices)})


def matching(what: str, pattern: str, nearer: Callable[[str], str] = str.lower, **json_schema: list[str]) -> Parsed:
    """Return the reader of a text of a pattern; `nearer` makes a suggestion of a wrong one."""
    compiled = re.compile(pattern)

    def message(data: object) -> str:
        meant = nearer(data) if isinstance(data, str) and len(data) < 100 else ""
        near = f". Did you mean {quoted(meant)}?" if compiled.fullmatch(meant) else ""
        return f"Should be {what} but got {kind(data)}{near}"

    def parse(data: object) -> str:
        if isinstance(data, str) and compiled.fullmatch(data):
            return str(data)
        raise broken(partial(message, data))

    return Parsed(parse, {"type": "string", "pattern": f"^({pattern})$", **json_schema})


def _name(text: str) -> str:
    return re.sub("[^a-z0-9]+", "_", text.lower()).strip("_")


def _date(data: object) -> str:
    match = _DATE.fullmatch(data) if isinstance(data, str) else None
    if match:
        year, month, day, time = match.groups()
        try:
            datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{time or '00:00'}")
        except ValueError:
            pass
        else:
            return str(data)
    raise broken(f"Should be an ISO 8601 date, such as 2023-05-03, 2023-05 or 2023-05-03T02:27, but got {kind(data)}")


Text = Annotated[str, Parsed(_text, {"type": ["string", "number", "boolean"]})]
Name = Annotated[str, matching("a name of a-z, 0-9 and _ that begins with a letter", NAME, _name)]
NodePath = Annotated[str, Parsed(_text, {"type": "string", "pattern": rf"^{NAME}(\.{NAME})*$"})]
"""A hypothesis or ``others``; whether there is such a one is for the rules to say."""
Date = Annotated[
    str, Parsed(_date, {"type": ["string", "integer"], "examples": ["2023-05-03", "2023-05", "2023-05-03T02:27"]})
]
Observed = Annotated[str, one_of("present, absent or unknown", ("present", "absent", "unknown"))]
AuthorClass = Annotated[str, one_of("adversary, nonstate, false_flag, accident or any", (*CLASSES, ANY_CLASS))]
Like = Annotated[str, one_of("an indicator of the record", tuple(INDICATORS), f" They are {', '.join(INDICATORS)}")]
Model = Annotated[str, one_of("counts or hierarchical", ("counts", "hierarchical"))]
Grade = Annotated[
    str, matching("a letter A to F and a digit 1 to 6, such as B2,", "[A-F][1-6]", str.upper, examples=["B2"])
]
GradeKey = Annotated[
    str, matching("a letter A to F, a digit 1 to 6 or both (A, 1, A/1, B2)", "[A-F](/?[1-6])?|[1-6]", str.upper)
]
Term = Annotated[str, one_of("a number or an ICD 203 term", tuple(TERMS), f" The terms are {', '.join(TERMS)}")]
Inside = Annotated[float, INSIDE]
Positive = Annotated[float, POSITIVE]
Count = Annotated[float, COUNT]
Relevance = Annotated[float, RELIABILITY]
