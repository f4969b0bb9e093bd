"""Statements by condition: reading them, and whether each combination takes exactly one, the narrowest that applies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from falseflag.case.conditions import OTHERS, OTHERS_NAME, Condition, is_at_or_below
from falseflag.case.elicitation import FORM_KEYS, read_elicited, written
from falseflag.case.states import Outline
from falseflag.case.values import Reading, Target, found
from falseflag.case.yaml import Mapping as MappingNode
from falseflag.case.yaml import Spot, entries, is_null, is_whole, no_break_space
from falseflag.diagnostics import CANDIDATES, did_you_mean, listed, nearest, quoted, suggestion
from falseflag.distributions import Judgement

MAX_CONDITIONS = 1000
"""Conditions of one mapping, where they name circumstances."""

type Combination = tuple[str, tuple[str, ...]]
"""A leaf and the values of the first circumstances."""


@dataclass(frozen=True)
class Scope:
    """What conditions may name.

    Parameters
    ----------
    nodes : collection of str, optional
        Dotted paths of all hypotheses; None where they could not all be read.
    circumstances : mapping of str to values, optional
        By name, in their order; values are None where they could not be read. None where not all could be.
    """

    nodes: Collection[str] | None = None
    circumstances: Mapping[str, tuple[str, ...] | None] | None = None
    later: Collection[str] = ()
    """Circumstances that stand further down, which a probability may not name."""
    of: str = ""
    """The circumstance whose probability it is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One entry of a mapping by condition; `judgement` is None where it could not be read."""

    spot: Spot
    judgement: Judgement | None


@dataclass(frozen=True)
class StatementTable:
    """A mapping by condition, as far as it could be read.

    Attributes
    ----------
    spot : Spot
        The mapping, or the one value that stands for all.
    rows : dict of Condition to Statement
    is_whole : bool
        Whether all its keys could be read, so that what seems to be missing is.
    """

    spot: Spot
    rows: dict[Condition, Statement] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def judgements(self) -> dict[Condition, Judgement]:
        """The statements that could be read."""
        return {condition: row.judgement for condition, row in self.rows.items() if row.judgement is not None}


type ReadValue = Callable[[Spot, Reading], Judgement | None]


def read_statements(
    spot: Spot, scope: Scope, read: ReadValue, reading: Reading, values: Collection[str] = ()
) -> StatementTable | None:
    """Read a mapping by condition; `values` are those that its statements give weights."""
    if not isinstance(spot.node, MappingNode) or _is_bare(spot.node, scope, values):
        bare = f"; where it is the same for all, write '{OTHERS_NAME}: {quoted(written(spot.node))[1:-1]}'"
        got = found(spot.node) if not isinstance(spot.node, MappingNode) else "an elicited value"
        by_condition = " by condition" if isinstance(spot.node, MappingNode) else ""
        return reading.refuse(spot, f"Should be a mapping{by_condition} but got {got}{bare}")
    rows: dict[Condition, Statement] = {}
    for key, below in spot.below():
        condition = read_condition(key, below, scope, reading, of_key=True)
        judgement = read(below, reading)
        if condition is None or is_null(below.node):
            continue
        if condition in rows:
            first = rows[condition].spot
            text = f"{quoted(key)} says the same as {quoted(str(first.path[-1]))} on line {first.key.line}"
            reading.refuse_key(below, text)
        else:
            rows[condition] = Statement(below, judgement)
    return StatementTable(spot, rows, is_whole(spot.node))


def _is_bare(node: MappingNode, scope: Scope, values: Collection[str]) -> bool:
    """Return whether a mapping is one elicited value, or weights, in place of a mapping by condition."""
    keys = set(node.entries) - {"strength"}
    return bool(keys) and (keys <= FORM_KEYS or keys <= set(values)) and not keys & set(scope.nodes or ())


def read_one_or_by_condition(spot: Spot, scope: Scope, target: Target, reading: Reading) -> StatementTable | None:
    """Read one elicited value for all states, or a mapping by condition."""
    read = partial(elicited_as, target)
    keys = entries(spot.node)
    formal = [key for key in keys if key in FORM_KEYS]
    for key in formal:
        if scope.nodes is not None and key in scope.nodes:
            text = f"{quoted(key)} is a hypothesis here and a key of an elicited value"
            reading.diagnostics.add(
                keys[key].place, (*spot.path, key), f"{text}; for the hypothesis write '{key} & {key}'"
            )
            return None
    if isinstance(spot.node, MappingNode) and keys and not formal:
        return read_statements(spot, scope, read, reading)
    judgement = read(spot, reading)
    return StatementTable(spot, {OTHERS: Statement(spot, judgement)})


def elicited_as(target: Target, spot: Spot, reading: Reading) -> Judgement | None:
    """Read a value elicited of `target`."""
    return read_elicited(spot, target, reading)


# conditions as they are written


def read_condition(text: str, spot: Spot, scope: Scope, reading: Reading, *, of_key: bool = False) -> Condition | None:
    """Read a condition; what is wrong with it is reported at the key or the value of `spot`."""
    refuse = reading.refuse_key if of_key else reading.refuse
    if of_key and is_null(spot.node):
        return None  # the value's being empty is reported
    if "=" in text or "&" in text:
        reading.is_second_edition = True
    parts: list[Condition] = []
    for part in text.split("&"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        problem = _circumstance_problem(name, value, scope) if equals else _node_problem(name, text, scope)
        if problem is not None:
            return refuse(spot, problem) if problem != "" else None
        parts.append(Condition(values=((name, value),)) if equals else Condition("" if name == OTHERS_NAME else name))
    joined = parts[0]
    for part_of in parts[1:]:
        both = joined.joined(part_of)
        if both is None:
            return refuse(spot, f"No combination fulfils {quoted(text)}: {_contradiction(joined, part_of)}")
        joined = both
    return joined


def _contradiction(one: Condition, other: Condition) -> str:
    if one.node and other.node and not (is_at_or_below(one.node, other.node) or is_at_or_below(other.node, one.node)):
        return f"{quoted(one.node)} and {quoted(other.node)} exclude each other"
    names = {name for name, value in one.values if (name, value) not in other.values} & {n for n, _ in other.values}
    return f"{listed(sorted(names))} has one value at a time"


type Problem = str | Callable[[], str] | None
"""What is wrong with a part of a condition; empty where that is not known, None for nothing."""


def _node_problem(name: str, text: str, scope: Scope) -> Problem:
    if not name:
        return f"A part of the condition {quoted(text)} is empty"
    if name == OTHERS_NAME:
        return None
    if scope.nodes is None:
        return ""
    return None if name in scope.nodes else partial(_unknown_node, name, scope)


def _unknown_node(name: str, scope: Scope) -> str:
    circumstances = scope.circumstances or {}
    if name in circumstances:
        return f"Unknown hypothesis {quoted(name)}. It is a circumstance: write '{name}=' and its value"
    having = [circumstance for circumstance, values in circumstances.items() if values and name in values]
    if having:
        return f"Unknown hypothesis {quoted(name)}. It is a value of a circumstance: write '{having[0]}={name}'"
    return unknown_hypothesis(name, scope.nodes or ())


def unknown_hypothesis(name: str, known: Collection[str]) -> str:
    """Word that there is no such hypothesis, with one of that last part, of like name or of like last part."""
    by_last = {node.rpartition(".")[2]: node for node in islice(known, CANDIDATES)}
    last = name.lower().rpartition(".")[2]
    meant = by_last.get(last) or nearest(name, [*known, OTHERS_NAME]) or by_last.get(nearest(last, by_last), "")
    return f"Unknown hypothesis {quoted(name)}.{did_you_mean(meant) or no_break_space(name)[1:]}"


def _circumstance_problem(name: str, value: str, scope: Scope) -> Problem:
    if scope.circumstances is None:
        return ""
    if name == scope.of:
        return f"The probability of {quoted(name)} cannot depend on itself"
    if name in scope.later:
        return f"{quoted(name)} stands further down: a probability depends on circumstances written earlier"
    if name not in scope.circumstances:
        hint = " There are no 'circumstances'" if not scope.circumstances else ""
        return lambda: f"Unknown circumstance {quoted(name)}.{suggestion(name, scope.circumstances or ()) or hint}"
    values = scope.circumstances[name]
    if values is None:
        return ""
    return None if value in values else partial(_unknown_value, value, name, values)


def _unknown_value(value: str, name: str, values: Collection[str]) -> str:
    near = suggestion(value, values) or f" They are {listed(values)}"
    return f"Unknown value {quoted(value)} of {quoted(name)}.{near}"


# which statement each combination takes


class Combinations:
    """Leaves with values of circumstances, and which of several statements each of them takes.

    Parameters
    ----------
    outline : Outline
    combinations : iterable of (str, tuple of str)
        In the order in which gaps and clashes are looked for.
    """

    def __init__(self, outline: Outline, combinations: Iterable[Combination]) -> None:
        self.all = list(dict.fromkeys(combinations))
        self._circumstances = {branch.name: number for number, branch in enumerate(outline.circumstances)}
        self._known: dict[object, NDArray[np.bool_]] = {}

    def holds(self, condition: Condition) -> NDArray[np.bool_]:
        """Return in which combinations a condition holds, shape (n,)."""
        holds = self._at_or_below(condition.node).copy()
        for name, value in condition.values:
            holds &= self._has(name, value)
        return holds

    def _at_or_below(self, node: str) -> NDArray[np.bool_]:
        if node not in self._known:
            self._known[node] = np.array([is_at_or_below(leaf, node) for leaf, _ in self.all], bool)
        return self._known[node]

    def _has(self, name: str, value: str) -> NDArray[np.bool_]:
        key, at = (name, value), self._circumstances[name]
        if key not in self._known:
            self._known[key] = np.array([at < len(values) and values[at] == value for _, values in self.all], bool)
        return self._known[key]

    def gap(self, conditions: Sequence[Condition]) -> Combination | None:
        """Return the first combination in which none of the conditions holds."""
        if OTHERS in conditions or not self.all:
            return None
        covered = np.zeros(len(self.all), bool)
        for condition in conditions:
            covered |= self.holds(condition)
        return None if covered.all() else self.all[int(np.argmin(covered))]

    def taken(self, conditions: Sequence[Condition]) -> NDArray[np.intp]:
        """Return which condition each combination takes, as a position, -1 where none applies, shape (n,).

        Where two clash it is one of them.
        """
        if not conditions:
            return np.full(len(self.all), -1)
        return self._narrowest(conditions, self._held(conditions))

    def clash(self, conditions: Sequence[Condition]) -> tuple[Combination, Condition, Condition] | None:
        """Return the first combination for which two conditions hold and none is the narrowest, with the two."""
        if not any(condition.values for condition in conditions) or not self.all:
            return None
        held = self._held(conditions)
        # all that the narrowest one implies hold as well: is there another one?
        clashes = held.sum(axis=0) > 1 + _wider(conditions)[self._narrowest(conditions, held)]
        if not clashes.any():
            return None
        at = int(np.argmax(clashes))
        applying = [condition for condition, holds in zip(conditions, held[:, at], strict=True) if holds]
        one, other = [one for one in applying if not any(each.is_narrower(one) for each in applying)][:2]
        return self.all[at], one, other

    def _held(self, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
        return np.stack([self.holds(condition) for condition in conditions])

    @staticmethod
    def _narrowest(conditions: Sequence[Condition], held: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the one with the most parts of those that hold: it is the narrowest, if any is."""
        implied = np.array([len(list(_implied(condition))) for condition in conditions])
        return np.where(held.any(axis=0), np.where(held, implied[:, None], -1).argmax(axis=0), -1)


