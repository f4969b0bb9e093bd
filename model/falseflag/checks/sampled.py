"""The checks of a sampled answer."""

from __future__ import annotations

from collections.abc import Mapping

from falseflag.answer import Check, Sampled
from falseflag.checks.agreement import check_agreement
from falseflag.checks.completeness import check_completeness
from falseflag.checks.convergence import check_convergence
from falseflag.checks.divergences import check_divergences
from falseflag.problem import Floats, Problem
from falseflag.settings import Settings


def check_sampled(  # noqa: PLR0913, PLR0917
    posterior: Mapping[str, Floats],
    diverging: Floats,
    estimates: Sampled,
    exact_nodes: Floats,
    problem: Problem,
    settings: Settings,
) -> list[Check]:
    """Run every check on a sampled answer.

    The first is whether the draws are all there and finite. Where they are not, the others are not asked: most of
    their statistics pass over what is missing.

    Parameters
    ----------
    posterior : mapping of str to ndarray, shape (chains, draws, ...)
        The stored variables of the model.
    diverging : ndarray of bool, shape (chains, draws)
    estimates : Sampled
    exact_nodes : ndarray, shape (V,)
        The exact engine's posterior of every node.
    problem : Problem
    settings : Settings
        What was asked for.
    """
    complete = check_completeness(posterior, (settings.chains, settings.draws))
    if not complete.passed:
        return [complete]
    return [
        complete,
        check_divergences(diverging),
        *check_convergence(posterior),
        check_agreement(estimates.mean, estimates.mcse, exact_nodes, problem.nodes),
    ]
