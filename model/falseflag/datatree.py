"""Draws with names: an xarray DataTree laid out as ArviZ expects it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from scipy import special

from falseflag.arrays import Distributions, Floats, Mask, Simplexes
from falseflag.inference.draws import Draws
from falseflag.problem import Problem
from falseflag.settings import FORMAT

if TYPE_CHECKING:
    from falseflag.inference.result import Answer

SMALLEST = 1e-300


def tree_of(answer: Answer) -> xr.DataTree:
    """Build the DataTree of an answer.

    Groups `posterior` and `prior` hold

    - ``probability`` (P_A(φ); in the prior π_A) and ``prior_probability`` (π_A) by ``hypothesis``, every node;
      ``state_probability`` by ``state``, ``circumstance_probability`` by ``circumstance`` (``name=value``) and
      ``proposition_probability`` by ``proposition``;
    - what is elicited: ``likelihood`` by ``statement`` (of a two-valued indicator the probability of the first value,
      of any other one row for each value), ``reliability`` by ``source``, ``weight`` by ``alternative``, ``reach``,
      ``detection``, ``ratio``, and ``correlation`` by ``dependence_group`` (ArviZ uses ``group`` itself).

    `observed_data` holds each report's value by ``report``; a sampled answer also has `sample_stats`, `log_likelihood`
    and `log_prior`.
    """
    problem = answer.problem
    reports = problem.reports
    values = [problem.values[i][v] for i, v in zip(reports.indicator, reports.value, strict=True)]
    names = [f"{problem.indicators[i]}: {source}" for i, source in zip(reports.indicator, reports.source, strict=True)]
    groups = {
        "posterior": _dataset(problem, answer.draws, answer.chains),
        "prior": _dataset(problem, answer.prior_draws, 1),
        "observed_data": xr.Dataset({"says": ("report", values)}, coords={"report": names}),
    }
    statistics = {name: (("chain", "draw"), found) for name, found in answer.sample_stats.items()}
    evidence = statistics.pop("log_likelihood", None)
    if evidence is not None:
        groups["log_likelihood"] = _with_draws(xr.Dataset({"report": evidence}))
        groups["log_prior"] = _log_prior(answer)
    if statistics:
        groups["sample_stats"] = _with_draws(xr.Dataset(statistics))
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = {
        "title": answer.case.title,
        "engine": answer.engine,
        **dataclasses.asdict(answer.settings),
        "sha256": answer.case.sha256,
        "falseflag": answer.versions.get("falseflag", ""),
        "format": FORMAT,
    }
    return tree


def _dataset(problem: Problem, draws: Draws, chains: int) -> xr.Dataset:
    circumstances = [name for name in problem.membership if "=" in name]
    statements = _statements(problem)
    weights = [(b, k) for b, branching in enumerate(problem.branchings) for k in range(len(branching.alternatives))]
    variables: dict[str, tuple[str, list[str], Floats]] = {
        "probability": ("hypothesis", list(problem.nodes), draws.of(list(problem.node_membership))),
        "prior_probability": ("hypothesis", list(problem.nodes), draws.prior @ problem.node_membership.T.astype(float)),
        "state_probability": ("state", _states(problem), draws.probability),
        "circumstance_probability": ("circumstance", circumstances, _of(problem, draws, circumstances)),
        "proposition_probability": (
            "proposition",
            list(problem.propositions),
            _of(problem, draws, problem.propositions),
        ),
        "likelihood": (
            "statement",
            [name for name, _, _ in statements],
            draws.theta[:, [t for _, t, _ in statements], [v for _, _, v in statements]],
        ),
        "reliability": ("source", [str(name) for name in problem.reliability_names], draws.reliability),
        "weight": (
            "alternative",
            [f"{problem.branchings[b].name}: {problem.branchings[b].alternatives[k]}" for b, k in weights],
            draws.weights[:, [b for b, _ in weights], [k for _, k in weights]],
        ),
        "reach": ("staged_indicator", [".".join(name.what[1::2]) for name in problem.reach_names], draws.reach),
        "detection": ("silent_indicator", [str(name) for name in problem.detection_names], draws.detection),
        "ratio": ("ratio_statement", [str(name) for name in problem.ratio_names], np.exp(draws.log_ratio)),
        "correlation": ("dependence_group", [str(name) for name in problem.correlation_names], draws.correlation),
    }
    data, coordinates = {}, {}
    for name, (dimension, labels, values) in variables.items():
        if labels:
            data[name] = (("chain", "draw", dimension), values.reshape(chains, -1, len(labels)))
            coordinates[dimension] = labels
    return _with_draws(xr.Dataset(data, coords=coordinates))


def _of(problem: Problem, draws: Draws, names: tuple[str, ...] | list[str]) -> Floats:
    return draws.of([problem.membership[name] for name in names]) if names else np.zeros((len(draws), 0))


def _states(problem: Problem) -> list[str]:
    """Return names of the states, such as ``false_flag & launch_site=russia, staged``."""
    return [
        " & ".join([s.leaf, *(f"{n}={v}" for n, v in zip(problem.circumstances, s.values, strict=True))])
        + (", staged" if s.staged else "")
        for s in problem.states
    ]


def _statements(problem: Problem) -> list[tuple[str, int, int]]:
    """Return names of the likelihoods, with their statements and values."""
    found = []
    for t, (name, i) in enumerate(zip(problem.statement_names, problem.statement_indicator, strict=True)):
        values = problem.values[i]
        if len(values) == 2:
            found.append((str(name), t, 0))
        else:
            found += [(f"{name.owner}={value} | {name.condition}", t, v) for v, value in enumerate(values)]
    return found


def _log_prior(answer: Answer) -> xr.Dataset:
    """Return log densities of draws under what was elicited: what prior power-scaling scales."""
    problem, draws = answer.problem, answer.draws
    of_tree = np.array([branching.kind == "hypotheses" for branching in problem.branchings])
    densities = {
        "weights": _log_dirichlet_density(problem.weights, draws.weights, of_tree),
        "judgements": _log_dirichlet_density(problem.weights, draws.weights, ~of_tree)
        + _log_dirichlet_density(problem.statements, draws.theta, np.ones(len(problem.statements), dtype=bool))
        + _log_beta_density(problem.reliability, draws.reliability)
        + _log_beta_density(problem.reach, draws.reach)
        + _log_beta_density(problem.detection, draws.detection)
        + _log_beta_density(problem.correlation, draws.correlation)
        + _log_normal_density(problem, draws),
    }
    by_chain = {name: (("chain", "draw"), values.reshape(answer.chains, -1)) for name, values in densities.items()}
    return _with_draws(xr.Dataset(by_chain))


def _log_beta_density(values: Distributions, drawn: Floats) -> Floats:
    free = ~values.is_point
    alpha, beta, x = values.alpha[free], values.beta[free], drawn[:, free]
    logs = np.log(np.maximum(x, SMALLEST)) @ (alpha - 1) + np.log(np.maximum(1 - x, SMALLEST)) @ (beta - 1)
    return np.asarray(logs - special.betaln(alpha, beta).sum())


def _log_dirichlet_density(values: Simplexes, drawn: Floats, some: Mask) -> Floats:
    free = some & ~values.is_fixed
    concentration = values.concentration[free]
    possible = concentration > 0
    terms = np.where(possible, (concentration - 1) * np.log(np.maximum(drawn[:, free], SMALLEST)), 0.0)
    constants = np.where(possible, special.gammaln(np.where(possible, concentration, 1.0)), 0.0).sum(axis=1)
    return np.asarray(terms.sum(axis=(1, 2)) + (special.gammaln(concentration.sum(axis=1)) - constants).sum())


def _log_normal_density(problem: Problem, draws: Draws) -> Floats:
    free = problem.ratios.sigma > 0
    z = (draws.log_ratio[:, free] - problem.ratios.mu[free]) / problem.ratios.sigma[free]
    return np.asarray(-0.5 * (z**2).sum(axis=1) - np.log(problem.ratios.sigma[free] * np.sqrt(2 * np.pi)).sum())


def _with_draws(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(chain=np.arange(dataset.sizes["chain"]), draw=np.arange(dataset.sizes["draw"]))
