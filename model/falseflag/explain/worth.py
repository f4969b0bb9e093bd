r"""The log odds of a node in every mixture of two cases, without answering each mixture from nothing.

The log score of a leaf is a sum: of one term for each branching above it, and of one for each component of the evidence
(an indicator, or all that groups tie together in either case). A component's term depends only on the judgements in it,
and of the likelihood statements only on those that the leaf takes. So each distinct choice of these is answered once,
as if it were a leaf of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from falseflag.case.model import Case
from falseflag.exact.posterior import factors_of
from falseflag.explain.evidence import SMALLEST_LOG
from falseflag.explain.judgements import Difference, Keys, branchings, nearest, shares, union
from falseflag.explain.mixture import mixed
from falseflag.explain.sides import Mask
from falseflag.problem import Distributions, Floats, Integers, Problem, problem_of

type Choices = NDArray[np.bool_]
"""Which judgements are the second case's, shape (n, judgements)."""


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
        scores = problem_of(self.first).log_prior + choices.astype(float) @ self._prior_change()
        for component in _components(self.first, self.second):
            scores = scores + self._component(component, choices)
        return np.asarray(scores)

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

    def _component(self, names: frozenset[str], choices: Choices) -> Floats:
        """Return one component's part of the log scores, shape (n, H)."""
        pair = _cut(self.first, names), _cut(self.second, names)
        own = [j for j, player in enumerate(self.players) if _is_in(player.what, *pair)]
        inner = [j for j in own if self.players[j].what[2:3] == ("likelihood",)]
        outer = [j for j in own if j not in inner]
        rows, which = np.unique(choices[:, outer], axis=0, return_inverse=True)
        out = np.empty((len(choices), len(self.first.leaves)))
        for number, row in enumerate(rows):
            at = which.ravel() == number
            chosen = frozenset(self.players[j].what for j, is_theirs in zip(outer, row, strict=True) if is_theirs)
            out[at] = self._with_statements(pair, chosen, inner, choices[at])
        return out

    def _with_statements(
        self, pair: tuple[Case, Case], chosen: frozenset[Keys], inner: list[int], choices: Choices
    ) -> Floats:
        """Return the same where all but the likelihood statements is settled."""
        theirs = chosen | {self.players[j].what for j in inner}
        ours_case = mixed(*pair, chosen)
        if not ours_case.indicators:
            return np.zeros((len(choices), len(self.first.leaves)))
        ours, both = problem_of(ours_case), problem_of(mixed(*pair, theirs))
        player_of = self._player_of(ours_case, inner)
        parts = [_distinct(player_of[:, h], choices) for h in range(len(ours.leaves))]
        columns = [
            np.where(of_second, both.statement_of[:, h, None] + len(ours.statements), ours.statement_of[:, h, None])
            for h, (of_second, _) in enumerate(parts)
        ]
        values = _answers(ours, both, np.concatenate(columns, axis=1))
        ends = np.cumsum([column.shape[1] for column in columns])
        split = np.split(values, ends[:-1])
        return np.stack([part[which] for part, (_, which) in zip(split, parts, strict=True)], axis=1)

    def _player_of(self, case: Case, inner: list[int]) -> Integers:
        """Return which judgement sets the statement that a leaf takes, shape (indicators, H); -1 where none does."""
        place = {self.players[j].what: j for j in inner}
        rows = [
            [
                place.get(("indicators", i.name, "likelihood", nearest(leaf.name, i.likelihood)), -1)
                for leaf in case.leaves
            ]
            for i in case.indicators.values()
        ]
        return np.array(rows, dtype=np.intp)


def _distinct(player_of: Integers, choices: Choices) -> tuple[Choices, Integers]:
    """Return the distinct choices for one leaf, shape (indicators, distinct), and which of them each row has."""
    with_none = np.concatenate([choices, np.zeros((len(choices), 1), dtype=bool)], axis=1)
    distinct, which = np.unique(with_none[:, player_of], axis=0, return_inverse=True)
    return distinct.T, which.ravel()


def _answers(ours: Problem, both: Problem, statement_of: Integers) -> Floats:
    """Return the log likelihood of the component for each column of statements, shape (columns,)."""
    first, second = ours.statements, both.statements
    problem = replace(
        ours,
        leaves=("",) * statement_of.shape[1],
        statements=Distributions(
            *(np.concatenate([getattr(first, n), getattr(second, n)]) for n in ("alpha", "beta", "point"))
        ),
        statement_indicator=np.concatenate([ours.statement_indicator, both.statement_indicator]),
        statement_of=statement_of,
    )
    total = np.zeros(statement_of.shape[1])
    for factor in factors_of(problem):
        total += np.maximum(factor.log_likelihood, SMALLEST_LOG)
    return total


def _components(a: Case, b: Case) -> Iterator[frozenset[str]]:
    """Yield the sets of indicators that groups of either case tie together; most have one."""
    joined = {name: frozenset({name}) for name in union(a.indicators, b.indicators)}
    for case in (a, b):
        for group in case.groups.values():
            members = frozenset().union(*(joined[name] for name in group.indicators))
            joined |= dict.fromkeys(members, members)
    yield from dict.fromkeys(joined.values())


def _cut(case: Case, names: frozenset[str]) -> Case:
    """Return the case with some of its indicators only, and the groups that they stand in."""
    return replace(
        case,
        indicators={name: i for name, i in case.indicators.items() if name in names},
        groups={name: g for name, g in case.groups.items() if names.issuperset(g.indicators)},
    )


def _is_in(what: Keys, a: Case, b: Case) -> bool:
    """Tell whether a judgement bears on what was cut out."""
    if what[0] == "indicators":
        return what[1] in a.indicators or what[1] in b.indicators
    if what[0] == "sources":
        return any(i.source == what[1] for case in (a, b) for i in case.indicators.values())
    if what[0] == "dependence":
        return what[1] in a.groups or what[1] in b.groups
    return False


def _log_sum(terms: Floats) -> Floats:
    top = terms.max(axis=1)
    return np.asarray(top + np.log(np.exp(terms - top[:, None]).sum(axis=1)))
