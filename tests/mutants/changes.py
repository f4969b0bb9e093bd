"""Ways to take a case, or the arrays of it, wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from falseflag.arrays import Distributions, Integers, Simplexes
from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import Case, Report
from falseflag.case.states import Outline, State
from falseflag.distributions import Dirichlet, Judgement, Point
from falseflag.problem import NOTHING, Problem

# Of a case


def silence_as_absence(case: Case) -> Case:
    indicators = {
        name: replace(i, detection={}, reports=(Report("", "absent"),)) if i.detection else i
        for name, i in case.indicators.items()
    }
    return replace(case, indicators=indicators)


def own_reliabilities(case: Case) -> Case:
    """Let each report be as reliable as its source by a variable of its own."""

    def own(report: Report) -> Report:
        rows = case.sources[report.source].reliability if report.source else None
        return report if report.reliability is not None else replace(report, reliability=rows)

    return replace(
        case, indicators={n: replace(i, reports=tuple(map(own, i.reports))) for n, i in case.indicators.items()}
    )


def nothing_feigned(case: Case) -> Case:
    """Take the blamed leaf's statements at the circumstances as they are."""
    entries = {node: replace(e, blames=Condition(e.blames.node)) for node, e in case.deception.items()}
    return replace(case, deception=entries)


def impossible_values(case: Case) -> Case:
    """Give values that a row leaves out a prior probability all the same."""

    def widened(judgement: Judgement) -> Judgement:
        if not isinstance(judgement.distribution, Dirichlet):
            return judgement
        return replace(
            judgement, distribution=Dirichlet(tuple(max(c, 0.5) for c in judgement.distribution.concentration))
        )

    circumstances = {
        name: replace(c, probability={row: widened(j) for row, j in c.probability.items()})
        for name, c in case.circumstances.items()
    }
    return replace(case, circumstances=circumstances)


def file_order(conditions: Sequence[Condition], outline: Outline, combinations: Sequence[State]) -> Integers:
    """Take the first statement of the file that applies, in place of `falseflag.problem.positions`."""
    names = [branch.name for branch in outline.circumstances]

    def values(state: State) -> Mapping[str, str]:
        return dict(zip(names, state.values, strict=False))

    found = [next(n for n, c in enumerate(conditions) if c.holds(s.leaf, values(s))) for s in combinations]
    return np.array(found, dtype=np.intp)


# Of the arrays


def points(values: np.ndarray) -> Distributions:
    nothing = np.full(len(values), np.nan)
    return Distributions(nothing, nothing, np.asarray(values, float))


def certain_reports(problem: Problem) -> Problem:
    return replace(problem, reliability=points(np.ones(len(problem.reliability))))


def certain_absents(problem: Problem) -> Problem:
    reliability = problem.reliability
    for j in np.flatnonzero(problem.reports.value == 1):
        for number in np.unique(problem.reports.reliability_of[j]):
            reliability = reliability.with_element(int(number), Point(1.0))
    return replace(problem, reliability=reliability)


def no_groups(problem: Problem) -> Problem:
    return replace(problem, group_of=np.full(len(problem.indicators), NOTHING))


def one_group(problem: Problem) -> Problem:
    return replace(problem, group_of=np.minimum(problem.group_of, 0))


def scaled_strengths(problem: Problem, by: float) -> Problem:
    weights = problem.weights
    return replace(problem, weights=Simplexes(weights.concentration * by, weights.fixed))


def unit_strengths(problem: Problem) -> Problem:
    weights = problem.weights
    return replace(
        problem,
        weights=Simplexes(weights.concentration / weights.concentration.sum(axis=1, keepdims=True), weights.fixed),
    )


def certain_as_strength_one(problem: Problem) -> Problem:
    weights, fixed = problem.weights, problem.weights.is_fixed[:, None]
    return replace(
        problem,
        weights=Simplexes(np.where(fixed, weights.mean, weights.concentration), np.where(fixed, np.nan, weights.fixed)),
    )


def equal_weights(problem: Problem) -> Problem:
    weights = problem.weights
    some = weights.concentration > 0
    level = weights.concentration.sum(axis=1, keepdims=True) / np.maximum(some.sum(axis=1, keepdims=True), 1)
    return replace(problem, weights=Simplexes(np.where(some, level, weights.concentration), weights.fixed))


def own_theta(problem: Problem) -> Problem:
    """Give each state a θ of its own where several take one statement."""
    taken = problem.own_of.ravel()
    return replace(
        problem,
        statements=problem.statements[taken],
        statement_indicator=np.repeat(np.arange(len(problem.indicators)), len(problem.states)),
        statement_names=tuple(problem.statement_names[t] for t in taken),
        own_of=np.arange(len(taken)).reshape(problem.own_of.shape),
    )


