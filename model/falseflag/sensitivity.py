"""Power-scaling sensitivity: does a little more weight on the prior, or on the evidence, move the sampled answer?

Kallioinen, Paananen, Bürkner and Vehtari (2024), *Detecting and diagnosing prior and likelihood sensitivity with
power-scaling*, Statistics and Computing 34, 57; computed by ArviZ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from falseflag.arrays import Floats

if TYPE_CHECKING:
    from falseflag.inference.result import Answer

THRESHOLD = 0.05
"""Sensitivity from which the authors speak of one (section 2.4)."""


CONSTANT = 1e-9
"""A log density that varies by less does not vary."""


@dataclass(frozen=True, slots=True)
class PowerScaling:
    """How one node's probability answers to power-scaling.

    Parameters
    ----------
    node : str
    weights, judgements, evidence : float
        Cumulative Jensen-Shannon distance for each doubling of the power of the prior weights, of the other judgements
        (likelihoods, reliabilities, correlations), and of the evidence.
    """

    node: str
    weights: float
    judgements: float
    evidence: float

    @property
    def warning(self) -> str:
        """The authors' diagnosis of prior weights against evidence; empty where there is none."""
        if self.weights < THRESHOLD:
            return ""
        if self.evidence < THRESHOLD:
            return "strong prior or weak evidence: the prior weights move it, more or less evidence hardly does"
        return "prior weights and evidence both move it, and may pull apart"

    def to_dict(self) -> dict[str, Any]:
        """Return its row for ``--json``."""
        return {
            "name": self.node,
            "weights": self.weights,
            "judgements": self.judgements,
            "evidence": self.evidence,
            "warning": self.warning,
        }


def power_scaling(answer: Answer) -> tuple[PowerScaling, ...]:
    """Compute the sensitivity of every node of a sampled answer; empty for an exact one or incomplete draws."""
    if answer.engine != "nuts" or not answer.is_complete:
        return ()
    asked = (("prior", "weights"), ("prior", "judgements"), ("likelihood", "report"))
    columns = [_moved(answer, group, name) for group, name in asked]
    return tuple(
        PowerScaling(node, *(float(x) for x in row))
        for node, row in zip(answer.problem.nodes, np.column_stack(columns), strict=True)
    )


def _moved(answer: Answer, group: str, name: str) -> Floats:
    density = answer.tree[f"log_{group}"].to_dataset()[name]
    if np.ptp(density.to_numpy()) < CONSTANT:  # no evidence, or nothing but points: there is nothing to scale
        return np.zeros(len(answer.problem.nodes))
    import arviz as az  # noqa: PLC0415  (heavy)

    found = az.psense(answer.tree, var_names=["probability"], group=group, group_var_names=[name])
    return np.asarray(found["probability"].to_numpy())
