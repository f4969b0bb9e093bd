"""What holds between the sections of a case: every state covered, a size that can be answered; and what is odd.

Errors are found in whatever could be read; warnings are of a valid case.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from falseflag.case.conditions import Clash, Condition
from falseflag.case.model import Case, Indicator, Statements, positive, probabilities, staging_of
from falseflag.case.sections import Sections
from falseflag.case.statements import Combination, Combinations, check_coverage, described
from falseflag.case.states import MAX_CELLS, MAX_STATES, Branch, Outline, State, states
from falseflag.case.values import Reading
from falseflag.case.yaml import Spot
from falseflag.diagnostics import quoted

MAX_UNRESOLVED = 10_000
"""Prefixes without a row after which no more are looked for."""


def outline_of(sections: Sections) -> Outline | None:
    """Return what the states follow from, None where hypotheses or circumstances could not all be read.

    Of a row that could not be read, every value is possible.
    """
    if sections.scope.nodes is None or sections.scope.circumstances is None:
        return None
    if any(values is None for values in sections.scope.circumstances.values()):
        return None
    if any(name not in sections.rows for name in sections.circumstances):
        return None
    return Outline(
        leaves=[node.name for node in sections.nodes() if not node.children],
        circumstances=[
            Branch(name, tuple(each.values), _possible(tuple(each.values), sections, name))
            for name, each in sections.circumstances.items()
        ],
        stagings=[staging_of(entry) for entry in sections.deception.values()],
        classes={node.name: node.author_class for node in sections.nodes() if node.author_class},
    )


def _possible(values: tuple[str, ...], sections: Sections, name: str) -> dict[Condition, tuple[str, ...]]:
    return {
        condition: values if row.judgement is None else positive(values, row.judgement)
        for condition, row in sections.rows[name].rows.items()
    }


class _TooManyError(Exception):
    """There are more prefixes without a row than are worth looking for."""


@dataclass
class _Unresolved:
    """The first clash or gap of each circumstance's rows."""

    first: dict[str, tuple[Combination, Clash | None]]
    number: int = 0

    def __call__(self, branch: Branch, leaf: str, values: tuple[str, ...], clash: Clash | None) -> None:
        """Note one."""
        self.first.setdefault(branch.name, ((leaf, values), clash))
        self.number += 1
        if self.number > MAX_UNRESOLVED:
            raise _TooManyError


def check_rules(root: Spot, sections: Sections, reading: Reading) -> None:
    """Report what is wrong between the sections."""
    outline = outline_of(sections)
    if outline is None:
        return
    unresolved = _Unresolved({})
    every: list[State] = []
    with suppress(_TooManyError):
        every = list(islice(states(outline, unresolved), MAX_STATES + 1))
    _check_rows(outline, sections, unresolved, reading)
    if not _is_answerable(root, every, len(sections.indicators), reading):
        return
    plain = Combinations(outline, ((state.leaf, state.values) for state in every))
    blamed = _blamed(outline, every)
    for path, table in sections.tables:
        looked_up = [(plain, ""), *(blamed[node] for node in _reaching(path, sections) if node in blamed)]
        check_coverage(table, looked_up, outline, reading)


def _reaching(path: Sequence[str | int], sections: Sections) -> list[str]:
    """Return the deception entries that look up the statements of a likelihood in the place of others."""
    if path[0] != "indicators" or path[-1] != "likelihood":
        return []
    return [node for node, entry in sections.deception.items() if str(path[1]) in entry.reach]


def _blamed(outline: Outline, every: Sequence[State]) -> dict[str, tuple[Combinations, str]]:
    looked_up: dict[str, list[Combination]] = {}
    for state in every:
        if state.staged:
            looked_up.setdefault(state.staged, []).append(outline.blamed(state))
    return {
        node: (Combinations(outline, found), f" (evidence staged under '{node}' is meant to look like it)")
        for node, found in looked_up.items()
    }


def _check_rows(outline: Outline, sections: Sections, unresolved: _Unresolved, reading: Reading) -> None:
    """Report clashes and gaps of the probabilities of circumstances."""
    for name, (at, clash) in unresolved.first.items():
        table = sections.rows[name]
        if clash is None and not table.is_whole:
            continue
        looked_up = Combinations(outline, [at])
        check_coverage(table, [(looked_up, "")], outline, reading)


def _is_answerable(root: Spot, every: Sequence[State], indicators: int, reading: Reading) -> bool:
    spot = root.at("circumstances") or root.at("hypotheses") or root
    if len(every) > MAX_STATES:
        reading.refuse_key(spot, f"A case should have at most {MAX_STATES:,} states, staged ones counted, but has more")
        return False
    if len(every) * indicators > MAX_CELLS:
        text = f"A case should have at most {MAX_CELLS:,} states × indicators but has {len(every):,} × {indicators:,}"
        reading.refuse_key(spot, text)
        return False
    return True


# warnings


