"""What a sweep found: the answer in every run, who leads how often, and what that depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from falseflag.arrays import Floats, Integers
from falseflag.case.conditions import is_at_or_below
from falseflag.case.model import Case
from falseflag.explain.sentences import Labels, capitalised, listed
from falseflag.problem import Problem
from falseflag.results import Result
from falseflag.sweep.design import Design, Target
from falseflag.wording import percent

if TYPE_CHECKING:
    import pandas as pd

LINES = 10_000
"""Lines of the table that are made at once."""

type Cell = float | str | bool

BINS = 20
"""Classes that an axis of a random sample is cut into for its effect."""


@dataclass(frozen=True)
class Sampled:
    """What NUTS found in R runs, for V nodes.

    Parameters
    ----------
    posterior, low, high : ndarray, shape (R, V)
        Probabilities, and the ends of their 90 % intervals.
    sound : ndarray of bool, shape (R,)
        Whether every check of the run passed.
    """

    posterior: Floats
    low: Floats
    high: Floats
    sound: np.ndarray


@dataclass(frozen=True, repr=False)
class Sweep(Result):
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

    @property
    def is_sound(self) -> bool:
        """Whether every run passed its checks."""
        return self.sampled is None or bool(self.sampled.sound.all())

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each run."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame(self.rows(range(self.design.runs)), columns=self.columns).set_index("run")

    def in_words(self) -> Sequence[str]:
        """Return the sentences."""
        return self.sentences

    def to_dict(self) -> dict[str, Any]:
        """Return what ``sweep --json`` prints."""
        table = {"columns": self.columns, "rows": list(self.rows(range(self.design.runs)))}
        return self.summary() | {"table": table}

    @property
    def columns(self) -> list[str]:
        """Names of the table's columns: the run, what is varied, the leader, and every node's posterior."""
        nodes = self.problem.nodes
        names = ["run", *(target.name for target in self.design.targets), "leader", *(f"posterior.{n}" for n in nodes)]
        if self.sampled is not None:
            names += [f"{end}.{node}" for end in ("low", "high") for node in nodes] + ["sound"]
        return names

    def rows(self, runs: range) -> Iterator[list[Cell]]:
        """Yield the cells of some runs."""
        at = np.arange(runs.start, runs.stop)
        values = self.design.values(at).tolist()
        targets = self.design.targets
        reported = [axis for axis, target in enumerate(targets) if target.kind == "observed"]
        nodes = self.leaves[at] @ self.below.T
        parts = [nodes if self.sampled is None else self.sampled.posterior[at]]
        if self.sampled is not None:
            parts += [self.sampled.low[at], self.sampled.high[at]]
        found = np.concatenate(parts, axis=1).tolist()
        leaders = [self.problem.leaves[h] for h in self.leader[at]]
        for run, row, leader, probabilities in zip(runs, values, leaders, found, strict=True):
            for axis in reported:
                row[axis] = targets[axis].word(row[axis])
            sound = [] if self.sampled is None else [bool(self.sampled.sound[run])]
            yield [run, *row, leader, *probabilities, *sound]

    def write_csv(self, path: Path, progress: Callable[[int, int], None] | None = None) -> None:
        """Write the table to a new file; `progress` is told how many lines are written, and how many there are."""
        update = progress or (lambda _done, _total: None)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(map(_cell, self.columns)) + "\n")
            for start in range(0, self.design.runs, LINES):
                update(start, self.design.runs)
                runs = range(start, min(start + LINES, self.design.runs))
                file.writelines(",".join(map(_cell, row)) + "\n" for row in self.rows(runs))
        update(self.design.runs, self.design.runs)

    def summary(self) -> dict[str, Any]:
        """Return the content of ``sweep.json``: everything but the table."""
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


def _cell(value: Cell) -> str:
    """Write a cell; names of a case are made of letters, digits, dots and underscores, so that none is quoted."""
    return f"{value:.9g}" if isinstance(value, float) else str(value)


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
