"""A branching of the prior, or an indicator that stands alone, in many combinations of values: in closed form."""

from __future__ import annotations

import numpy as np
from scipy import special

from falseflag.problem import PRESENT, UNKNOWN, Branching, Floats, Problem
from falseflag.sweep.columns import Columns


def log_shares(problem: Problem, branching: Branching, written: Floats, columns: Columns) -> Floats:
    """Return what a branching adds to the log prior of every leaf, shape (C, H).

    Parameters
    ----------
    written : ndarray, shape (V,)
        The prior weight of each node, on which scale the varied ones are given.
    """
    weights = np.empty((columns.count, len(branching.children)))
    for n, child in enumerate(branching.children.tolist()):
        weights[:, n] = columns.weight.get(child, written[child])
    shares = special.log_softmax(np.log(weights), axis=1)  # weights of any size that a float can have
    return np.asarray(shares @ problem.membership[branching.children])


def log_report(problem: Problem, indicator: int, columns: Columns) -> Floats:
    """Return log E[P(x_i | h)] of one indicator by itself, shape (C, H); an unknown one tells nothing."""
    statements = np.unique(problem.statement_of[indicator])
    observed = np.broadcast_to(columns.observed.get(indicator, problem.observed[indicator]), columns.count)
    right, wrong = _with_complement(
        columns.reliability.get(indicator),
        float(problem.reliability.mean[indicator]),
        float(problem.reliability.complement[indicator]),
    )
    logs = np.empty((columns.count, len(statements)))
    for n, s in enumerate(statements.tolist()):
        mean, complement = _with_complement(
            columns.statement.get(s), float(problem.statements.mean[s]), float(problem.statements.complement[s])
        )
        present = observed == PRESENT
        true, false = np.where(present, mean, complement), np.where(present, complement, mean)
        logs[:, n] = np.where(observed == UNKNOWN, 0.0, np.log(right * true + wrong * false))
    return np.asarray(logs[:, np.searchsorted(statements, problem.statement_of[indicator])])


def _with_complement(column: Floats | None, mean: float, complement: float) -> tuple[Floats | float, Floats | float]:
    return (mean, complement) if column is None else (column, 1 - column)