def add_warnings(root: Spot, case: Case, sections: Sections, reading: Reading) -> None:
    """Warn of what is allowed in a valid case but is probably not meant."""
    every = list(states(case.outline))
    plain = Combinations(case.outline, ((state.leaf, state.values) for state in every))
    blamed = _blamed(case.outline, every)
    for path, table in sections.tables:
        looked_up = [plain, *(blamed[node][0] for node in _reaching(path, sections) if node in blamed)]
        for condition, row in table.rows.items():
            _warn_if_idle(condition, row.spot, looked_up, reading)
    for condition, row in chain.from_iterable(table.rows.items() for table in sections.rows.values()):
        _warn_if_idle(condition, row.spot, [plain], reading)
    for condition, spot in sections.when:
        _warn_if_idle(condition, spot, [plain], reading)
    for node, entry in case.deception.items():
        staged = [state for state in every if state.staged == node]
        looks = _Looks(case.outline, staged)
        for name, chance in entry.reach.items():
            at = root.follow("deception", node, "reach", name)
            if at and staged and probabilities(chance)[0] > 0:
                _warn_of_reach(case, case.indicators[name], looks, at, reading)


def _warn_if_idle(condition: Condition, spot: Spot, looked_up: Sequence[Combinations], reading: Reading) -> None:
    if not any(each.holds(condition).any() for each in looked_up):
        reading.diagnostics.warn(spot.key, spot.path, f"'{condition}' holds in no possible state")


class _Looks:
    """The states in which an author stages evidence, and what each of them is meant to look like."""

    def __init__(self, outline: Outline, staged: Sequence[State]) -> None:
        self.staged = staged
        self._outline = outline
        self._own = Combinations(outline, ((state.leaf, state.values) for state in staged))
        blamed = [outline.blamed(state) for state in staged]
        self._blamed = Combinations(outline, blamed)
        place = {combination: number for number, combination in enumerate(self._blamed.all)}
        self._at = [place[combination] for combination in blamed]
        classes = outline.classes
        code = {name: number for number, name in enumerate(dict.fromkeys(["", *classes.values()]))}
        leaves = [[state.leaf for state in staged], [leaf for leaf, _ in blamed]]
        self._classes = [[code[classes.get(leaf, "")] for leaf in each] for each in leaves]

    def pairs(self, conditions: Collection[Condition]) -> dict[tuple[Condition, Condition], State]:
        """Return the own and the blamed condition that states take, each pair with the first of the states."""
        bases = list(dict.fromkeys(condition.base for condition in conditions))
        own, blamed = self._own.taken(bases), self._blamed.taken(bases)[self._at]
        kinds = np.stack([own, blamed, *self._classes])
        _, first = np.unique(kinds, axis=1, return_index=True)
        found: dict[tuple[Condition, Condition], State] = {}
        for at in sorted(first):
            state = self.staged[at]
            leaf, _ = self._outline.blamed(state)
            pair = (
                self._of_class(bases[own[at]], state.leaf, conditions),
                self._of_class(bases[blamed[at]], leaf, conditions),
            )
            found.setdefault(pair, state)
        return found

    def _of_class(self, base: Condition, leaf: str, conditions: Collection[Condition]) -> Condition:
        """Return the statement for the class of a leaf, where there is one."""
        own = replace(base, author_class=self._outline.classes.get(leaf, ""))
        return own if own in conditions else base


def _warn_of_reach(case: Case, indicator: Indicator, looks: _Looks, spot: Spot, reading: Reading) -> None:
    """Warn where staging cannot change an indicator, or would make what was reported less probable."""
    pairs = looks.pairs(indicator.likelihood)
    if all(own == blamed for own, blamed in pairs):
        text = f"Staging cannot change {quoted(indicator.name)}: who is blamed has the same statement as the author"
        reading.diagnostics.warn(spot.key, spot.path, text)
        return
    for (own, blamed), state in pairs.items() if indicator.is_evidence else ():
        fits = [_probability_of_report(case, indicator, row, state) for row in (own, blamed)]
        if fits[0] > fits[1] * (1 + 1e-9):
            at = described((state.leaf, state.values), case.outline)
            text = (
                f"Staging would hide what was reported: the own statement of {at}, '{own.base}', makes it more "
                f"probable than the blamed one, '{blamed.base}' ({fits[0]:.2g} compared with {fits[1]:.2g}). An "
                "author's own statement should not already contain the staging"
            )
            reading.diagnostics.warn(spot.key, spot.path, text)
            return


def _probability_of_report(case: Case, indicator: Indicator, row: Condition, state: State) -> float:
    """Return how probable what is reported of an indicator is, with all judgements at their means."""
    shares = probabilities(indicator.likelihood[row])
    if indicator.is_silent:
        return 1 - _mean(case.outline, indicator.detection, state) * shares[0]
    total = 0.0
    for value, share in zip(indicator.values, shares, strict=True):
        for report in indicator.reports:
            by_source = case.sources[report.source].reliability if report.source else None
            reliability = _mean(case.outline, report.reliability or by_source, state)
            share *= reliability if report.says == value else (1 - reliability) / (len(shares) - 1)  # noqa: PLW2901
        total += share
    return total


def _mean(outline: Outline, statements: Statements | None, state: State) -> float:
    if not statements:
        return 1.0
    row = outline.row(statements, state.leaf, state.values)
    return probabilities(statements[row])[0] if isinstance(row, Condition) else 1.0
