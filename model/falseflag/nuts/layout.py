"""How numbers go into the compiled functions and draws come out: vectors one behind the other."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np

from falseflag.nuts.arrays import numbers_of
from falseflag.problem import Floats, Problem


def stored_shapes(problem: Problem) -> dict[str, tuple[int, ...]]:
    """Return what is kept of each draw: the model's deterministics, and their shapes."""
    return {
        "weight": (len(problem.nodes),),
        "prior_probability": (len(problem.leaves),),
        "probability": (len(problem.leaves),),
        "likelihood": (len(problem.statements),),
        "reliability": (len(problem.indicators),),
        "correlation": (len(problem.groups),),
        "log_likelihood": (),
    }


def stored_size(problem: Problem) -> int:
    """Count the numbers that are kept of each draw."""
    return sum(int(np.prod(shape)) for shape in stored_shapes(problem).values())


def pack(numbers: dict[str, Floats]) -> Floats:
    """Put numbers one behind the other, after the length of the last, the only one that may change."""
    *_, last = numbers.values()
    return np.concatenate([[float(len(last))], *numbers.values()])


def slices(numbers: dict[str, Floats]) -> list[slice]:
    """Return where each vector but the last stands in what `pack` made; the last takes the rest."""
    ends = np.cumsum([1, *(len(values) for values in numbers.values())])
    return [slice(int(low), int(high)) for low, high in pairwise(ends[:-1])]


def digest_of(problem: Problem) -> str:
    """Return what compiled functions depend on, hashed: all but names, elicited numbers and reports."""
    shape = tuple((name, len(values)) for name, values in numbers_of(problem).items() if name != "z")
    parts = [
        repr((shape, len(problem.nodes), [branching.children.tolist() for branching in problem.branchings])).encode(),
        problem.membership.tobytes(),
        problem.statement_indicator.tobytes(),
        problem.statement_of.tobytes(),
        problem.group_of.tobytes(),
        problem.statements.is_point.tobytes(),
        problem.reliability.is_point.tobytes(),
        problem.correlation.is_point.tobytes(),
    ]
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "little") + part for part in parts)).hexdigest()
