"""Is a run right in what it says? Its case is answered again with the recorded settings, and the numbers compared."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from falseflag.inference.checks import failed
from falseflag.inference.result import INTERVAL, Answer
from falseflag.case.loader import load
from falseflag.inference.checks import EFFECTIVE_LIMIT, EXACT_ERROR, Z_LIMIT, mcse_of_mean, standard_error
from falseflag.errors import CaseError, RequestError
from falseflag.problem import Floats
from falseflag.run.contradictions import contradictions, short, unlike
from falseflag.run.draws import read_draws
from falseflag.run.stored import StoredRow, StoredRun, read_run
from falseflag.run.whole import DRAWS, damaged_files, foreign_entries
from falseflag.sampling import sample

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
        Whether posterior, exact answer and interval lie within Monte Carlo error of the new ones.
    """

    name: str
    recorded: float | None
    again: float | None
    difference: float
    agrees: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on a run's folder.

    Parameters
    ----------
    verdict : Verdict
        ``identical`` bit for bit, ``agrees`` within Monte Carlo error, or ``differs``: also where the same draws would
        have to give the same numbers and do not.
    damaged : tuple of str
        What is missing or was changed since; where this is not empty the verdict is ``differs``.
    other_versions : mapping of str to (str, str)
        Packages (and the machine) that are not what they were: recorded, and here.
    nodes : tuple of Compared
    draws : str
        ``identical``, ``other`` or ``absent``.
    contradicted : tuple of str
        What the run says besides that the new answer, or its own draws, say otherwise; where this is not empty the
        verdict is ``differs``.
    failed_checks : tuple of str
        Checks that the run, or the new answer, failed: whatever the verdict, the answer is then not to be relied on.
    foreign : tuple of str
        What stands beside the run in its folder and is none of its files.
    """

    verdict: Verdict
    damaged: tuple[str, ...]
    other_versions: Mapping[str, tuple[str, str]]
    nodes: tuple[Compared, ...]
    draws: str
    contradicted: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
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
        }


def verify(folder: Path) -> Verification:
    """Answer a run's case again, from what the folder holds, and hold the numbers against the recorded ones.

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
    damaged = damaged_files(folder, run)
    answer = _again(folder, run)
    nodes = tuple(_compared(run, answer))
    other_versions = _other_versions(run, answer)
    same = all(node.difference == 0 for node in nodes)
    stored = _stored_draws(folder, answer)
    draws = "absent" if stored is None else "identical" if _same_draws(stored, answer.tree) else "other"
    contradicted = tuple(contradictions(run, answer, is_same=same and not other_versions))
    if stored is not None:
        contradicted = (*contradicted, *_not_drawn(run, answer, stored, same=same))
    return Verification(
        verdict=_verdict(nodes, draws, is_same=same, is_right=not damaged and not contradicted),
        damaged=damaged,
        other_versions=other_versions,
        nodes=nodes,
        draws=draws,
        contradicted=contradicted,
        failed_checks=_failed(run, answer),
        foreign=foreign_entries(folder),
    )


def _failed(run: StoredRun, answer: Answer) -> tuple[str, ...]:
    then = [check.name for check in run.checks if not check.passed]
    return tuple(dict.fromkeys([*then, *(check.name for check in failed(answer.checks))]))


def _again(folder: Path, run: StoredRun) -> Answer:
    case_file = folder / "case" / run.files[0].name
    try:
        case = load(case_file)
    except CaseError as error:
        raise RequestError(f"{case_file}: the case that was answered cannot be read:\n{error}") from error
    return sample(case, run.engine, run.settings)


def _compared(run: StoredRun, answer: Answer) -> list[Compared]:
    recorded = {row.name: row for row in run.hypotheses}
    again = {row["name"]: StoredRow.model_validate(row) for row in answer.as_dict()["hypotheses"]}
    made = []
    for name in dict.fromkeys([*recorded, *again]):
        if name not in recorded or name not in again:
            made.append(Compared(name, None, None, np.inf, agrees=False))
            continue
        one, other = recorded[name], again[name]
        pairs = list(zip(_numbers(one), _numbers(other), strict=True))
        difference = max(_difference(a, b) for a, b in pairs)
        agrees = difference == 0 or (_same_posterior(one, other) and _same_interval(one, run, answer))
        made.append(Compared(name, one.posterior, other.posterior, difference, agrees))
    return made


def _numbers(row: StoredRow) -> list[float | None]:
    return [row.prior, row.posterior, row.exact, row.mcse, *row.interval]


