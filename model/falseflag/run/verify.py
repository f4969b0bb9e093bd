"""Is a run right in what it says? Its case is answered again with the recorded settings, and the numbers compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from falseflag.answer import INTERVAL, Answer
from falseflag.case.loader import load
from falseflag.checks.agreement import EXACT_ERROR, Z_LIMIT
from falseflag.checks.convergence import EFFECTIVE_LIMIT
from falseflag.errors import CaseError, RequestError
from falseflag.run.draws import read_draws
from falseflag.run.stored import StoredRow, StoredRun, read_run
from falseflag.run.whole import damaged_files
from falseflag.sampling import sample


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
    """

    verdict: Verdict
    damaged: tuple[str, ...]
    other_versions: Mapping[str, tuple[str, str]]
    nodes: tuple[Compared, ...]
    draws: str

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
        If the folder holds no run, if the run or its case is damaged so that it cannot be answered, or if another
        version is needed to read it.
    """
    run = read_run(folder)
    damaged = damaged_files(folder, run)
    answer = _again(folder, run)
    nodes = tuple(_compared(run, answer))
    draws = _compare_draws(folder, answer)
    return Verification(
        verdict=_verdict(nodes, draws, damaged),
        damaged=damaged,
        other_versions=_other_versions(run, answer),
        nodes=nodes,
        draws=draws,
    )


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


def _compare_draws(folder: Path, answer: Answer) -> str:
    path = folder / "posterior.zarr.zip"
    if not path.exists():
        return "absent"
    stored, made = read_draws(path), answer.tree
    groups = ("posterior", "prior", "observed_data")
    same = all(group in stored and stored[group].to_dataset().equals(made[group].to_dataset()) for group in groups)
    return "identical" if same else "other"


def _verdict(nodes: tuple[Compared, ...], draws: str, damaged: tuple[str, ...]) -> Verdict:
    same = all(node.difference == 0 for node in nodes)
    if damaged or not all(node.agrees for node in nodes) or (draws == "identical" and not same):
        return Verdict.DIFFERS
    return Verdict.IDENTICAL if same and draws != "other" else Verdict.AGREES
