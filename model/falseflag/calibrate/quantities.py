"""What is ranked: every uncertain parameter, what follows from them together with the reports, and the truth itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from falseflag.calibrate.incident import Parameters, statements
from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.exact.draws import Draws
from falseflag.problem import Floats, Integers, Problem

type Kind = Literal["weight", "likelihood", "reliability", "correlation", "probability", "log likelihood", "truth"]

KINDS: dict[Kind, str] = {
    "weight": "prior weights among siblings",
    "likelihood": "likelihoods θ",
    "reliability": "reliabilities r",
    "correlation": "correlations ρ",
    "probability": "probabilities P(φ) of the hypotheses",
    "log likelihood": "joint log likelihood of the reports",
    "truth": "the true hypothesis, given its probability",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity whose true value is held against the answer's draws of it."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """Name it with its kind."""
        return f"{self.kind}: {self.name}" if self.name else self.kind


@dataclass(frozen=True)
class Quantities:
    """The quantities of a case, in the order in which they are ranked.

    Parameters
    ----------
    every : tuple of Quantity
    weight, likelihood, reliability, correlation : ndarray of int
        Which columns of the parameters are uncertain. Of two siblings' weights, which add up to one, the first.
    """

    every: tuple[Quantity, ...]
    weight: Integers
    likelihood: Integers
    reliability: Integers
    correlation: Integers

    @classmethod
    def of(cls, case: Case) -> Quantities:
        """List the quantities of a case."""
        names = [node.name for node in case.nodes]
        told = [[f"{name} | {node}" for name, node in statements(case)], list(case.indicators), list(case.groups)]
        values = [statements(case).values(), [i.reliability for i in case.indicators.values()]]
        values.append([group.correlation for group in case.groups.values()])
        uncertain = [[isinstance(judgement.distribution, Beta) for judgement in row] for row in values]
        columns = [_free_weights(case), *(np.flatnonzero(row) for row in uncertain)]
        kinds: tuple[Kind, ...] = ("weight", "likelihood", "reliability", "correlation")
        every = [
            Quantity(kind, labels[column])
            for kind, labels, chosen in zip(kinds, [names, *told], columns, strict=True)
            for column in chosen
        ]
        every += [Quantity("probability", name) for name in names]
        every += [Quantity("log likelihood", "")]
        every += [Quantity("truth", name) for name in names]
        return cls(tuple(every), *columns)

    def of_parameters(self, parameters: Parameters) -> Floats:
        """Return the uncertain parameters, shape (n, number of them)."""
        values = (parameters.weight, parameters.theta, parameters.reliability, parameters.correlation)
        columns = (self.weight, self.likelihood, self.reliability, self.correlation)
        return np.concatenate([value[:, chosen] for value, chosen in zip(values, columns, strict=True)], axis=1)


def parameters_of(draws: Draws, problem: Problem, case: Case) -> Parameters:
    """Return an engine's draws by the case's own order of nodes, statements, indicators and groups."""
    named = [f"{name} | {node}" for name, node in statements(case)]
    return Parameters(
        draws.node_weight[:, _places(problem.nodes, [node.name for node in case.nodes])],
        draws.theta[:, _places(problem.statement_names, named)],
        draws.reliability[:, _places(problem.indicators, list(case.indicators))],
        draws.correlation[:, _places(problem.groups, list(case.groups))],
    )


def ranked(draws: Floats, truth: Floats, rng: np.random.Generator) -> Floats:
    """Return where a true value lies among draws of it, as a number in (0, 1); uniform if the draws are right.

    The rank among n draws is one of n + 1 equal cells; the place within it, and among ties, is random (Talts et al.
    2018, *Validating Bayesian inference algorithms with simulation-based calibration*, arXiv:1804.06788; for quantities
    that depend on the data too, Modrák et al. 2023, *Simulation-based calibration checking for Bayesian computation*,
    Bayesian Analysis).

    Parameters
    ----------
    draws : ndarray, shape (n, ...)
        Near independent.
    truth : ndarray, shape (...)
    rng : numpy.random.Generator
    """
    below, equal = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    return np.asarray((below + rng.random(truth.shape) * (equal + 1)) / (len(draws) + 1))


def event_ranked(happened: NDArray[np.bool_], probability: Floats, rng: np.random.Generator) -> Floats:
    """Return the randomised distribution function of an event at what happened: uniform if the probability is right."""
    u = rng.random(probability.shape)
    return np.where(happened, 1 - probability + u * probability, u * (1 - probability))


def _places(have: tuple[str, ...], wanted: list[str]) -> list[int]:
    place = {name: number for number, name in enumerate(have)}
    return [place[name] for name in wanted]


def _free_weights(case: Case) -> Integers:
    place = {node.name: column for column, node in enumerate(case.nodes)}
    branchings = [case.hypotheses, *(node.children for node in case.nodes if node.children)]
    free = [siblings[: 1 if len(siblings) == 2 else None] for siblings in branchings]
    return np.array(sorted(place[node.name] for siblings in free for node in siblings), dtype=np.intp)
