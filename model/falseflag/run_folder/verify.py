"""Does a run say what follows from its case? The case is answered again, and all that the run says is compared.

Whatever the new answer says is compared, key by key, with what ``posterior.json`` says, and the other way round: types
first, then values. Where the draws are the same to the last bit, so must everything else be. Where they are not, as on
another machine, quantities estimated by Monte Carlo may differ by what their errors allow.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from falseflag.case.loader import load
from falseflag.errors import CaseError, RequestError
from falseflag.inference.checks import failed, mcse_of_mean, standard_error
from falseflag.inference.result import INTERVAL, Answer
from falseflag.problem import Floats
from falseflag.results import Result
from falseflag.run_folder.compare import Difference, Json, Tolerance, differences, is_equal, number_or_none, short
from falseflag.run_folder.draws import DRAWS, read_draws
from falseflag.run_folder.stored import StoredRun, damaged_files, foreign_entries, is_edited, read_run
from falseflag.sampling import sample

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
