"""Compile a model once for a structure, and give it new numbers for as long as the structure stays."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import nutpie
import pytensor

from falseflag.nuts.model import STORED, build_model, numbers_of
from falseflag.problem import Problem

type Structure = tuple[Any, ...]


def structure_of(problem: Problem) -> Structure:
    """Return what a compiled model depends on: all but the elicited numbers and the reports."""
    return (
        problem.nodes,
        problem.leaves,
        tuple(tuple(int(c) for c in branching.children) for branching in problem.branchings),
        problem.indicators,
        problem.statement_node,
        problem.statement_of.tobytes(),
        problem.groups,
        problem.group_of.tobytes(),
        problem.statements.is_point.tobytes(),
        problem.reliability.is_point.tobytes(),
        problem.correlation.is_point.tobytes(),
        len(numbers_of(problem)["z"]),
    )


class _Keyed:
    """A problem that counts as equal to another of the same structure."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.structure = structure_of(problem)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.structure == other.structure

    def __hash__(self) -> int:
        return hash(self.structure)


def compiled_for(problem: Problem) -> Any:  # noqa: ANN401  (nutpie has no public type for it)
    """Return a compiled nutpie model with the problem's numbers; compiles only for a structure not seen before."""
    model = _compile(_Keyed(problem))
    used = {variable.name for variable in model.shared_var_keys}  # a case without groups has no use for z
    return model.with_data(**{name: value for name, value in numbers_of(problem).items() if name in used})


def is_compiled(problem: Problem) -> bool:
    """Tell whether this process has compiled the problem's structure already."""
    return structure_of(problem) in _structures_compiled


_structures_compiled: set[Structure] = set()


@lru_cache(maxsize=8)
def _compile(keyed: _Keyed) -> Any:  # noqa: ANN401
    # Fused multiply-adds differ between fresh and cached machine code: without them the same seed gives the same draws.
    with pytensor.config.change_flags(numba__fastmath=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Numba will use object mode")
        model = nutpie.compile_pymc_model(build_model(keyed.problem), var_names=list(STORED))
    _structures_compiled.add(keyed.structure)
    return model
