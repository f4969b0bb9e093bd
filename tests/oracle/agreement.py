"""The exact engine and the loader compared with brute force and with the cases that were drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from falseflag.case.model import Case
from falseflag.distributions import AnyDistribution, Dirichlet, Fixed, Judgement
from falseflag.inference.exact.factors import Evidence, Factors
from falseflag.inference.exact.posterior import ExactPosterior, reliability_rows
from falseflag.problem import Problem, problem_of
from oracle.brute_force import BruteForce, mutual_information

type Quantity = tuple[str, ...]


def disagreements(case: Case, tolerance: float = 1e-6) -> dict[Quantity, tuple[float, float]]:
    """Return what the engine and brute force answer differently, as (engine, brute force)."""
    brute, problem = BruteForce(case), problem_of(case)
    return {
        what: pair for what, pair in answers(problem, brute) if not math.isclose(*pair, rel_tol=0, abs_tol=tolerance)
    }


def answers(problem: Problem, brute: BruteForce) -> Iterator[tuple[Quantity, tuple[float, float]]]:
    """Yield every answer of the exact engine beside that of brute force."""
    exact = ExactPosterior.of(problem)
    yield ("states",), (len(problem.states), len(brute.states))
    yield ("log m",), (exact.log_evidence, brute.log_m)
    for node, value in brute.prior_nodes().items():
        yield ("prior", node), (float(problem.membership[node] @ problem.prior), value)
    for node, value in brute.nodes().items():
        yield ("node", node), (float(exact.nodes[problem.nodes.index(node)]), value)
    for (name, outcome), value in brute.circumstances().items():
        yield ("circumstance", name, outcome), (exact.of_set(problem.states_in(f"{name}={outcome}")), value)
    for name, value in brute.propositions().items():
        yield ("proposition", name), (exact.of_set(problem.states_in(name)), value)
    yield from _facts(problem, brute, exact)
    yield from _sources(problem, brute, exact)
    for entry, mask in zip(problem.entries, problem.attempted, strict=True):
        yield ("attempted", entry), (exact.of_set(mask), brute.attempted()[entry])
    for (entry, name), value in brute.planted().items():
        indicator = problem.indicators.index(name)
        if problem.is_evidence[indicator]:
            yield ("planted", entry, name), (exact.planted(problem.entries.index(entry), indicator), value)
    yield from _information(problem, brute, exact)


def _facts(
    problem: Problem, brute: BruteForce, exact: ExactPosterior
) -> Iterator[tuple[Quantity, tuple[float, float]]]:
    for (name, outcome), value in brute.facts_known().items():
        indicator = problem.indicators.index(name)
        found = exact.fact(indicator)[problem.values[indicator].index(outcome)]
        yield ("fact", name, outcome), (float(found), value)


def _sources(
    problem: Problem, brute: BruteForce, exact: ExactPosterior
) -> Iterator[tuple[Quantity, tuple[float, float]]]:
    numbers = {names: number for number, names in reliability_rows(problem).items()}
    for names, (prior, posterior) in brute.sources().items():
        if posterior is None:
            continue
        number = numbers[names]
        yield ("source", *names, "prior"), (float(problem.reliability.mean[number]), prior)
        yield ("source", *names), (exact.reliability(number), posterior)


def _information(
    problem: Problem, brute: BruteForce, exact: ExactPosterior
) -> Iterator[tuple[Quantity, tuple[float, float]]]:
    """Bits as they follow from the engine's answers with one more report."""
    wanted = brute.information()
    for (kind, name), value in wanted.items():
        if kind == "circumstance":
            outcomes = brute.case.circumstances[name].values
            masks = [problem.states_in(f"{name}={v}") for v in outcomes]
            joint = {
                (leaf, outcome): float((row * mask) @ exact.states)
                for leaf, row in zip(problem.leaves, problem.leaf_membership, strict=True)
                for outcome, mask in zip(outcomes, masks, strict=True)
            }
        else:
            joint = _foreseen(problem, problem.indicators.index(name))
        yield ("bits", kind, name), (mutual_information(joint), value)


def _foreseen(problem: Problem, indicator: int) -> dict[tuple[str, str], float]:
    joint = {}
    for number, value in enumerate(problem.values[indicator]):
        other = problem.with_report(indicator, number)
        scores = np.exp(other.log_prior + Factors.of(other, Evidence.all_of(other)).log_likelihood)
        for leaf, row in zip(other.leaves, other.leaf_membership, strict=True):
            joint[leaf, value] = float(row @ scores)
    return joint


def coalition_disagreements(case: Case, tolerance: float = 1e-6) -> dict[Quantity, tuple[float, float]]:
    """Return where the two differ in P(node) given a part of the evidence only: each item left out, and each alone."""
    brute, problem = BruteForce(case), problem_of(case)
    found: dict[Quantity, tuple[float, float]] = {}
    for item in brute.items:
        for label, kept in (("without", set(brute.items) - {item}), ("alone", {item})):
            gone = [
                problem.indicators.index(name)
                for other, names in brute.items.items()
                if other not in kept
                for name in names
            ]
            evidence = Evidence.all_of(problem).without(problem, indicators=gone)
            exact, part = ExactPosterior.of(problem, evidence), brute.only(kept)
            for node, value in part.nodes().items():
                pair = (float(exact.nodes[problem.nodes.index(node)]), value)
                if abs(pair[0] - pair[1]) > tolerance:
                    found[label, item, node] = pair
    return found


# Cases as they were drawn, and as they were read


NOT_COMPARED = {"path", "files", "warnings", "written", "label"}


def differences(  # noqa: C901 (one case for each kind of thing)
    made: object, read: object, path: str = "case"
) -> Iterator[str]:
    """Yield where a case as it was read is not the one that was drawn."""
    match made, read:
        case Judgement(), Judgement():
            if not same_distribution(made.distribution, read.distribution):
                yield f"{path}: {made.distribution} drawn, {read.distribution} read"
            if made.why != read.why:
                yield f"{path}: reason {made.why!r} drawn, {read.why!r} read"
        case Mapping(), Mapping():
            if list(made) != list(read):
                yield f"{path}: {list(made)} drawn, {list(read)} read"
            for key in made.keys() & read.keys():
                yield from differences(made[key], read[key], f"{path}.{key}")
        case tuple(), tuple() if len(made) == len(read):
            for index, (one, other) in enumerate(zip(made, read, strict=True)):
                yield from differences(one, other, f"{path}[{index}]")
        case _ if is_dataclass(made) and type(made) is type(read):
            for name in [each.name for each in fields(made) if each.name not in NOT_COMPARED]:
                yield from differences(getattr(made, name), getattr(read, name), f"{path}.{name}")
        case _ if made != read:
            yield f"{path}: {made!r} drawn, {read!r} read"


def same_distribution(one: AnyDistribution, other: AnyDistribution) -> bool:
    """Return whether two are the same, but for what rounding and fitting quantiles does."""
    match one, other:
        case ((Dirichlet() | Fixed()), (Dirichlet() | Fixed())) if max(one.mean) == 1:
            return one.mean == other.mean
        case _ if type(one) is type(other):
            pairs = [(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)]
            return all(np.allclose(*pair, rtol=1e-6, atol=1e-9) for pair in pairs)
    return False
