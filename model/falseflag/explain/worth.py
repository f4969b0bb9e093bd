r"""The log odds of a node in every mixture of two cases, without answering each mixture from nothing.

The log score of a leaf is a sum of one term for each branching above it, and one for each factor of the evidence. Which
indicators hang together, and how strongly, is settled first; then each factor depends on the judgements in it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from falseflag.case.model import Case
from falseflag.explain.component import Choices, Component, distinct
from falseflag.explain.judgements import Difference, Keys, branchings, shares, union
from falseflag.explain.mixture import mixed_groups
from falseflag.explain.sides import Mask
from falseflag.explain.variants import Variants
from falseflag.problem import Distributions, Floats, problem_of


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
    _components: dict[tuple[object, ...], Component] = field(default_factory=dict, repr=False, compare=False)

    def log_odds(self, choices: Choices, leaves: Mask) -> Floats:
        """Return the log odds of a set of leaves against the rest, shape (n,)."""
        scores = self.log_scores(choices)
        return np.asarray(_log_sum(scores[:, leaves]) - _log_sum(scores[:, ~leaves]))

    def log_scores(self, choices: Choices) -> Floats:
        """Return log scores of the leaves, shape (n, H)."""
        scores = problem_of(self.first).log_prior + choices.astype(float) @ self._prior_change
        for names in tied_together(self.first, self.second):
            players = [j for j in self._dependence if self._bears_on(j, names)]
            rows, which = distinct(choices[:, players])
            for number, row in enumerate(rows):
                at = which == number if len(rows) > 1 else slice(None)
                chosen = frozenset(self.players[j].what for j, theirs in zip(players, row, strict=True) if theirs)
                for component in self._factors(names, chosen):
                    scores[at] += component.log_likelihood(choices[at])
        return np.asarray(scores)

    @cached_property
    def _variants(self) -> Variants:
        return Variants.of(self.first, self.second, tuple(player.what for player in self.players))

    @cached_property
    def _dependence(self) -> tuple[int, ...]:
        """The judgements on which indicators hang together, and how strongly."""
        return tuple(j for j, player in enumerate(self.players) if player.what[0] == "dependence")

    def _bears_on(self, player: int, names: frozenset[str]) -> bool:
        group = self.players[player].what[1]
        found = [case.groups[group].indicators for case in (self.first, self.second) if group in case.groups]
        return any(names.issuperset(members) for members in found)

    @cached_property
    def _prior_change(self) -> Floats:
        """What the second case's weights add to each leaf's log prior, shape (judgements, H)."""
        change = np.zeros((len(self.players), len(self.first.leaves)))
        ours, theirs = branchings(self.first), branchings(self.second)
        for j, player in enumerate(self.players):
            if player.what in ours:
                before, after = shares(ours[player.what]), shares(theirs[player.what])
                for h, leaf in enumerate(self.first.leaves):
                    on_path = next((n for n in before if leaf.name == n or leaf.name.startswith(n + ".")), None)
                    change[j, h] = np.log(after[on_path] / before[on_path]) if on_path else 0.0
        return change

    def _factors(self, names: frozenset[str], chosen: frozenset[Keys]) -> Iterator[Component]:
        """Yield the factors that some indicators make, with the groups that the choice gives."""
        groups = mixed_groups(self.first, self.second, chosen, set(names)).values() if len(names) > 1 else ()
        grouped = {name for group in groups for name in group.indicators}
        for group in groups:
            yield self._component(group.indicators, Distributions.of([group.correlation.distribution]))
        for name in names - grouped:
            yield self._component((name,), None)

    def _component(self, names: tuple[str, ...], correlation: Distributions | None) -> Component:
        values = () if correlation is None else (correlation.alpha[0], correlation.beta[0], correlation.point[0])
        key = (names, *map(str, values))
        if key not in self._components:
            places = np.array([self._variants.names.index(name) for name in names], dtype=np.intp)
            self._components[key] = Component(self._variants, places, correlation)
        return self._components[key]


def tied_together(a: Case, b: Case) -> tuple[frozenset[str], ...]:
    """Return the sets of indicators that groups of either case tie together; most have one."""
    joined = {name: frozenset({name}) for name in union(a.indicators, b.indicators)}
    for case in (a, b):
        for group in case.groups.values():
            members = frozenset().union(*(joined[name] for name in group.indicators))
            joined |= dict.fromkeys(members, members)
    return tuple(dict.fromkeys(joined.values()))


def _log_sum(terms: Floats) -> Floats:
    top = terms.max(axis=1)
    return np.asarray(top + np.log(np.exp(terms - top[:, None]).sum(axis=1)))