def swapped_betas(problem: Problem) -> Problem:
    concentration = problem.statements.concentration.copy()
    two = problem.sizes[problem.statement_indicator] == 2
    concentration[two, :2] = concentration[two, 1::-1]
    return replace(problem, statements=Simplexes(concentration, problem.statements.fixed))


def neighbours_statements(problem: Problem) -> Problem:
    """Shift which state takes which statement by one."""
    return replace(problem, own_of=np.roll(problem.own_of, 1, axis=1))


def others_for_all(problem: Problem) -> Problem:
    """Overlook what was stated for an actor or a leaf."""
    others = {
        int(problem.statement_indicator[t]): t
        for t, name in enumerate(problem.statement_names)
        if name.condition == OTHERS
    }
    last = np.array([others[i] for i in range(len(problem.indicators))])
    return replace(problem, own_of=np.tile(last[:, None], (1, len(problem.states))))


def with_values(problem: Problem, value: np.ndarray) -> Problem:
    return replace(problem, reports=replace(problem.reports, value=value))


def absent_as_present(problem: Problem) -> Problem:
    return with_values(problem, np.zeros_like(problem.reports.value))


def flipped_reports(problem: Problem) -> Problem:
    return with_values(problem, 1 - problem.reports.value)


def another_value(problem: Problem) -> Problem:
    """Take what is reported of many values for the next one."""
    sizes = problem.sizes[problem.reports.indicator]
    return with_values(problem, np.where(sizes > 2, (problem.reports.value + 1) % sizes, problem.reports.value))


def unknown_as_absent(problem: Problem) -> Problem:
    for i in np.flatnonzero(~problem.is_evidence):
        problem = problem.with_report(int(i), 1)
    return problem


def certain_correlations(problem: Problem) -> Problem:
    return replace(problem, correlation=points(problem.correlation.mean))


def correlations_of_other_states(problem: Problem) -> Problem:
    return replace(problem, correlation_of=problem.correlation_of[:, ::-1].copy())


def detections_of_other_states(problem: Problem) -> Problem:
    return replace(problem, detection_of=np.roll(problem.detection_of, 1, axis=1))


def upside_down(values: Distributions) -> Distributions:
    return Distributions(values.beta, values.alpha, np.where(values.is_point, 1 - values.point, np.nan))


def unheard_of(problem: Problem) -> Problem:
    """Read a detection as the chance that nothing would be heard."""
    return replace(problem, detection=upside_down(problem.detection))


def plants_that_fail(problem: Problem) -> Problem:
    """Read a reach as the chance that a plant does not take."""
    return replace(problem, reach=upside_down(problem.reach))


def sure_attempts(problem: Problem) -> Problem:
    """Let everybody who could stage evidence do so."""
    weights = problem.weights
    for b, branching in enumerate(problem.branchings):
        if branching.kind == "attempt":
            weights = weights.with_row(b, Point(1 - 1e-12))
    return replace(problem, weights=weights)


def sure_plants(problem: Problem) -> Problem:
    """Let every plant take."""
    return replace(problem, reach=points(np.ones(len(problem.reach))))


def plain_twin(problem: Problem, s: int) -> int:
    return problem.states.index(replace(problem.states[s], staged=""))


def independent_plants(problem: Problem) -> Problem:
    """Let each clue be planted by itself, with the chance that all have: plain and staged states alike."""
    attempt = next(problem.weights.mean[b, 0] for b, each in enumerate(problem.branchings) if each.kind == "attempt")
    blamed_of, reach_of = problem.blamed_of.copy(), problem.reach_of.copy()
    for s in np.flatnonzero(problem.entry_of != NOTHING):
        twin = plain_twin(problem, int(s))
        blamed_of[:, twin], reach_of[:, twin] = blamed_of[:, s], reach_of[:, s]
    return replace(problem, blamed_of=blamed_of, reach_of=reach_of, reach=points(attempt * problem.reach.mean))


def blamed_reliabilities(problem: Problem) -> Problem:
    """Take in staged states the reliabilities of a state of the blamed leaf."""
    reliability_of = problem.reports.reliability_of.copy()
    innocent = int(np.flatnonzero((problem.entry_of == NOTHING) & (problem.leaf_of != problem.leaf_of[0]))[0])
    for s in np.flatnonzero(problem.entry_of != NOTHING):
        reliability_of[:, s] = reliability_of[:, innocent]
    return replace(problem, reports=replace(problem.reports, reliability_of=reliability_of))


def joint_propositions(problem: Problem) -> Problem:
    """Let a proposition hold where all of its conditions do."""
    both = problem.membership["feigner"] & problem.membership["surprised=no"]
    return replace(problem, membership={**problem.membership, "odd": both}) if "odd" in problem.membership else problem
