"""The likelihood at known parameters, read off the definition of the model (docs/model.md).

The engines have code of their own for this. Here it gives the truth that theirs is held against.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special

from falseflag.calibrate.incident import Parameters, statement_for, statements
from falseflag.case.model import Case
from falseflag.problem import Floats

REACH = 8.5
"""The shared normal of a group is integrated from minus this to this."""

STEEPEST = 0.01
"""Width in z of the steepest rise that is resolved: that of ρ = 0.9999."""


def log_prior(case: Case, parameters: Parameters) -> Floats:
    """Return log π_h, shape (n, H): the sum of log weights on the path to each leaf."""
    place = {node.name: column for column, node in enumerate(case.nodes)}
    with np.errstate(divide="ignore"):
        logs = np.log(parameters.weight)
    paths = [[place[name] for name in place if _is_on_path(name, leaf.name)] for leaf in case.leaves]
    return np.stack([logs[:, path].sum(axis=1) for path in paths], axis=1)


def log_likelihood(case: Case, reports: Mapping[str, bool], parameters: Parameters) -> Floats:
    """Return log P(reports | h, φ), shape (n, H).

    Parameters
    ----------
    case : Case
    reports : mapping of str to bool
    parameters : Parameters
        n draws.
    """
    column = {statement: place for place, statement in enumerate(statements(case))}
    takes = {
        name: [column[statement_for(case.indicators[name], leaf.name)] for leaf in case.leaves] for name in reports
    }
    grouped = {name for group in case.groups.values() for name in group.indicators}
    place = {name: number for number, name in enumerate(case.indicators)}
    total = np.zeros((len(parameters.theta), len(case.leaves)))
    for name in reports.keys() - grouped:
        r = parameters.reliability[:, place[name], None]
        total += np.log(_reported(parameters.theta[:, takes[name]], r, present=reports[name]))
    for number, group in enumerate(case.groups.values()):
        members = [name for name in group.indicators if name in reports]
        if members:
            theta = np.stack([parameters.theta[:, takes[name]] for name in members])
            r = parameters.reliability[:, [place[name] for name in members]].T
            total += _log_group(theta, r, parameters.correlation[:, number], [reports[name] for name in members])
    return total


def leaf_probability(log_scores: Floats) -> Floats:
    """Return P_h(φ) from log S_h(φ), shape (n, H)."""
    return np.asarray(special.softmax(log_scores, axis=1))


def _is_on_path(node: str, leaf: str) -> bool:
    return leaf == node or leaf.startswith(f"{node}.")


def _reported(truly: Floats, r: Floats, *, present: bool) -> Floats:
    """P(the report | P(truly present)): a report is right with probability r."""
    said = r * truly + (1 - r) * (1 - truly)
    return np.maximum(said if present else 1 - said, np.finfo(float).tiny)


def _log_group(theta: Floats, r: Floats, rho: Floats, reports: list[bool]) -> Floats:
    """Integrate over the shared normal by the trapezoid rule, its step half the steepest rise.

    Parameters
    ----------
    theta : ndarray, shape (M, n, H)
    r : ndarray, shape (M, n)
    rho : ndarray, shape (n,)
    reports : list of bool, length M
    """
    high = rho.max()
    width = max(np.sqrt((1 - high) / max(high, 1e-9)), STEEPEST)
    step = min(0.4, 0.8 * width)
    z = np.arange(-np.ceil(REACH / step), np.ceil(REACH / step) + 1) * step
    root, rest = np.sqrt(rho)[:, None], np.sqrt(np.maximum(1 - rho, STEEPEST**2))[:, None]
    product = np.exp(-(z**2) / 2) * step / np.sqrt(2 * np.pi) * np.ones((theta.shape[2], len(rho), 1))
    for member, present in enumerate(reports):
        distinct, leaf = np.unique(theta[member], axis=1, return_inverse=True)
        truly = special.ndtr((special.ndtri(distinct).T[:, :, None] + root * z) / rest)
        product *= _reported(truly, r[member][:, None], present=present)[leaf]
    return np.asarray(np.log(np.maximum(product.sum(axis=2), np.finfo(float).tiny)).T)
