r"""What to find out next: how much each unknown indicator and each circumstance is expected to say.

With P(t) the answer so far, t being the leaf or whether a named set of states holds, and o an outcome,

    bits = Σ_o P(o) Σ_t P(t | o) log₂ (P(t | o) / P(t)),

the mutual information of outcome and answer given the evidence (Lindley 1956, *On a measure of the information provided
by an experiment*). The outcome of an indicator is what its source would report, the source's reliability being known as
well as the evidence has taught it; the outcome of a circumstance is its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.arrays import Floats
from falseflag.case.model import PRESENT_ABSENT
from falseflag.explain.analysis import Analysis, Coupled, log_sum
from falseflag.inference.exact.factors import Factors


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may come out, how probable that is, and the answer then.

    Parameters
    ----------
    value : str
    p : float
    posterior : mapping of str to float
        Probability of every node; empty where the outcome is impossible.
    leader : str
        The most probable top-level hypothesis then; empty where the outcome is impossible.
    """

    value: str
    p: float
    posterior: dict[str, float]
    leader: str

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``next --json``."""
        return {"value": self.value, "p": self.p, "posterior": self.posterior, "leader": self.leader}


@dataclass(frozen=True, slots=True)
class ExpectedInformation:
    """An unknown indicator or a circumstance, and what finding it out would do.

    Parameters
    ----------
    name : str
    is_circumstance : bool
    bits : float
        Expected information.
    outcomes : tuple of Outcome
    """

    name: str
    is_circumstance: bool
    bits: float
    outcomes: tuple[Outcome, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``next --json``, of a present or absent indicator also with its two outcomes by name."""
        kind = "circumstance" if self.is_circumstance else "indicator"
        row = {kind: self.name, "bits": self.bits}
        if not self.is_circumstance and [o.value for o in self.outcomes] == list(PRESENT_ABSENT):
            present, absent = self.outcomes
            row |= {
                "p_present": present.p,
                "if_present": present.posterior,
                "if_absent": absent.posterior,
                "leader_if_present": present.leader,
                "leader_if_absent": absent.leader,
            }
        return row | {"outcomes": [outcome.to_dict() for outcome in self.outcomes]}


def value_of_information(analysis: Analysis, about: str | None = None) -> tuple[ExpectedInformation, ...]:
    """Rank unknown indicators and circumstances by expected information, best first; equals in the file's order.

    Parameters
    ----------
    analysis : Analysis
    about : str, optional
        A node, proposition or condition whose truth is the question; by default the leaves are.
    """
    problem = analysis.problem
    if about is None:
        targets = problem.leaf_membership
    else:
        members = problem.states_in(about)
        targets = np.stack([members, ~members]).astype(float)
    rows = [
        _expected_information(analysis, problem.indicators[i], problem.values[i], _if_reported(analysis, i), targets)
        for i in sorted(problem.unreported)
    ]
    for name in problem.circumstances:
        values = [key.partition("=")[2] for key in problem.membership if key.partition("=")[0] == name and "=" in key]
        held = np.array([problem.membership[f"{name}={value}"] for value in values])
        scores = np.where(held, analysis.exact.log_scores, -np.inf)
        row = _expected_information(analysis, name, values, scores, targets)
        rows.append(replace(row, is_circumstance=True))
    return tuple(sorted(rows, key=lambda row: -row.bits))


def _if_reported(analysis: Analysis, indicator: int) -> Floats:
    """Return log scores of the states with each value of an unknown indicator reported, shape (values, S)."""
    problem = analysis.problem.with_report(indicator, 0)
    component = Factors.of(problem).component_of[indicator]
    rest = analysis.exact.log_scores.copy()
    for other in analysis.exact.factors.components:
        if set(other.facts) & set(component.facts):
            rest -= np.where(np.isneginf(other.log_likelihood), 0.0, other.log_likelihood)
    coupled = Coupled.of(component, [], component.items)
    out = []
    for value in range(len(problem.values[indicator])):
        reported = problem.reports.value.copy()
        reported[-1] = value
        out.append(coupled.log_given(component.with_values(reported), {indicator} if value else set()))
    return rest + np.array(out)


def _expected_information(
    analysis: Analysis, name: str, values: Sequence[str], log_scores: Floats, targets: Floats
) -> ExpectedInformation:
    logs = log_sum(log_scores, np.ones(log_scores.shape[1], dtype=bool))
    p = np.exp(logs - np.logaddexp.reduce(logs))
    states = np.exp(log_scores - np.logaddexp.reduce(logs))
    outcomes = []
    for value, chance, scores in zip(values, p, log_scores, strict=True):
        is_possible = bool(chance > 0)
        posterior = analysis.nodes(scores) if is_possible else {}
        outcomes.append(Outcome(value, float(chance), posterior, analysis.ranked(scores)[0] if is_possible else ""))
    return ExpectedInformation(name, False, _mutual_information(states @ targets.T), tuple(outcomes))


def _mutual_information(joint: Floats) -> float:
    """Return the information in bits that the rows and the columns of a table of probabilities share."""
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return max(0.0, float((joint[there] * np.log2(joint[there] / apart[there])).sum()))