def _difference(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return 0.0 if a is b else np.inf
    return abs(a - b)


def _same_posterior(one: StoredRow, other: StoredRow) -> bool:
    """Whether posterior and exact answer agree: within 4 standard errors, and twice the exact engine's error bound."""
    error = float(np.sqrt(2) * (other.mcse or 0.0))  # the recorded error is a part of what is to be verified
    return (
        _difference(one.posterior, other.posterior) <= Z_LIMIT * error + 2 * EXACT_ERROR
        and _difference(one.exact, other.exact) <= 2 * EXACT_ERROR
        and _difference(one.prior, other.prior) <= EXACT_ERROR
    )


def _same_interval(one: StoredRow, run: StoredRun, answer: Answer) -> bool:
    """Whether each recorded end lies between quantiles of the new draws that a quantile's error allows.

    An estimate of the p-quantile from n independent draws lies between the true quantiles of p ± z √(p (1 - p) / n).
    """
    place = answer.problem.nodes.index(one.name)
    drawn = answer.draws.probability @ answer.problem.membership[place].astype(float)
    n = min(_effective(run, answer), len(drawn))
    for p, end in zip(INTERVAL, one.interval, strict=True):
        slack = Z_LIMIT * np.sqrt(2 * p * (1 - p) / n)
        low, high = np.quantile(drawn, [max(p - slack, 0.0), min(p + slack, 1.0)])
        if end is None or not low - EXACT_ERROR <= end <= high + EXACT_ERROR:
            return False
    return True


def _effective(run: StoredRun, answer: Answer) -> float:
    """Return how many independent draws the weaker of the two runs is worth in its tails."""
    if run.engine == "exact":
        return float(run.settings.draws * run.settings.chains)
    then = [check.value for check in run.checks if check.name == "ess_tail"]
    now = [check.value for check in answer.checks if check.name == "ess_tail"]
    return min((value for value in (*then, *now) if value), default=EFFECTIVE_LIMIT)


def _other_versions(run: StoredRun, answer: Answer) -> dict[str, tuple[str, str]]:
    here = {**answer.versions, "machine": answer.machine}
    then = {**run.versions, "machine": run.machine or answer.machine}
    names = dict.fromkeys([*then, *here])
    return {n: (then.get(n, ""), here.get(n, "")) for n in names if then.get(n) != here.get(n)}


def _stored_draws(folder: Path, answer: Answer) -> xr.DataTree | None:
    path = folder / DRAWS
    return read_draws(path, answer.tree) if os.path.lexists(path) else None


def _same_draws(stored: xr.DataTree, made: xr.DataTree) -> bool:
    """Whether they are the same bit for bit; statistics of the sampler are not in runs of every version."""
    present = all(group in stored for group in GROUPS)
    return present and all(stored[g].to_dataset().equals(made[g].to_dataset()) for g in made.children if g in stored)


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
    for key in ("title", "engine", "seed", "sha256"):
        yield from unlike(stored.attrs.get(key), answer.tree.attrs[key], f"{DRAWS}: {key}")
    if same and not _close_draws(stored, answer.tree):
        yield f"{DRAWS} holds other draws than the numbers were drawn from"
    if "posterior" not in stored or "probability" not in stored["posterior"]:
        yield f"{DRAWS} holds no probabilities"
        return
    probability = stored["posterior"]["probability"]
    if list(probability.coords["hypothesis"].values) != [row.name for row in run.hypotheses]:
        yield f"{DRAWS} holds the probabilities of other hypotheses"
        return
    drawn = probability.transpose("chain", "draw", "hypothesis").to_numpy()
    for what, values in _follows(run, answer, drawn).items():
        for row, value in zip(run.hypotheses, values.tolist(), strict=True):
            said = dict(zip(FOLLOWING, (*row.interval, row.posterior, row.mcse), strict=True))[what]
            number = value if np.isfinite(value) else None
            if not _difference(said, number) <= CLOSE:
                yield f"hypotheses: {row.name}: the {what} is {short(said)}, but its draws give {short(number)}"


def _follows(run: StoredRun, answer: Answer, drawn: Floats) -> dict[str, Floats]:
    """Return what follows from stored draws, shape (chains, draws, V), for the nodes, by its name in `FOLLOWING`."""
    found = list(np.quantile(drawn, INTERVAL, axis=(0, 1)))
    if run.engine == "nuts":
        count = run.settings.draws * run.settings.chains
        found += [drawn.mean(axis=(0, 1)), standard_error(mcse_of_mean(drawn), answer.exact.nodes, count)]
    return dict(zip(FOLLOWING, found, strict=False))


def _verdict(nodes: tuple[Compared, ...], draws: str, *, is_same: bool, is_right: bool) -> Verdict:
    if not is_right or not all(node.agrees for node in nodes) or (draws == "identical" and not is_same):
        return Verdict.DIFFERS
    return Verdict.IDENTICAL if is_same and draws != "other" else Verdict.AGREES
