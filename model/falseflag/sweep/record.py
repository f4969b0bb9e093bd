"""What a sweep found: the answer in every run, who leads how often, and what that depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from falseflag.case.conditions import is_at_or_below
from falseflag.case.model import Case
from falseflag.explain.sentences import Labels, capitalised, listed
from falseflag.problem import Floats, Integers, Problem
from falseflag.sweep.design import Design
from falseflag.sweep.sampled import Sampled
from falseflag.sweep.targets import Target
from falseflag.wording import percent

BINS = 20
"""Classes that an axis of a random sample is cut into for its effect."""


@dataclass(frozen=True)
class Sweep:
    """The answers of R runs for H leaves and V nodes, A axes.

    Parameters
    ----------
    case, problem : Case, Problem
        As they are written.
    design : Design
    identity : mapping
        What the sweep is: the case, what was varied and how, the engine.
    engine : {'exact', 'nuts'}
    written : ndarray, shape (H,)
        The exact answer of the case as it is written.
    leaves : ndarray, shape (R, H)
        P(h | x) of every leaf in every run.
    sampled : Sampled or None
        Intervals and checks, where NUTS answered.
    """

    case: Case
    problem: Problem
    design: Design
    identity: Mapping[str, object]
    engine: str
    written: Floats
    leaves: Floats
    sampled: Sampled | None = None

    @cached_property
    def leader(self) -> Integers:
        """The most probable leaf of each run, shape (R,)."""
        return np.asarray(self.leaves.argmax(axis=1))

    @cached_property
    def below(self) -> Floats:
        """One where a leaf lies at or below a node, shape (V, H)."""
        return np.array(
            [[is_at_or_below(leaf, node) for leaf in self.problem.leaves] for node in self.problem.nodes], float
        )

    @property
    def usual(self) -> int:
        """The most probable leaf of the case as it is written."""
        return int(self.written.argmax())

    @cached_property
    def lead_shares(self) -> Floats:
        """The share of the runs in which each leaf leads, shape (H,)."""
        return np.bincount(self.leader, minlength=self.leaves.shape[1]) / len(self.leader)

    @cached_property
    def effects(self) -> Floats:
        """How much of the variance of the usual leader's probability each axis explains by itself, shape (A,).

        The correlation ratio Var(E[P | axis]) / Var(P), Sobol's first-order index (Saltelli et al. 2008, *Global
        Sensitivity Analysis*, section 1.2.8); an axis of a random sample is cut into classes of equal size, and what
        chance alone would explain is taken off.
        """
        probability = self.leaves[:, self.usual]
        total = probability.var()
        if total < 1e-24:
            return np.zeros(len(self.design.targets))
        return np.array(
            [_explained(probability, self._classes(axis)) / total for axis in range(len(self.design.targets))]
        )

    def _classes(self, axis: int) -> Integers:
        runs = np.arange(self.design.runs)
        if self.design.is_grid:
            return np.asarray(np.unravel_index(runs, self.design.shape)[axis])
        values, which = np.unique(self.design.levels[axis], return_inverse=True)
        return which if len(values) <= BINS else np.asarray(which.argsort().argsort() * BINS // len(which))

    @property
    def by_effect(self) -> list[int]:
        """The axes, the one that explains most first."""
        return sorted(range(len(self.design.targets)), key=lambda axis: -self.effects[axis])

    @property
    def sentences(self) -> list[str]:
        """Say who leads how often, and what that depends on."""
        labels = Labels(self.case)
        order = [h for h in np.argsort(-self.lead_shares, kind="stable") if self.lead_shares[h] > 0]
        leads = [(labels.node(self.problem.leaves[h]), percent(float(self.lead_shares[h]))) for h in order]
        runs = f"{self.design.runs:,} runs" if self.design.runs > 1 else "one run"
        usual = labels.node(self.problem.leaves[self.usual])
        if len(order) == 1:
            every = f"every one of {runs}" if self.design.runs > 1 else "the one run"
            first = f"{capitalised(leads[0][0])} leads in {every}."
        else:
            others = [f"{name} in {share}" for name, share in leads[1:] if share != percent(0)]
            if len(others) < len(leads) - 1:
                others.append("another in the rest")
            first = f"Of {runs}, {listed([f'{leads[0][0]} leads in {leads[0][1]}', *others])}."
        low, high = self.leaves[:, self.usual].min(), self.leaves[:, self.usual].max()
        lines = [first, f"The probability of {usual} runs from {percent(low)} to {percent(high)}."]
        telling = [axis for axis in self.by_effect if self.effects[axis] > 0.01][:3]
        if telling and len(self.design.targets) > 1:
            parts = [
                f"{target_label(labels, self.design.targets[axis])} ({percent(float(self.effects[axis]))})"
                for axis in telling
            ]
            lines.append(f"What explains most of how it varies: {listed(parts)}.")
        if self.sampled is not None and not self.sampled.sound.all():
            lines.append(f"{(~self.sampled.sound).sum()} of {runs} failed a check and are not to be relied on.")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Return the content of ``sweep --json``, but for the table."""
        names = self.problem.leaves
        return {
            **self.identity,
            "case": {"title": self.case.title, "path": self.case.path, "sha256": self.case.sha256},
            "runs": self.design.runs,
            "shape": list(self.design.shape) if self.design.is_grid else None,
            "varied": [
                {
                    "what": list(t.what),
                    "written": t.word(t.written) if t.kind == "observed" else t.written,
                    "effect": float(e),
                }
                for t, e in zip(self.design.targets, self.effects, strict=True)
            ],
            "written": dict(zip(names, self.written.tolist(), strict=True)),
            "leads": dict(zip(names, self.lead_shares.tolist(), strict=True)),
            "sentences": self.sentences,
        }


def _explained(values: Floats, classes: Integers) -> float:
    """Return the variance between classes, less what is expected if they are drawn at random."""
    counts = np.bincount(classes)
    means = np.bincount(classes, values)[counts > 0] / counts[counts > 0]
    weights = counts[counts > 0] / len(values)
    between = float(weights @ (means - values.mean()) ** 2)
    spare = (len(means) - 1) / max(len(values) - len(means), 1)
    within = max(values.var() - between, 0.0)
    return max(between - spare * within, 0.0)


def target_label(labels: Labels, target: Target) -> str:
    """Return what is varied, with the labels of the case."""
    what = target.what
    if target.kind == "prior_strength":
        node = ".".join(what[1:-1:2])
        return f"the prior strength below {labels.node(node)}" if node else "the case's prior strength"
    if target.kind == "observed":
        return f"the report of {labels.indicator(what[1])}"
    return labels.number(what, target.kind)
