"""The runs of a sweep: the value of every axis in each, from a grid or a random sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from falseflag.distributions import Beta, LogNormal
from falseflag.errors import RequestError
from falseflag.problem import Floats, Integers, Problem
from falseflag.sweep.targets import Target
from falseflag.sweep.vary import Variation

MOST_RUNS = 1_000_000
MOST_NUMBERS = 40_000_000
"""Runs of a sweep, and values and probabilities in all of them."""

TINY = np.finfo(float).tiny

LEAST_SHARE = 1e-150
"""Least share of a prior that is drawn: a low strength gives less, whose ratio to others no float holds."""


@dataclass(frozen=True)
class Design:
    """A axes and R runs.

    Parameters
    ----------
    targets : tuple of Target
        What each axis varies.
    levels : tuple of ndarray
        The values that each axis goes through; for a random sample, its value in each run.
    is_grid : bool
    """

    targets: tuple[Target, ...]
    levels: tuple[Floats, ...]
    is_grid: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis of a grid; (R,) for a random sample."""
        return tuple(map(len, self.levels)) if self.is_grid else (len(self.levels[0]),)

    @property
    def runs(self) -> int:
        """R; the last axis goes fastest."""
        return prod(self.shape)

    def columns(self, axes: Sequence[int]) -> dict[int, Floats]:
        """Return the distinct combinations of some axes' values (of a random sample, every run): (C,) for each axis."""
        levels = [self.levels[axis] for axis in axes]
        if self.is_grid:
            levels = [grid.ravel() for grid in np.meshgrid(*levels, indexing="ij")]
        return dict(zip(axes, levels, strict=True))

    def combination_of(self, axes: Sequence[int], runs: Integers) -> Integers:
        """Return which of those combinations each run has."""
        if not self.is_grid:
            return runs
        places = np.unravel_index(runs, self.shape)
        return np.asarray(np.ravel_multi_index([places[a] for a in axes], [self.shape[a] for a in axes]))

    def values(self, runs: Integers) -> Floats:
        """Return the value of every axis in some runs, shape (len(runs), A)."""
        places = np.unravel_index(runs, self.shape) if self.is_grid else (runs,) * len(self.levels)
        return np.stack([level[place] for level, place in zip(self.levels, places, strict=True)], axis=1)


def design_grid(variations: Sequence[Variation], problem: Problem) -> Design:
    """Lay out every combination of values.

    Raises
    ------
    RequestError
        If they are too many, or two variations set the same thing.
    """
    design = Design(tuple(v.target for v in variations), tuple(v.values for v in variations), is_grid=True)
    _check(design.targets, len(problem.leaves), prod(design.shape), " × ".join(map(str, design.shape)) + " = ")
    return design


def design_sample(variations: Sequence[Variation], problem: Problem, runs: int, seed: int) -> Design:
    """Draw a random sample, each axis by its own form.

    Prior weights that are drawn as elicited have, among their siblings, the joint distribution that the Dirichlet
    gives them; the siblings that are not varied keep their proportions.

    Raises
    ------
    RequestError
        As `design_grid`.
    """
    targets = tuple(v.target for v in variations)
    _check(targets, len(problem.leaves), runs, "")
    rng = np.random.default_rng(seed)
    drawn = [_drawn(variation, rng, runs) for variation in variations]
    for number, branching in enumerate(problem.branchings):
        own = [
            a for a, v in enumerate(variations)
            if v.form == "own" and v.target.kind == "prior" and v.target.numbers[0].place == number
        ]  # fmt: skip
        concentration = problem.weights.concentration[number, : len(branching.alternatives)]
        if own and not problem.weights.is_fixed[number]:
            places = np.array([targets[a].numbers[0].alternative for a in own])
            weights = _weights(concentration, places, rng, runs)
            scale = targets[own[0]].written / concentration[places[0]]
            for a, column in zip(own, weights.T, strict=True):
                drawn[a] = scale * column
    return Design(targets, tuple(drawn), is_grid=False)


def _weights(concentration: Floats, varied: Integers, rng: np.random.Generator, runs: int) -> Floats:
    """Draw weights of some siblings, on the scale on which the others keep their concentrations as weights."""
    rest = np.delete(concentration, varied).sum()
    alphas = np.append(concentration[varied], rest) if rest > 0 else concentration[varied]
    shares = np.maximum(rng.dirichlet(alphas, runs), LEAST_SHARE)
    return np.asarray(shares[:, : len(varied)] * (rest / shares[:, -1:] if rest > 0 else concentration.sum()))


def _drawn(variation: Variation, rng: np.random.Generator, runs: int) -> Floats:
    values, distribution = variation.values, variation.target.distribution
    if variation.form == "list":
        return np.asarray(rng.choice(values, runs))
    low, high = float(values[0]), float(values[-1])
    if variation.form == "linear":
        return rng.uniform(low, high, runs)
    if variation.form == "log":
        return np.exp(rng.uniform(np.log(low), np.log(high), runs))
    if isinstance(distribution, LogNormal):
        return np.exp(rng.normal(distribution.mu, distribution.sigma, runs))
    if isinstance(distribution, Beta):
        return np.clip(rng.beta(distribution.alpha, distribution.beta, runs), TINY, 1 - np.finfo(float).epsneg)
    return np.full(runs, variation.target.written)  # a weight: drawn with its siblings


def _check(targets: Sequence[Target], leaves: int, runs: int, product: str) -> None:
    most = min(MOST_RUNS, MOST_NUMBERS // (len(targets) + leaves))
    if runs > most:
        raise RequestError(
            f"{product}{runs} runs are too many: up to {most}, with {len(targets)} varied at once, of a case with "
            f"{leaves} leaves; ask for fewer"
        )
    seen: dict[object, str] = {}
    for target in targets:
        for thing in target.sets:
            if other := seen.get(thing):
                raise RequestError(f"--vary {target.name}: what it sets is set by {other} already")
            seen[thing] = target.name
