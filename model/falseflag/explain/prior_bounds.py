r"""Bounds of the posterior over all priors near those written.

The class is the set of cases in which each written weight w (of a node among its siblings) is replaced by any value in
[w/c, w c]; the weights of a branching are then normalised as always. So an analyst who would defend each weight only to
within a factor c must accept every answer between the bounds.

A node's posterior odds are a ratio of functions that are linear in each branching's shares, so the extremes lie at
vertices, and these are found branching by branching. Let M_v = Σ_children m_child M_child be the likelihood of the
evidence below v (at a leaf, its likelihood). The odds of node A are largest where

- on the path from the root to A, the child on the path has its weight times c and its siblings theirs over c;
- below A, M_A is largest, and below each sibling of the path M is smallest. Each is, at every branching, the largest
  (or smallest) average of the children's M with weights w_child f, f ∈ {1/c, c}: in order of M, the best so many have c
  and the others 1/c, and every such cut is tried.

The smallest odds of A are found likewise, with c and 1/c exchanged.

A leaf's likelihood is the average over its states: circumstances and attempts keep the probabilities that are written,
since they say how an attack would have been carried out, not who is suspected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from falseflag.arrays import Floats, Integers
from falseflag.explain.tipping import leader_of, log_by_leaf
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import NOTHING, Problem

FACTORS = (2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lowest and highest posterior of every node over all priors within a factor of those written.

    Parameters
    ----------
    factor : float
    nodes : mapping from str to (low, high)
    leader_holds : bool
        Whether the leading leaf leads under all of these priors.
    """

    factor: float
    nodes: dict[str, tuple[float, float]]
    leader_holds: bool

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        nodes = {name: list(bounds) for name, bounds in self.nodes.items()}
        return {"factor": self.factor, "nodes": nodes, "leader_holds": self.leader_holds}


def prior_bounds(exact: ExactPosterior, factors: Iterable[float] = FACTORS) -> tuple[Bounds, ...]:
    """Bound every node's posterior over all priors within each of some factors of those written."""
    tree = _Tree.of(exact)
    problem = exact.problem
    leader = leader_of(log_by_leaf(problem, exact.log_scores))
    return tuple(_within(tree, problem, leader, factor) for factor in factors)


def _within(tree: _Tree, problem: Problem, leader: int, factor: float) -> Bounds:
    least, most = tree.extremes(1 / factor), tree.extremes(factor)
    nodes = {
        name: (
            float(special.expit(tree.log_odds(v, 1 / factor, least, most))),
            float(special.expit(tree.log_odds(v, factor, most, least))),
        )
        for v, name in enumerate(problem.nodes)
    }
    first, *rivals = (problem.nodes.index(problem.leaves[n]) for n in _from(leader, len(problem.leaves)))
    return Bounds(factor, nodes, all(tree.log_ratio(first, rival, factor) >= 0 for rival in rivals))


def _from(first: int, count: int) -> list[int]:
    return [first, *(n for n in range(count) if n != first)]


@dataclass(frozen=True)
class _Tree:
    """The tree with the evidence's log likelihood at its leaves.

    Parameters
    ----------
    siblings : mapping from int to ndarray of int
        The children of the branching that a node stands in, itself among them.
    parent : mapping from int to int
        Node above; -1 for the top.
    children : mapping from int to ndarray of int
    log_weight : ndarray, shape (V,)
    log_likelihood : mapping from int to float
        Of each leaf, by its position among the nodes.
    """

    siblings: dict[int, Integers]
    parent: dict[int, int]
    children: dict[int, Integers]
    log_weight: Floats
    log_likelihood: dict[int, float]

    @classmethod
    def of(cls, exact: ExactPosterior) -> _Tree:
        problem = exact.problem
        place = {name: v for v, name in enumerate(problem.nodes)} | {"": -1}
        children, log_weight = {}, np.zeros(len(problem.nodes))
        log_tree = np.zeros(len(problem.states))
        for branching, mean, taken in zip(problem.branchings, problem.weights.mean, problem.choice, strict=True):
            if branching.kind == "hypotheses":
                below = np.array([place[name] for name in branching.alternatives])
                children[place[branching.name.owner]] = below
                log_weight[below] = np.log(mean[: len(below)])
                here = taken != NOTHING
                log_tree[here] += np.log(mean[taken[here]])
        logs = log_by_leaf(problem, exact.log_scores - log_tree)
        return cls(
            siblings={int(v): kids for kids in children.values() for v in kids},
            parent={int(v): parent for parent, kids in children.items() for v in kids},
            children=children,
            log_weight=log_weight,
            log_likelihood={place[leaf]: float(value) for leaf, value in zip(problem.leaves, logs, strict=True)},
        )

    def extremes(self, factor: float) -> Floats:
        """Return the largest log M_v of every node (the smallest for a factor below 1), shape (V,)."""
        out = np.empty(len(self.log_weight))
        for v in range(len(out) - 1, -1, -1):  # children come after their parents
            out[v] = self._best(self.children[v], out, factor) if v in self.children else self.log_likelihood[v]
        return out

    def _best(self, children: Integers, logs: Floats, factor: float) -> float:
        """Try every cut: the children with the largest M times `factor`, the others over it."""
        order = children[np.argsort(-logs[children])]
        raised = np.tri(len(order) + 1, len(order), -1) * 2 - 1
        log_weight = self.log_weight[order] + raised * np.log(factor)
        averages = special.logsumexp(log_weight + logs[order], axis=1) - special.logsumexp(log_weight, axis=1)
        return float(averages.max() if factor > 1 else averages.min())

    def log_odds(self, node: int, factor: float, inside: Floats, outside: Floats) -> float:
        """Return log odds of a node with its path's weights times `factor`, given log M inside and outside of it."""
        log_for, log_against = float(inside[node]), -np.inf
        for v in self._path(node):
            others = self.siblings[v][self.siblings[v] != v]
            log_weight = self.log_weight[others] - np.log(factor)
            own = self.log_weight[v] + np.log(factor)
            total = np.logaddexp(own, special.logsumexp(log_weight))
            log_for += own - total
            log_against = np.logaddexp(log_against + own, special.logsumexp(log_weight + outside[others])) - total
        return float(log_for - log_against)

    def log_ratio(self, leaf: int, rival: int, factor: float) -> float:
        """Return the least log of one leaf's posterior over another's."""
        ours, theirs = list(self._path(leaf)), list(self._path(rival))
        while ours and theirs and ours[-1] == theirs[-1]:
            ours.pop()
            theirs.pop()
        least = sum(self._log_share(v, 1 / factor) for v in ours[:-1]) + self.log_likelihood[leaf]
        most = sum(self._log_share(v, factor) for v in theirs[:-1]) + self.log_likelihood[rival]
        fork = self.log_weight[ours[-1]] - self.log_weight[theirs[-1]] - 2 * np.log(factor)
        return float(fork + least - most)

    def _log_share(self, node: int, factor: float) -> float:
        """Return a node's log share among its siblings, its weight times `factor` and theirs over it."""
        others = self.siblings[node][self.siblings[node] != node]
        own = self.log_weight[node] + np.log(factor)
        return float(own - np.logaddexp(own, special.logsumexp(self.log_weight[others]) - np.log(factor)))

    def _path(self, node: int) -> Iterable[int]:
        while node != -1:
            yield node
            node = self.parent[node]
