"""Compile a model once for a structure, and give it new numbers for as long as the structure stays."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
from nutpie.compile_pymc import CompiledPyMCModel

from falseflag.nuts.arrays import blocks_of, numbers_of, spread_of, start_of
from falseflag.nuts.layout import digest_of, pack, stored_shapes, stored_size
from falseflag.nuts.machine_code import Kernels, functions_of, libraries_checked
from falseflag.problem import Problem

JITTER = 1.0
"""Chains start up to so many prior standard deviations from the expected log odds and probits, and at most this far."""


class _Keyed:
    """A problem that counts as equal to another of the same structure."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.structure = digest_of(problem)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.structure == other.structure

    def __hash__(self) -> int:
        return hash(self.structure)


def compiled_for(problem: Problem) -> Any:  # noqa: ANN401  (nutpie has no public type for it)
    """Return a compiled nutpie model with the problem's numbers; compiles only for a structure not seen before."""
    functions = _functions(_Keyed(problem))
    shapes = stored_shapes(problem)
    start, reach = start_of(problem), JITTER * spread_of(problem)
    return CompiledPyMCModel(
        compiled_logp_func=functions["log_density"],
        compiled_expand_func=functions["expand"],
        initial_point_func=lambda seed=None: start + np.random.default_rng(seed).uniform(-reach, reach),
        user_data=pack(numbers_of(problem)),
        n_expanded=stored_size(problem),
        shape_info=(list(shapes), None, list(shapes.values())),
        dims={},
        reparameterized_names=[],
        shared_data={},
        shared_var_keys={},
        logp_func=None,
        expand_func=None,
        _n_dim=blocks_of(problem).size,
        _shapes=shapes,
        _coords={},
    )


def is_compiled(problem: Problem) -> bool:
    """Tell whether this process has compiled the problem's structure already."""
    return digest_of(problem) in _structures_compiled


_structures_compiled: set[str] = set()


@lru_cache(maxsize=8)
def _functions(keyed: _Keyed) -> dict[str, Any]:
    functions = functions_of(keyed.problem, lambda: _kernels(keyed.problem))
    _structures_compiled.add(keyed.structure)
    return functions


def _kernels(problem: Problem) -> Kernels:
    import pytensor  # noqa: PLC0415  (PyMC and PyTensor take seconds; what is kept does without)

    from falseflag.nuts.functions import kernels_of  # noqa: PLC0415

    # Fused multiply-adds differ between fresh and cached machine code: without them the same seed gives the same draws.
    with libraries_checked(), pytensor.config.change_flags(numba__fastmath=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Numba will use object mode")
        return kernels_of(problem)
