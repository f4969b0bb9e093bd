"""Ways to take a problem wrongly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from falseflag.problem import ABSENT, PRESENT, UNKNOWN, Branching, Distributions, Problem


def points(values: np.ndarray) -> Distributions:
    nothing = np.full(len(values), np.nan)
    return Distributions(nothing, nothing, np.asarray(values, float))


def certain_reports(problem: Problem) -> Problem:
    return replace(problem, reliability=points(np.ones(len(problem.indicators))))


def certain_absents(problem: Problem) -> Problem:
    reliability = problem.reliability
    absent = problem.observed == ABSENT
    return replace(
        problem,
        reliability=Distributions(
            np.where(absent, np.nan, reliability.alpha),
            np.where(absent, np.nan, reliability.beta),
            np.where(absent, 1.0, reliability.point),
        ),
    )


def no_groups(problem: Problem) -> Problem:
    return replace(problem, group_of=np.full(len(problem.indicators), -1))


def one_group(problem: Problem) -> Problem:
    return replace(problem, group_of=np.minimum(problem.group_of, 0))


def scaled_strengths(problem: Problem, by: float) -> Problem:
    branchings = tuple(Branching(b.parent, b.children, b.concentration * by) for b in problem.branchings)
    return replace(problem, branchings=branchings)


def unit_strengths(problem: Problem) -> Problem:
    branchings = tuple(
        Branching(b.parent, b.children, b.concentration / b.concentration.sum()) for b in problem.branchings
    )
    return replace(problem, branchings=branchings)


def equal_weights(problem: Problem) -> Problem:
    branchings = tuple(
        Branching(b.parent, b.children, np.full(len(b.children), b.concentration.mean())) for b in problem.branchings
    )
    return replace(problem, branchings=branchings)


def own_theta(problem: Problem) -> Problem:
    """Give each leaf a θ of its own where several take one statement."""
    taken = problem.statement_of.ravel()
    return replace(
        problem,
        statements=problem.statements[taken],
        statement_indicator=np.repeat(np.arange(len(problem.indicators)), len(problem.leaves)),
        statement_node=tuple(problem.statement_node[s] for s in taken),
        statement_of=np.arange(len(taken)).reshape(problem.statement_of.shape),
    )


def swapped_betas(problem: Problem) -> Problem:
    statements = problem.statements
    return replace(problem, statements=Distributions(statements.beta, statements.alpha, statements.point))


def neighbours_statements(problem: Problem) -> Problem:
    """Shift which leaf takes which statement by one."""
    return replace(problem, statement_of=np.roll(problem.statement_of, 1, axis=1))


def others_for_all(problem: Problem) -> Problem:
    """Overlook what was stated for an actor or a leaf."""
    others = {problem.statement_indicator[s]: s for s, node in enumerate(problem.statement_node) if node == "others"}
    last = np.array([others[i] for i in range(len(problem.indicators))])
    return replace(problem, statement_of=np.tile(last[:, None], (1, len(problem.leaves))))


def absent_as_present(problem: Problem) -> Problem:
    return replace(problem, observed=np.where(problem.observed == ABSENT, PRESENT, problem.observed).astype(np.int8))


def unknown_as_absent(problem: Problem) -> Problem:
    return replace(problem, observed=np.where(problem.observed == UNKNOWN, ABSENT, problem.observed).astype(np.int8))


def flipped_reports(problem: Problem) -> Problem:
    flipped = np.where(problem.observed == UNKNOWN, UNKNOWN, 1 - problem.observed)
    return replace(problem, observed=flipped.astype(np.int8))


def certain_correlations(problem: Problem) -> Problem:
    return replace(problem, correlation=points(problem.correlation.mean))
