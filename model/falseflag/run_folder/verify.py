"""Does a run say what follows from its case? The case is answered again, and all that the run says is compared.

Whatever the new answer says is compared, key by key, with what ``posterior.json`` says, and the other way round: types
first, then values. Where the draws are the same to the last bit, so must everything else be. Where they are not, as on
another machine, quantities estimated by Monte Carlo may differ by what their errors allow.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from falseflag.arrays import Floats
from falseflag.case.loader import load
from falseflag.errors import CaseError, RequestError
from falseflag.inference.checks import EFFECTIVE_LIMIT, EXACT_ERROR, Z_LIMIT, failed, mcse_of_mean, standard_error
from falseflag.inference.result import NOT_KNOWN, Answer
from falseflag.results import Result
from falseflag.run_folder.stored import (
    DRAWS,
    StoredRun,
    damaged_files,
    foreign_entries,
    is_edited,
    read_draws,
    read_run,
)
from falseflag.sampling import sample
from falseflag.scales import words, words_touched
from falseflag.wording import INTERVAL

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("posterior", "prior", "observed_data")
"""In the draws of every run."""

FOLLOWING = (*(f"{p:.0%} quantile" for p in INTERVAL), "posterior", "mcse")
"""What draws give of a node; without sampling, the last two are no draws'."""

CLOSE = 1e-9
"""What arithmetic in another order may change in a probability."""


class Verdict(StrEnum):
    """What came of it."""

    IDENTICAL = "identical"
    AGREES = "agrees"
    DIFFERS = "differs"


