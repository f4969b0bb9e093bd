"""The exact answer in every run of a sweep, from each piece of the posterior answered by itself.

log P(h | x) is a sum over the branchings of the prior, the ungrouped indicators and the groups. A piece that nothing
varies is answered once; one that some axes vary, once for every combination of those axes' values alone; a run adds up
what its combinations gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import special

from falseflag.case.model import Case
from falseflag.exact.posterior import factors_of
from falseflag.problem import UNKNOWN, Floats, Integers, Problem
from falseflag.sweep.columns import Columns
from falseflag.sweep.design import Design
from falseflag.sweep.group import log_group
from falseflag.sweep.single import log_report, log_shares

BLOCK = 50_000
"""Runs that are added up at once."""

type Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Piece:
    """One piece of the posterior, the axes that it depends on, and its log terms, shape (combinations, H)."""

    axes: tuple[int, ...]
    answer: Callable[[Columns], Floats]


def answer_runs(case: Case, problem: Problem, design: Design, tell: Tell) -> Floats:
    """Return P(h | x) in every run, shape (R, H)."""
    pieces = list(pieces_of(case, problem, design))
    scores = np.tile(constant_of(problem, design), (design.runs, 1))
    for done, piece in enumerate(pieces):
        tell(done, len(pieces))
        table = piece.answer(Columns.of(design.columns(piece.axes), design.targets))
        for runs in _blocks(design):
            scores[runs] += table[design.combination_of(piece.axes, runs)]
    for runs in _blocks(design):
        scores[runs] = special.softmax(scores[runs], axis=1)
    tell(len(pieces), len(pieces))
    return scores


def _blocks(design: Design) -> Iterator[Integers]:
    for start in range(0, design.runs, BLOCK):
        yield np.arange(start, min(start + BLOCK, design.runs))


def pieces_of(case: Case, problem: Problem, design: Design) -> Iterator[Piece]:
    """Yield the pieces that some axis varies."""
    weights = np.array([node.weight for node in case.nodes])
    for branching in problem.branchings:
        axes = _axes(design, {("prior", int(child)) for child in branching.children})
        if axes:
            yield Piece(axes, partial(log_shares, problem, branching, weights))
    for indicators, group in _bundles(problem):
        axes = _axes(design, _bears_on(problem, indicators, group))
        if axes and group < 0:
            yield Piece(axes, partial(log_report, problem, int(indicators[0])))
        elif axes:
            yield Piece(axes, partial(log_group, problem, group))


def constant_of(problem: Problem, design: Design) -> Floats:
    """Return the log score of every leaf from all that no axis varies, shape (H,)."""
    observed = problem.observed.copy()
    for indicators, group in _bundles(problem):
        if _axes(design, _bears_on(problem, indicators, group)):
            observed[indicators] = UNKNOWN
    log_mean = np.log(problem.node_mean)
    for branching in problem.branchings:
        if _axes(design, {("prior", int(child)) for child in branching.children}):
            log_mean[branching.children] = 0.0
    factors = factors_of(replace(problem, observed=observed))
    return np.asarray(log_mean @ problem.membership + sum(factor.log_likelihood for factor in factors))


def _bundles(problem: Problem) -> Iterator[tuple[Integers, int]]:
    """Yield every ungrouped indicator by itself (with -1), then the members of every group."""
    for i in np.flatnonzero(problem.group_of < 0):
        yield np.array([i]), -1
    for group in range(len(problem.groups)):
        yield np.flatnonzero(problem.group_of == group), group


def _bears_on(problem: Problem, indicators: Integers, group: int) -> set[tuple[str, int]]:
    statements = np.flatnonzero(np.isin(problem.statement_indicator, indicators))
    kinds = {(kind, int(i)) for i in indicators for kind in ("observed", "reliability")}
    return kinds | {("likelihood", int(s)) for s in statements} | {("correlation", group)}


def _axes(design: Design, places: set[tuple[str, int]]) -> tuple[int, ...]:
    return tuple(
        axis for axis, target in enumerate(design.targets) if any((target.kind, p) in places for p in target.places)
    )
