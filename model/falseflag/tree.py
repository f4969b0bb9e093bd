"""Draws with names: an xarray DataTree laid out as ArviZ expects it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from falseflag.answer import FORMAT
from falseflag.exact.density import log_judgement_density, log_weight_density
from falseflag.exact.draws import Draws
from falseflag.problem import Floats, Problem

if TYPE_CHECKING:
    from falseflag.answer import Answer


def tree_of(answer: Answer) -> xr.DataTree:
    """Build the DataTree of an answer.

    Groups `posterior` and `prior` hold ``probability`` (P_h(φ); in the prior π_h) and ``prior_probability`` (π_h) by
    ``hypothesis`` (every node), ``likelihood`` (θ) by ``statement``, ``reliability`` by ``indicator``, ``correlation``
    by ``dependence_group`` (ArviZ uses ``group`` itself); `observed_data` holds the reports (1 present, 0 absent, -1
    unknown); a sampled answer also has `sample_stats`, `log_likelihood` and `log_prior`.
    """
    groups = {
        "posterior": _dataset(answer.problem, answer.draws, answer.chains),
        "prior": _dataset(answer.problem, answer.prior_draws, 1),
        "observed_data": xr.Dataset(
            {"report": ("indicator", answer.problem.observed)}, coords={"indicator": list(answer.problem.indicators)}
        ),
    }
    statistics = {name: (("chain", "draw"), values) for name, values in answer.sample_stats.items()}
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


def _log_prior(answer: Answer) -> xr.Dataset:
    parts = {"weights": log_weight_density, "judgements": log_judgement_density}
    densities = {name: density(answer.problem, answer.draws) for name, density in parts.items()}
    by_chain = {name: (("chain", "draw"), values.reshape(answer.chains, -1)) for name, values in densities.items()}
    return _with_draws(xr.Dataset(by_chain))


def _dataset(problem: Problem, draws: Draws, chains: int) -> xr.Dataset:
    def by_chain(values: Floats) -> Floats:
        return values.reshape(chains, len(values) // chains, values.shape[1])  # -1 fails where there are no groups

    below = problem.membership.T.astype(float)
    variables = {
        "probability": ("hypothesis", draws.probability @ below),
        "prior_probability": ("hypothesis", draws.prior @ below),
        "likelihood": ("statement", draws.theta),
        "reliability": ("indicator", draws.reliability),
        "correlation": ("dependence_group", draws.correlation),
    }
    coordinates = {
        "hypothesis": list(problem.nodes),
        "statement": list(problem.statement_names),
        "indicator": list(problem.indicators),
        "dependence_group": list(problem.groups),
    }
    data = {name: (("chain", "draw", dim), by_chain(values)) for name, (dim, values) in variables.items()}
    used = {dim: names for dim, names in coordinates.items() if names}
    return _with_draws(xr.Dataset({n: d for n, d in data.items() if d[0][-1] in used}, coords=used))


def _with_draws(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(chain=np.arange(dataset.sizes["chain"]), draw=np.arange(dataset.sizes["draw"]))