SENTENCES = {
    Verdict.IDENTICAL: "Answered again, every number is the same to the last digit.",
    Verdict.AGREES: "Answered again, the numbers agree within Monte Carlo error, though not to the last digit.",
    Verdict.DIFFERS: "This run is not to be relied on: answered again it is not what the folder says.",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One node, as recorded and answered again.

    Parameters
    ----------
    name : str
    recorded, again : float or None
        The posterior probability.
    difference : float
        The largest between the recorded numbers (posterior, exact, interval, standard error) and the new ones; infinite
        where only one of them is a number.
    agrees : bool
        Whether all that is said of the node is the same, or within Monte Carlo error.
    """

    name: str
    recorded: float | None
    again: float | None
    difference: float
    agrees: bool


@dataclass(frozen=True, slots=True, repr=False)
class Verification(Result):
    """The verdict on a run's folder.

    Parameters
    ----------
    folder : path
    verdict : Verdict
        ``identical`` to the last digit, ``agrees`` within Monte Carlo error, or ``differs``.
    damaged : tuple of str
        What is missing or was changed since; where this is not empty the verdict is ``differs``.
    other_versions : mapping of str to (str, str)
        Packages (and the machine) that are not what they were: recorded, and here.
    nodes : tuple of Compared
    draws : str
        ``identical``, ``other`` or ``absent``.
    contradicted : tuple of str
        What the run says and the new answer, or its own draws, say otherwise, each with its path in ``posterior.json``;
        where this is not empty the verdict is ``differs``.
    failed_checks : tuple of str
        Checks that the run, or the new answer, failed: whatever the verdict, the answer is then not to be relied on.
    foreign : tuple of str
        What stands beside the run in its folder and is none of its files.
    edited : bool
        Whether ``posterior.json`` is not, byte for byte, as it was written.
    """

    folder: Path
    verdict: Verdict
    damaged: tuple[str, ...]
    other_versions: Mapping[str, tuple[str, str]]
    nodes: tuple[Compared, ...]
    draws: str
    contradicted: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    edited: bool = False

    @property
    def title(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def is_sound(self) -> bool:
        """Whether the run's numbers follow from its case, and no check failed."""
        return self.verdict is not Verdict.DIFFERS and not self.failed_checks

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each node."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame([asdict(node) for node in self.nodes]).set_index("name")

    def in_words(self) -> Sequence[str]:
        """Return the verdict, and all that differs."""
        return (SENTENCES[self.verdict], *self.damaged, *self.contradicted)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``verify --json`` prints."""
        return {
            "verdict": self.verdict.value,
            "damaged": list(self.damaged),
            "other_versions": {name: list(pair) for name, pair in self.other_versions.items()},
            "hypotheses": [
                asdict(node) | {"difference": node.difference if np.isfinite(node.difference) else None}
                for node in self.nodes
            ],
            "draws": self.draws,
            "contradicted": list(self.contradicted),
            "failed_checks": list(self.failed_checks),
            "foreign": list(self.foreign),
            "edited": self.edited,
        }


def verify(folder: Path) -> Verification:
    """Answer a run's case again, from what the folder holds, and compare the answer with the recorded one.

    Parameters
    ----------
    folder : path
        What ``--out`` named.

    Raises
    ------
    RequestError
        If the folder holds no run, if the run, its case or its draws are damaged so that they cannot be read or
        answered, if files are links, pipes or larger than any run's, or if another version is needed to read it.
    """
    run = read_run(folder)
    answer = _again(folder, run)
    again = json.loads(json.dumps(answer.to_dict()))
    stored = _stored_draws(folder, answer)
    draws = "absent" if stored is None else "identical" if _same_draws(stored, answer.tree) else "other"
    said = {key: value for key, value in run.content.items() if key != "written"}
    found = [each for each in differences(said, again, Tolerance(answer, again)) if not _is_told_in_words(each)]
    same = not any(each.where.startswith("hypotheses") for each in found)
    wrong = [each for each in found if same or draws == "identical" or not each.is_near]
    contradicted = [each.sentence for each in wrong]
    if stored is not None:
        contradicted += _not_drawn(run, answer, stored, same=same)
    damaged = damaged_files(folder, run)
    is_same = not found and draws != "other"
    return Verification(
        folder=folder,
        verdict=Verdict.DIFFERS if damaged or contradicted else Verdict.IDENTICAL if is_same else Verdict.AGREES,
        damaged=damaged,
        other_versions=_other_versions(said, again),
        nodes=tuple(_compared(said, again, wrong)),
        draws=draws,
        contradicted=tuple(contradicted),
        failed_checks=_failed(said, answer),
        foreign=foreign_entries(folder),
        edited=is_edited(folder),
    )


def _again(folder: Path, run: StoredRun) -> Answer:
    case_file = folder / "case" / run.files[0].name
    try:
        case = load(case_file)
    except CaseError as error:
        raise RequestError(f"{case_file}: the case that was answered cannot be read:\n{error}") from error
    return sample(case, run.engine, run.settings)


def _is_told_in_words(found: Difference) -> bool:
    """Tell whether a difference is one of place, machine or versions: no contradiction, but worth a sentence."""
    said, again = found.values
    if found.where.startswith("versions."):
        return isinstance(said, str) and (again is None or isinstance(again, str))
    return found.where in {"case.path", "machine"} and isinstance(said, str)


def _other_versions(said: Json, again: Json) -> dict[str, tuple[str, str]]:
    then, here = ({**_mapping(each.get("versions")), "machine": each.get("machine")} for each in (said, again))
    names = dict.fromkeys([*then, *here])
    pairs = {name: (_text(then.get(name)), _text(here.get(name))) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else short(value)


def _failed(said: Json, answer: Answer) -> tuple[str, ...]:
    checks = said.get("checks")
    then = [
        str(each.get("name"))
        for each in map(_mapping, checks if isinstance(checks, list) else ())
        if each.get("passed") is not True
    ]
    return tuple(dict.fromkeys([*then, *(check.name for check in failed(answer.checks))]))


def _recorded_rows(said: Json, count: int) -> list[dict[str, Json]]:
    """Return the recorded rows of the tree, as many as there are nodes; empty ones for what is no row."""
    rows = said.get("hypotheses")
    return [_mapping(row) for row in [*(rows if isinstance(rows, list) else ()), *[None] * count][:count]]


def _compared(said: Json, again: Json, wrong: Sequence[Difference]) -> Iterator[Compared]:
    rows = again["hypotheses"]
    for one, other in zip(_recorded_rows(said, len(rows)), rows, strict=True):
        pairs = zip(_numbers(one), _numbers(other), strict=True)
        begins = f"hypotheses[{other['name']}]"
        yield Compared(
            other["name"],
            number_or_none(one.get("posterior")),
            other["posterior"],
            max(_distance(a, b) for a, b in pairs),
            agrees=bool(one) and not any(each.where.startswith(begins) for each in wrong),
        )


def _numbers(row: Mapping[str, Json]) -> list[float | None]:
    interval = row.get("interval")
    ends = interval if isinstance(interval, list) and len(interval) == 2 else [None, None]
    return [number_or_none(value) for value in (*map(row.get, ("prior", "posterior", "exact", "mcse")), *ends)]


def _distance(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return 0.0 if a is b else np.inf
    return abs(a - b)


def _stored_draws(folder: Path, answer: Answer) -> xr.DataTree | None:
    path = folder / DRAWS
    return read_draws(path, answer.tree) if os.path.lexists(path) else None


def _same_draws(stored: xr.DataTree, made: xr.DataTree) -> bool:
    """Whether they are the same bit for bit."""
    groups = set(made.children)
    return set(stored.children) == groups and all(stored[g].to_dataset().equals(made[g].to_dataset()) for g in groups)


def _close_draws(stored: xr.DataTree, made: xr.DataTree) -> bool:
    """Whether they differ in last digits at most, as between processors."""
    try:
        for group in GROUPS:
            xr.testing.assert_allclose(stored[group].to_dataset(), made[group].to_dataset(), rtol=CLOSE, atol=CLOSE)
    except (AssertionError, KeyError):
        return False
    return True


def _not_drawn(run: StoredRun, answer: Answer, stored: xr.DataTree, *, same: bool) -> Iterator[str]:
    """Say what does not go together within the folder: the draws with what the run says of them."""
    made = answer.tree.attrs
    for key in (*made, *(key for key in stored.attrs if key not in made)):
        if not is_equal(stored.attrs.get(key), made.get(key)) and key != "falseflag":
            yield f"{DRAWS}: {key} is {short(stored.attrs.get(key))}, answered again {short(made.get(key))}"
    if same and not _close_draws(stored, answer.tree):
        yield f"{DRAWS} holds other draws than the numbers were drawn from"
    names = answer.tree["posterior"].to_dataset().coords["hypothesis"].to_numpy().tolist()
    probability = stored["posterior"].to_dataset().get("probability") if "posterior" in stored else None
    if probability is None or set(probability.dims) != {"chain", "draw", "hypothesis"}:
        yield f"{DRAWS} holds no probabilities"
        return
    if probability.coords["hypothesis"].to_numpy().tolist() != names:
        yield f"{DRAWS} holds the probabilities of other hypotheses"
        return
    rows = _recorded_rows(run.content, len(names))
    drawn = probability.transpose("chain", "draw", "hypothesis").to_numpy()
    for what, values in _follows(answer, drawn).items():
        for name, row, value in zip(names, rows, values.tolist(), strict=True):
            _, posterior, _, mcse, low, high = _numbers(row)
            said = dict(zip(FOLLOWING, (low, high, posterior, mcse), strict=True))[what]
            number = value if np.isfinite(value) else None
            if not _distance(said, number) <= CLOSE:
                yield f"hypotheses[{name}]: the {what} is {short(said)}, but its draws give {short(number)}"


def _follows(answer: Answer, drawn: Floats) -> dict[str, Floats]:
    """Return what follows from stored draws, shape (chains, draws, V), for the nodes, by its name in `FOLLOWING`."""
    found = list(np.quantile(drawn, INTERVAL, axis=(0, 1)))
    if answer.engine == "nuts":
        exact = np.array([row.exact for row in answer.rows])
        count = answer.settings.draws * answer.settings.chains
        found += [drawn.mean(axis=(0, 1)), standard_error(mcse_of_mean(drawn), exact, count)]
    return dict(zip(FOLLOWING, found, strict=False))


# Two answers, key by key


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
