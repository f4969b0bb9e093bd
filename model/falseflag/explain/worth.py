r"""The log odds of a node in every mixture of two cases, without answering each mixture from nothing.

The log score of a leaf is a sum of one term for each branching above it, and one for each component of the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from falseflag.case.model import Case
from falseflag.explain.component import Choices, Component
from falseflag.explain.judgements import Difference, branchings, shares, union
from falseflag.explain.sides import Mask
from falseflag.problem import Floats, problem_of


@dataclass(frozen=True)
class Worth:
    """Log scores of the leaves in mixtures of two cases with the same hypotheses.

    Parameters
    ----------
    first, second : Case
    players : tuple of Difference
    """

    first: Case
    second: Case
    players: tuple[Difference, ...]

    def log_odds(self, choices: Choices, leaves: Mask) -> Floats:
        """Return the log odds of a set of leaves against the rest, shape (n,)."""
        scores = self.log_scores(choices)
        return np.asarray(_log_sum(scores[:, leaves]) - _log_sum(scores[:, ~leaves]))

    def log_scores(self, choices: Choices) -> Floats:
        """Return log scores of the leaves, shape (n, H)."""
        scores = self._unchanged + choices.astype(float) @ self._prior_change
        for component in self._components:
            if component.own:
                scores += component.log_likelihood(choices)
        return np.asarray(scores)

    @cached_property
    def _components(self) -> tuple[Component, ...]:
        return tuple(Component.of(self, names) for names in tied_together(self.first, self.second))

    @cached_property
    def _unchanged(self) -> Floats:
        """Log prior, and the components on which the cases agree, shape (H,)."""
        nobody = np.zeros((1, len(self.players)), dtype=bool)
        same = [component.log_likelihood(nobody)[0] for component in self._components if not component.own]
        return np.asarray(problem_of(self.first).log_prior + np.sum(same, axis=0))

    @cached_property
    def _prior_change(self) -> Floats:
        """Return what the second case's weights add to each leaf's log prior, shape (judgements, H)."""
        change = np.zeros((len(self.players), len(self.first.leaves)))
        ours, theirs = branchings(self.first), branchings(self.second)
        for j, player in enumerate(self.players):
            if player.what in ours:
                before, after = shares(ours[player.what]), shares(theirs[player.what])
                for h, leaf in enumerate(self.first.leaves):
                    on_path = next((n for n in before if leaf.name == n or leaf.name.startswith(n + ".")), None)
                    change[j, h] = np.log(after[on_path] / before[on_path]) if on_path else 0.0
        return change


def tied_together(a: Case, b: Case) -> Iterator[frozenset[str]]:
    """Yield the sets of indicators that groups of either case tie together; most have one."""
    joined = {name: frozenset({name}) for name in union(a.indicators, b.indicators)}
    for case in (a, b):
        for group in case.groups.values():
            members = frozenset().union(*(joined[name] for name in group.indicators))
            joined |= dict.fromkeys(members, members)
    yield from dict.fromkeys(joined.values())


def _log_sum(terms: Floats) -> Floats:
    top = terms.max(axis=1)
    return np.asarray(top + np.log(np.exp(terms - top[:, None]).sum(axis=1)))
