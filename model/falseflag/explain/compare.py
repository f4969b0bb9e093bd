"""Several analysts' cases side by side: where they differ, which judgements explain it, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from falseflag.case.model import Case
from falseflag.case.places import file_keys
from falseflag.errors import RequestError
from falseflag.explain.alignment import aligned
from falseflag.explain.component import Choices
from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.explain.judgements import Difference, differences, same_tree, union
from falseflag.explain.pools import linear_pool, log_pool, pool_weights
from falseflag.explain.shapley import PAIRS, SEED, share_out
from falseflag.explain.sides import leaves_of
from falseflag.explain.worth import Worth
from falseflag.problem import Floats, problem_of


@dataclass(frozen=True, slots=True)
class Share:
    """What one judgement contributes to a disagreement, in decibans, with the standard error of that (0: exact)."""

    difference: Difference
    db: float
    error: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``compare --json``."""
        what = {**file_keys(self.difference.what), "first": self.difference.first, "second": self.difference.second}
        return what | {"db": self.db, "error": self.error}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far two cases are apart on one node, and which judgements make it so.

    Parameters
    ----------
    node : str
    first_db, second_db : float
        Posterior odds of the node against the rest in either case, in decibans.
    shares : tuple of Share
        Shapley values of the judgements in which the cases differ, the largest first; they add up to
        ``second_db - first_db``.
    is_exact : bool
    """

    node: str
    first_db: float
    second_db: float
    shares: tuple[Share, ...]
    is_exact: bool

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``compare --json``."""
        names = ("node", "first_db", "second_db", "is_exact")
        return {name: getattr(self, name) for name in names} | {"shares": [share.as_dict() for share in self.shares]}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several cases side by side.

    Parameters
    ----------
    titles : tuple of str
    posterior : mapping from str to tuple of float or None
        Probability of each node in each case; None in a case that has no such node.
    leaders : tuple of str
        The leading leaf of each.
    weights : tuple of float
        Of the cases in the pools.
    linear, logarithmic : mapping from str to float, or None
        Pooled probability of each node; None where the hypotheses differ.
    disagreements : tuple of Disagreement or None
        Between the first case and each other one; None where their hypotheses differ.
    """

    titles: tuple[str, ...]
    posterior: dict[str, tuple[float | None, ...]]
    leaders: tuple[str, ...]
    weights: tuple[float, ...]
    linear: dict[str, float] | None
    logarithmic: dict[str, float] | None
    disagreements: tuple[Disagreement | None, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what ``compare --json`` prints."""
        return {
            "titles": list(self.titles),
            "leaders": list(self.leaders),
            "posterior": {name: list(values) for name, values in self.posterior.items()},
            "weights": list(self.weights),
            "pools": {"linear": self.linear, "logarithmic": self.logarithmic},
            "disagreements": [None if d is None else d.as_dict() for d in self.disagreements],
        }


def compare(
    cases: Sequence[Case],
    node: str | None = None,
    weights: Sequence[float] | None = None,
    pairs: int = PAIRS,
    seed: int = SEED,
) -> Comparison:
    """Put several cases side by side.

    Parameters
    ----------
    cases : sequence of Case
        Two or more.
    node : str, optional
        What the disagreement is about; by default the leading leaf of the first case.
    weights : sequence of float, optional
        Of the cases in the pools; equal by default.
    pairs, seed : int
        Antithetic pairs of permutations and their seed, where more than 16 judgements differ.
    """
    if len(cases) < 2:
        raise RequestError("two or more cases are needed to compare")
    shared = pool_weights(len(cases), None if weights is None else tuple(weights))
    evidence = [Evidence.of(case) for case in cases]
    node = evidence[0].problem.leaves[evidence[0].leader] if node is None else node
    answers = [e.nodes(e.log_scores) for e in evidence]
    pooled = _pools(evidence, shared) if all(same_tree(cases[0], case) for case in cases) else (None, None)
    return Comparison(
        titles=tuple(case.title for case in cases),
        posterior={name: tuple(answer.get(name) for answer in answers) for name in union(*answers)},
        leaders=tuple(e.problem.leaves[e.leader] for e in evidence),
        weights=tuple(shared.tolist()),
        linear=pooled[0],
        logarithmic=pooled[1],
        disagreements=tuple(disagreement(cases[0], case, node, pairs, seed) for case in cases[1:]),
    )


def disagreement(first: Case, second: Case, node: str, pairs: int = PAIRS, seed: int = SEED) -> Disagreement | None:
    """Share out the difference of a node's log odds among the judgements in which two cases differ.

    Returns
    -------
    Disagreement or None
        None where the hypotheses differ: then there is no judgement by judgement comparison.
    """
    if not same_tree(first, second):
        return None
    first, second = aligned(first, second)
    players = differences(first, second)
    leaves, worth = leaves_of(problem_of(first), node), Worth(first, second, players)

    def game(choices: Choices) -> Floats:
        return worth.log_odds(choices, leaves)

    ends = DECIBANS * game(np.array([[False] * len(players), [True] * len(players)]).reshape(2, len(players)))
    shares = share_out(len(players), game, pairs, seed)
    rows = zip(players, DECIBANS * shares.values, DECIBANS * shares.errors, strict=True)
    listed = tuple(Share(player, float(db), float(error)) for player, db, error in rows)
    return Disagreement(
        node=node,
        first_db=float(ends[0]),
        second_db=float(ends[1]),
        shares=tuple(sorted(listed, key=lambda share: -abs(share.db))),
        is_exact=shares.is_exact,
    )


def _pools(evidence: Sequence[Evidence], weights: Floats) -> tuple[dict[str, float], dict[str, float]]:
    """Pool the leaves' probabilities, matched by name, and add them up for the nodes."""
    problem = evidence[0].problem
    order = [[e.problem.leaves.index(leaf) for leaf in problem.leaves] for e in evidence]
    scores = np.array([e.log_scores[at] for e, at in zip(evidence, order, strict=True)])
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    linear, logarithmic = linear_pool(logs, weights), log_pool(logs, weights)
    below = problem.membership.astype(float)
    return (
        dict(zip(problem.nodes, (below @ linear).tolist(), strict=True)),
        dict(zip(problem.nodes, (below @ logarithmic).tolist(), strict=True)),
    )