def _wider(conditions: Sequence[Condition]) -> NDArray[np.intp]:
    """Return how many of the others each condition is narrower than, shape (k,)."""
    parts = [_parts(condition) for condition in conditions]
    atoms = {atom: number for number, atom in enumerate(dict.fromkeys(atom for each in parts for atom in each))}
    stated = np.zeros((len(parts), len(atoms)), np.float32)
    implied = stated.copy()
    for row, (condition, each) in enumerate(zip(conditions, parts, strict=True)):
        stated[row, [atoms[atom] for atom in each]] = 1
        implied[row, [atoms[atom] for atom in _implied(condition) if atom in atoms]] = 1
    return np.asarray((implied @ stated.T == stated.sum(axis=1)).sum(axis=1) - 1)


def _parts(condition: Condition) -> list[object]:
    return [condition.node] * bool(condition.node) + [*condition.values]


def _implied(condition: Condition) -> Iterator[object]:
    node = condition.node
    while node:
        yield node
        node = node.rpartition(".")[0]
    yield from condition.values


def check_coverage(
    table: StatementTable, combinations: Sequence[tuple[Combinations, str]], outline: Outline, reading: Reading
) -> None:
    """Report a combination that takes no statement of a table, or one for which two statements clash.

    Parameters
    ----------
    table : StatementTable
    combinations : sequence of (Combinations, str)
        What has to be covered, each with what to say of it.
    """
    conditions = list(table.rows)
    if len(conditions) > MAX_CONDITIONS and any(condition.values for condition in conditions):
        return reading.refuse_key(table.spot, f"Should have at most {MAX_CONDITIONS:,} conditions")
    is_whole_table = table.is_whole
    for each, remark in combinations:
        if clash := each.clash(conditions):
            return reading.refuse_key(table.spot, _clash(*clash, outline) + remark)
    for each, remark in combinations:
        if is_whole_table and (gap := each.gap(conditions)) is not None:
            message = partial(_gap, gap, each, conditions, outline)
            return reading.refuse_key(table.spot, lambda: message() + remark)  # noqa: B023 (returns at once)
    return None


