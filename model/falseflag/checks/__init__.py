"""Checks of a sampled answer: each file holds one, each returns a `Check` with a verdict and a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from falseflag.answer import Check
from falseflag.checks.agreement import check_agreement
from falseflag.checks.completeness import check_completeness
from falseflag.checks.convergence import check_convergence
from falseflag.checks.divergences import check_divergences
from falseflag.problem import Floats, Problem

__all__ = ["check_agreement", "check_completeness", "check_convergence", "check_divergences", "check_sampled"]


def check_sampled(
    posterior: Mapping[str, Floats],
    statistics: Mapping[str, Floats],
    problem: Problem,
    exact_nodes: Floats,
    asked: tuple[int, int],
) -> list[Check]:
    """Run every check on a sampled answer.

    The first is whether the draws are all there and finite. Where they are not, the others are not to be asked: most of
    their statistics pass over what is missing.

    Parameters
    ----------
    posterior : mapping of str to ndarray, shape (chains, draws, ...)
        The stored variables of the model.
    statistics : mapping of str to ndarray, shape (chains, draws)
    problem : Problem
    exact_nodes : ndarray, shape (V,)
        The exact engine's posterior of every node.
    asked : (int, int)
        Chains and draws that were asked for.
    """
    complete = check_completeness(posterior, asked)
    if not complete.passed:
        return [complete]
    nodes = posterior["probability"] @ problem.membership.T.astype(float)
    return [
        complete,
        check_divergences(statistics["diverging"]),
        *check_convergence(posterior),
        check_agreement(nodes, exact_nodes, problem.nodes),
    ]
