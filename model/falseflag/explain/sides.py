"""The two sides of a comparison: a node for, a node against."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.errors import RequestError
from falseflag.explain.evidence import Evidence
from falseflag.problem import Floats, Problem

type Mask = NDArray[np.bool_]


def leaves_of(problem: Problem, node: str) -> Mask:
    """Return which leaves lie at or below a node, shape (H,).

    Raises
    ------
    RequestError
        If there is no such node.
    """
    if node not in problem.nodes:
        near = get_close_matches(node, problem.nodes, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else f": there are {', '.join(problem.nodes)}"
        raise RequestError(f"there is no hypothesis '{node}'{hint}")
    return np.asarray(problem.membership[problem.nodes.index(node)])


def choose_sides(evidence: Evidence, for_: str | None, against: str | None) -> tuple[str, str]:
    """Fill in what was left out: the leading leaf, and the most probable leaf that is not on the other side.

    Raises
    ------
    RequestError
        If a name is unknown, or one side holds leaves of the other.
    """
    problem = evidence.problem
    taken = leaves_of(problem, against) if against is not None else np.zeros(len(problem.leaves), dtype=bool)
    first = for_ if for_ is not None else _best_leaf(evidence, ~taken, f"besides '{against}'")
    other = against if against is not None else _best_leaf(evidence, ~leaves_of(problem, first), f"besides '{first}'")
    if (leaves_of(problem, first) & leaves_of(problem, other)).any():
        raise RequestError(
            f"'{first}' and '{other}' overlap: what is for and what is against should exclude each other"
        )
    return first, other


def _best_leaf(evidence: Evidence, allowed: Mask, where: str) -> str:
    if not allowed.any():
        raise RequestError(f"there is no hypothesis {where}")
    return evidence.problem.leaves[int(np.argmax(np.where(allowed, evidence.log_scores, -np.inf)))]


def log_odds(log_scores: Floats, first: Mask, second: Mask) -> float:
    """Return the natural log odds of one set of leaves against another, from log scores of shape (H,)."""
    return float(special.logsumexp(log_scores[first]) - special.logsumexp(log_scores[second]))