def _clash(at: Combination, one: Condition, other: Condition, outline: Outline) -> str:
    names = {name for condition in (one, other) for name, _ in condition.values}
    joined = one.joined(other)
    where = described(at, outline, names)
    return f"'{one}' and '{other}' both apply to {where}, and neither is narrower; add '{joined}: …'"


def _gap(at: Combination, combinations: Combinations, conditions: Sequence[Condition], outline: Outline) -> str:
    names = {name for condition in conditions for name, _ in condition.values}
    if not names:
        leaves = dict.fromkeys(leaf for leaf, _ in combinations.all)
        left = (leaf for leaf in leaves if not any(is_at_or_below(leaf, condition.node) for condition in conditions))
        return f"Should cover every leaf but leaves out {listed(left)}; '{OTHERS_NAME}: …' takes all the rest"
    return (
        f"Should cover every state but leaves out {described(at, outline, names)}; add "
        f"'{_condition_of(at, outline, names)}: …', or '{OTHERS_NAME}: …', which takes all the rest"
    )


def described(at: Combination, outline: Outline, names: Collection[str] | None = None) -> str:
    """Return a combination in words, such as ``ukraine.message with launch_site=russia``."""
    leaf, _ = at
    values = [f"{name}={value}" for name, value in _named(at, outline) if names is None or name in names]
    return f"{leaf} with {' and '.join(values)}" if values else leaf


def _named(at: Combination, outline: Outline) -> list[tuple[str, str]]:
    return [(branch.name, value) for branch, value in zip(outline.circumstances, at[1], strict=False)]


def _condition_of(at: Combination, outline: Outline, names: Collection[str]) -> Condition:
    return Condition(at[0], tuple(sorted((name, value) for name, value in _named(at, outline) if name in names)))
